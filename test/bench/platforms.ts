// What differs by platform: how large a download is, and how long a start takes on an emulated Raspberry Pi.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { canEmulate, NEEDED, PI_4 } from "../emulated/processors.ts";
import { type Executables, type Figure, inTurns, type Progress } from "./figures.ts";
import { newFolder, startFakes, startProgram } from "./processes.ts";

const READY_LIMIT_MS = 120_000;

/** The files that `npm run release` made. */
export function downloads(folder: string): Figure[] {
  const files = readdirSync(folder).filter((file) => /\.(xz|zip|deb)$/.test(file));
  return files.toSorted().map((file) => ({
    name: `download: ${file.replace(/^memoferry[-_][^-_]*[-_]/, "")}`,
    unit: "MB",
    values: [statSync(join(folder, file)).size / 1e6],
  }));
}

/** The same as `starts` measures on this machine's processor; the ratios of both can be compared. */
export async function emulatedStarts(
  { memoferry, bare }: Pick<Executables, "memoferry" | "bare">,
  runs: number,
  progress: Progress,
): Promise<Figure[]> {
  if (!canEmulate()) throw new Error(`to emulate a Raspberry Pi, ${NEEDED} have to be installed`);
  const { calls, env, stop } = await startFakes();
  const folders = { [memoferry]: newFolder("emulated"), [bare]: newFolder("emulated-bare") };
  const row = await inTurns("emulated start", [memoferry, bare], { runs, progress }, async (executable) => {
    await calls.rest();
    const program = await startProgram([...PI_4.emulator, executable], {
      env,
      dataDir: folders[executable] ?? "",
      readyWithinMs: READY_LIMIT_MS,
    });
    await program.stop();
    return program.toReady ?? Number.POSITIVE_INFINITY;
  });
  await stop();
  return [row(`start to ready on an emulated ${PI_4.name}`, "ms", (toReady) => toReady)];
}
