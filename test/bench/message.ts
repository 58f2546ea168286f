// How long somebody waits: for a memo, for the word about it, and for an answer of the bot.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { boundWorld, type Executables, type Figure, GAP_MS, type Progress, percentile } from "./figures.ts";
import { callApi, jobsOf, newFolder, startProgram } from "./processes.ts";

const OTHERS = 50;
const OWED = 30;
/** Amid a backlog, where each text comes from a chat of its own. */
const BUSY_GAP_MS = 100;
/** So many texts make the bot's list of them more than one page long. */
const TEXTS_TO_FIND = 25;

const PERCENTILES = [50, 95, 99];

const rows = (name: string, values: readonly number[]): Figure[] =>
  PERCENTILES.map((of) => ({
    name: `${name}, p${of}`,
    unit: "ms",
    values: [percentile(values, of)],
    samples: values.length,
  }));

/** What one sync of the disk takes here, with a page written before it. */
export function syncMs(times: number): number[] {
  const file = openSync(join(newFolder("sync"), "file"), "w");
  const page = Buffer.alloc(4_096, 1);
  const took = Array.from({ length: times }, () => {
    const from = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  return took;
}

interface Wait {
  readonly toMemo: number;
  readonly toWord: number;
  /** What a client's own create took before it, on the same server. */
  readonly create: number;
}

/** Texts that come one after another, with a bare create before each; `backlog`: others are worked off meanwhile. */
async function waits(executable: string, texts: number, backlog: number): Promise<Wait[]> {
  const writers = backlog > 0 ? texts : 1;
  const world = await boundWorld(executable, writers + OTHERS);
  const { calls, env, dataDir, people, token, stop } = world;
  const [own, others] = [people.slice(0, writers), people.slice(writers)];
  const program = await startProgram(executable, { env, dataDir });
  for (let warm = 0; warm < 3; warm += 1) {
    await calls.one(own[0] ?? 0);
    await Bun.sleep(GAP_MS);
  }
  if (backlog > 0) {
    await calls.say(others, backlog);
    // Telegram gives updates in their order: a text behind the backlog would wait there, not in the program.
    await calls.taken();
  }
  const all: Wait[] = [];
  for (let at = 0; at < texts; at += 1) {
    const create = await calls.create(token);
    const one = { ...(await calls.one(own[at % writers] ?? 0)), create };
    // A sample counts if others still waited after it.
    if (backlog > 0 && (await jobsOf(program)).unfinished === 0) break;
    all.push(one);
    await Bun.sleep(backlog > 0 ? BUSY_GAP_MS : GAP_MS);
  }
  await program.stop();
  await stop();
  return all;
}

export async function message(
  { memoferry }: Executables,
  { texts, backlog }: { texts: number; backlog: number },
  progress: Progress,
): Promise<Figure[]> {
  progress("one message, nothing else to do");
  const idle = await waits(memoferry, texts, 0);
  progress("one message, amid a backlog");
  const busy = await waits(memoferry, texts, backlog);
  const syncs = syncMs(200);
  const ofWaits = (what: string, all: readonly Wait[]): Figure[] => {
    const creates = all.map(({ create }) => create);
    const [p50, ...others] = rows(
      `${what}: a memo`,
      all.map(({ toMemo }) => toMemo),
    );
    const goal: Pick<Figure, "target" | "note"> = {
      target: { value: Number((percentile(creates, 50) + 5).toFixed(1)) },
      note: "wanted is the bare create and 5 ms",
    };
    return [
      ...rows(`${what}: a bare create on the same server`, creates),
      ...(p50 ? [all === idle ? { ...p50, ...goal } : p50] : []),
      ...others,
      ...rows(
        `${what}: confirmed`,
        all.map(({ toWord }) => toWord),
      ),
    ];
  };
  return [
    ...rows("a sync of a page", syncs),
    ...ofWaits("one message", idle),
    ...ofWaits("one message amid a backlog", busy),
  ];
}

/** Answers to what a person does, with nothing else owed in the chat and with much. Telegram limits as it does. */
export async function answers(
  { memoferry }: Executables,
  { presses }: { presses: number },
  progress: Progress,
): Promise<Figure[]> {
  const { calls, env, dataDir, people, stop } = await boundWorld(memoferry, 1, { limits: true });
  const [person = 0] = people;
  const program = await startProgram(memoferry, { env, dataDir });
  await calls.command(person, "/help");
  await calls.say([person], TEXTS_TO_FIND);
  await calls.made(TEXTS_TO_FIND);
  await Bun.sleep(5_000);
  await calls.command(person, "/search Note");
  const found: Figure[] = [];
  for (const owed of [0, OWED]) {
    progress(`answers with ${owed} messages owed in the chat`);
    await Bun.sleep(5_000);
    let posted = 0;
    const post = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        posted += 1;
        await callApi(program, "POST", "messages", { chat_id: person, text: `Message ${posted}` });
      }
    };
    await post(owed);
    const took = { press: [] as number[], "page of a search": [] as number[], command: [] as number[] };
    const ask = {
      press: () => calls.press(person),
      "page of a search": () => calls.turn(person),
      command: () => calls.command(person, "/id"),
    };
    const kinds = ["press", "page of a search", "command"] as const;
    for (let at = 0; at < presses; at += 1)
      for (const kind of kinds) {
        took[kind].push(await ask[kind]());
        await Bun.sleep(GAP_MS);
        // In place of what was sent meanwhile, so that the last one finds as many owed as the first.
        if (owed > 0) await post(1);
      }
    for (const kind of kinds)
      found.push({
        name: `answer to a ${kind}, ${owed} messages owed in the chat, p95`,
        unit: "ms",
        values: [percentile(took[kind], 95)],
        samples: took[kind].length,
        target: { value: owed > 0 ? 1_000 : 150 },
      });
  }
  found.push({
    name: "429s of Telegram meanwhile",
    unit: "",
    values: [await calls.throttled()],
    target: { value: 0 },
  });
  await program.stop();
  await stop();
  return found;
}
