import { describe, expect, test } from "bun:test";
import { runCli } from "../../src/cli/cli.ts";
import { commandsOf, pathOf } from "../../src/cli/command-tree.ts";
import { createProgram } from "../../src/cli/commands.ts";
import { EXAMPLES } from "../../src/cli/examples.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";

const { program } = createProgram(systemTerminal);
const commands = commandsOf(program);
const nameOf = (command: (typeof commands)[number]) => pathOf(command).join(" ");

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    print: (text) => out.push(text),
    colored: (_color, text) => text,
    complain: (text) => err.push(text),
    progress: () => undefined,
    interactive: false,
    ask: async () => null,
    askHidden: async () => null,
    readInput: async () => "",
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("help", () => {
  test("lists every command, however it is asked for", async () => {
    const { code, out } = await run("help");
    expect(code).toBe(0);
    for (const command of program.commands) {
      const line = out.split("\n").find((candidate) => candidate.startsWith(`  ${command.name()} `));
      expect(line).toContain(command.summary().slice(0, 20));
    }
    for (const asked of ["--help", "-h"]) expect(await run(asked)).toEqual({ code, out, err: "" });
  });

  test("tells about one command, the same by --help behind it, with the option that all have", async () => {
    for (const command of commands) {
      const page = await run("help", ...pathOf(command));
      expect(page.code).toBe(0);
      expect(page.out).toStartWith(`Usage: memoferry ${nameOf(command)}`);
      expect(page.out).toContain("--env-file");
      expect(await run(...pathOf(command), "--help")).toEqual(page);
    }
  });

  test("ends with examples, whose commands and options there are", async () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(["", ...commands.map(nameOf)].sort());
    for (const [name, examples] of Object.entries(EXAMPLES)) {
      const page = await run("help", ...name.split(" ").filter(Boolean));
      for (const [line, what] of examples) {
        expect(page.out).toContain(`\n  ${line}\n      ${what}`);
        if (!line.includes("memoferry ")) continue;
        const words = (/memoferry (.*?)( [|].*)?$/.exec(line)?.[1] ?? "").split(" ");
        const named = name === "" ? program : commands.find((command) => nameOf(command) === name);
        expect(words.join(" ")).toContain(name === "serve" ? "" : name);
        for (const option of words.filter((word) => word.startsWith("--")))
          expect([...program.options, ...(named?.options ?? [])].map(({ long }) => long)).toContain(option);
      }
    }
  });

  test("has colours where they are asked for", async () => {
    const before = process.env["FORCE_COLOR"];
    process.env["FORCE_COLOR"] = "1";
    const { out } = await run("help", "bind");
    if (before === undefined) delete process.env["FORCE_COLOR"];
    else process.env["FORCE_COLOR"] = before;
    expect(out).toStartWith("\u001b[1mUsage:\u001b[22m memoferry bind");
    expect(out).toContain("\u001b[1mExamples:");
  });

  test("says how ids of memos depend on the server's address", async () => {
    expect((await run("help", "bindings")).out.replace(/\s+/g, " ")).toContain("keep the id they had");
  });

  test("lines fit a terminal", async () => {
    for (const path of [[], ...commands.map(pathOf)]) {
      for (const line of (await run("help", ...path)).out.split("\n")) {
        expect(line.length).toBeLessThanOrEqual(90);
      }
    }
  });
});

describe("a wrong command line exits 2 and", () => {
  test.each([
    [["chekc"], "unknown command 'chekc'\n(Did you mean check?)"],
    [["dance"], "unknown command 'dance'"],
    [["check", "--jsno"], "unknown option '--jsno'\n(Did you mean --json?)"],
    [["check", "-x"], "unknown option '-x'"],
    [["bindings", "--wide=1"], "unknown option '--wide'"],
    [["check", "now"], "too many arguments for 'check'. Expected 0 arguments but got 1: now."],
    [["unbind"], "missing required argument 'telegram id'"],
    [["bind"], "missing required argument 'telegram id'"],
    [["bind", "1", "--token-file"], "option '--token-file <file>' argument missing"],
    [["updates", "--state", "deaf"], "Allowed choices are waiting, working, done, dead."],
    [["help", "chekc"], "unknown command 'chekc'\n(Did you mean check?)"],
    [["completion", "csh"], "Allowed choices are bash, zsh, fish."],
    [["bind", "abc"], "this is not a Telegram id: that is a number such as 123456789"],
    [["unbind", "@alice"], "this is not a Telegram id"],
    [["invite", "--account-of", "x"], "this is not a Telegram id"],
    [["retry"], "name one update id, or --all; `memoferry updates --state dead` lists them"],
    [["retry", "1", "--all"], "name one update id, or --all"],
    [
      ["retry", "abc"],
      "an update id is a number; `memoferry updates --state dead` lists them\nSee: memoferry help retry",
    ],
    [
      ["import", "telegram", "--from", "yesterday", "folder"],
      "a date is written like 2024, 2024-03, 2024-03-31 or 2024-03-31T18:00\nSee: memoferry help import telegram",
    ],
    [["--verbose"], "unknown option '--verbose'"],
    [["--env-file"], "option '--env-file <path>' argument missing"],
  ])("names what is wrong and where to look: %p", async (args, text) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
    expect(err).toStartWith("memoferry: ");
    expect(err).toMatch(/^See: memoferry help/m);
  });

  test("repeats no token", async () => {
    const token = "memos_pat_0123456789abcdefghij";
    for (const args of [
      [token],
      ["unbind", "1", token],
      ["bind", "1", token],
      ["check", `--x=${token}`],
      ["check", "--x=anything-that-is-secret"],
      ["bind", token],
      ["retry", token],
      ["help", token],
      ["updates", "--state", token],
    ]) {
      const { code, out, err } = await run(...args);
      expect(code).toBe(2);
      expect(out + err).not.toContain(token);
      expect(out + err).not.toContain("anything");
    }
  });
});

test("--env-file may stand before the command, and a file that cannot be read exits 78", async () => {
  for (const args of [
    ["--env-file", "/none/such", "check", "--json"],
    ["--env-file=/none/such", "bindings"],
    ["unbind", "1", "--env-file", "/none/such"],
  ]) {
    const { code, out, err } = await run(...args);
    expect(code).toBe(78);
    expect(out + err).toContain("cannot be read: ENOENT");
  }
});

test("version goes by three names", async () => {
  const { out } = await run("version");
  expect(out).toMatch(/^memoferry \d/);
  for (const name of ["--version", "-V", "-v"]) expect((await run(name)).out).toBe(out);
});
