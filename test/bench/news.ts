// What it costs to hear of what changes in Memos while nothing does: by its events, and by asking from time to time.
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { boundWorld, type Figure, type Progress } from "./figures.ts";
import { cpuOf, memoryOf, startProgram } from "./processes.ts";

const ACCOUNTS = 10;
/** After the start, in which each is looked at once. */
const SETTLED_MS = 20_000;

interface Cost {
  readonly connections: number;
  readonly calls: number;
  readonly cpu: number;
  readonly rss: number;
}

/** Of each account, the calls and processor time in a minute. */
async function costOf(
  executable: string,
  memosVersion: string,
  news: "all" | "off",
  minutes: number,
): Promise<Cost> {
  const { calls, dataDir, env, stop } = await boundWorld(executable, ACCOUNTS, { memosVersion });
  const database = new Database(join(dataDir, "memoferry.db"));
  database.run("UPDATE bindings SET news = ?", [news]);
  database.close();
  const program = await startProgram(executable, { env, dataDir });
  await Bun.sleep(SETTLED_MS);
  const [asked, cpu] = [await calls.asked(), cpuOf(program)];
  await Bun.sleep(minutes * 60_000);
  const cost = {
    connections: (await calls.listening()) / ACCOUNTS,
    calls: ((await calls.asked()) - asked) / minutes / ACCOUNTS,
    cpu: (cpuOf(program) - cpu) / minutes,
    rss: memoryOf(program).rss,
  };
  await program.stop();
  await stop();
  return cost;
}

export async function news(
  executable: string,
  { minutes }: { minutes: number },
  progress: Progress,
): Promise<Figure[]> {
  progress(`news of ${ACCOUNTS} accounts, ${minutes} min`);
  const [without, byEvents, byTime] = await Promise.all([
    costOf(executable, "0.30.0", "off", minutes),
    costOf(executable, "0.30.0", "all", minutes),
    costOf(executable, "0.25.3", "all", minutes),
  ]);
  return Object.entries({ "0.30": byEvents, "0.25.3": byTime }).flatMap(([memos, cost]): Figure[] => {
    const row = (name: string, unit: string, of: (cost: Cost) => number): Figure => ({
      name: `news of ${ACCOUNTS} accounts, Memos ${memos}: ${name}`,
      unit,
      values: [of(cost)],
    });
    return [
      { ...row("open connections, each", "", ({ connections }) => connections), target: { value: 1 } },
      { ...row("calls a minute, each", "", ({ calls }) => calls), target: { value: 1 } },
      { ...row("CPU time a minute, all", "ms", ({ cpu }) => cpu), floor: [without.cpu] },
      { ...row("RSS", "MB", ({ rss }) => rss), floor: [without.rss] },
    ];
  });
}
