import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const src = join(import.meta.dirname, "../../src");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** What a file of ours imports, at once or once it is needed: files by their path below src, packages by name. */
function importsOf(file: string, kind: Bun.Import["kind"]): string[] {
  if (!file.endsWith(".ts")) return [];
  return transpiler
    .scanImports(readFileSync(join(src, file), "utf8"))
    .filter((each) => each.kind === kind)
    .map(({ path }) => (path.startsWith(".") ? relative(src, join(src, dirname(file), path)) : path));
}

/** All that is loaded before the bot runs. */
function loadedAtStart(): Set<string> {
  const found = new Set(["main.ts"]);
  // A set gives what is added meanwhile, too.
  for (const file of found)
    if (existsSync(join(src, file)))
      for (const imported of importsOf(file, "import-statement")) found.add(imported);
  return found;
}

test("what is loaded once it is needed is not loaded by the start", () => {
  const files = [...new Bun.Glob("**/*.ts").scanSync(src)];
  const lazy = new Set(files.flatMap((file) => importsOf(file, "dynamic-import")));
  const atStart = loadedAtStart();
  for (const known of ["http/api.ts", "markdown/read.ts", "watch/watch.ts", "cli/commands.ts", "croner"])
    expect(lazy).toContain(known);
  expect([...lazy].filter((name) => atStart.has(name))).toEqual([]);
});

test("of the API the start loads what health and deliveries need, and no schema besides", () => {
  const loaded = [...loadedAtStart()].filter((file) => file.startsWith("http/"));
  expect(loaded.sort()).toEqual(
    [
      ["server", "listen-bun", "root", "routes", "problem", "html"],
      ["health", "memos-webhook", "bodies", "failure-limit"],
    ]
      .flat()
      .map((name) => `http/${name}.ts`)
      .sort(),
  );
});
