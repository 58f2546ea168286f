import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The README and all of docs/, as they are called there. */
export const DOCS: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The blocks of a page that are in a language. */
export const blocksOf = (page: string, language: string): string[] =>
  [
    ...readFileSync(join(root, page), "utf8").matchAll(
      new RegExp(`^ *\`\`\`${language}\n(.*?)^ *\`\`\``, "gms"),
    ),
  ].map(([, text = ""]) => text);

/** Runs it in a folder; gives what it prints. */
export async function shell(script: string, cwd: string): Promise<string> {
  const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", script], { cwd, stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${out}${err}`);
  return out;
}

/** Commands with what each answers, as `…` where that is different each time. */
export const transcriptOf = (block: string) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...answer] = part.split("\n");
      return { command, answer: answer.join("\n").trim() };
    });
