import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { resetSync } from "@logtape/logtape";
import { codeOf, errorText } from "../../src/base/errors.ts";
import { configureLogging, type Level, logger } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";

const TOKEN = "123456789:AAFabcdefghijklmnopqrstuvwxyz01234";

let lines: string[] = [];
const log = logger("receiver");

function capture(format: "text" | "json" = "text", level: Level = "debug"): void {
  lines = [];
  configureLogging(level, format, (line) => void lines.push(line));
}

/** The one line written, without its time. */
function written(): string {
  expect(lines).toHaveLength(1);
  return (lines[0] ?? "").replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, "");
}

beforeEach(() => capture());
afterAll(() => resetSync());

describe("text", () => {
  test("is one line of time, level, part, message and fields", () => {
    log.info("update stored", { update_id: 5, chat_id: -7 });
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO {2}receiver {2}update stored {2}update_id=5 chat_id=-7$/,
    );
  });

  test("ends after the message when there are no fields", () => {
    log.warn("b");
    expect(written()).toBe("WARN  receiver  b");
  });

  test.each([
    ["two words", '"two words"'],
    ['say "hi"\n', '"say \\"hi\\"\\n"'],
    ["\u001b[2Jcleared\u009b\u2028", '"\\u001b[2Jcleared%C2%9B%E2%80%A8"'],
    [null, "null"],
    [{ a: [1, "x"] }, '{"a":[1,"x"]}'],
    [new Secret("hidden"), '"[redacted]"'],
    [new TypeError(""), '"TypeError"'],
  ])("prints the field %j", (value, text) => {
    log.info("m", { field: value, none: undefined });
    expect(written()).toBe(`INFO  receiver  m  field=${text}`);
  });

  test("keeps a message on its line and takes braces in it literally", () => {
    log.info("a {b}\nc\u001b[0m", { b: 1 });
    expect(written()).toBe("INFO  receiver  a {b}%0Ac%1B[0m  b=1");
  });
});

test("as json is one object with time, level, part, message and the fields", () => {
  capture("json");
  const before = Date.now();
  log.warn("update stored", { update_id: 5, users: { error: new Error("x\ny") }, no: undefined });
  expect(lines[0]).not.toContain("\n");
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
  expect(rest).toEqual({
    level: "warn",
    part: "receiver",
    message: "update stored",
    update_id: 5,
    users: { error: "x\ny" },
  });
});

describe("errors", () => {
  test("are printed with their causes", () => {
    const root = new Error("connection refused");
    const middle = new Error("upload failed", { cause: root });
    expect(errorText(new Error("memo not created", { cause: middle }))).toBe(
      "memo not created: upload failed: connection refused",
    );
    expect(errorText(new Error("a", { cause: "text" }))).toBe("a: text");
  });

  test("say a message once that the outer one has already", () => {
    expect(errorText(new Error("failed: no disk", { cause: new Error("no disk") }))).toBe("failed: no disk");
  });

  test("with a circle of causes end", () => {
    const error = new Error("a");
    error.cause = new Error("b", { cause: error });
    expect(errorText(error)).toStartWith("a: b");
  });
});

describe("redaction", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123";
  const cases: [name: string, text: string, printed: string][] = [
    ["a bot token", `got ${TOKEN} here`, "got [redacted] here"],
    ["a bot token in a URL", `https://x/bot${TOKEN}/getMe`, "https://x/bot[redacted]/getMe"],
    ["an escaped bot token", `/bot${TOKEN.replace(":", "%3A")}/`, "/bot[redacted]/"],
    ["a Memos access token", "token memos_pat_AbC123xyz!", "token [redacted]!"],
    ["a JWT", `cookie=${jwt};`, "cookie=[redacted];"],
    ["a bearer token", "Authorization: Bearer abc$%def, x", "Authorization: Bearer [redacted] x"],
    ["the password of a URL", "via http://ann:pw@proxy:3128/", "via http://[redacted]@proxy:3128/"],
  ];
  for (const [name, text, printed] of cases) {
    test(`hides ${name} in message, field, error and cause, in both formats`, () => {
      for (const format of ["text", "json"] as const) {
        capture(format);
        log.info(text);
        log.info("m", { field: text });
        log.info("m", { field: new Error("outer", { cause: new Error(text) }) });
        log.info("m", { field: { deep: [`{"quoted":"${text}"}`] } });
        const all = lines.join("\n");
        for (const secret of ["AAFabc", "AbC123", "eyJ", "abc$", "def", "ann:pw"])
          expect(all).not.toContain(secret);
        expect(all.split("[redacted]")).toHaveLength(5);
        if (format === "text") expect(lines[0]).toEndWith(printed);
        else {
          expect(JSON.parse(lines[0] ?? "").message).toBe(printed);
          for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
        }
      }
    });
  }

  test("leaves ordinary numbers, times and addresses alone", () => {
    log.info("m", { at: "2026-11-22T20:41:05Z", url: "http://127.0.0.1:8081/a@b", key: "chat:123456789:42" });
    expect(written()).toBe(
      'INFO  receiver  m  at="2026-11-22T20:41:05Z" url="http://127.0.0.1:8081/a@b" key="chat:123456789:42"',
    );
  });
});

