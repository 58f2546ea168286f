import { beforeAll, describe, expect, test } from "bun:test";
import type { Person } from "../fakes/telegram.ts";
import { binaryPath } from "../support/binary.ts";
import { withLog } from "./runs.ts";
import { type ExpectedMemo, expectMemos, photo, png } from "./scenarios.ts";
import { createCrashWorld } from "./world.ts";

const KILLS = 20;
const MESSAGES = 40;
/** The longest life: enough to work a message to its end, and to wait for an album at times. */
const LIFE_MS = 700;

beforeAll(async () => {
  await binaryPath();
}, 120_000);

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sends one message, or one album, of a kind that `random` chooses. */
function act(person: Person, at: number, random: () => number): ExpectedMemo {
  const mark = `message ${at}`;
  const kind = random();
  if (kind < 0.5) {
    person.say(mark);
    return { content: mark, files: [] };
  }
  if (kind < 0.7) {
    const file = photo(mark);
    person.sendPhoto({ bytes: file.bytes, caption: mark });
    return { content: mark, files: [file] };
  }
  if (kind < 0.85) {
    const file = png(mark.replace(" ", "-"), 60_000 + at);
    person.sendDocument({
      bytes: file.bytes,
      fileName: `message-${at}.png`,
      mimeType: "image/png",
      caption: mark,
    });
    return { content: mark, files: [file] };
  }
  const files = [photo(`${mark} a`), photo(`${mark} b`), photo(`${mark} c`)].slice(0, random() < 0.5 ? 2 : 3);
  const items = files.map(({ bytes }, index) => ({
    type: "photo" as const,
    bytes,
    ...(index === 0 && { caption: mark }),
  }));
  person.sendAlbum(items, random() < 0.5 ? { split: 1 } : {});
  return { content: mark, files };
}

describe("killed at random moments", () => {
  test(`saves ${MESSAGES} messages of three chats once each and in order, through ${KILLS} kills`, async () => {
    const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
    console.log(`CRASH_SEED=${seed}`);
    const random = seeded(seed);
    await using world = await createCrashWorld();
    const people = world.people("alice", "bob", "carol");
    await world.bind(people);
    const expected = new Map<string, ExpectedMemo[]>(people.map(({ account }) => [account.name, []]));
    let sent = 0;
    const say = () => {
      const one = people[Math.floor(random() * people.length)];
      if (!one || sent >= MESSAGES) return;
      sent += 1;
      expected.get(one.account.name)?.push(act(one.person, sent, random));
      // Telegram dates by the second: each message has one of its own.
      world.telegram.advance(1_000);
    };

    await withLog(world, async () => {
      for (let life = 0; life < KILLS; life += 1) {
        const lasts = random() * LIFE_MS;
        const speaks = random() * lasts;
        say();
        // It may be killed before it is ready.
        const started = world.program.start().catch(() => {});
        await Bun.sleep(speaks);
        say();
        await Bun.sleep(lasts - speaks);
        await world.program.kill();
        await started;
      }
      while (sent < MESSAGES) say();
      await world.program.start();
      await world.settled(60_000);

      for (const { person, account } of people) {
        const wanted = expected.get(account.name) ?? [];
        expectMemos(world, account.name, wanted);
        const times = world.memos.memos().filter(({ creator }) => creator === account.name);
        expect(times.map(({ createTime }) => createTime)).toEqual(
          times.map(({ createTime }) => createTime).sort(),
        );
        const answered = world.telegram.sent
          .filter(({ chatId }) => chatId === person.chatId)
          .map(({ message }) => (message["reply_to_message"] as { message_id: number }).message_id);
        expect(new Set(answered).size, "no memo is confirmed twice").toBe(answered.length);
        expect(answered.length).toBeLessThanOrEqual(wanted.length);
      }
      const { jobs } = await world.api("/api/v1/status");
      expect(jobs).toEqual({ waiting: 0, working: 0, done: MESSAGES, dead: 0 });
      await world.program.stop();
      expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    });
  }, 150_000);
});
