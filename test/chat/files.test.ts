import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, openWork, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { noise, sameBytes } from "../support/noise.ts";
import { testBound } from "../support/test-bound.ts";

const MIB = 1024 * 1024;

type Person = Awaited<ReturnType<typeof boundPerson>>["person"];

const saved = (world: ChatWorld, count: number) => {
  const memos = world.memos.memos();
  return memos.length >= count && memos;
};

const downloads = (world: ChatWorld) =>
  world.telegram.requests.filter(({ method }) => method === "file").length;

const uploads = (world: ChatWorld) =>
  world.memos.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/attachments"))
    .length;

const downloadedOf = (world: ChatWorld, id: string) =>
  world.telegram.requests.filter((request) => request.params["file_id"] === id).length;

describe("a file", () => {
  test("photo that Memos encodes anew: its other size is no reason to doubt it", async () => {
    await using world = await chatWorld({ memos: { reencodeJpeg: true } });
    const { person } = await boundPerson(world);
    person.sendPhoto({ caption: "one" });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments).toHaveLength(1);
    expect(uploads(world)).toBe(1);
  });

  testBound("of no bytes at all arrives", async ({ world, person }) => {
    person.sendDocument({ bytes: new Uint8Array(0), fileName: "empty.txt", mimeType: "text/plain" });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map(({ size }) => size)).toEqual([0]);
  });

  testBound("that was deleted in Memos between two tries does not come back", async ({ world, person }) => {
    world.memos.fault({ match: { method: "POST", path: /memos$/ }, times: 1, action: "drop-after" });
    world.memos.fault({ match: { method: "GET", path: /memos\/[^/]+$/ }, times: 1, action: "drop-before" });
    person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "see" });
    await world.quiet();
    const [memo] = world.memos.memos();
    world.memos.deleteFile(memo?.attachments[0]?.name ?? "");
    await world.settled();
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    expect(world.memos.attachments()).toEqual([]);
  });
});

describe("a file whose size nobody tells", () => {
  testBound(
    "and that Telegram then finds too big is named as missing, without a made-up size",
    async ({ world, person }) => {
      person.sendDocument({ size: 25 * MIB, fileName: "film.bin", caption: "a film", omit: ["file_size"] });
      const [memo] = await memosSaved(world, 1);
      expect(memo?.content).toStartWith("a film\n\n📎 film.bin is only in Telegram: ");
      expect(memo?.content).not.toContain("0.0 MB");
      expect(memo?.content).toContain("larger than what Telegram gives to bots (20 MB)");
      expect(downloads(world)).toBe(0);
      expect(botTexts(world, person)[0]).toContain("Without film.bin: ");
    },
  );
});

describe("a file that is too large", () => {
  test("for Memos: stays in Telegram, and what comes with it is saved", async () => {
    await using world = await chatWorld({ memos: { uploadSizeLimitMb: 1 } });
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: noise(2 * MIB), fileName: "large.bin", caption: "large" });
    person.sendDocument({ bytes: noise(MIB / 2), fileName: "small.bin", caption: "small" });
    const memos = await memosSaved(world, 2);
    expect(memos.map((memo) => memo.content)).toEqual([
      expect.stringMatching(/^large\n\n📎 large\.bin is only in Telegram: at 2\.0 MB /),
      "small",
    ]);
    expect(memos.map((memo) => memo.attachments.length)).toEqual([0, 1]);
    expect(botTexts(world, person)).toEqual([
      expect.stringContaining("Without large.bin: at 2.0 MB it is larger than this Memos server accepts."),
      "Saved as PRIVATE · open",
    ]);
  });

  testBound(
    "for a proxy before Memos (413): the memo, the chat and the log name the setting",
    async ({ world, person }) => {
      world.memos.fault({
        match: { method: "POST", path: /attachments$/ },
        times: 1,
        action: { status: 413, body: "<html>413 Request Entity Too Large</html>", contentType: "text/html" },
      });
      const why = "9.0 MB is too much for the proxy before Memos (nginx: client_max_body_size).";
      person.sendDocument({ bytes: noise(9 * MIB), fileName: "nine.bin", caption: "nine" });
      const [memo] = await memosSaved(world, 1);
      expect(memo?.content).toBe(`nine\n\n📎 nine.bin is only in Telegram: ${why}`);
      expect(botTexts(world, person)[0]).toContain(`Without nine.bin: ${why}`);
      expect(world.memos.attachments()).toEqual([]);
      expect(JSON.stringify(world.log)).toContain("with nginx raise client_max_body_size");
    },
  );
});

