import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  passTime,
  rows,
  SAMPLE_USER,
  sample,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(30_000);
const rate = 20;
const MIB = 1024 * 1024;

/** Bytes without a pattern that a mistake in base64 or in the order of pieces could keep. */
function noise(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const sameBytes = (left: Uint8Array | undefined, right: Uint8Array) =>
  left !== undefined && Buffer.compare(left, right) === 0;

const downloads = (world: World) => world.telegram.requests.filter(({ method }) => method === "file").length;

const uploads = (world: World) =>
  world.memos.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/attachments"))
    .length;

const downloadedOf = (world: World, id: string) =>
  world.telegram.requests.filter((request) => request.params["file_id"] === id).length;

describe("a file", () => {
  test("photo: its largest size is attached, its caption is the content", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const bytes = noise(54_321);
    const message = person.sendPhoto({
      bytes,
      caption: "At the *market*",
      entities: [{ type: "bold", offset: 0, length: 2 }],
    });
    const [memo] = await memosSaved(world, 1);
    const date = new Date((message.date ?? 0) * 1000).toISOString().slice(0, 10);
    expect(memo?.content).toBe("**At** the *market*");
    expect(memo?.attachments).toHaveLength(1);
    expect(memo?.attachments[0]).toMatchObject({
      filename: `photo-${date}-${message.message_id}.jpg`,
      type: "image/jpeg",
      size: bytes.length,
    });
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
    await settled(world);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  test("photo without a caption: a memo with a photo and no text", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("photo-no-caption-spoiler"));
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("");
    expect(memo?.attachments.map((file) => file.type)).toEqual(["image/jpeg"]);
  });

  test("photo that Memos encodes anew: its other size is no reason to doubt it", async () => {
    await using world = await createWorld({ rate, memos: { reencodeJpeg: true } });
    const { person } = await boundPerson(world);
    person.sendPhoto({ caption: "one" });
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.attachments).toHaveLength(1);
    expect(uploads(world)).toBe(1);
  });

  test("image sent as a document: byte for byte, with its name and type", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    const [update] = sample("document-image-uncompressed");
    const message = update?.["message"] as {
      document: { file_id: string; file_name: string; mime_type: string; file_size: number };
    };
    const bytes = noise(message.document.file_size);
    world.telegram.deliver(update ?? []);
    world.telegram.setFileBytes(message.document.file_id, bytes);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments[0]?.filename).toBe(message.document.file_name);
    expect(memo?.attachments[0]?.type).toBe(message.document.mime_type);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
  });

  test("document without name, type and size gets a name of its own", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("document-bare"));
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments).toHaveLength(1);
    expect(memo?.attachments[0]).toMatchObject({
      filename: `document-${memo?.createTime.slice(0, 10)}-4131.bin`,
      type: "application/octet-stream",
      size: 1000,
    });
  });

  test("with an unsafe name gets one that every server takes", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("document-unsafe-name"));
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map((file) => file.filename)).toEqual(["пример_ отчёт_.tar.gz"]);
  });

  test("of exactly 20 MiB arrives whole", async () => {
    await using world = await createWorld({ rate: 1, telegram: { limits: false } });
    await boundPerson(world);
    const [update = {}] = sample("document-20mb-edge");
    const { document } = update["message"] as { document: { file_id: string } };
    const bytes = noise(20 * MIB);
    world.telegram.deliver(update);
    world.telegram.setFileBytes(document.file_id, bytes);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments[0]?.size).toBe(20 * MIB);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
  });

  test("of no bytes at all arrives", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: new Uint8Array(0), fileName: "empty.txt", mimeType: "text/plain" });
    await settled(world);
    expect(world.memos.memos().map((memo) => memo.attachments.map((file) => file.size))).toEqual([[0]]);
  });

  test("many from several people at once: each has its own bytes, in order", async () => {
    await using world = await createWorld({ rate: 4 });
    const people = [];
    for (const name of ["alice", "bob", "cara"]) people.push(await boundPerson(world, name));
    const sent = new Map<string, Uint8Array>();
    for (let at = 0; at < 12; at++) {
      const { person, account } = people[at % 3] ?? (people[0] as (typeof people)[number]);
      const bytes = noise(MIB + at, at + 7);
      sent.set(`${account.name}/${at}.bin`, bytes);
      person.sendDocument({ bytes, fileName: `${at}.bin`, caption: `${at}` });
    }
    await settled(world, 25_000);
    const memos = world.memos.memos();
    expect(memos).toHaveLength(12);
    for (const memo of memos) {
      const [file] = memo.attachments;
      expect(memo.attachments).toHaveLength(1);
      expect(sameBytes(file?.bytes, sent.get(`${memo.creator}/${file?.filename}`) ?? noise(1))).toBe(true);
      expect(file?.filename).toBe(`${memo.content}.bin`);
    }
    for (const { account } of people) {
      const order = memos.filter((memo) => memo.creator === account.name).map((memo) => Number(memo.content));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });
});

