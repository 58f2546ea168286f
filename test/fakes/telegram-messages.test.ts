import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import autoEntities from "../fixtures/telegram/updates/text-auto-entities.json";
import localhostLinks from "../fixtures/telegram/updates/text-localhost-links.json";
import overlapSplit from "../fixtures/telegram/updates/text-overlap-split.json";
import { type Call, createClient } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

const samples = join(import.meta.dir, "../fixtures/telegram/updates");

let fake: FakeTelegram;
let call: Call;
let ada: Person;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
});
afterEach(() => fake.close());

/** All new updates as kind and message; confirms them. */
async function next(): Promise<{ kind: string; message: Record<string, unknown> }[]> {
  fake.advance(4000);
  const { list } = await call("getUpdates", { offset: (confirmed || -1) + 1 });
  confirmed = Number(list.at(-1)?.["update_id"] ?? confirmed);
  return list.map((update) => {
    const kind = Object.keys(update)[1] ?? "";
    return { kind, message: update[kind] as Record<string, unknown> };
  });
}

let confirmed = 0;
beforeEach(() => {
  confirmed = 0;
});

describe("the fake's messages", () => {
  test("45: splits an album over polls, lets others in between, captions any part", async () => {
    const boris = fake.user({ first_name: "Boris" });
    const album = ada.sendAlbum(
      [{ type: "photo" }, { type: "photo", caption: "second" }, { type: "video", caption: "third" }],
      { split: 2, between: () => boris.say("in between") },
    );
    const first = await next();
    const second = await next();
    expect(first.map(({ message }) => message["message_id"])).toEqual([
      album[0]?.message_id,
      album[1]?.message_id,
    ]);
    expect(second.map(({ message }) => message["text"] ?? message["caption"])).toEqual([
      "in between",
      "third",
    ]);
    const parts = [...first, ...second]
      .map(({ message }) => message)
      .filter((message) => message["text"] === undefined);
    expect(new Set(parts.map((message) => message["media_group_id"])).size).toBe(1);
    expect(new Set(parts.map((message) => message["date"])).size).toBe(1);
    expect(parts.map((message) => message["caption"])).toEqual([undefined, "second", "third"]);
  });

  test("46: sends edits, also without edit_date and without change", async () => {
    const message = ada.say("Meeting at 5");
    ada.edit(message.message_id, {
      text: "Meeting at 6",
      entities: [{ offset: 11, length: 1, type: "bold" }],
    });
    ada.edit(message.message_id, {});
    const [original, edited, same] = await next();
    expect([original?.kind, edited?.kind, same?.kind]).toEqual([
      "message",
      "edited_message",
      "edited_message",
    ]);
    expect(edited?.message).toMatchObject({
      message_id: message.message_id,
      date: message.date,
      text: "Meeting at 6",
    });
    expect(edited?.message["edit_date"]).toBeNumber();
    expect(same?.message["text"]).toBe("Meeting at 6");
    const never = ada.say("y");
    ada.edit(never.message_id, {});
    expect((await next())[1]?.message).not.toHaveProperty("edit_date");
    const photo = ada.sendPhoto();
    ada.edit(photo.message_id, { caption: "added" });
    expect((await next())[1]?.message["caption"]).toBe("added");
  });

  test("47: shows a reply's target one level deep while it exists", async () => {
    const first = ada.say("one");
    const second = ada.say("two", { replyTo: first });
    const third = ada.say("three", { replyTo: second, quote: "tw" });
    expect(third.reply_to_message).toMatchObject({ text: "two" });
    expect(third.reply_to_message).not.toHaveProperty("reply_to_message");
    expect(third.quote).toMatchObject({ text: "tw", position: 0, is_manual: true });
    ada.deleteMessage(second.message_id);
    expect(ada.say("four", { replyTo: second.message_id })).not.toHaveProperty("reply_to_message");
  });

  test("49: trims text, counts in UTF-16 and cuts styles", () => {
    const message = ada.say(" \n a\tb\r\nc\u2028d\u0007 \n");
    expect(message.text).toBe("a b\ncd ".trim());
    const emoji = ada.say("👩‍👩‍👧 /todo #日本語");
    expect(emoji.entities).toEqual([
      { offset: 9, length: 5, type: "bot_command" },
      { offset: 15, length: 4, type: "hashtag" },
    ]);
    const { text, entities } = overlapSplit.message;
    const one = text.indexOf("one");
    const crossing = ada.say(text, {
      entities: [
        { offset: one, length: 6, type: "bold" },
        { offset: one + 3, length: 8, type: "italic" },
      ],
    });
    expect(crossing.entities as object[]).toEqual(entities);
    const code = ada.say("a https://example.com/ b", {
      entities: [
        { offset: 0, length: 24, type: "bold" },
        { offset: 0, length: 1, type: "code" },
      ],
    });
    expect(code.entities).toEqual([
      { offset: 0, length: 1, type: "code" },
      { offset: 2, length: 20, type: "url" },
      { offset: 2, length: 20, type: "bold" },
      { offset: 23, length: 1, type: "bold" },
    ]);
  });

  test("50: detects entities in what users send", () => {
    for (const { text, entities } of [autoEntities.message, localhostLinks.message]) {
      expect(ada.say(text).entities as object[]).toEqual(entities);
    }
    const typesIn = (text: string) =>
      (ada.say(text).entities ?? []).map(
        ({ type, offset, length }) => `${type} ${text.slice(offset, offset + length)}`,
      );
    expect(typesIn("@abc @gif @ada_lq x@ada_lq")).toEqual(["mention @gif", "mention @ada_lq"]);
    expect(typesIn("a/b /go@memoferry_bot /x/y </z")).toEqual(["bot_command /go@memoferry_bot"]);
    expect(typesIn("#1 #a1 x#b ##c $USD $usd $EURO$")).toEqual(["hashtag #a1", "hashtag #c", "cashtag $USD"]);
    expect(typesIn("mailto:ada@example.org ada@x")).toEqual(["email ada@example.org"]);
    expect(
      typesIn("example.com. memos.local http://memos.local, localhost http://localhost:1/ 1.2.3.4:80/a"),
    ).toEqual(["url example.com", "url http://memos.local", "url 1.2.3.4:80/a"]);
    expect(typesIn("(https://example.com/a_(b)) https://example.com/?q=a&b=#c!")).toEqual([
      "url https://example.com/a_(b)",
      "url https://example.com/?q=a&b=#c",
    ]);
    expect(typesIn("+14155550123 4111 1111 1111 1111 tg://resolve?domain=x")).toEqual([
      "phone_number +14155550123",
      "bank_card_number 4111 1111 1111 1111",
      "url tg://resolve?domain=x",
    ]);
    expect(typesIn("https://example.com/@name#tag")).toEqual(["url https://example.com/@name#tag"]);
  });

  test("50: detects entities in what the bot sends", async () => {
    ada.say("hi");
    const { result } = await call("sendMessage", {
      chat_id: ada.id,
      text: "see example.com and example.com",
      entities: [
        { offset: 0, length: 15, type: "bold" },
        { offset: 20, length: 11, type: "code" },
      ],
    });
    expect(result["entities"]).toEqual([
      { offset: 0, length: 4, type: "bold" },
      { offset: 4, length: 11, type: "url" },
      { offset: 4, length: 11, type: "bold" },
      { offset: 20, length: 11, type: "code" },
    ]);
  });

  test("delivers each sample as it is, but for ids and dates", async () => {
    await call("getUpdates", { allowed_updates: [] });
    let count = 0;
    for (const name of readdirSync(samples).filter((file) => file.endsWith(".json"))) {
      const sample: unknown = JSON.parse(readFileSync(join(samples, name), "utf8"));
      const updates = (Array.isArray(sample) ? sample : [sample]) as Record<string, unknown>[];
      fake.deliver(updates);
      fake.advance(4000);
      const { list } = await call("getUpdates", { offset: confirmed + 1 });
      const wanted = updates.filter((update) => update["message_reaction"] === undefined);
      expect(list.map(undated)).toEqual(wanted.map(undated));
      expect(list.map((update) => Object.keys(update)[0])).toEqual(wanted.map(() => "update_id"));
      confirmed = Number(list.at(-1)?.["update_id"] ?? confirmed);
      count += updates.length;
    }
    expect(count).toBe(138);
  });
});

/** Without the id and with dates relative to the newest: what `deliver` may change. */
function undated(update: Record<string, unknown>): unknown {
  const { update_id: _, ...rest } = update;
  return JSON.parse(JSON.stringify(rest), (key, value: unknown) =>
    (key === "date" || key === "edit_date") && value !== 0 ? "dated" : value,
  );
}
