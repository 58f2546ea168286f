// Access tokens and invitations that were shown instead of used: removed, and never saved.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { memosSaved, onDisk, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, conversation, talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";

const TOKEN = "memos_pat_0123456789abcdefghijklmnopqrstuv";
const SHOWN = "Your message showed an access token,";

const texts = (of: Conversation) => of.seen().map(({ text }) => text);
const accounts = (world: ChatWorld) =>
  rows<{ account: string }>(
    world,
    "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key",
  ).map(({ account }) => account);

const inChat = (world: ChatWorld, { person }: Conversation, messageId: number) =>
  world.telegram.chat(person.id).messages.some(({ message_id }) => message_id === messageId);

/** Somebody in Telegram with an account in Memos, not yet joined. */
function stranger(world: ChatWorld, name = "alice") {
  const account = world.memos.addUser(name);
  return { account, person: conversation(world, world.telegram.user({ first_name: name })) };
}

describe("an access token that is pasted", () => {
  for (const [how, put] of [
    ["alone", (token: string) => ({ text: token })],
    ["in brackets, with spaces around", (token: string) => ({ text: ` <${token}>\n` })],
    [
      "as code",
      (token: string) => ({
        text: token,
        entities: [{ type: "code" as const, offset: 0, length: token.length }],
      }),
    ],
  ] as const) {
    test(`${how} by somebody who is not bound is /bind`, async () => {
      await using world = await chatWorld();
      const { account, person } = stranger(world);
      const { message_id } = person.person.send(put(account.token));
      expect((await person.hears("account of alice.")).buttons).toEqual([]);
      await world.until("removed", () => !inChat(world, person, message_id));
      expect(accounts(world)).toEqual([account.name]);
      await world.quiet();
      expect(onDisk(world, account.token)).toBe(false);
      expect(JSON.stringify(world.log)).not.toContain(account.token);
    });
  }

  test("and not known to Memos is refused, with the reason, and counts as a failed try", async () => {
    await using world = await chatWorld();
    const { person } = stranger(world);
    person.says(TOKEN);
    await person.hears("Memos did not accept this access token: ");
    for (let tries = 1; tries < 5; tries += 1) {
      expect(world.store.admission.mayTryToken(person.person.id)).toBe(true);
      world.store.admission.noteFailedToken(person.person.id);
    }
    expect(world.store.admission.mayTryToken(person.person.id)).toBe(false);
  });

  test("with words, or forwarded, by somebody who is not bound is removed, and not used", async () => {
    await using world = await chatWorld();
    const { account, person } = stranger(world);
    const forwardOrigin = { type: "hidden_user", sender_user_name: "Eve", date: 1_700_000_000 };
    const ids = [
      person.says(`my token: ${account.token}`),
      person.person.say(account.token, { forwardOrigin }).message_id,
    ];
    await world.until("told", () => texts(person).length === 2);
    expect(texts(person)).toEqual([expect.stringContaining(SHOWN), expect.stringContaining(SHOWN)]);
    await world.until("removed", () => ids.every((id) => !inChat(world, person, id)));
    await world.quiet();
    expect(accounts(world)).toEqual([]);
    expect(onDisk(world, account.token)).toBe(false);
  });

  test("by somebody bound is removed, and not used; with /bind it is", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const bob = world.memos.addUser("bob");
    const id = alice.says(bob.token);
    expect((await alice.hears(SHOWN)).text).toContain("/bind");
    await world.until("removed", () => !inChat(world, alice, id));
    await world.quiet();
    expect(accounts(world)).toEqual(["users/alice"]);
    expect(onDisk(world, bob.token)).toBe(false);
    alice.says(`/bind ${bob.token}`);
    await alice.hears("account of bob.");
  });

  test("among words of somebody bound is removed, and the words are given back", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const id = alice.says(`It failed with ${TOKEN}, and I do not know why.`);
    await world.until("removed", () => !inChat(world, alice, id));
    await world.quiet();
    expect(texts(alice)).toEqual([
      expect.stringContaining(SHOWN),
      "It failed with [redacted], and I do not know why.",
    ]);
    expect(world.memos.memos()).toEqual([]);
    expect(onDisk(world, TOKEN)).toBe(false);
  });

  test("in an edited message is removed, and not used", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const id = alice.says("a thought");
    await alice.hears("Saved");
    alice.edits(id, TOKEN);
    await alice.hears(SHOWN);
    await world.quiet();
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["a thought"]);
    expect(onDisk(world, TOKEN)).toBe(false);
  });
});