/** A Bot API server that tells no file_size, and downloads without their length: both are optional. */
function startTaciturnServer(target: string) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const answer = await fetch(`${target}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        ...(request.body && { body: await request.arrayBuffer() }),
        signal: request.signal,
      });
      if (pathname.startsWith("/file/")) {
        const body = answer.body;
        return new Response(
          new ReadableStream({
            async start(controller) {
              for await (const chunk of body ?? []) controller.enqueue(chunk);
              controller.close();
            },
          }),
        );
      }
      const text = await answer.text();
      const silent = /\/getFile$/.test(pathname) ? text.replace(/"file_size":\d+,?/, "") : text;
      return new Response(silent, { status: answer.status, headers: { "content-type": "application/json" } });
    },
  });
}

describe("a file whose size nobody tells", () => {
  test("is saved whole, and the folder that older versions put such files into is removed at a start", async () => {
    let proxy: ReturnType<typeof startTaciturnServer> | undefined;
    await using world = await createWorld({
      rate,
      prepare({ telegram, env }) {
        proxy = startTaciturnServer(telegram.url);
        env["TELEGRAM_API_URL"] = `http://127.0.0.1:${proxy.port}`;
      },
    });
    const { person } = await boundPerson(world);
    const bytes = noise(3 * MIB + 1);
    person.sendDocument({ bytes, fileName: "unknown.bin", omit: ["file_size"] });
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
    await world.stopApp();
    mkdirSync(join(world.dataDir, "spool"));
    writeFileSync(join(world.dataDir, "spool", "left-by-a-kill"), "x");
    await world.startApp();
    expect(existsSync(join(world.dataDir, "spool"))).toBe(false);
    await world.stopApp();
    await proxy?.stop(true);
  });

  test("and that Telegram then finds too big is named as missing, without a made-up size", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendDocument({ size: 25 * MIB, fileName: "film.bin", caption: "a film", omit: ["file_size"] });
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.content).toStartWith("a film\n\n📎 film.bin is only in Telegram: ");
    expect(memo?.content).not.toContain("0.0 MB");
    expect(memo?.content).toContain("larger than what Telegram gives to bots (20 MB)");
    expect(downloads(world)).toBe(0);
    expect(botTexts(world, person)[0]).toContain("Without film.bin: ");
  });
});

