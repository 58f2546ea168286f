import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgram } from "../../src/cli/commands.ts";
import { completionScript } from "../../src/cli/completion.ts";
import { systemTerminal } from "../../src/cli/terminal.ts";

/** Each completes command lines in the shell itself, as Tab does: given the script and the lines, it prints what comes. */
const DRIVERS = {
  bash: `
    source "$1"; shift
    for line; do
      read -ra COMP_WORDS <<< "$line"
      [[ $line == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
      _memoferry
      echo "\${COMPREPLY[*]}"
    done`,
  // A shell in a terminal of its own: after Tab, Ctrl-T shows the line.
  zsh: `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source $1"
    zpty -w shell 'show() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N show; bindkey "^T" show; print re"ady"'
    zpty -r shell out "*ready*"
    for line in $@[2,-1]; do
      zpty -n -w shell "$line"$'\\t\\x14'
      zpty -r shell out "*<*>*"
      out=\${out##*<}
      print -r -- \${out%%>*}
    done
    zpty -d shell`,
  fish: `
    source $argv[1]
    for line in $argv[2..]
      echo (complete -C $line | string replace -r '\\t.*' '')
    end`,
};
type Shell = keyof typeof DRIVERS;

function complete(shell: Shell, ...lines: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-completion-"));
  const file = join(folder, "script");
  writeFileSync(file, completionScript(createProgram(systemTerminal).program, shell));
  const args = ["-c", DRIVERS[shell], ...(shell === "fish" ? [] : [shell]), file, ...lines];
  const env = { PATH: process.env["PATH"], HOME: folder, TERM: "dumb" };
  const { stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", env });
  rmSync(folder, { recursive: true });
  expect(stderr).toBe("");
  return stdout.split("\n", lines.length).map((line) => line.trim());
}

/** Where a shell is missing its test is skipped with a line that says so; in CI it fails. */
const skips = (shell: Shell) => {
  const isSkipped = Bun.which(shell) === null && process.env["CI"] !== "true";
  if (isSkipped) console.log(`skipped: completion in ${shell} (apt-get install ${shell})`);
  return isSkipped;
};

describe("a command line is completed", () => {
  for (const shell of ["bash", "fish"] as const)
    test.skipIf(skips(shell))(`in ${shell}`, () => {
      const [commands, states, options, file, behind, names, shells] = complete(
        shell,
        "memoferry bin",
        "memoferry updates --state ",
        "memoferry updates --",
        "memoferry backup /etc/pass",
        "memoferry --env-file /etc/passwd unb",
        "memoferry help forget",
        "memoferry completion ",
      ).map((line) => line.split(" ").sort());
      expect(commands).toEqual(["bind", "bind-chat", "bindings"]);
      expect(states).toEqual(["dead", "done", "waiting", "working"]);
      expect(options).toEqual(["--env-file", "--help", "--json", "--state"]);
      expect(file).toContain("/etc/passwd");
      expect([behind, names]).toEqual([["unbind", "unbind-chat"], ["forget-tokens"]]);
      expect(shells).toEqual(["bash", "fish", "zsh"]);
    });

  test.skipIf(skips("zsh"))("in zsh", () => {
    const lines = [
      "upd",
      "updates --st",
      "updates --state wor",
      "backup /etc/passw",
      "help forg",
      "completion zs",
    ];
    expect(complete("zsh", ...lines.map((line) => `memoferry ${line}`))).toEqual([
      "memoferry updates",
      "memoferry updates --state",
      "memoferry updates --state working",
      "memoferry backup /etc/passwd",
      "memoferry help forget-tokens",
      "memoferry completion zsh",
    ]);
  });
});
