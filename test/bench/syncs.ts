// Counts the syncs of a program by strace.
import { readFileSync } from "node:fs";
import type { Program } from "./processes.ts";

/** What runs a program so that strace writes its counts to `file` once it has ended. */
export const tracingSyncs = (strace: string, file: string): readonly string[] => [
  ...[strace, "-f", "-c", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", file],
];

/** strace stands before the program. */
export function tracedOf({ pid }: Pick<Program, "pid">): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return Number(child);
}

/** Its lines: share, seconds, microseconds a call, calls, perhaps errors, and the name. */
export const syncsIn = (counts: string): number =>
  counts
    .split("\n")
    .filter((line) => /\bf(?:data)?sync$/.test(line))
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[3]), 0);
