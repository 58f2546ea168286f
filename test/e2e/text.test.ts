import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  SAMPLE_USER,
  sample,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(20_000);
const rate = 20;

// What becomes of the sample texts: test/corpus.
describe("a text", () => {
  test("that begins with a command which nobody knows is answered and not saved", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("text-auto-entities"));
    await settled(world);
    expect(world.memos.memos()).toEqual([]);
    expect(botTexts(world, { id: SAMPLE_USER })).toEqual([
      "I do not know /todo, so nothing was saved. /help lists what I can do.",
    ]);
  });

  test("with links, mentions, a phone number and tags found by Telegram stays as typed", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    const [update] = sample("text-auto-entities");
    const message = update?.["message"] as { text: string; entities: { type: string; offset: number }[] };
    message.text = message.text.replace("/todo", "-todo");
    message.entities = message.entities.filter(({ type }) => type !== "bot_command");
    world.telegram.deliver(update ?? []);
    const [memo] = await memosSaved(world, 1);
    // A dollar alone begins no formula.
    expect(memo?.content).toBe(message.text);
    expect(memo?.tags).toContain("garden");
  });

  test("of 4,096 characters arrives whole", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const text = "0123456789abcde ".repeat(256).slice(0, -1).padEnd(4096, "!");
    person.say(text);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe(text);
  });

  test("of only dots, dashes and brackets is saved and confirmed: no reply breaks on them", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const text = "1. a-b (c) [d] _e_ *f* `g` ~h~ >i #j +k =l |m {n} !o \\p . - )";
    person.say(text);
    await settled(world);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual([text]);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });
});

describe("the creation time", () => {
  test("is the time of the message, also when Memos was away while it came", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    await settled(world);
    await world.memos.stop();
    const [update] = sample("text-plain");
    const message = update?.["message"] as { date: number };
    message.date = Math.floor(Date.now() / 1000) - 3 * 3600;
    world.telegram.deliver(update ?? [], { keepDates: true });
    await until("memos found away", () =>
      world.log.some((line) => line["message"] === "memos does not answer"),
    );
    world.clock.advance(3_600_000);
    await world.memos.start();
    const [memo] = await memosSaved(world, 1);
    expect(Date.parse(memo?.createTime ?? "")).toBe(message.date * 1000);
  });
});

describe("visibility", () => {
  test("is the binding's own", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    await api(world, "PATCH", `/api/v1/bindings/${person.id}`, { visibility: "PROTECTED" });
    person.say("for the team");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PROTECTED");
    await settled(world);
    expect(botTexts(world, person)).toEqual(["Saved as PROTECTED · open"]);
  });

  test("is else the default that the user set in Memos", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    person.say("for all");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PUBLIC");
  });

  test("is else PRIVATE", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.say("for me");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PRIVATE");
  });

  test("is PRIVATE when the default cannot be read", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    world.memos.fault({ match: { path: /settings?/i, method: "GET" }, action: { status: 500 } });
    person.say("for me");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PRIVATE");
  });
});

describe("tags of the binding", () => {
  test("are added once, in a line of their own, unless the text has them", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await api(world, "PATCH", `/api/v1/bindings/${person.id}`, { tags: ["telegram", "inbox"] });
    person.say("water the plants");
    person.say("already an #inbox thing");
    await memosSaved(world, 2);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual([
      "water the plants\n\n#telegram #inbox",
      "already an #inbox thing\n\n#telegram",
    ]);
    expect(world.memos.memos().map((memo) => memo.tags.toSorted())).toEqual([
      ["inbox", "telegram"],
      ["inbox", "telegram"],
    ]);
  });
});

describe("order", () => {
  test("within a chat is the order of the messages", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const texts = Array.from({ length: 60 }, (_, at) => `line ${at}`);
    for (const text of texts) person.say(text);
    await memosSaved(world, 60);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(texts);
  });

  test("holds when one create takes long and the next would be quick", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.fault({ match: { method: "POST", path: /memos$/, nth: 1 }, action: { delayMs: 300 } });
    person.say("slow");
    person.say("quick");
    await memosSaved(world, 2);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["slow", "quick"]);
  });

  test("of one chat does not hold up another: chats are worked side by side", async () => {
    await using world = await createWorld({ rate: 1, telegram: { limits: false } });
    const alice = await boundPerson(world, "alice");
    const bob = await boundPerson(world, "bob");
    const held = Promise.withResolvers<void>();
    world.memos.onRequest = async ({ method, path, body }, phase) => {
      const first = method === "POST" && path.endsWith("/memos") && Buffer.from(body).includes("held up");
      if (phase === "before" && first) await held.promise;
    };
    alice.person.say("held up");
    alice.person.say("behind it");
    bob.person.say("free");
    await until("bob's memo", () => world.memos.memos().some((memo) => memo.content === "free"));
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["free"]);
    held.resolve();
    await memosSaved(world, 3);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["free", "held up", "behind it"]);
    expect(world.memos.memos().map((memo) => memo.creator)).toEqual([
      bob.account.name,
      alice.account.name,
      alice.account.name,
    ]);
  });
});

describe("a text over the server's limit of bytes", () => {
  /** 12,288 bytes of UTF-8; Memos takes 8,192 by default. */
  const text = "家".repeat(4096);
  const parts = (world: World) => {
    const memos = world.memos.memos();
    return memos.flatMap((memo) => [memo, ...world.memos.comments(memo.name)]).map(({ content }) => content);
  };

  test("is a memo and its comments, and the confirmation says so", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.say(text);
    await until("all of it", () => parts(world).join("") === text);
    await settled(world);
    expect(world.memos.memos()).toHaveLength(1);
    expect(parts(world).every((part) => Buffer.byteLength(part) <= 8192)).toBe(true);
    expect(botTexts(world, person)).toEqual([
      "Saved as PRIVATE · open\nIt is longer than this Memos server accepts: the rest is in a comment under it.",
    ]);
  });

  test("which was lowered a moment ago is cut to what it is now", async () => {
    await using world = await createWorld({ rate });
    world.memos.setContentLengthLimit(16_384);
    const { person } = await boundPerson(world);
    person.say("first");
    await memosSaved(world, 1);
    await settled(world);
    world.memos.setContentLengthLimit(8192);
    person.say(text);
    await until("all of it", () => parts(world).join("") === `first${text}`);
    await settled(world);
    expect(parts(world).every((part) => Buffer.byteLength(part) <= 8192)).toBe(true);
  });
});
