// What a backlog does to the disk, as the kernel counts it: an SD card is the disk.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findStrace } from "../crash/trace.ts";
import { backlogOf, boundWorld, type Executables, type Figure, type Progress } from "./figures.ts";
import { newFolder, type Program, startProgram } from "./processes.ts";
import { syncsIn, tracedOf, tracingSyncs } from "./syncs.ts";

/** What each start writes weighs on fewer texts than these. */
const ENOUGH_TEXTS = 5_000;

const writtenBy = ({ pid }: Pick<Program, "pid">) =>
  Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);

export async function disk(
  { memoferry }: Executables,
  { texts, chats }: { texts: number; chats: number },
  progress: Progress,
): Promise<Figure[]> {
  progress("what a backlog does to the disk");
  const { calls, env, dataDir, people, stop } = await boundWorld(memoferry, chats);
  await calls.say(people, texts);
  const strace = findStrace();
  const counts = join(newFolder("counts"), "counts");
  const counted = strace === null ? [] : tracingSyncs(strace, counts);
  const program = await startProgram([...counted, memoferry], { env, dataDir, readyWithinMs: 0 });
  await calls.made(texts);
  const pid = strace === null ? program.pid : tracedOf(program);
  const bytes = writtenBy({ pid });
  process.kill(pid, "SIGTERM");
  await program.ended();
  await stop();
  const syncs = strace === null ? Number.NaN : syncsIn(readFileSync(counts, "utf8"));
  const what = backlogOf(texts, chats);
  const wanted = (value: number) => texts >= ENOUGH_TEXTS && { target: { value } };
  return [
    {
      name: `${what}: written to the disk per text`,
      unit: "KiB",
      values: [bytes / texts / 1024],
      ...wanted(12),
    },
    {
      name: `${what}: fsync and fdatasync per text`,
      unit: "",
      values: [syncs / texts],
      ...wanted(1.5),
      ...(strace === null && { note: "there is no strace on this machine to count it with" }),
    },
  ];
}
