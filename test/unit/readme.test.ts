import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { createProgram } from "../../src/cli/commands.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { configTable } from "../support/config-table.ts";
import { DOCS } from "../support/docs.ts";

const root = join(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

test("the README's table of settings is the one of config.ts", () => {
  expect(readme).toContain(configTable().trim());
});

test("the README names every command", () => {
  const { commands } = createProgram(systemTerminal).program;
  const missing = commands.map((command) => command.name()).filter((name) => !readme.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test("every file and folder that the README and docs/ name is there", () => {
  const texts = readdirSync(join(root, "docs")).map((name) => readFileSync(join(root, "docs", name), "utf8"));
  const folders = ["src", "test", "docs", "drizzle", "\\.ci", ...readdirSync(join(root, "src"))].join("|");
  const path = new RegExp(`(?<![\\w./:-])(?:${folders})/[\\w.*/-]*[\\w*/]`, "g");
  const named = [...new Set([readme, ...texts].flatMap((text) => text.match(path) ?? []))];
  expect(named.length).toBeGreaterThan(100);
  const there = [
    ...new Glob("{src,test,docs,drizzle,.ci}/**").scanSync({ cwd: root, dot: true, onlyFiles: false }),
  ];
  const isThere = (name: string) => {
    const glob = new Glob(name.replace(/\/$/, ""));
    return there.some(
      (at) =>
        glob.match(at) || glob.match(at.replace(/^src\//, "")) || glob.match(at.replace(/\.test\.ts$/, "")),
    );
  };
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

/** Where a link within a page may lead, as GitHub names headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id)];
}

test("every link between the pages leads to a page, and a place in it, that is there", () => {
  const pages = [...DOCS, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
  const dead = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replace(/^ *```.*?^ *```/gms, "");
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
    return links.flatMap(([link, path = "", anchor]) => {
      const target = path === "" ? join(root, page) : join(root, dirname(page), path);
      const isThere =
        existsSync(target) &&
        (anchor === undefined || anchorsOf(readFileSync(target, "utf8")).includes(anchor));
      return isThere ? [] : [`${page}: ${link}`];
    });
  });
  expect(dead).toEqual([]);
});
