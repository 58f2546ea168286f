import { expect } from "bun:test";
import { until } from "../support/app.ts";
import { expectMemos } from "./expected.ts";
import { withLog } from "./runs.ts";
import { seeded } from "./seeded.ts";
import { type Conversation, chosen } from "./traffic.ts";
import { disturb } from "./trouble.ts";
import { type CrashWorld, createCrashWorld, type Power } from "./world.ts";

export interface Campaign {
  readonly kills: number;
  readonly seed: number;
  /** How long nothing may be left to do after the last kill takes at most. */
  readonly settleMs: number;
  /** The program is ended by power cuts instead. */
  readonly power?: Power;
  /** Once, half way, the program is stopped (SIGSTOP) for so long, and lives on until all is done. */
  readonly stopMs?: number;
  /** Told of each kill; for long runs. */
  readonly progress?: (kills: number, messages: number) => void;
}

/** The longest life: enough to work a message to its end, and to wait for an album at times. */
const LIFE_MS = 700;
const MESSAGES_A_KILL = 2;

/**
 * Traffic of three people while the program is killed at random moments and both servers misbehave; at the end
 * each message has exactly one memo with exactly its files, as it was last edited, in order per chat; each reply is one
 * comment; and nothing is confirmed twice.
 */
export async function runCampaign({
  kills,
  seed,
  settleMs,
  power,
  stopMs,
  progress,
}: Campaign): Promise<{ messages: number }> {
  const random = seeded(seed);
  const messages = kills * MESSAGES_A_KILL;
  await using world = await createCrashWorld(power ? { power } : {});
  const people = world.people("alice", "bob", "carol");
  await world.bind(people);
  const talks: Talk[] = people.map((one) => ({ ...one, memos: [] }));
  let sent = 0;
  const say = () => {
    const one = talks[Math.floor(random() * talks.length)];
    if (!one || sent >= messages) return;
    sent += 1;
    chosen(random).act(one, `message ${sent}`, random);
    // Telegram dates by the second: each message has one of its own.
    world.telegram.advance(1_000);
  };

  const standStill = async (ms: number) => {
    world.memos.clearFaults();
    world.telegram.clearFaults();
    const slow = world.memos.fault({ match: { method: "POST" }, times: 1, action: { delayMs: 500 } });
    await world.program.start();
    say();
    await until("a call to be under way", () => slow.hits > 0);
    world.program.signal("SIGSTOP");
    say();
    await Bun.sleep(ms);
    world.program.signal("SIGCONT");
    await world.settled(settleMs);
    await world.kill();
  };

  const early: string[] = [];
  world.telegram.onRequest = ({ method, params }, phase) => {
    if (method !== "sendMessage" || phase !== "before") return;
    const { message_id: target } = JSON.parse(params["reply_parameters"] ?? "{}") as { message_id?: number };
    const told = talks
      .filter(({ person }) => person.chatId === Number(params["chat_id"]))
      .flatMap(({ memos }) => memos)
      .find(({ message }) => message.message_id === target);
    const contents = told && [told.memo.content, ...(told.earlier ?? [])];
    if (contents && !world.memos.memos().some(({ content }) => contents.includes(content)))
      early.push(told.memo.content);
  };

  await withLog(world, async () => {
    for (let life = 0; life < kills; life += 1) {
      const lasts = random() * LIFE_MS;
      const speaks = random() * lasts;
      await disturb(world, random);
      say();
      // It may be killed before it is ready.
      const started = world.program.start().catch(() => {});
      await Bun.sleep(speaks);
      say();
      await Bun.sleep(lasts - speaks);
      await world.kill();
      await started;
      progress?.(life + 1, sent);
      if (stopMs !== undefined && life === Math.floor(kills / 2)) await standStill(stopMs);
    }
    while (sent < messages) say();
    world.memos.clearFaults();
    world.telegram.clearFaults();
    await world.program.start();
    await world.settled(settleMs);
    expect(early, "no memo is confirmed before it is there").toEqual([]);
    await check(world, talks);
  });
  return { messages };
}

/** A person's conversation, and where it is kept. */
type Talk = Conversation & { readonly account: { readonly name: string } };

async function check(world: CrashWorld, talks: readonly Talk[]): Promise<void> {
  for (const { person, account, memos } of talks) {
    const wanted = memos.map(({ memo }) => memo);
    expectMemos(world, account.name, wanted);
    const times = world.memos
      .memos()
      .filter(({ creator }) => creator === account.name)
      .map(({ createTime }) => createTime);
    expect(times).toEqual(times.toSorted());
    const answered = world.telegram.sent
      .filter(({ chatId }) => chatId === person.chatId)
      // What stands for many answers no single message.
      .flatMap(
        ({ message }) =>
          (message["reply_to_message"] as { message_id: number } | undefined)?.message_id ?? [],
      );
    expect(new Set(answered).size, "no memo is confirmed twice").toBe(answered.length);
    const replies = memos.flatMap((said) => said.replies ?? []);
    expect(answered.length).toBeLessThanOrEqual(wanted.length + replies.length);
  }
  const { jobs } = await world.api("/api/v1/status");
  expect(jobs).toMatchObject({ waiting: 0, working: 0, dead: 0 });
  await world.program.stop();
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}
