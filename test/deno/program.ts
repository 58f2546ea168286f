import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const config = join(root, "deno.json");
const { tasks } = JSON.parse(readFileSync(config, "utf8")) as { tasks: { memoferry: string } };
const words = tasks.memoferry.split(" ");
const begin = words.indexOf("run") + 1;

/** The program as `deno task start` runs it, with no more than its permissions, for a world of test/crash. */
export const onDeno = {
  command: [
    process.execPath,
    "run",
    "--quiet",
    `--config=${config}`,
    ...words
      .slice(begin)
      .map((word) => (word === "src/main.ts" ? join(root, word) : word))
      // There the data lie beside the source.
      .map((word) => (word.startsWith("--allow-read=.,") ? `${word},${root}` : word)),
  ],
  env: {
    DENO_DIR: process.env["DENO_DIR"] ?? "",
    ...Object.fromEntries(words.flatMap((word) => (/^\w+=/.test(word) ? [word.split("=")] : []))),
  },
};
