/**
 * The platforms there are executables for, and the npm packages that hold Bun for them. There is none without AVX2
 * ("baseline") any more: Bun 1.4.5 is the same file for both, and looks by itself what the processor has.
 */
export const RUNTIMES = {
  "linux-x64": "@oven/bun-linux-x64",
  "linux-x64-musl": "@oven/bun-linux-x64-musl",
  "linux-arm64": "@oven/bun-linux-aarch64",
  "linux-arm64-musl": "@oven/bun-linux-aarch64-musl",
  "darwin-arm64": "@oven/bun-darwin-aarch64",
  "darwin-x64": "@oven/bun-darwin-x64",
  "windows-x64": "@oven/bun-windows-x64",
} as const;

export type Target = keyof typeof RUNTIMES;
export const TARGETS = Object.keys(RUNTIMES) as Target[];

/** The targets that a command line names. Ends the process at one that there is not. */
export function targetsOf(names: readonly string[]): Target[] {
  const unknown = names.filter((name) => !(name in RUNTIMES));
  if (unknown.length === 0) return names as Target[];
  console.error(`unknown target ${unknown.join(", ")}; there are: ${TARGETS.join(" ")}`);
  process.exit(2);
}

export const executableName = (target: string) =>
  target.startsWith("windows") ? "memoferry.exe" : "memoferry";
