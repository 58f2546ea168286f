// What it costs while nothing happens.
import { readFileSync } from "node:fs";
import { boundWorld, type Executables, type Figure, type Progress } from "./figures.ts";
import { cpuOf, type Program, startProgram } from "./processes.ts";

/** After the start everything is looked at once. */
const SETTLED_MS = 30_000;

/** How often a thread of it slept and was woken. */
function wakeUpsOf({ pid }: Program): number {
  const threads = [...new Bun.Glob("*/status").scanSync(`/proc/${pid}/task`)];
  return threads.reduce((sum, file) => {
    const status = readFileSync(`/proc/${pid}/task/${file}`, "utf8");
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }, 0);
}

export async function quiet(
  { memoferry }: Executables,
  { minutes }: { minutes: number },
  progress: Progress,
): Promise<Figure[]> {
  const { env, dataDir, stop } = await boundWorld(memoferry, 10);
  const program = await startProgram(memoferry, { env, dataDir });
  progress(`nothing happens for ${minutes} min`);
  await Bun.sleep(SETTLED_MS);
  const [cpu, wakeUps] = [cpuOf(program), wakeUpsOf(program)];
  await Bun.sleep(minutes * 60_000);
  const [usedMs, woken] = [cpuOf(program) - cpu, wakeUpsOf(program) - wakeUps];
  await program.stop();
  await stop();
  return [
    {
      name: `CPU of a core while nothing happens, over ${minutes} min`,
      unit: "%",
      values: [(usedMs / (minutes * 60_000)) * 100],
      target: { value: 0.1 },
    },
    { name: "wake-ups of its threads meanwhile", unit: "/s", values: [woken / (minutes * 60)] },
  ];
}