describe("configureLogging", () => {
  const logModule = JSON.stringify(resolve(import.meta.dir, "../../src/base/log.ts"));

  test("drops what is below the level", () => {
    capture("text", "warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines).toHaveLength(2);
  });

  test("can be called again: logs made before follow the last call, and it alone", () => {
    const first: string[] = [];
    configureLogging("error", "json", (line) => void first.push(line));
    capture("text", "info");
    log.info("now");
    expect(first).toEqual([]);
    expect(written()).toBe("INFO  receiver  now");
  });

  test("begins lines with systemd's priority where its journal reads them, and nowhere else", async () => {
    const script = `
      import { configureLogging, logger } from ${logModule};
      configureLogging("debug", "json");
      for (const level of ["debug", "info", "warn", "error"]) logger("test")[level](level);`;
    const folder = mkdtempSync(join(tmpdir(), "memoferry-log-"));
    const linesWith = async (streamOf: (dev: number, ino: number) => string) => {
      const path = join(folder, "journal");
      const out = openSync(path, "w");
      const { dev, ino } = fstatSync(out);
      const env = { ...process.env, JOURNAL_STREAM: streamOf(dev, ino) };
      const child = Bun.spawn([process.execPath, "-e", script], { stdout: out, stderr: "inherit", env });
      expect(await child.exited).toBe(0);
      closeSync(out);
      return readFileSync(path, "utf8").trimEnd().split("\n");
    };
    const levelOf = (line: string) => JSON.parse(line).level;
    const inJournal = await linesWith((dev, ino) => `${dev}:${ino}`);
    const split = inJournal.map((line) => [line.slice(0, 3), levelOf(line.slice(3))]);
    expect(split).toEqual([
      ["<7>", "debug"],
      ["<6>", "info"],
      ["<4>", "warn"],
      ["<3>", "error"],
    ]);
    // That of a service whose output somebody redirected.
    expect((await linesWith((dev, ino) => `${dev}:${ino + 1}`)).map(levelOf)).toHaveLength(4);
    rmSync(folder, { recursive: true });
  });

  test("does not let a write that throws reach the caller", () => {
    configureLogging("info", "text", () => {
      throw new Error("disk full");
    });
    expect(() => log.info("m")).not.toThrow();
  });

  test("writes every line to stdout before the process ends", async () => {
    const script = `
      import { configureLogging, logger } from ${logModule};
      configureLogging("info", "text");
      for (let i = 0; i < 150; i++) logger("test").info("line", { i, filler: "x".repeat(200) });
      process.exit(0);`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    const output = (await new Response(child.stdout).text()).trimEnd().split("\n");
    expect(output).toHaveLength(150);
    expect(output.at(-1)).toContain("i=149 ");
    expect(await child.exited).toBe(0);
  });

  test("drops and counts the lines that nobody reads, and waits for no reader", async () => {
    const folder = mkdtempSync(join(tmpdir(), "memoferry-log-"));
    const path = join(folder, "pipe");
    Bun.spawnSync(["mkfifo", path]);
    // Held open for both: a pipe has a reader, which reads nothing.
    const pipe = openSync(path, "r+");
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const read = () => {
      const chunks: Buffer[] = [];
      try {
        for (;;) {
          const chunk = Buffer.alloc(65_536);
          chunks.push(chunk.subarray(0, readSync(reader, chunk)));
        }
      } catch (error) {
        expect(codeOf(error)).toBe("EAGAIN");
      }
      return Buffer.concat(chunks).toString();
    };
    const script = `
      import { configureLogging, logger } from ${logModule};
      configureLogging("info", "json");
      const log = logger("test");
      process.on("SIGTERM", () => process.exit(0));
      process.on("message", () => { log.info("read again"); process.send("said"); });
      for (let i = 0; i < 2000; i++) log.info("line", { i, filler: "x".repeat(200) });
      process.send("full");`;
    let heard = Promise.withResolvers<void>();
    const child = Bun.spawn([process.execPath, "-e", script], {
      stdout: pipe,
      stderr: "inherit",
      ipc: () => heard.resolve(),
    });
    await heard.promise;
    const taken = read();
    heard = Promise.withResolvers();
    child.send("go on");
    await heard.promise;
    const all = `${taken}${read()}`
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { message: string; lines?: number });
    const [dropped, last] = all.splice(-2);
    expect(last?.message).toBe("read again");
    expect(dropped).toMatchObject({ level: "warn", part: "log" });
    expect(all.length).toBeGreaterThan(100);
    expect(all.length + (dropped?.lines ?? 0)).toBe(2000);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    closeSync(pipe);
    closeSync(reader);
    rmSync(folder, { recursive: true });
  });

  test("shows what JSON has no word for, and never loses the line", () => {
    capture("json");
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const failing = {
      toJSON: () => {
        throw new Error("no");
      },
    };
    log.info("m", { big: 10n, circle, failing, after: 1, none: undefined });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      message: "m",
      big: "10",
      circle: expect.stringContaining("cannot be shown"),
      failing: "(cannot be shown: no)",
      after: 1,
    });
  });
});
