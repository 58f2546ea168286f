import { describe, expect, test } from "bun:test";
import { runCli } from "../../src/cli/cli.ts";
import { commands } from "../../src/cli/commands.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    print: (text) => out.push(text),
    complain: (text) => err.push(text),
    colour: false,
    interactive: false,
    askHidden: async () => null,
    readInput: async () => "",
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("help", () => {
  test("lists every command, however it is asked for", async () => {
    const { code, out } = await run("help");
    expect(code).toBe(0);
    for (const { name, summary } of commands) {
      const line = out.split("\n").find((candidate) => candidate.startsWith(`  ${name} `));
      expect(line).toEndWith(summary);
    }
    for (const asked of ["--help", "-h"]) expect(await run(asked)).toEqual({ code, out, err: "" });
  });

  test("tells about one command, the same by --help behind it", async () => {
    for (const { name } of commands) {
      const page = await run("help", name);
      expect(page.code).toBe(0);
      expect(page.out).toStartWith(`memoferry ${name}`);
      if (name !== "help") expect(await run(name, "--help")).toEqual(page);
    }
  });

  test("says how ids of memos depend on the server's address", async () => {
    expect((await run("help", "bindings")).out).toContain("keep the id they had");
  });

  test("lines fit a terminal of 120 columns", async () => {
    for (const { name } of commands) {
      for (const line of (await run("help", name)).out.split("\n"))
        expect(line.length).toBeLessThanOrEqual(120);
    }
  });
});

describe("a wrong command line exits 2 and", () => {
  test.each([
    [["chekc"], 'there is no command "chekc": did you mean "check"? See: memoferry help'],
    [["dance"], 'there is no command "dance". See: memoferry help'],
    [["help", "binding"], 'there is no command "binding": did you mean "bindings"? See: memoferry help'],
    [["check", "--jsno"], '"check" has no option --jsno: did you mean --json? See: memoferry help check'],
    [["check", "-x"], '"check" has no option -x. See: memoferry help check'],
    [["bindings", "--wide=1"], '"bindings" has no option --wide. See: memoferry help bindings'],
    [["check", "--json=1"], "Option '--json' does not take an argument. See: memoferry help check"],
    [["check", "now"], '"check" does not take "now". See: memoferry help check'],
    [["unbind"], '"unbind" needs <telegram id>. See: memoferry help unbind'],
    [["bind"], '"bind" needs <telegram id> [--token-file F]. See: memoferry help bind'],
    [["--verbose"], '"serve" has no option --verbose. See: memoferry help serve'],
  ])("names what is wrong: %p", async (args, text) => {
    expect(await run(...args)).toEqual({ code: 2, out: "", err: `memoferry: ${text}` });
  });

  test("repeats no token", async () => {
    const token = "memos_pat_0123456789abcdefghij";
    for (const args of [
      [token],
      ["unbind", "1", token],
      ["bind", "1", token],
      ["check", `--x=${token}`],
      ["help", token],
    ]) {
      const { code, out, err } = await run(...args);
      expect(code).toBe(2);
      expect(out + err).not.toContain(token);
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
    expect(out + err).toContain("there is no such file");
  }
});

test("version goes by three names", async () => {
  const { out } = await run("version");
  expect(out).toMatch(/^memoferry \d/);
  for (const name of ["--version", "-V", "-v"]) expect((await run(name)).out).toBe(out);
});
