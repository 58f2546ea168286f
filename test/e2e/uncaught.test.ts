import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

setDefaultTimeout(60_000);

/** What comes until it says so. */
async function read(stream: ReadableStream<Uint8Array>, until: string): Promise<string> {
  let text = "";
  for await (const part of stream) {
    text += new TextDecoder().decode(part);
    if (text.includes(until)) break;
  }
  return text;
}

test.each([
  ["a call that nobody waits for", "void fetch(address)"],
  [
    "what is thrown where nobody catches it",
    "throw Object.assign(new Error('outer', { cause: new Error(address) }), { address })",
  ],
])("%s is told without a secret, and the program goes on", async (_, fault) => {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-crash-output-"));
  const token = "123456789:AAFabcdefghijklmnopqrstuvwxyz01234";
  const address = `http://127.0.0.1:9/bot${token}/getMe`;
  const entry = join(folder, "entry.ts");
  const main = JSON.stringify(join(import.meta.dirname, "../../src/main.ts"));
  const program = `const address = ${JSON.stringify(address)};
    const waits = setInterval(() => {
      if (process.listenerCount("uncaughtException") === 0) return;
      clearInterval(waits);
      ${fault};
    }, 10);
    await import(${main});`;
  writeFileSync(entry, program);
  const child = Bun.spawn([process.execPath, entry, "serve"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      BOT_TOKEN: token,
      DATA_DIR: join(folder, "data"),
      HTTP_PORT: "0",
      MEMOS_URL: "http://127.0.0.1:9",
      TELEGRAM_API_URL: "http://127.0.0.1:9",
    },
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([read(child.stdout, '"started"'), read(child.stderr, "\n")]);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(err).toStartWith("memoferry: nobody caught this error: ");
  expect(out + err).not.toContain("AAFabc");
  rmSync(folder, { recursive: true });
});

test("why it does not start is an error in systemd's journal, line by line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-journal-"));
  const path = join(folder, "journal");
  const journal = openSync(path, "w");
  const { dev, ino } = fstatSync(journal);
  const env = { PATH: process.env["PATH"] ?? "", JOURNAL_STREAM: `${dev}:${ino}` };
  const main = join(import.meta.dirname, "../../src/main.ts");
  const child = Bun.spawn([process.execPath, main, "serve"], { env, cwd: folder, stderr: journal });
  expect(await child.exited).toBe(78);
  closeSync(journal);
  const [first, ...more] = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(first).toBe("<3>memoferry: The configuration cannot be used:");
  expect(more.map((line) => line.split(":")[0])).toEqual(["<3>  BOT_TOKEN", "<3>  MEMOS_URL"]);
  rmSync(folder, { recursive: true });
});
