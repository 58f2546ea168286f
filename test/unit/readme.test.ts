import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "../../src/cli/cli.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { configTable } from "../support/config-table.ts";

const readme = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");

test("the README's table of settings is the one of config.ts", () => {
  expect(readme).toContain(configTable().trim());
});

test("the README names every command", () => {
  const { commands } = createProgram(systemTerminal).program;
  const missing = commands.map((command) => command.name()).filter((name) => !readme.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});
