// What the packages alone cost, each compiled with the flags of ours.
import { type Figure, inTurns, type Progress } from "./figures.ts";
import { memoryOf, newFolder, startFakes, startProgram } from "./processes.ts";

const IDLE_MS = 5_000;

/** `floors`: executables by what is in them. */
export async function floors(
  floors: Readonly<Record<string, string>>,
  runs: number,
  progress: Progress,
): Promise<Figure[]> {
  const { calls, env, stop } = await startFakes();
  const found: Figure[] = [];
  for (const [name, executable] of Object.entries(floors)) {
    const dataDir = newFolder("floor");
    const row = await inTurns(name, [executable, null], { runs, warmUps: 1, progress }, async () => {
      await calls.rest();
      const program = await startProgram(executable, { env, dataDir });
      await Bun.sleep(IDLE_MS);
      const { rss } = memoryOf(program);
      await program.stop();
      return { rss, ready: program.toReady ?? Number.NaN };
    });
    found.push(row(`bare ${name}: start to ready`, "ms", ({ ready }) => ready));
    found.push(row(`bare ${name}: idle RSS`, "MB", ({ rss }) => rss));
  }
  await stop();
  return found;
}
