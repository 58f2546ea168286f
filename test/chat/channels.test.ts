import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import type { ChannelOptions } from "../fakes/telegram/people-types.ts";
import { botTexts, boundPerson, rows } from "../support/app.ts";
import { type ChatOptions, chatWorld } from "../support/chat.ts";
import { conversation } from "../support/conversation.ts";
import { must } from "../support/store.ts";

const texts = textsIn("en");
const NAME = { channel: "Kitchen Notes" };
const BOUND = { ...NAME, account: "alice" };

/** Alice, who is bound and made a channel, and the bot as its administrator. */
async function withChannel(options: ChannelOptions = {}, chat: ChatOptions = {}) {
  const world = await chatWorld(chat);
  const { person, account } = await boundPerson(world, "alice");
  const channel = world.telegram.channel({ title: "Kitchen Notes", ...options });
  world.telegram.setStanding(channel, person, "creator");
  const alice = conversation(world, person);
  const said = (somebody: { id: number }) => botTexts(world, somebody);
  const forwards = (post: ReturnType<typeof person.say>, by = alice) =>
    by.actor.forward({ content: post.text ?? "", origin: channel.originOf(post) })[0]?.message_id ?? 0;
  return {
    world,
    account,
    alice,
    channel,
    posts: channel.as(person),
    forwards,
    said,
    /** By a post that is forwarded in private. */
    async bind() {
      alice.says("/bind", { replyTo: forwards(channel.as(person).say("the first")) });
      await alice.hears(texts.channelBound(BOUND), "anywhere");
      await world.quiet();
      for (const { name } of world.memos.memos()) world.memos.deleteMemo(name);
    },
    memos: () => world.memos.memos(),
    /** What is told about a post in private. */
    about: ({ message_id }: { message_id: number }, text: string) =>
      `📢 Kitchen Notes · https://t.me/c/${String(channel.id).slice(4)}/${message_id}\n${text}`,
    /** That nothing was ever said there, whatever happened. */
    async [Symbol.asyncDispose]() {
      const inChannel = world.telegram.sent.filter(({ chatId }) => chatId === channel.id);
      await world[Symbol.asyncDispose]();
      expect(inChannel).toEqual([]);
    },
  };
}

const lineTo = (channel: { id: number }, { message_id }: { message_id: number }) =>
  `> [Kitchen Notes](https://t.me/c/${String(channel.id).slice(4)}/${message_id})`;

