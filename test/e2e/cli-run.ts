import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, configured by `env` alone. */
export async function run(
  env: Record<string, string>,
  args: string[],
  input: Partial<Input> = {},
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-env-"));
  const file = join(folder, "env");
  writeFileSync(
    file,
    // Where the program runs in this process too, its log would come along.
    Object.entries({ ...env, LOG_LEVEL: "error" })
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  const { terminal, out, err } = recorder(input);
  try {
    const code = await runCli([...args, "--env-file", file], terminal);
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Input {
  /** What stdin gives. */
  stdin: string;
  /** What is typed when asked; null gives up. With it there is a terminal. */
  typed: string | null;
}

function recorder(input: Partial<Input>): { terminal: Terminal; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    print: (text) => out.push(text),
    colored: (_color, text) => text,
    complain: (text) => err.push(text),
    progress: () => undefined,
    interactive: input.typed !== undefined,
    ask: async () => input.typed ?? null,
    askHidden: async () => input.typed ?? null,
    readInput: async () => input.stdin ?? "",
  };
  return { terminal, out, err };
}

/** Runs the program itself, with `env` as its whole environment. */
export async function spawn(env: Record<string, string>, args: string[], stdin = ""): Promise<Ran> {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "../../src/main.ts"), ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