describe("a file of a local Bot API server", () => {
  const options = { telegram: { local: true }, memos: { uploadSizeLimitMb: 200 } } as const;

  test("that cannot be read here joins once the settings are right", async () => {
    await using world = await chatWorld({ ...options, env: { TELEGRAM_FILES_DIR: "/nowhere" } });
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: noise(10), fileName: "here.bin", caption: "here" });
    await world.eventually("its words", () => saved(world, 1), 1_000);
    expect(botTexts(world, person)[0]).toContain("Still without here.bin: its file cannot be read here;");
    await world.restart(() => delete world.env["TELEGRAM_FILES_DIR"]);
    await world.settled();
    expect(world.memos.memos()).toMatchObject([{ content: "here", attachments: [{ size: 10 }] }]);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  test("that is larger than what Memos takes by default is offered", async () => {
    await using world = await chatWorld(options);
    const { person } = await boundPerson(world);
    person.sendDocument({ bytes: new Uint8Array(31 * MIB), fileName: "large.bin", caption: "large" });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map(({ size }) => size)).toEqual([31 * MIB]);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });
});

describe("[Retry] under a memo without a file", () => {
  const tooLarge = (world: ChatWorld) =>
    world.memos.fault({
      match: { method: "POST", path: /attachments$/ },
      action: { status: 413, body: "<html>413 Request Entity Too Large</html>", contentType: "text/html" },
    });
  const why = "5.0 MB is too much for the proxy before Memos (nginx: client_max_body_size).";
  const without = `Saved as PRIVATE · open\nWithout five.bin: ${why}`;

  for (const changed of [false, true]) {
    testBound(
      `brings it once the limit is raised${changed ? ", into words that were changed in Memos" : ""}`,
      async ({ world, person }) => {
        const fault = tooLarge(world);
        const bytes = noise(5 * MIB);
        person.sendDocument({ bytes, fileName: "five.bin", caption: "five" });
        await memosSaved(world, 1);
        const [memo] = world.memos.memos();
        if (changed) world.memos.editContent(memo?.name ?? "", "mine");
        const word = () => world.telegram.botMessages(person.id)[0]?.message_id ?? 0;
        // Too early: that is said.
        person.press(word(), "Retry");
        await world.quiet();
        expect(botTexts(world, person)).toEqual([without, `Without five.bin: ${why}`]);
        fault.clear();
        for (let presses = 0; presses < 3; presses += 1) person.press(word(), "Retry");
        await world.settled();
        expect(world.memos.memos()).toMatchObject([
          { content: changed ? "mine" : "five", attachments: [{ filename: "five.bin" }] },
        ]);
        expect(sameBytes(world.memos.memos()[0]?.attachments[0]?.bytes, bytes)).toBe(true);
        expect(botTexts(world, person)[0]).toBe("Saved as PRIVATE · open");
        expect(JSON.stringify(world.telegram.botMessages(person.id)[0]?.reply_markup)).not.toContain("Retry");
        // The next large file is offered without being asked for.
        person.sendDocument({ bytes, fileName: "next.bin", caption: "next" });
        const [, next] = await memosSaved(world, 2);
        expect(next?.attachments).toHaveLength(1);
      },
    );
  }

  testBound("tries at once what waits", async ({ world, person }) => {
    const fault = world.memos.fault(NO_STORAGE);
    person.sendDocument({ bytes: noise(10), fileName: "report.pdf", caption: "the report" });
    await world.eventually("its words", () => saved(world, 1), 1_000);
    await world.passes(1_200_000);
    fault.clear();
    person.press(world.telegram.botMessages(person.id)[0]?.message_id ?? 0, "Retry");
    await world.quiet();
    expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });
});

