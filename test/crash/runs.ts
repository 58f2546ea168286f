import { expect } from "bun:test";
import { type ExpectedMemo, expectMemos } from "./expected.ts";
import { nameOf, type Point, record, sameCall, unwatch, watch } from "./points.ts";
import type { Play, Scenario } from "./scenarios.ts";
import { type CrashWorld, type CrashWorldOptions, createCrashWorld, inTurn } from "./world.ts";

/** The longest until a chosen call comes: an album is waited for 1.5 s after its last part. */
const CALL_LIMIT_MS = 60_000;

/** A world in which somebody has done what the scenario says, and the program was never there. */
export async function staged(scenario: Scenario, options: CrashWorldOptions = {}) {
  const world = await createCrashWorld({ ...scenario.options, ...options });
  const [one] = world.people("alice");
  if (scenario.bound !== false) await world.bind([one]);
  const acted = scenario.act({ ...one, world });
  return { world, ...one, expected: Array.isArray(acted) ? acted : await played(world, acted as Play) };
}

/** Each step but the last, with the program there until all of it is settled. */
async function played(world: CrashWorld, steps: Play): Promise<readonly ExpectedMemo[]> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (!world.program.running) await world.program.start();
    await world.settled();
    if (step.value !== "stay") await world.program.stop();
  }
}
type Staged = Awaited<ReturnType<typeof staged>>;

/** What has to hold at the end of every run, wherever it was killed. */
async function verify(scenario: Scenario, stage: Staged, kills: readonly Point[]): Promise<void> {
  const { world, person, account, expected } = stage;
  expectMemos(world, account.name, expected);
  const { jobs } = await world.api("/api/v1/status");
  expect(jobs).toEqual({ waiting: 0, working: 0, done: scenario.jobs ?? 1, dead: 0 });
  expect(world.telegram.pendingUpdates).toEqual([]);
  if (scenario.bound === false) {
    expect(
      world.rows<{ account: string }>(
        "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key",
      ),
    ).toEqual([{ account: account.name }]);
    // Nobody can read the token in the chat any more.
    expect(world.telegram.chat(person.chatId).messages.filter(({ from }) => !from?.is_bot)).toEqual([]);
  }
  expectAnswers(scenario, stage, kills);
}

/** A confirmation goes out once, or not at all where it is not known whether it did; a notice at least once. */
function expectAnswers(
  { bound = true, answers = 1 }: Scenario,
  { world }: Staged,
  kills: readonly Point[],
): void {
  const sent = world.telegram.sent.length;
  const hit = kills.filter(({ label }) => label === "telegram sendMessage");
  const uncertain = world.program.log
    .filter(({ message }) => /confirmations? may not have been sent/.test(String(message)))
    .reduce((count, { messages = 1 }) => count + Number(messages), 0);
  const where = kills.map(nameOf).join(", then ");
  if (bound) {
    expect(sent, `confirmations after a kill ${where}`).toBeLessThanOrEqual(answers);
    // Whatever call it was killed at, the confirmation may have been on its way beside it.
    expect(sent, `confirmations after a kill ${where}`).toBeGreaterThanOrEqual(answers - uncertain);
    if (hit.length === 1 && hit[0]?.phase === "after") expect(sent).toBe(answers);
  } else {
    expect(sent).toBeGreaterThanOrEqual(answers);
    // Whatever call it was killed at, one answer may have been on its way beside it.
    expect(sent, `notices after a kill ${where}`).toBeLessThanOrEqual(answers + kills.length);
  }
}

export async function finish(scenario: Scenario, stage: Staged, kills: readonly Point[]): Promise<void> {
  const { world } = stage;
  await world.settled();
  await verify(scenario, stage, kills);
  await world.program.stop();
  expect(world.program.text, "nothing but its log is printed").toBe("");
  // Closed in good order: the next start has nothing to recover.
  expect(world.rows("SELECT 1 FROM facts WHERE name = 'unclean'")).toEqual([]);
}

interface Kill {
  /** Resolves when the program is dead. */
  readonly dead: Promise<void>;
  /** Resolves when the call that it was killed at has been done, if it ever is. */
  readonly done: Promise<void>;
}

/** Kills the program at the point. The call is lost then; with `late` it is done when that resolves. */
export function killAt(world: CrashWorld, point: Point, late?: Promise<void>): Kill {
  const dead = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const limit = setTimeout(
    () => dead.reject(new Error(`the call never came: ${nameOf(point)}`)),
    CALL_LIMIT_MS,
  );
  let struck = false;
  watch(world, async (now) => {
    if (struck && sameCall(now, { ...point, phase: "after" })) done.resolve();
    if (struck || !sameCall(now, point)) return "let through";
    struck = true;
    clearTimeout(limit);
    await world.kill();
    dead.resolve();
    await late;
    return late ? "let through" : "lose";
  });
  return { dead: dead.promise, done: done.promise };
}

/** Starts the program; it may be killed before it has said where it listens. */
export async function startToDie(world: CrashWorld, killed: Promise<void>): Promise<void> {
  await Promise.all([
    world.program.start().catch((error) => {
      if (world.program.running) throw error;
    }),
    killed,
  ]);
}

export async function withLog(world: CrashWorld, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const lines = world.program.log.slice(-60).map((line) => JSON.stringify(line));
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${text}\n${lines.join("\n")}\n${world.program.text}`);
  }
}

const recorded = new Map<Scenario, Promise<Point[]>>();

/** The calls of an undisturbed run, which has to come out right as well. */
export function pointsOf(scenario: Scenario): Promise<Point[]> {
  const known = recorded.get(scenario) ?? inTurn(() => undisturbed(scenario));
  recorded.set(scenario, known);
  return known;
}

/** How often an album is sent until its parts come in time. */
const TRIES = 5;

async function undisturbed(scenario: Scenario, tries = TRIES): Promise<Point[]> {
  const stage = await staged(scenario);
  await using world = stage.world;
  const points = record(world);
  await world.program.start();
  await world.settled();
  unwatch(world);
  const calls = [...points];
  await withLog(world, () => finish(scenario, stage, []));
  const isDisturbed = scenario.isAlbum && cameLate(stage);
  if (isDisturbed && tries === 1) throw new Error(`${scenario.name}: each time a part came late`);
  return isDisturbed ? undisturbed(scenario, tries - 1) : calls;
}

/** Whether a part joined the memo later, by calls that a run on an idle machine does not make. */
function cameLate({ world, expected }: Staged): boolean {
  const saved = world.program.log.find(({ message }) => message === "memo saved");
  return saved?.["files"] !== expected[0]?.files?.length;
}
