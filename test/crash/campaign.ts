import { expect } from "bun:test";
import type { FaultAction as MemosFault } from "../fakes/memos/types.ts";
import type { Person, FaultAction as TelegramFault } from "../fakes/telegram.ts";
import { withLog } from "./runs.ts";
import { type ExpectedMemo, expectMemos, photo, png } from "./scenarios.ts";
import { type CrashWorld, createCrashWorld } from "./world.ts";

export interface Campaign {
  readonly kills: number;
  readonly seed: number;
  /** How long nothing may be left to do after the last kill takes at most. */
  readonly settleMs: number;
  /** Told of each kill; for long runs. */
  readonly progress?: (kills: number, messages: number) => void;
}

/** The longest life: enough to work a message to its end, and to wait for an album at times. */
const LIFE_MS = 700;
const MESSAGES_A_KILL = 2;

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

/** What a network and two servers do to a call now and then. Lost answers come after the deed. */
const MEMOS_FAULTS: readonly MemosFault[] = [
  "drop-before",
  "drop-after",
  "truncate",
  "busy",
  { delayMs: 150 },
  { status: 502, body: "<html>bad gateway</html>", contentType: "text/html" },
];
const TELEGRAM_FAULTS: readonly TelegramFault[] = [
  "drop-before",
  "drop-after",
  "html502",
  { delayMs: 150 },
  { status: 429, error_code: 429, description: "Too Many Requests: retry after 1", retryAfter: 1 },
];

function disturb({ memos, telegram }: CrashWorld, random: () => number): void {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  if (random() < 0.3)
    memos.fault({ match: { path: /memos|attachments/ }, times: 1, action: pick(MEMOS_FAULTS) });
  if (random() < 0.3) telegram.fault({ times: 1, action: pick(TELEGRAM_FAULTS) });
}

/**
 * Traffic of three people while the program is killed at random moments and both servers misbehave; at the end
 * each message has exactly one memo with exactly its files, in order per chat, and no memo is confirmed twice.
 */
export async function runCampaign({
  kills,
  seed,
  settleMs,
  progress,
}: Campaign): Promise<{ messages: number }> {
  const random = seeded(seed);
  const messages = kills * MESSAGES_A_KILL;
  await using world = await createCrashWorld();
  const people = world.people("alice", "bob", "carol");
  await world.bind(people);
  const expected = new Map<string, ExpectedMemo[]>(people.map(({ account }) => [account.name, []]));
  let sent = 0;
  const say = () => {
    const one = people[Math.floor(random() * people.length)];
    if (!one || sent >= messages) return;
    sent += 1;
    expected.get(one.account.name)?.push(act(one.person, sent, random));
    // Telegram dates by the second: each message has one of its own.
    world.telegram.advance(1_000);
  };

  await withLog(world, async () => {
    for (let life = 0; life < kills; life += 1) {
      const lasts = random() * LIFE_MS;
      const speaks = random() * lasts;
      disturb(world, random);
      say();
      // It may be killed before it is ready.
      const started = world.program.start().catch(() => {});
      await Bun.sleep(speaks);
      say();
      await Bun.sleep(lasts - speaks);
      await world.program.kill();
      await started;
      progress?.(life + 1, sent);
    }
    while (sent < messages) say();
    world.memos.clearFaults();
    world.telegram.clearFaults();
    await world.program.start();
    await world.settled(settleMs);
    await check(world, people, expected, messages);
  });
  return { messages };
}

async function check(
  world: CrashWorld,
  people: ReturnType<CrashWorld["people"]>,
  expected: ReadonlyMap<string, ExpectedMemo[]>,
  messages: number,
): Promise<void> {
  for (const { person, account } of people) {
    const wanted = expected.get(account.name) ?? [];
    expectMemos(world, account.name, wanted);
    const times = world.memos
      .memos()
      .filter(({ creator }) => creator === account.name)
      .map(({ createTime }) => createTime);
    expect(times).toEqual(times.toSorted());
    const answered = world.telegram.sent
      .filter(({ chatId }) => chatId === person.chatId)
      .map(({ message }) => (message["reply_to_message"] as { message_id: number }).message_id);
    expect(new Set(answered).size, "no memo is confirmed twice").toBe(answered.length);
    expect(answered.length).toBeLessThanOrEqual(wanted.length);
  }
  const { jobs } = await world.api("/api/v1/status");
  expect(jobs).toEqual({ waiting: 0, working: 0, done: messages, dead: 0 });
  await world.program.stop();
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}