describe("a download", () => {
  for (const chunked of [false, true]) {
    testBound(
      `cut short ${chunked ? "without" : "with"} a Content-Length is tried again, and Memos never keeps a stump`,
      async ({ world, person }) => {
        const bytes = noise(700_001);
        world.telegram.fault({ match: { method: "file" }, times: 2, action: { cutAfter: 300_000, chunked } });
        person.sendDocument({ bytes, fileName: "whole.bin", caption: "whole" });
        person.say("after it");
        const seen = new Set<number>();
        const both = () => {
          for (const file of world.memos.attachments()) seen.add(file.size);
          return world.memos.memos().length >= 2;
        };
        // Within ten seconds, after which it would step aside.
        await world.eventually("both", both, 1_000);
        await world.quiet();
        expect([...seen]).toEqual([bytes.length]);
        const [memo, after] = world.memos.memos();
        expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
        expect(after?.content).toBe("after it");
        expect(downloads(world)).toBe(3);
        expect(world.memos.attachments()).toHaveLength(1);
      },
    );
  }

  testBound("whose path has run out asks for a new one", async ({ world, person }) => {
    const bytes = noise(5_000);
    let expired = false;
    world.telegram.onRequest = ({ method }, phase) => {
      if (method !== "file" || phase !== "before" || expired) return;
      expired = true;
      world.telegram.advance(3_601_000);
    };
    person.sendDocument({ bytes, fileName: "late.bin" });
    await world.settled();
    const [memo] = world.memos.memos();
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
      testBound(
        `that Telegram answers with ${what} to ${method} costs no more than patience`,
        async ({ world, person }) => {
          const bytes = noise(50_000);
          world.telegram.fault({ match: { method }, times: 2, action });
          person.sendDocument({ bytes, fileName: "patient.bin", caption: "patient" });
          person.say("after it");
          await world.settled();
          // What was sent after it does not wait for Telegram.
          const [after, memo] = world.memos.memos().toSorted((a, b) => a.content.localeCompare(b.content));
          expect([memo?.content, after?.content]).toEqual(["patient", "after it"]);
          expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
          expect(world.memos.attachments()).toHaveLength(1);
          expect(botTexts(world, person)).toHaveLength(2);
          // A file that ends early may be its own fault; all else is Telegram's, and spends no attempt.
          const attempts = method === "file" && action === "truncate" ? 2 : 0;
          expect(rows(world, "SELECT attempts FROM jobs WHERE kind = 'message' ORDER BY id LIMIT 1")).toEqual(
            [{ attempts }],
          );
        },
      );
    }
  }
});

/** Waits for `what`, a second a step; gives the seconds that it took. */
async function secondsUntil(world: ChatWorld, what: string, condition: () => unknown): Promise<number> {
  const before = world.clock.now();
  await world.eventually(what, condition, 1_000);
  return (world.clock.now() - before) / 1_000;
}

const GETFILE_400 = { match: { method: "getFile" }, times: 100_000 } as const;
const NO_STORAGE = {
  match: { method: "POST", path: /attachments$/ },
  action: { status: 500, body: { code: 13, message: "storage is gone", details: [] } },
} as const;
const LATER = {
  telegram: "Still without report.pdf: Telegram does not give me the file. I keep trying.",
  memos: "Still without report.pdf: Memos does not accept it. Memos says: “storage is gone” I keep trying.",
} as const;

