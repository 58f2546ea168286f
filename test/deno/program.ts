import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const config = join(root, "deno.json");
const { tasks } = JSON.parse(readFileSync(config, "utf8")) as { tasks: { start: string } };
const [, , ...words] = tasks.start.split(" ");

/** The program as `deno task start` runs it, with no more than its permissions, for a world of test/crash. */
export const onDeno = {
  command: [
    process.execPath,
    ...words
      .filter((word) => word !== "serve")
      .flatMap((word) => (word === "run" ? [word, "--quiet", `--config=${config}`] : [word]))
      .map((word) => (word === "src/main.ts" ? join(root, word) : word))
      // There the data lie beside the source.
      .map((word) => (word === "--allow-read=." ? `${word},${root}` : word)),
  ],
  env: { DENO_NO_PACKAGE_JSON: "1", DENO_DIR: process.env["DENO_DIR"] ?? "" },
};