describe("the posts of a channel", () => {
  test("are ignored and counted as long as they were given to nobody", async () => {
    await using at = await withChannel();
    at.posts.edit(at.posts.say("Sourdough").message_id, "Sourdough!");
    await at.world.quiet();
    expect(at.world.memos.memos()).toEqual([]);
    const ignored = "SELECT count(*) AS count FROM jobs WHERE outcome = 'ignored'";
    expect(rows(at.world, ignored)).toEqual([{ count: 2 }]);
    expect(rows(at.world, "SELECT count(*) AS kept FROM updates WHERE payload LIKE '%Sourdough%'")).toEqual([
      { kept: 0 },
    ]);
  });

  test("become memos of whose they are, by the owner's settings, and are marked in the channel", async () => {
    await using at = await withChannel({ signs: true });
    await at.bind();
    at.world.store.bindings.update(at.alice.person.id, { visibility: "PROTECTED", tags: ["kitchen"] });
    const text = at.posts.say("Sourdough, day 3");
    const [photo] = at.posts.sendAlbum([
      { type: "photo", caption: "before" },
      { type: "photo", caption: "after" },
    ]);
    await at.world.settled();
    const [first, album] = at.memos();
    expect(first).toMatchObject({
      content: `${lineTo(at.channel, text)} (alice)\n\nSourdough, day 3\n\n#kitchen`,
      visibility: "PROTECTED",
      creator: "users/alice",
    });
    expect(album?.content).toBe(
      `${lineTo(at.channel, photo ?? text)} (alice)\n\nbefore\n\nafter\n\n#kitchen`,
    );
    expect(album?.attachments).toHaveLength(2);
    const marks = at.world.telegram
      .chat(at.channel.id)
      .messages.map(({ reactions }) => reactions.map(({ emoji }) => emoji));
    expect(marks).toEqual([[], ["👍"], ["👍"], []]);
    expect(at.said(at.alice.person)).toHaveLength(2);
  });

  test("are followed where they are edited, and comment on what they reply to", async () => {
    await using at = await withChannel();
    const older = at.posts.say("from before");
    await at.bind();
    at.posts.edit(older.message_id, "from before, edited");
    const post = at.posts.say("Sourdough");
    at.posts.reply(post, "with rye");
    await at.world.settled();
    at.posts.edit(post.message_id, "Sourdough!");
    await at.world.settled();
    const [memo] = at.memos();
    expect(at.memos()).toHaveLength(1);
    expect(memo?.content).toEndWith("\n\nSourdough!");
    const [comment] = at.world.memos.comments(memo?.name ?? "");
    expect(comment?.content).toEndWith("\n\nwith rye");
  });

  test("are not marked where the channel does not allow it, and nothing is said instead", async () => {
    await using at = await withChannel({ reactions: [] });
    await at.bind();
    at.posts.say("Sourdough");
    await at.world.settled();
    expect(at.memos()).toHaveLength(1);
    expect(at.said(at.alice.person)).toHaveLength(2);
  });

  test("are confirmed in private to who wants that, with the buttons", async () => {
    await using at = await withChannel();
    await at.bind();
    at.world.store.chats.change(at.channel.id, { confirmation: "reply" });
    const post = at.posts.say("Sourdough");
    await at.alice.hears(at.about(post, "Saved as PRIVATE"));
    await at.alice.presses("PUBLIC");
    await at.world.quiet();
    expect(at.memos()[0]?.visibility).toBe("PUBLIC");
  });

  test("that could not be saved are told in private, with [Retry]", async () => {
    await using at = await withChannel();
    await at.bind();
    const action = { status: 400, body: { code: 3, message: "not like this", details: [] } };
    at.world.memos.fault({ match: { method: "POST", path: /\/memos$/ }, times: 1, action });
    const post = at.posts.say("Sourdough");
    const { text, buttons } = await at.alice.hears("not like this");
    expect(text).toStartWith(at.about(post, "I could not save this:"));
    expect(buttons).toEqual(["Retry", "Discard"]);
    await at.alice.presses("Retry");
    await at.world.settled();
    expect(at.memos()).toHaveLength(1);
  });

  test("that somebody changed in Memos stay so, which is told in private", async () => {
    await using at = await withChannel();
    await at.bind();
    const post = at.posts.say("Sourdough");
    await at.world.settled();
    at.world.memos.editContent(at.memos()[0]?.name ?? "", "theirs");
    at.posts.edit(post.message_id, "Sourdough!");
    await at.alice.hears(at.about(post, texts.changedSince));
    expect(at.memos()[0]?.content).toBe("theirs");
  });

  test("with a file that stays in Telegram say so, with a link to it, and so does a word in private", async () => {
    await using at = await withChannel();
    await at.bind();
    const post = at.posts.sendDocument({
      size: 21 * 1024 * 1024,
      fileName: "loaf.mp4",
      caption: "Sourdough",
    });
    await at.alice.hears(at.about(post, "Saved as PRIVATE"));
    await at.alice.hears("Without loaf.mp4: it is larger");
    expect(at.memos()[0]?.content).toContain(
      `[loaf.mp4](${lineTo(at.channel, post).slice(18, -1)}) is only in Telegram`,
    );
  });

  test("that show an access token are not saved, and that is told in private alone", async () => {
    await using at = await withChannel();
    await at.bind();
    const post = at.posts.say("memos_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    await at.alice.hears(at.about(post, texts.tokenInPost));
    await at.world.settled();
    expect(at.memos()).toEqual([]);
    expect(rows(at.world, "SELECT count(*) AS kept FROM updates WHERE payload LIKE '%memos_pat_A%'")).toEqual(
      [{ kept: 0 }],
    );
  });

  test("wait while Memos is away, of which their owner is told in private", async () => {
    await using at = await withChannel();
    await at.bind();
    await at.world.memos.stop();
    at.posts.say("Sourdough");
    await at.world.quiet();
    expect(at.world.store.outages.untold(at.world.clock.now())).toEqual([
      { chat_id: at.alice.person.id, message_thread_id: null },
    ]);
    await at.world.memos.start();
    await at.world.eventually("saved", () => at.memos().length === 1);
  });

  test("wait while the access token of their owner is dead, and are saved with a new one", async () => {
    await using at = await withChannel();
    await at.bind();
    at.world.memos.revokeToken(at.account.token);
    at.posts.say("Sourdough");
    await at.world.eventually("told", () =>
      at.said(at.alice.person).some((text) => /no longer accepts/.test(text)),
    );
    expect(at.memos()).toEqual([]);
    await at.world.bind(at.alice.person.id, at.world.memos.addToken("alice"));
    await at.world.eventually("saved", () => at.memos().length === 1);
  });

  test("wait while their owner is connected to another account or to none, and are saved to theirs", async () => {
    await using at = await withChannel();
    await at.bind();
    const { id } = at.alice.person;
    at.world.store.bindings.remove(id);
    at.posts.say("while away");
    await at.alice.hears(texts.channelWaits({ group: "Kitchen Notes", account: "alice" }));
    at.posts.say("still away");
    await at.world.quiet();
    expect(at.memos()).toEqual([]);
    await at.world.bind(id, at.account.token);
    await at.world.eventually("saved", () => at.memos().length === 2);
    expect(at.said(at.alice.person).filter((text) => text.includes("wait"))).toHaveLength(1);
  });
});

test("a long post that Telegram cuts is one memo", async () => {
  await using at = await withChannel();
  await at.bind();
  const [first] = at.posts.paste("long ".repeat(1_000));
  await at.world.settled();
  expect(at.memos()).toHaveLength(1);
  expect(at.memos()[0]?.content).toHaveLength(lineTo(at.channel, must(first)).length + 2 + 4_999);
});

describe("a channel is bound", () => {
  test("by its name, and no more by it", async () => {
    await using at = await withChannel({ username: "kitchennotes" });
    at.alice.says("/bind @KitchenNotes");
    await at.alice.hears(texts.channelBound({ channel: "@kitchennotes", account: "alice" }));
    at.posts.say("Sourdough");
    await at.world.settled();
    expect(at.memos()[0]?.content).toStartWith("> [Kitchen Notes](https://t.me/kitchennotes/1)");
    at.alice.says("/unbind https://t.me/kitchennotes");
    await at.alice.hears(texts.channelUnbound({ channel: "@kitchennotes" }));
    at.posts.say("Rye");
    await at.world.settled();
    expect(at.memos()).toHaveLength(1);
    for (const name of ["@kitchennotes", "kitchennotes"]) {
      at.alice.says(`/unbind ${name}`);
      await at.alice.hears(texts.channelNotBound({ channel: "@kitchennotes" }));
    }
  });

  test("by a forwarded post, which is a memo as before; none that a person wrote, and no name of nothing", async () => {
    await using at = await withChannel();
    const forward = at.forwards(at.posts.say("Sourdough"));
    at.alice.says("/bind", { replyTo: forward });
    await at.alice.hears(texts.channelBound(BOUND), "anywhere");
    expect(at.memos()[0]?.content).toStartWith("> Forwarded from [Kitchen Notes]");
    at.alice.says("/unbind", { replyTo: forward });
    await at.alice.hears(texts.channelUnbound(NAME));
    at.alice.says("/bind @nothing_here");
    await at.alice.hears(texts.channelUnknown({ command: "bind" }));
    at.alice.says("/unbind", { replyTo: at.alice.says("not a post") });
    await at.alice.hears(texts.unbindQuestion({ account: "alice" }), "anywhere");
  });

  test("where the bot was made an administrator, after a press", async () => {
    await using at = await withChannel({ bot: "left" });
    at.world.telegram.setBot(at.channel, at.alice.person, "administrator");
    await at.alice.hears(texts.channelOffer(NAME));
    expect(await at.alice.presses(texts.channelSave)).toBeUndefined();
    await at.alice.hears(texts.channelBound(BOUND));
    at.posts.say("Sourdough");
    await at.world.settled();
    expect(at.memos()).toHaveLength(1);
    at.world.telegram.setBot(at.channel, at.alice.person, "left");
    await at.alice.hears(texts.channelLost(NAME));
  });

  test("by an administrator alone, which is asked at that moment, and with the bot as one", async () => {
    await using at = await withChannel({ username: "kitchennotes", bot: "left" });
    const { telegram } = at.world;
    const name = { channel: "@kitchennotes" };
    at.alice.says("/bind @kitchennotes");
    await at.alice.hears(texts.channelNeedsBot(name));
    telegram.setBot(at.channel, at.alice.person, "administrator");
    telegram.setStanding(at.channel, at.alice.person, "member");
    await at.alice.hears(texts.channelOffer(name));
    await at.alice.presses(texts.channelSave);
    await at.alice.hears(texts.channelNotYours(NAME));
    at.posts.say("Sourdough");
    await at.world.settled();
    expect(at.memos()).toEqual([]);
  });

  test("by nobody who is not bound, to whom nothing is offered either", async () => {
    await using at = await withChannel({ username: "kitchennotes", bot: "left" });
    const eve = conversation(at.world, at.world.telegram.user({ first_name: "Eve" }));
    at.world.telegram.setStanding(at.channel, eve.person, "administrator");
    at.world.telegram.setBot(at.channel, eve.person, "administrator");
    await at.world.quiet();
    expect(eve.seen()).toEqual([]);
    eve.says("/bind @kitchennotes");
    await eve.hears(texts.notBound);
    eve.says("/unbind @kitchennotes");
    await eve.hears(texts.channelNotBound({ channel: "@kitchennotes" }));
  });

  test("to one account: another administrator takes it over only from who left", async () => {
    await using at = await withChannel({ username: "kitchennotes" });
    const name = { channel: "@kitchennotes" };
    const { person } = await boundPerson(at.world, "bob");
    const bob = conversation(at.world, person);
    at.world.telegram.setStanding(at.channel, person, "administrator");
    at.alice.says("/bind @kitchennotes");
    await at.alice.hears(texts.channelBound({ ...name, account: "alice" }));
    for (const command of ["/bind", "/unbind"]) {
      bob.says(`${command} @kitchennotes`);
      await bob.hears(texts.channelTaken(name));
    }
    at.world.telegram.setStanding(at.channel, at.alice.person, "left");
    bob.says("/bind @kitchennotes");
    await bob.hears(texts.channelBound({ ...name, account: "bob" }));
    at.posts.say("Sourdough");
    await at.world.settled();
    expect(at.memos()[0]?.creator).toBe("users/bob");
  });
});
