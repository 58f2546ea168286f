import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boundPerson, createWorld, rows } from "../support/app.ts";
import { exportedMessage, writeExport } from "../support/exports.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

const TOO_LARGE = "(File exceeds maximum size. Change data exporting settings to download.)";

const savedMessages = (owner: number) => {
  const own = (id: number, at: string, more: Parameters<typeof exportedMessage>[2]) =>
    exportedMessage(id, at, { from_id: `user${owner}`, ...more });
  const photo = (id: number, more = {}) =>
    own(id, "2021-05-01T10:00:00", { photo: `photos/photo_${id}.jpg`, width: 8, height: 8, ...more });
  const messages = [
    {
      id: 1,
      type: "service",
      date: "2020-01-01T08:00:00",
      date_unixtime: "1577865600",
      action: "clear_history",
    },
    own(2, "2020-02-02T09:30:00", {
      text: [
        "with ",
        { type: "bold", text: "bold" },
        " and a ",
        { type: "text_link", text: "link", href: "https://example.com/" },
      ],
    }),
    photo(3, { text: "two of us" }),
    photo(4),
    own(5, "2021-05-01T10:00:07", { text: "about that", reply_to_message_id: 2 }),
    own(6, "2021-06-01T00:00:00", {
      text: "kept \u000b words",
      forwarded_from: "A channel",
      saved_from: "A channel",
    }),
    own(7, "2021-06-02T00:00:00", { file: TOO_LARGE, file_name: "film.mkv", text: "see" }),
    own(8, "2021-06-03T00:00:00", { file: "../secret.txt", file_name: "secret.txt", text: "out" }),
    { id: 9, type: "unsupported" },
    own(10, "2021-06-04T00:00:00", { text: "/start of it all" }),
  ];
  return { type: "saved_messages", id: owner, messages };
};

