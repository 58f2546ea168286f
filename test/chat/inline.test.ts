import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { readUpdate } from "../../src/messages/update.ts";
import type { InlineAnswer } from "../fakes/telegram.ts";
import { rows, until } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { conversation, talking } from "../support/conversation.ts";
import { talkAbout, writes } from "../support/notebook.ts";
import { must } from "../support/store.ts";

const INLINE = { telegram: { inline: true } };
const talk = (memos: Parameters<typeof talkAbout>[0], options = {}) =>
  talkAbout(memos, { ...INLINE, ...options });
type World = Awaited<ReturnType<typeof chatWorld>>;
type Person = ReturnType<World["telegram"]["user"]>;

/** What somebody is shown who writes this behind the bot's name; undefined where the bot answers nothing. */
async function asked(world: World, person: Person, query: string, offset = "") {
  const press = person.asks(query, offset);
  await world.quiet();
  return press.isAnswered ? await press.answer : undefined;
}

const titles = (answer: InlineAnswer | undefined) => answer?.results.map(({ title }) => title);

describe("inline mode", () => {
  test("finds one's own memos from any chat, as /search does, and without words the newest", async () => {
    await using made = await talk(["milk and apples", "an Apple cake", "nothing of it", "cake of apples"]);
    const { world, alice } = made;
    await talking(world, "bob");
    await writes(world, "bob", ["bob's apple cake"]);
    expect(titles(await asked(world, alice.person, "apple cake"))).toEqual([
      "cake of apples",
      "an Apple cake",
    ]);
    expect(titles(await asked(world, alice.person, '"apple cake"'))).toEqual(["an Apple cake"]);
    const newest = ["cake of apples", "nothing of it", "an Apple cake", "milk and apples"];
    expect(titles(await asked(world, alice.person, ""))).toEqual(newest);
    const [first] = must(await asked(world, alice.person, "cake of")).results;
    expect(first?.description).toMatch(/\d{4} · PRIVATE$/);
  });

  test("sends a memo as text with entities, and a PUBLIC one with its link", async () => {
    const content = "# Cake\n\nwith **much** cinnamon";
    await using made = await talk([{ content, visibility: "PUBLIC" }, content]);
    const [before, after] = must(await asked(made.world, made.alice.person, "cinnamon")).results;
    expect(before?.title).toBe("with much cinnamon");
    expect(before?.message).toEqual({
      text: "Cake\n\nwith much cinnamon",
      entities: [
        { type: "bold", offset: 0, length: 4 },
        { type: "bold", offset: 11, length: 4 },
      ],
    });
    expect(after?.description).toEndWith(" · PUBLIC");
    expect(after?.message["text"]).toBe("Cake\n\nwith much cinnamon\n\nopen");
    expect(JSON.stringify(after?.message)).toContain("/memos/");
  });

  test("cuts a long memo at what a message takes, and names the files of one without words", async () => {
    const file = { filename: "cake.jpg", type: "image/jpeg", bytes: new Uint8Array([1]) };
    await using made = await talk(["many words ".repeat(700), { content: "", files: [file] }]);
    const answer = must(await asked(made.world, made.alice.person, ""));
    const [bare, long] = answer.results.map(({ message }) => String(message["text"]));
    expect(bare).toBe("📎 cake.jpg");
    expect(long?.length).toBeWithin(3_000, 4_097);
    expect(long).toEndWith("\n…");
  });

  test("goes on page by page", async () => {
    await using made = await talk(Array.from({ length: 23 }, (_, at) => `apple ${at + 1}`));
    const { world, alice } = made;
    const pages: InlineAnswer[] = [];
    do pages.push(must(await asked(world, alice.person, "apple", pages.at(-1)?.nextOffset)));
    while (pages.at(-1)?.nextOffset !== "");
    expect(pages.map(({ results }) => results.length)).toEqual([10, 10, 3]);
    const shown = pages.flatMap(({ results }) => results);
    expect(shown.map(({ title }) => title)).toEqual(
      Array.from({ length: 23 }, (_, at) => `apple ${23 - at}`),
    );
    expect(new Set(shown.map(({ id }) => id)).size).toBe(23);
  });

  test("shows nobody what another one was shown, and always what is there now", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    const bob = await talking(world, "bob");
    expect(titles(await asked(world, alice.person, "apple"))).toEqual(["apple"]);
    expect(titles(await asked(world, bob.person, "apple"))).toEqual([]);
    await writes(world, "bob", ["bob's apple"]);
    expect(titles(await asked(world, bob.person, "apple"))).toEqual(["bob's apple"]);
  });

  test("leads who is not bound to the bot, which says how to be", async () => {
    await using world = await chatWorld(INLINE);
    const carol = world.telegram.user({ language_code: "de" });
    const { results, button } = must(await asked(world, carol, "apple"));
    expect(results).toEqual([]);
    expect(button?.text).toBe("Dein Memos-Konto verbinden");
    const chat = conversation(world, carol);
    chat.says(`/start ${button?.start_parameter}`);
    await chat.hears("/bind <");
  });

  test("leads who is paused to the bot, tells them once, and asks Memos nothing with a dead token", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    world.memos.revokeToken(alice.token);
    const { button } = must(await asked(world, alice.person, "apple"));
    expect(button?.text).toBe("Connect your Memos account");
    await world.eventually(
      "it is paused",
      () => world.store.bindings.get(alice.person.id)?.state === "paused",
    );
    // The button says nothing of it.
    await alice.hears("Memos no longer accepts the access token");
    const calls = world.memos.requests.length;
    expect(must(await asked(world, alice.person, "apple")).button).toEqual(button);
    expect(world.memos.requests.length).toBe(calls);
    const told = alice.seen().length;
    alice.says(`/start ${button?.start_parameter}`);
    await alice.hears("Memos no longer accepts the access token");
    expect(alice.seen()).toHaveLength(told + 1);
  });

  test("shows those nothing who are not on the list", async () => {
    await using world = await chatWorld({ ...INLINE, env: { ALLOWED_USERS: "1" } });
    const answer = must(await asked(world, world.telegram.user(), "apple"));
    expect(answer).toEqual({ results: [], nextOffset: "" });
  });

  test("says that Memos is away, in a button that leads to /status", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    const slow = world.memos.fault({ match: { path: /\/memos$/ }, action: "hang" });
    const press = alice.person.asks("apple");
    const quiet = world.quiet();
    await until("Memos is asked", () => slow.hits > 0);
    await world.clock.advance(8_000);
    await quiet;
    expect((await press.answer).button?.text).toStartWith("Memos does not answer right now.");
    world.memos.clearFaults();
    await world.memos.stop();
    const { button } = must(await asked(world, alice.person, "apple"));
    await world.memos.start();
    alice.says(`/start ${button?.start_parameter}`);
    await alice.hears("You are connected to the Memos account of");
  });

  test("drops what comes late, without a call", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    const press = alice.person.asks("apple");
    const calls = world.memos.requests.length;
    // Taken in, and then the program stood still.
    const { update_id, payload } = must(world.telegram.pendingUpdates[0]);
    const query = { update_id, inline_query: payload } as unknown as TelegramUpdate;
    world.store.inbox.accept([readUpdate(query, { id: 1, username: null })], { polled: false });
    await world.clock.advance(31_000);
    await world.quiet();
    expect(press.isAnswered).toBe(false);
    expect(world.memos.requests.length).toBe(calls);
    expect(world.telegram.requests.some(({ method }) => method === "answerInlineQuery")).toBe(false);
  });

  test("keeps nothing of what was asked, and logs none of it", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    world.memos.fault({
      match: { path: /\/memos$/ },
      action: { status: 400, body: '{"message":"no xyzzy"}' },
    });
    await asked(world, alice.person, "xyzzy");
    await asked(world, alice.person, "xyzzy");
    expect(JSON.stringify(world.log)).not.toContain("xyzzy");
    expect(rows(world, "SELECT 1 FROM jobs WHERE kind = 'inline'")).toEqual([]);
    expect(rows(world, "SELECT 1 FROM updates WHERE kind = 'inline_query'")).toEqual([]);
  });

  test("a memo that was sent so becomes no memo again", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    const [apple] = must(await asked(world, alice.person, "apple")).results;
    alice.person.choose(must(apple));
    await world.quiet();
    expect(world.memos.memos()).toHaveLength(1);
    expect(alice.seen()).toEqual([]);
  });

  test("is told of in /help where it is on", async () => {
    await using made = await talk([]);
    made.alice.says("/help");
    await made.alice.hears("Send me anything");
    await made.alice.presses("More");
    await made.alice.hears(`write @${made.world.telegram.bot.username} and what you look for`);
  });
});
