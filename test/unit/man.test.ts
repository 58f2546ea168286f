import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { manualPage } from "../../.ci/man.ts";
import { commandsOf, pathOf } from "../../src/cli/command-tree.ts";
import { createProgram } from "../../src/cli/commands.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";
import { SETTINGS } from "../../src/config/settings.ts";

const page = manualPage(new Date("2026-11-30T12:00:00Z"));

test("the manual page has every command, option and setting", () => {
  expect(page).toStartWith(".Dd November 30, 2026\n.Dt MEMOFERRY 1\n");
  for (const command of commandsOf(createProgram(systemTerminal).program)) {
    expect(page).toContain(
      `.It ${pathOf(command)
        .map((name) => `Cm ${name}`)
        .join(" ")}`,
    );
    for (const { long } of command.options) expect(page).toContain(`.It Fl ${long?.slice(1)}`);
  }
  for (const name of Object.keys(SETTINGS)) expect(page).toContain(`.It Ev ${name}\n`);
});

const isSkipped = Bun.which("mandoc") === null && process.env["CI"] !== "true";
if (isSkipped) console.log("skipped: the manual page looked at by mandoc (apt-get install mandoc)");

test.skipIf(isSkipped)("mandoc has nothing to say against it, and shows what stands there", () => {
  expect(spawnSync("mandoc", ["-Tlint"], { input: page, encoding: "utf8" }).stdout).toBe("");
  const { stdout } = spawnSync("mandoc", ["-Tutf8"], { input: page, encoding: "utf8" });
  // Bold is a letter over itself.
  const shown = stdout.replace(/.[\b]/g, "");
  expect(shown).toContain("memoferry updates --state dead --json | jq -r '.items[].update_id'");
  expect(shown).toMatch(/^ {5}bind \[options\] telegram\sid$/m);
});