describe("import telegram", () => {
  test("makes memos of Saved Messages beside a running program, and none twice", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    using source = writeExport(savedMessages(person.id), {
      "photos/photo_3.jpg": "three",
      "photos/photo_4.jpg": "four",
      "../secret.txt": "not of the export",
    });
    const dry = await run(world.env, ["import", "telegram", source.folder, "--dry-run"]);
    expect(dry.out.split("\n")[1]?.split(/ {2,}/)).toEqual([
      String(person.id),
      "Saved Messages",
      "7",
      "8",
      "2",
      "1",
      "1",
    ]);
    expect(rows(world, "SELECT 1 FROM jobs WHERE queue = 'messages'")).toEqual([]);

    const first = await run(world.env, ["import", "telegram", source.folder]);
    expect(first).toMatchObject({ code: 0, out: `${dry.out}\n\n8 messages of these were new.` });
    const memos = world.memos.memos();
    const of = (words: string) => memos.find(({ content }) => content.includes(words));
    expect(memos).toHaveLength(6);
    expect(of("with")).toMatchObject({ content: "with **bold** and a [link](https://example.com/)" });
    expect(of("with")?.createTime).toContain("2020-02-02T09:30:00");
    expect(of("two of us")?.attachments.map(({ filename }) => filename)).toEqual([
      "photo-2021-05-01-3.jpg",
      "photo-2021-05-01-4.jpg",
    ]);
    expect(world.memos.comments(of("with")?.name ?? "")).toMatchObject([{ content: "about that" }]);
    expect(of("kept")?.content).toBe("> Forwarded from A channel\n\nkept \u000b words");
    expect(of("see")?.content).toContain("film.mkv is only in Telegram: it is not in the export.");
    expect(of("out")?.attachments).toEqual([]);
    expect(of("/start")?.content).toBe("/start of it all");
    expect(world.telegram.sent).toEqual([]);

    const again = await run(world.env, ["import", "telegram", source.folder]);
    expect(again).toMatchObject({ code: 0, out: `${dry.out}\n\n0 messages of these were new.` });
    expect(world.memos.memos()).toEqual(memos);
  });

  test("of a whole account takes the chats that are named, and goes on once a program runs", async () => {
    await using world = await createWorld();
    const { person } = await boundPerson(world);
    await boundPerson(world, "bob");
    const bot = Number(world.telegram.token.split(":")[0]);
    const channel = (id: number, text: string) =>
      exportedMessage(id, "2022-03-04T05:06:07", { from: "News", from_id: "channel55", text });
    const message = (id: number, at: string, text: string) =>
      exportedMessage(id, at, { text, from: "Zoe", from_id: "user77" });
    using source = writeExport({
      owner: person.id,
      chats: [
        {
          name: "Zoe",
          type: "personal_chat",
          id: 77,
          messages: [message(1, "2022-01-01T00:00:00", "hello")],
        },
        { name: "empty", type: "personal_chat", id: 78, messages: [] },
        { type: "saved_messages", id: person.id, messages: [] },
        // What was sent to the bot was saved then.
        {
          name: "Ferry",
          type: "bot_chat",
          id: bot,
          messages: [message(1, "2022-01-01T00:00:00", "to the bot")],
        },
        { name: "News", type: "public_channel", id: 55, messages: [channel(1, "old"), channel(2, "news")] },
      ],
    });
    const all = await run(world.env, ["import", "telegram", source.folder]);
    expect(all).toMatchObject({ code: 2, err: expect.stringContaining("name with --chat") });
    const dry = await run(world.env, ["import", "telegram", source.folder, "--dry-run", "--from", "2022-02"]);
    expect(dry.out).toMatch(/^CHAT .*\n55 +News +2 .*$/);
    await world.stopApp();
    const others = { ...world.env, ALLOWED_USERS: "5" };
    const refused = await run(others, ["import", "telegram", source.folder, "--chat", "77"]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("not among ALLOWED_USERS") });
    const some = await run(world.env, [
      "import",
      "telegram",
      source.folder,
      "--chat",
      "News",
      "--chat",
      "77",
    ]);
    expect(some.code).toBe(0);
    expect(some.out).toEndWith("3 messages of these were new. They are saved once memoferry runs.");
    expect(world.memos.memos()).toEqual([]);
    await world.startApp();
    const memos = await world.until("all are saved", () => {
      const saved = world.memos.memos();
      return saved.length === 3 && saved;
    });
    expect(memos.map(({ content }) => content).sort()).toEqual([
      "> Forwarded from Zoe · 2022-01-01 00:00 UTC\n\nhello",
      "> Forwarded from [News](https://t.me/c/55/1) · 2022-03-04 05:06 UTC\n\nold",
      "> Forwarded from [News](https://t.me/c/55/2) · 2022-03-04 05:06 UTC\n\nnews",
    ]);
    expect(new Set(memos.map(({ creator }) => creator))).toEqual(new Set(["users/alice"]));
  });

  test("says at its end what could not be saved, and nothing of it in the chat", async () => {
    await using world = await createWorld();
    const { person } = await boundPerson(world);
    using source = writeExport(savedMessages(person.id));
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      times: 1,
      action: { status: 400, body: JSON.stringify({ code: 3, message: "no" }) },
    });
    const { code, err } = await run(world.env, ["import", "telegram", source.folder, "--to", "2020"]);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("1 message of imports could not be saved"),
    });
    expect(world.telegram.sent).toEqual([]);
  });

  test("tells what is wrong with a folder, and reads a broken export as far as it goes", async () => {
    await using world = await createWorld();
    const { person } = await boundPerson(world);
    using source = writeExport(savedMessages(person.id));
    const path = join(source.folder, "result.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.slice(0, text.indexOf('"id": 3,')));
    const cut = await run(world.env, ["import", "telegram", source.folder]);
    expect(cut).toMatchObject({ code: 1, err: expect.stringContaining("ends in the middle") });
    expect(world.memos.memos()).toHaveLength(1);
    const named = await run(world.env, ["import", "telegram", path, "--dry-run"]);
    expect(named.out).toContain("Saved Messages");
    const none = await run(world.env, ["import", "telegram", world.dataDir]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("there is no result.json in") });
    const wrong = await run(world.env, ["import", "telegram", source.folder, "--from", "yesterday"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("a date is written like 2024") });
  });
});
