import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIBRARY = "faketime/libfaketimeMT.so.1";

function findLibrary(): string | null {
  if (process.platform !== "linux") return null;
  const folders = [
    "/usr/lib",
    "/usr/local/lib",
    ...readdirSync("/usr/lib").map((name) => `/usr/lib/${name}`),
  ];
  return folders.map((folder) => join(folder, LIBRARY)).find((path) => existsSync(path)) ?? null;
}

const found = findLibrary();

/** Where libfaketime is missing the test is skipped with a line that says so; in CI it fails. */
export const needsFaketime = { skip: !found && process.env["CI"] !== "true" };
if (needsFaketime.skip)
  console.log(
    "skipped: clocks of the executable (there is no libfaketime on this machine: apt-get install faketime)",
  );

/** The clock of a program that runs with `env`, as libfaketime tells it. */
export interface MachineClock {
  readonly env: Record<string, string>;
  /** Seconds by which it is off, from now on. */
  set(offSeconds: number): void;
  [Symbol.dispose](): void;
}

/** `wall`: the time of day alone. `all`: also what durations are measured by, as for a process that stood still. */
export function createMachineClock(what: "wall" | "all"): MachineClock {
  if (!found) throw new Error("there is no libfaketime on this machine: apt-get install faketime");
  const folder = mkdtempSync(join(tmpdir(), "memoferry-clock-"));
  const file = join(folder, "offset");
  const set = (offSeconds: number) => writeFileSync(file, `${offSeconds < 0 ? "" : "+"}${offSeconds}`);
  set(0);
  return {
    env: {
      LD_PRELOAD: found,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      // Times of files are those of the disk.
      NO_FAKE_STAT: "1",
      ...(what === "wall" && { FAKETIME_DONT_FAKE_MONOTONIC: "1" }),
    },
    set,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