describe("a file that is too large", () => {
  test("for Telegram's bots: the text is saved, the file named as missing, nothing downloaded", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("document-too-big"));
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    const message = sample("document-too-big")[0]?.["message"] as {
      caption?: string;
      document: { file_name: string };
    };
    expect(memo?.attachments).toEqual([]);
    expect(memo?.content.replaceAll("\\", "")).toContain(
      `📎 ${message.document.file_name} is only in Telegram`,
    );
    if (message.caption) expect(memo?.content).toStartWith(message.caption);
    expect(world.telegram.requests.some(({ method }) => method === "getFile" || method === "file")).toBe(
      false,
    );
    expect(botTexts(world, { id: SAMPLE_USER })[0]).toContain(`Without ${message.document.file_name}: `);
  });

  test("by one byte for Telegram's bots is not asked for", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendDocument({ size: 20 * MIB + 1, fileName: "big.bin", caption: "see" });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments).toEqual([]);
    expect(world.telegram.requests.some(({ method }) => method === "getFile")).toBe(false);
  });

  test("for Memos: learned from the refusal, so the second is not even downloaded, and one ten minutes later is", async () => {
    await using world = await createWorld({ rate, memos: { uploadSizeLimitMb: 1 } });
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: noise(2 * MIB), fileName: "first.bin", caption: "first" });
    await memosSaved(world, 1);
    await settled(world);
    expect(downloads(world)).toBe(1);
    person.sendDocument({ bytes: noise(2 * MIB), fileName: "second.bin", caption: "second" });
    person.sendDocument({ bytes: noise(MIB / 2), fileName: "small.bin", caption: "small" });
    await memosSaved(world, 3);
    await settled(world);
    const memos = world.memos.memos();
    expect(memos.map((memo) => memo.content)).toEqual([
      expect.stringMatching(/^first\n\n📎 first\.bin is only in Telegram: at 2\.0 MB /),
      expect.stringMatching(/^second\n\n📎 second\.bin is only in Telegram: at 2\.0 MB /),
      "small",
    ]);
    expect(memos.map((memo) => memo.attachments.length)).toEqual([0, 0, 1]);
    expect(downloads(world)).toBe(2);
    expect(botTexts(world, person)).toEqual([
      expect.stringContaining("Without first.bin: at 2.0 MB it is larger than this Memos server accepts."),
      expect.stringContaining("Without second.bin: "),
      "Saved as PRIVATE · open",
    ]);
    // Its owner raises it.
    world.memos.setUploadSizeLimit(3);
    world.clock.advance(11 * 60_000);
    person.sendDocument({ bytes: noise(2 * MIB), fileName: "third.bin", caption: "third" });
    await memosSaved(world, 4);
    await settled(world);
    expect(world.memos.memos().at(-1)?.attachments).toHaveLength(1);
  });

  test("for a proxy before Memos (413): the memo, the chat and the log name the setting, also for the next one", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.fault({
      match: { method: "POST", path: /attachments$/ },
      times: 1,
      action: { status: 413, body: "<html>413 Request Entity Too Large</html>", contentType: "text/html" },
    });
    const why =
      "at 9.0 MB it is larger than the proxy before Memos lets through (nginx: client_max_body_size).";
    for (const name of ["nine", "ten"]) {
      person.sendDocument({ bytes: noise(9 * MIB), fileName: `${name}.bin`, caption: name });
      await until(name, () =>
        botTexts(world, person).some((text) => text.includes(`Without ${name}.bin: ${why}`)),
      );
    }
    await settled(world);
    const line = (name: string) => `${name}

📎 ${name}.bin is only in Telegram: ${why}`;
    expect(world.memos.memos().map(({ content }) => content)).toEqual([line("nine"), line("ten")]);
    expect(world.memos.attachments()).toEqual([]);
    expect(JSON.stringify(world.log)).toContain("with nginx raise client_max_body_size");
    expect(downloads(world)).toBe(1);
  });
});

