// What files take: memory and time, beside a bare copy.
import { copied } from "./ceiling.ts";
import { boundWorld, type Executables, type Figure, inTurns, type Progress, type World } from "./figures.ts";
import { forgetPeak, memoryOf } from "./processes.ts";

const DOCUMENTS = 4;
const DOCUMENT_BYTES = 20_000_000;

/** Messages with files that several chats send at once. */
export interface Load {
  readonly call: "documents" | "albums";
  readonly chats: number;
  /** Each becomes a memo. */
  readonly messages: number;
  readonly files: number;
  /** Of each file. */
  readonly bytes: number;
}

const four = { call: "documents", messages: DOCUMENTS, files: DOCUMENTS, bytes: DOCUMENT_BYTES } as const;

export const LOADS = {
  "4 × 20 MB, four chats": { ...four, chats: 4 },
  "4 × 20 MB, one chat": { ...four, chats: 1 },
  "200 photos of 300 kB in albums": { call: "albums", chats: 2, messages: 20, files: 200, bytes: 300_000 },
} as const satisfies Record<string, Load>;

/** Peak RSS over idle while files go through, and how long that takes. What is lost is not waited for. */
export async function carry(world: World, { call, chats, messages, files, bytes }: Load, idleMs: number) {
  const { calls, people } = world;
  const bot = await world.start();
  await Bun.sleep(idleMs);
  const idle = memoryOf(bot).rss;
  forgetPeak(bot);
  const from = performance.now();
  const senders = Array.from({ length: messages }, (_, at) => people[at % chats] ?? 0);
  await calls[call](senders, bytes);
  const { sinceMs } = await calls.settled(messages, files * bytes);
  const seconds = (performance.now() - from - sinceMs) / 1_000;
  const { peak } = memoryOf(bot);
  const kept = await calls.kept();
  await bot.stop();
  return { over: peak - idle, seconds, lost: files - kept.bytes / bytes };
}

export async function documents(
  { memoferry, against }: Executables,
  { runs, idleMs }: { runs: number; idleMs: number },
  progress: Progress,
): Promise<Figure[]> {
  async function carried(executable: string, load: Load) {
    const world = await boundWorld(executable, load.chats);
    const all = await carry(world, load, idleMs);
    await world.stop();
    if (all.lost !== 0) throw new Error(`${all.lost} of ${load.files} files did not arrive`);
    return all;
  }
  const rows: Figure[] = [];
  for (const [what, load] of Object.entries(LOADS)) {
    const row = await inTurns(what, [memoferry, against], { runs, progress }, (executable) =>
      carried(executable, load),
    );
    // Files of one chat go one after another: there the limit of a single file holds.
    const over = row(`${what}: RSS over idle`, "MB", (one) => one.over);
    rows.push(load.call === "documents" ? { ...over, target: { value: load.chats === 1 ? 50 : 60 } } : over);
    rows.push(row(`${what}: time`, "s", ({ seconds }) => seconds));
  }
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let run = 1; run <= runs; run += 1) {
    progress(`documents, and a bare copy ${run} of ${runs}`);
    ours.push((await carried(memoferry, LOADS["4 × 20 MB, four chats"])).seconds);
    bare.push(await copied(DOCUMENTS, DOCUMENT_BYTES));
  }
  rows.push({
    name: "4 × 20 MB, four chats: time, to a bare streaming copy",
    unit: "s",
    values: ours,
    floor: bare,
    target: { ratio: 1.15 },
  });
  return rows;
}