describe("an access token behind another command", () => {
  for (const name of ["search", "unbind", "pin", "token"]) {
    test(`/${name} is removed, not carried out, and leaves no trace`, async () => {
      await using world = await chatWorld();
      const alice = await talking(world);
      await writes(world, "alice", ["a memo"]);
      const sent = alice.says("a thought");
      await alice.hears("Saved");
      const id = alice.says(`/${name} ${TOKEN}`, { replyTo: sent });
      await alice.hears(SHOWN);
      await world.until("removed", () => !inChat(world, alice, id));
      await world.quiet();
      expect(world.memos.memos().map(({ content }) => content)).toEqual(["a memo", "a thought"]);
      expect(onDisk(world, TOKEN)).toBe(false);
    });
  }
});

describe("an access token where it is not seen at once", () => {
  const hidden = {
    "behind a link": {
      text: "click here",
      entities: [{ type: "text_link", offset: 0, length: 5, url: `https://x.example/?t=${TOKEN}` }],
    },
    "in a poll": {
      poll: {
        id: "1",
        question: "which?",
        options: [
          { text: "a", voter_count: 0 },
          { text: TOKEN, voter_count: 0 },
        ],
        total_voter_count: 0,
        is_closed: false,
        is_anonymous: true,
        type: "regular",
        allows_multiple_answers: false,
      },
    },
  };
  for (const [where, content] of Object.entries(hidden)) {
    test(`${where} is never saved`, async () => {
      await using world = await chatWorld();
      const alice = await talking(world);
      alice.person.send(content);
      await world.until("told", () => texts(alice)[0]?.includes(SHOWN) === true);
      await world.quiet();
      expect(world.memos.memos()).toEqual([]);
      expect(onDisk(world, TOKEN)).toBe(false);
    });
  }

  test("in what is replied to does not get into the quote", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    await world.quiet();
    const { id, is_bot, first_name } = world.telegram.bot;
    const reply_to_message = {
      message_id: 900,
      date: 1,
      chat: { id: alice.person.id, type: "private", first_name: "alice" },
      from: { id, is_bot, first_name },
      text: `yours is ${TOKEN}, keep it`,
    };
    alice.person.send({ text: "what is this?", reply_to_message });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toContain("> yours is \\[redacted\\], keep it");
    expect(memo?.content).toContain("what is this?");
  });
});

describe("/bind", () => {
  test("is answered while Telegram does not delete its message, which is tried until it does", async () => {
    await using world = await chatWorld();
    const { account, person } = stranger(world);
    world.telegram.fault({ match: { method: "deleteMessage" }, times: 5, action: { status: 500 } });
    const id = person.says(`/bind ${account.token}`);
    await person.hears("account of alice.");
    expect(inChat(world, person, id)).toBe(true);
    expect(onDisk(world, account.token)).toBe(false);
    await world.eventually("removed", () => !inChat(world, person, id));
    await world.quiet();
    expect(texts(person)).toHaveLength(1);
  });
});

describe("a command that fails for a reason of our own", () => {
  test("does not blame Memos, and its token does not stay", async () => {
    await using world = await chatWorld();
    const { account, person } = stranger(world);
    await world.quiet();
    using database = new Database(`${world.dataDir}/memoferry.db`);
    database.run(
      "CREATE TRIGGER broken BEFORE INSERT ON bindings BEGIN SELECT raise(ABORT, 'no such luck'); END",
    );
    person.says(`/bind ${account.token}`);
    await world.eventually(
      "given up",
      () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length > 0,
    );
    await person.hears("Something went wrong here.");
    expect(rows(world, "SELECT payload_form FROM updates")).toEqual([{ payload_form: "redacted" }]);
    expect(onDisk(world, account.token)).toBe(false);
  });
});

describe("a link that opens the chat with a word", () => {
  test("greets, and is no failed try, however often it is opened", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    for (let at = 1; at <= 6; at++) {
      alice.says("/start hello");
      await world.until("greeted", () => texts(alice).length === at);
    }
    expect(new Set(texts(alice)).size).toBe(1);
    expect(texts(alice)[0]).toMatch(/^Hello! What you send me becomes a memo/);
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await alice.hears("account of alice.");
  });
});

describe("an invitation that is shown in a group", () => {
  test("is removed, and to be opened in private, where it is still good", async () => {
    await using world = await chatWorld();
    const eve = conversation(world, world.telegram.user({ first_name: "Eve" }));
    const group = world.telegram.group({ type: "supergroup", admin: true });
    const code = world.store.invitations.create(null).code;
    const { message_id } = group.as(eve.person).say(`/start@${world.telegram.bot.username} ${code}`);
    await world.until("told", () => world.telegram.botMessages(group.id).length > 0);
    expect(world.telegram.botMessages(group.id)[0]?.text).toStartWith(
      "An invitation, in front of everybody!",
    );
    await world.until("removed", () =>
      world.telegram.chat(group.id).messages.every((message) => message.message_id !== message_id),
    );
    await world.quiet();
    expect(onDisk(world, code)).toBe(false);
    eve.says(`/start ${code}`);
    await eve.hears("Hello! I turn what you send me");
  });
});