describe("a download", () => {
  for (const chunked of [false, true]) {
    test(`cut short ${chunked ? "without" : "with"} a Content-Length is tried again, and Memos never keeps a stump`, async () => {
      await using world = await createWorld({ rate: 60 });
      const { person } = await boundPerson(world);
      const bytes = noise(700_001);
      world.telegram.fault({ match: { method: "file" }, times: 2, action: { cutAfter: 300_000, chunked } });
      person.sendDocument({ bytes, fileName: "whole.bin", caption: "whole" });
      person.say("after it");
      const seen = new Set<number>();
      await until("both", () => {
        for (const file of world.memos.attachments()) seen.add(file.size);
        return world.memos.memos().length >= 2;
      });
      await settled(world);
      expect([...seen]).toEqual([bytes.length]);
      const [memo, after] = world.memos.memos();
      expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
      expect(after?.content).toBe("after it");
      expect(downloads(world)).toBe(3);
      expect(world.memos.attachments()).toHaveLength(1);
    });
  }

  test("whose path has run out asks for a new one", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const bytes = noise(5_000);
    let expired = false;
    world.telegram.onRequest = ({ method }, phase) => {
      if (method !== "file" || phase !== "before" || expired) return;
      expired = true;
      world.telegram.advance(3_601_000);
    };
    person.sendDocument({ bytes, fileName: "late.bin" });
    const [memo] = await memosSaved(world, 1);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
    expect(world.telegram.requests.filter(({ method }) => method === "getFile")).toHaveLength(2);
  });

  for (const [what, action] of [
    ["502 with a page of HTML", "html502"],
    ["503", { status: 503 }],
    ["429", { status: 429, retryAfter: 3 }],
    ["no answer but a closed connection", "drop-before"],
    ["half an answer", "truncate"],
  ] as const) {
    for (const method of ["getFile", "file"]) {
      test(`that Telegram answers with ${what} to ${method} costs no more than patience`, async () => {
        await using world = await createWorld({ rate: 60 });
        const { person } = await boundPerson(world);
        const bytes = noise(50_000);
        world.telegram.fault({ match: { method }, times: 2, action });
        person.sendDocument({ bytes, fileName: "patient.bin", caption: "patient" });
        person.say("after it");
        await settled(world);
        const memos = world.memos.memos();
        expect(memos.map((memo) => memo.content)).toEqual(["patient", "after it"]);
        expect(sameBytes(memos[0]?.attachments[0]?.bytes, bytes)).toBe(true);
        expect(world.memos.attachments()).toHaveLength(1);
        expect(botTexts(world, person)).toHaveLength(2);
        // A file that ends early may be its own fault; all else is Telegram's, and spends no attempt.
        const attempts = method === "file" && action === "truncate" ? 2 : 0;
        expect(rows(world, "SELECT attempts FROM jobs WHERE kind = 'message' ORDER BY id LIMIT 1")).toEqual([
          { attempts },
        ]);
      });
    }
  }

  for (const description of [
    "Bad Request: wrong file_id",
    "Bad Request: wrong file_id or the file is temporarily unavailable",
  ]) {
    test(`that ends in "${description}" holds up the chat for minutes, and its memo for a day`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      world.telegram.fault({
        match: { method: "getFile" },
        times: 10_000,
        action: { status: 400, description },
      });
      person.sendDocument({ bytes: noise(10), fileName: "lost.bin", caption: "lost" });
      person.say("after it");
      const before = world.clock.now();
      await passTime(world, "the text behind it", () => world.memos.memos().length > 0, { stepMs: 5_000 });
      expect(world.clock.now() - before).toBeLessThan(15 * 60_000);
      expect(world.memos.memos().map((memo) => memo.content)).toEqual(["after it"]);
      await passTime(world, "its words", () => world.memos.memos().length > 1, { stepMs: 300_000 });
      await settled(world);
      expect(world.memos.memos()[1]?.content).toBe(
        "lost\n\n📎 lost.bin is only in Telegram: Telegram has not given it to me for a day.",
      );
      expect(botTexts(world, person).at(-1)).toBe(
        "Saved as PRIVATE · open\nWithout lost.bin: Telegram has not given it to me for a day.",
      );
      expect(world.memos.attachments()).toEqual([]);
    });
  }

  test("of one part of an album that can never be had leaves out no other", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const parts = person.sendAlbum([
      { type: "photo", caption: "one" },
      { type: "photo", caption: "two" },
    ]);
    world.telegram.forgetFile(parts[1]?.photo?.at(-1)?.file_id ?? "");
    await until("both parts", () => rows(world, "SELECT seq FROM updates").length === 2);
    await passTime(world, "the album", () => world.memos.memos().length > 0, { stepMs: 300_000 });
    await settled(world);
    const [memo] = world.memos.memos();
    expect(memo?.attachments).toHaveLength(1);
    expect(memo?.content).toStartWith("one\n\ntwo\n\n📎 ");
  });

  test("of a local server's file that cannot be read here waits for the settings to be right", async () => {
    await using world = await createWorld({
      rate,
      telegram: { local: true },
      env: { TELEGRAM_FILES_DIR: "/nowhere" },
    });
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: noise(10), fileName: "here.bin", caption: "here" });
    await passTime(
      world,
      "its dead letter",
      () => rows(world, "SELECT id FROM jobs WHERE state = 'dead'").length > 0,
      { stepMs: 300_000 },
    );
    expect(world.memos.memos()).toEqual([]);
  });
});

