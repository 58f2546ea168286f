// Many bots on one machine, a process each: what one more of them takes of its memory.
import { readFileSync } from "node:fs";
import { boundWorld, type Figure, type Progress } from "./figures.ts";
import { callApi, type Program, startProgram } from "./processes.ts";

const BOTS = 10;
const IDLE_MS = 5_000;

/** In MB. What it shares with others, such as the executable's pages, counts for each by its share. */
function shareOf({ pid }: Program): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024) / 1e6;
}

/** They are idle, in webhook mode, each with a database of its own. */
export async function bots(executable: string, progress: Progress): Promise<Figure[]> {
  progress(`${BOTS} bots side by side`);
  const worlds = [];
  const programs: Program[] = [];
  let alone = Number.NaN;
  for (let at = 0; at < BOTS; at += 1) {
    const world = await boundWorld(executable, 1);
    worlds.push(world);
    const env = { ...world.env, RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.org" };
    const program = await startProgram(executable, { env, dataDir: world.dataDir });
    await (await callApi(program, "GET", "status")).text();
    programs.push(program);
    await Bun.sleep(at === 0 ? IDLE_MS : 0);
    if (at === 0) alone = shareOf(program);
  }
  await Bun.sleep(IDLE_MS);
  const all = programs.map(shareOf).reduce((sum, one) => sum + one, 0);
  for (const program of programs) await program.stop();
  for (const world of worlds) await world.stop();
  return [
    { name: "one bot, webhook: memory, with all that could be shared", unit: "MB", values: [alone] },
    {
      name: `${BOTS} bots, a process each, webhook: memory of each one more`,
      unit: "MB",
      values: [(all - alone) / (BOTS - 1)],
    },
  ];
}