describe("a file that is not to be had", () => {
  const bytes = noise(10);
  const send = (person: Person, caption?: string) =>
    person.sendDocument({ bytes, fileName: "report.pdf", ...(caption !== undefined && { caption }) });
  const breakIt = (world: ChatWorld, who: keyof typeof LATER) => {
    const action = { status: 400, description: "Bad Request: wrong file_id" };
    return who === "memos" ? world.memos.fault(NO_STORAGE) : world.telegram.fault({ ...GETFILE_400, action });
  };
  const sendWithout = async (world: ChatWorld, person: Person, who: keyof typeof LATER) => {
    const fault = breakIt(world, who);
    const sent = send(person, "the report");
    const [memo] = await world.eventually("its words", () => saved(world, 1), 1_000);
    return { fault, sent, memo_name: memo?.name ?? "" };
  };
  const sendAndChangeBoth = async (world: ChatWorld, person: Person) => {
    const { fault, sent, memo_name } = await sendWithout(world, person, "telegram");
    world.memos.editContent(memo_name, "the report, with my notes");
    person.edit(sent.message_id, { caption: "the better report" });
    await world.passes(600_000);
    return fault;
  };

  for (const who of ["telegram", "memos"] as const) {
    testBound(
      `by the fault of ${who} holds up nothing: its words are saved, one word tells of it, and it joins`,
      async ({ world, person }) => {
        const fault = breakIt(world, who);
        const sent = send(person, "the report");
        person.say("after it");
        const contents = () => world.memos.memos().map(({ content }) => content);
        expect(await secondsUntil(world, "the text behind it", () => contents().length > 0)).toBeLessThan(11);
        expect(contents()).toEqual(["after it"]);
        const told = await secondsUntil(world, "a word", () => botTexts(world, person).length > 1);
        expect(told).toBeLessThan(50);
        expect(contents()).toEqual(["after it", "the report"]);
        expect(botTexts(world, person).at(-1)).toBe(`Saved as PRIVATE · open\n${LATER[who]}`);
        const word = world.telegram.botMessages(person.id).at(-1);
        expect(word?.reply_to_message?.message_id).toBe(sent.message_id);

        // Tries go on, and say nothing more; a restart changes nothing.
        await world.passes(600_000);
        await world.restart();
        await world.passes(600_000);
        expect(botTexts(world, person)).toHaveLength(2);
        fault.clear();
        await world.settled();
        const memo = world.memos.memos().find(({ content }) => content === "the report");
        expect(memo?.attachments.map(({ filename }) => filename)).toEqual(["report.pdf"]);
        expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
        expect(world.memos.attachments()).toHaveLength(1);
        expect(world.memos.memos()).toHaveLength(2);
        expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open", "Saved as PRIVATE · open"]);
        expect(world.telegram.botMessages(person.id).at(-1)?.message_id).toBe(word?.message_id ?? 0);
      },
    );
  }

  testBound("without words is told of, and the word is edited when it ends", async ({ world, person }) => {
    const fault = breakIt(world, "telegram");
    send(person);
    const why = "Telegram does not give me the file.";
    const seconds = await secondsUntil(world, "a word", () => botTexts(world, person).length > 0);
    expect(seconds).toBeLessThan(60);
    expect(botTexts(world, person)).toEqual([`Not saved yet: ${why} I keep trying.`]);
    expect(world.memos.memos()).toEqual([]);
    await world.restart();
    await world.passes(600_000);
    for (const command of ["/status", "/failed"]) {
      person.say(command);
      await world.quiet();
      expect(botTexts(world, person).at(-1)).toContain(`\nreport.pdf: ${why} Since 2026-11-22 12:00 UTC.`);
    }
    fault.clear();
    await world.settled();
    expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
    expect(botTexts(world, person)[0]).toBe("Saved as PRIVATE · open");
    expect(botTexts(world, person)).toHaveLength(3);
    person.say("/status");
    await world.quiet();
    expect(botTexts(world, person).at(-1)).not.toContain("report.pdf");
  });

  testBound("joins what the person made of the memo meanwhile", async ({ world, person }) => {
    const { fault, memo_name } = await sendWithout(world, person, "telegram");
    world.memos.editContent(memo_name, "the report, with my notes");
    await world.passes(600_000);
    fault.clear();
    await world.settled();
    expect(world.memos.memos()[0]?.content).toBe("the report, with my notes");
    expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  testBound("is not forgotten over an edit that is not followed", async ({ world, person }) => {
    const fault = await sendAndChangeBoth(world, person);
    expect(botTexts(world, person).at(-1)).toContain("its memo has been changed in Memos since");
    fault.clear();
    await world.settled();
    expect(world.memos.memos()).toMatchObject([{ content: "the report, with my notes", attachments: [{}] }]);
    expect(botTexts(world, person)[0]).toBe("Saved as PRIVATE · open");
  });

  testBound("does not keep one's edit from being written over the memo", async ({ world, person }) => {
    const fault = await sendAndChangeBoth(world, person);
    person.press(world.telegram.botMessages(person.id).at(-1)?.message_id ?? 0, "Overwrite");
    await world.quiet();
    expect(world.memos.memos()[0]?.content).toBe("the better report");
    fault.clear();
    await world.settled();
    expect(world.memos.memos()).toMatchObject([{ content: "the better report", attachments: [{}] }]);
  });

  testBound("is not asked for any more once the memo was deleted", async ({ world, person }) => {
    const { memo_name } = await sendWithout(world, person, "telegram");
    world.memos.deleteMemo(memo_name);
    await world.eventually("the end", () => openWork(world) === 0);
    expect(world.memos.memos()).toEqual([]);
    expect(botTexts(world, person)).toHaveLength(1);
  });

  testBound("holds up no edit of its words", async ({ world, person }) => {
    const { fault, sent } = await sendWithout(world, person, "telegram");
    await world.passes(1_200_000);
    person.edit(sent.message_id, { caption: "the better report" });
    const isFollowed = () => world.memos.memos()[0]?.content === "the better report";
    expect(await secondsUntil(world, "the edit", isFollowed)).toBeLessThan(5);
    expect(botTexts(world, person)).toEqual([`Saved as PRIVATE · open\n${LATER.telegram}`]);
    fault.clear();
    await world.settled();
    expect(world.memos.memos()).toMatchObject([{ content: "the better report", attachments: [{}] }]);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  for (const [changed, what] of [
    [false, "and named in the memo and the chat"],
    [true, "and leaves the words that the person changed"],
  ] as const) {
    testBound(`for a day is left out, ${what}`, async ({ world, person }) => {
      const { memo_name } = await sendWithout(world, person, "telegram");
      if (changed) world.memos.editContent(memo_name, "mine");
      await world.eventually("the end", () => openWork(world) === 0, 600_000);
      const why = "Telegram has not given it to me for a day.";
      expect(world.memos.memos()[0]?.content).toBe(
        changed ? "mine" : `the report\n\n📎 report.pdf is only in Telegram: ${why}`,
      );
      expect(botTexts(world, person)).toEqual([`Saved as PRIVATE · open\nWithout report.pdf: ${why}`]);
      expect(world.memos.attachments()).toEqual([]);
    });
  }

  testBound("that Memos' storage has not taken for a day is left out, too", async ({ world, person }) => {
    await sendWithout(world, person, "memos");
    await world.eventually("the end", () => openWork(world) === 0, 600_000);
    const why = "Memos does not accept it.";
    expect(world.memos.memos()[0]?.content).toBe(`the report\n\n📎 report.pdf is only in Telegram: ${why}`);
    expect(botTexts(world, person)).toEqual([`Saved as PRIVATE · open\nWithout report.pdf: ${why}`]);
  });

  testBound("as one part of an album keeps back no other", async ({ world, person }) => {
    const parts = person.sendAlbum([
      { type: "photo", caption: "one" },
      { type: "photo", caption: "two" },
    ]);
    world.telegram.forgetFile(parts[1]?.photo?.at(-1)?.file_id ?? "");
    const [memo] = await world.eventually("the album", () => saved(world, 1), 1_000);
    expect(memo).toMatchObject({ content: "one\n\ntwo", attachments: [{}] });
    await world.eventually("the end", () => openWork(world) === 0, 600_000);
    expect(world.memos.memos()[0]?.content).toStartWith("one\n\ntwo\n\n📎 ");
    expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
  });
});

testBound(
  "a message that Memos does not take is told of once, and that word is edited",
  async ({ world, person }) => {
    const action = { status: 500, body: { code: 13, message: "not this one", details: [] } };
    const fault = world.memos.fault({ match: { method: "POST", path: /memos$/ }, action });
    person.say("odd");
    const seconds = await secondsUntil(world, "a word", () => botTexts(world, person).length > 0);
    expect(seconds).toBeLessThan(60);
    const why = "Memos does not accept it. Memos says: “not this one”";
    expect(botTexts(world, person)).toEqual([`Not saved yet: ${why} I keep trying.`]);
    await world.passes(3_600_000);
    expect(botTexts(world, person)).toHaveLength(1);
    fault.clear();
    await world.settled();
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  },
);

describe("an upload", () => {
  for (const [what, action] of [
    ["dropped before it was done", "drop-before"],
    ["whose answer was lost", "drop-after"],
    ["whose answer was cut in half", "truncate"],
    ["refused because SQLite was busy", "busy"],
    ["answered with 500", { status: 500, body: { code: 13, message: "internal", details: [] } }],
    ["answered by a proxy's 502", { status: 502, body: "<html>502</html>", contentType: "text/html" }],
  ] as const) {
    testBound(`and a memo's creation ${what} are done once`, async ({ world, person }) => {
      const bytes = noise(200_000);
      for (const path of [/attachments$/, /memos$/])
        world.memos.fault({ match: { method: "POST", path }, times: 1, action });
      person.sendDocument({ bytes, fileName: "once.bin", caption: "once" });
      await world.settled();
      const [memo] = world.memos.memos();
      expect(world.memos.memos()).toHaveLength(1);
      expect(memo?.attachments).toHaveLength(1);
      expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(botTexts(world, person)).toHaveLength(1);
    });
  }

  testBound(
    "cut in the middle by Memos going away begins anew when it is back",
    async ({ world, person }) => {
      const bytes = noise(8 * MIB);
      let cut = false;
      world.telegram.onRequest = async ({ method }, phase) => {
        if (method !== "file" || phase !== "after" || cut) return;
        cut = true;
        setTimeout(() => void world.memos.stop(), 5);
      };
      person.sendDocument({ bytes, fileName: "cut.bin", caption: "cut" });
      await world.quiet();
      expect(world.memos.memos()).toEqual([]);
      await world.memos.start();
      await world.settled();
      const [memo] = world.memos.memos();
      expect(sameBytes(memo?.attachments[0]?.bytes, bytes)).toBe(true);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(world.memos.memos()).toHaveLength(1);
    },
  );
});

testBound("a file sent twice is two memos with a file each", async ({ world, person }) => {
  const document = { file_name: "same.bin", ...world.telegram.file("document", { bytes: noise(500) }) };
  person.send({ document });
  person.send({ document });
  await memosSaved(world, 2);
  expect(world.memos.memos().map((memo) => memo.attachments.length)).toEqual([1, 1]);
  expect(world.memos.attachments()).toHaveLength(2);
  expect(downloadedOf(world, document.file_id)).toBe(2);
});