describe("an upload", () => {
  for (const [what, action] of [
    ["dropped before it was done", "drop-before"],
    ["whose answer was lost", "drop-after"],
    ["whose answer was cut in half", "truncate"],
    ["refused because SQLite was busy", "busy"],
    ["answered with 500", { status: 500, body: { code: 13, message: "internal", details: [] } }],
    ["answered by a proxy's 502", { status: 502, body: "<html>502</html>", contentType: "text/html" }],
  ] as const) {
    test(`${what} is done once`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      const bytes = noise(200_000);
      world.memos.fault({ match: { method: "POST", path: /attachments$/ }, times: 1, action });
      person.sendDocument({ bytes, fileName: "once.bin", caption: "once" });
      const [memo] = await memosSaved(world, 1);
      await settled(world);
      expect(world.memos.memos()).toHaveLength(1);
      expect(memo?.attachments).toHaveLength(1);
      expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(botTexts(world, person)).toHaveLength(1);
    });

    test(`with its memo's creation ${what} gives one memo`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      const bytes = noise(200_000);
      world.memos.fault({ match: { method: "POST", path: /memos$/ }, times: 1, action });
      person.sendDocument({ bytes, fileName: "once.bin", caption: "once" });
      await memosSaved(world, 1);
      await settled(world);
      expect(world.memos.memos()).toHaveLength(1);
      expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(uploads(world)).toBe(1);
      expect(botTexts(world, person)).toHaveLength(1);
    });
  }

  test("cut in the middle by Memos going away begins anew when it is back", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const bytes = noise(8 * MIB);
    let cut = false;
    world.telegram.onRequest = async ({ method }, phase) => {
      if (method !== "file" || phase !== "after" || cut) return;
      cut = true;
      setTimeout(() => void world.memos.stop(), 5);
    };
    person.sendDocument({ bytes, fileName: "cut.bin", caption: "cut" });
    await until("memos away", () => world.log.some((line) => line["message"] === "memos does not answer"));
    await world.memos.start();
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
    expect(world.memos.attachments()).toHaveLength(1);
    expect(world.memos.memos()).toHaveLength(1);
  });
});

test("a file sent twice is two memos with a file each", async () => {
  await using world = await createWorld({ rate });
  const { person } = await boundPerson(world);
  const document = { file_name: "same.bin", ...world.telegram.file("document", { bytes: noise(500) }) };
  person.send({ document });
  person.send({ document });
  await memosSaved(world, 2);
  await settled(world);
  expect(world.memos.memos().map((memo) => memo.attachments.length)).toEqual([1, 1]);
  expect(world.memos.attachments()).toHaveLength(2);
  expect(downloadedOf(world, document.file_id)).toBe(2);
});
