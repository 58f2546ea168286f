import { describe, expect, test } from "bun:test";
import { botTexts, memosSaved } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGerman, type Talk } from "../support/languages.ts";
import { testBound } from "../support/test-bound.ts";
import { withThought } from "../support/thought.ts";

async function chooses({ person, texts }: Talk, how: "reply" | "reaction" | "off"): Promise<void> {
  person.says("/settings");
  await person.hears(texts.settingsHead({ name: "alice" }));
  await person.presses(texts.settings.confirmation);
  await person.presses(texts.confirmations[how]);
  await person.hears(`${texts.settings.confirmation}: ${texts.confirmations[how]}`);
}

const refuses = (world: ChatWorld) =>
  world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
  });

describe("a confirmation", () => {
  inGerman("that is off leaves out what went well, and nothing else", async (talk) => {
    const { world, person, texts } = talk;
    await chooses(talk, "off");
    const before = person.seen().length;
    person.says("a thought");
    await memosSaved(world, 1);
    await person.quiet();
    expect(person.seen()).toHaveLength(before);
    person.person.sendDocument({ fileName: "big.zip", size: 30_000_000, caption: "with a file" });
    await person.hears(texts.missingFile({ name: "big.zip", why: texts.tooBigForBots }));
    const refused = refuses(world);
    person.says("another");
    await person.hears(texts.failures.refused_by_memos);
    refused.clear();
  });

  inGerman("of many at once is one", async ({ person, texts }) => {
    for (let at = 0; at < 12; at += 1) person.says(`line ${at}`);
    await person.quiet();
    expect(person.seen().map(({ text }) => text)).toEqual([texts.savedMany({ count: 12 })]);
  });

  inGerman(
    "says where a memo may not be public",
    async ({ world, person, texts }) => {
      world.memos.disallowPublic();
      const replyTo = person.says("a thought");
      await person.hears(texts.saved({ visibility: "PRIVATE" }));
      await person.presses("PUBLIC");
      expect((await person.hears(texts.publicDisallowed)).text).toStartWith(
        texts.saved({ visibility: "PRIVATE" }),
      );
      person.says("/public", { replyTo });
      await person.hears(texts.publicDisallowed);

      person.says("/settings");
      await person.presses(texts.settings.visibility);
      await person.presses("PUBLIC");
      person.says("another thought");
      expect((await person.hears(texts.publicDisallowed)).text).toStartWith(
        texts.saved({ visibility: "PROTECTED" }),
      );
      expect(world.memos.memos().map(({ visibility }) => visibility)).toEqual(["PRIVATE", "PROTECTED"]);
    },
    { memos: { version: "0.26.2" } },
  );
});

interface Button {
  text: string;
  callback_data?: string;
}

function shown(world: ChatWorld, person: { id: number }, at = 0) {
  const message = world.telegram.botMessages(person.id)[at];
  const markup = message?.reply_markup as { inline_keyboard: Button[][] } | undefined;
  return {
    id: message?.message_id ?? 0,
    text: message?.text ?? "",
    buttons: (markup?.inline_keyboard ?? []).map((row) => row.map((button) => button.text)),
    data: (markup?.inline_keyboard ?? []).flat().map((button) => button.callback_data ?? ""),
    link: message?.entities?.find(({ type }) => type === "text_link")?.url,
    reply: message?.reply_to_message?.message_id,
  };
}

const PRIVATE = [
  ["PROTECTED", "PUBLIC"],
  ["Pin", "Delete"],
];

describe("what a memo is confirmed by", () => {
  test("is a silent reply with the visibility, a link and buttons", async () => {
    await using saved = await withThought({ env: { MEMOS_PUBLIC_URL: "https://notes.example.org/memos/" } });
    const { world, alice, sent, name } = saved;
    const confirmation = shown(world, alice.person);
    expect(confirmation).toMatchObject({
      text: "Saved as PRIVATE · open",
      buttons: PRIVATE,
      link: `https://notes.example.org/memos/${name}`,
      reply: sent,
    });
    const request = world.telegram.requests.find(({ method }) => method === "sendMessage");
    expect(request?.params["disable_notification"]).toBe("true");
    expect(request?.params["parse_mode"]).toBeUndefined();
    expect(confirmation.data.every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
  });

  test("links to what the server reports as its address when none is configured", async () => {
    await using saved = await withThought({ memos: { instanceUrl: "https://notes.example.org" } });
    expect(shown(saved.world, saved.alice.person).link).toBe(`https://notes.example.org/${saved.name}`);
  });

  for (const host of ["localhost:5230", "memos:5230"]) {
    test(`has no link to ${host}: Telegram would show none`, async () => {
      await using saved = await withThought({ env: { MEMOS_PUBLIC_URL: `http://${host}` } });
      expect(shown(saved.world, saved.alice.person)).toMatchObject({
        text: "Saved as PRIVATE",
        link: undefined,
        buttons: PRIVATE,
      });
    });
  }

  testBound("that stood for a word which was deleted is said anew, and its buttons work", async (at) => {
    const { world, person } = at;
    const action = { status: 500, body: { code: 13, message: "not this one", details: [] } };
    const fault = world.memos.fault({ match: { method: "POST", path: /memos$/ }, action });
    person.say("odd");
    await world.eventually("a word", () => botTexts(world, person).length > 0, 1_000);
    person.deleteMessage(world.telegram.botMessages(person.id).at(-1)?.message_id ?? 0);
    fault.clear();
    await world.settled();
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    person.press(world.telegram.botMessages(person.id).at(-1)?.message_id ?? 0, "Pin");
    await world.settled();
    expect(world.memos.memos()[0]?.pinned).toBe(true);
  });

  testBound("comes though the message was deleted before it", async ({ world, person }) => {
    const message = person.say("gone at once");
    person.deleteMessage(message.message_id);
    await memosSaved(world, 1);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  testBound(
    "that cannot be sent, since the person blocked the bot, loses no memo",
    async ({ world, person }) => {
      person.say("last words");
      person.block();
      const [memo] = await memosSaved(world, 1);
      expect(memo?.content).toBe("last words");
      person.unblock();
      person.say("back again");
      await memosSaved(world, 2);
      expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    },
  );

  testBound("whose answer was lost is not sent twice", async ({ world, person }) => {
    world.telegram.fault({ match: { method: "sendMessage" }, action: "drop-after" });
    person.say("one");
    person.say("two");
    await memosSaved(world, 2);
    expect(botTexts(world, person)).toHaveLength(2);
  });
});
