import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryPath, createProgram, type Program } from "../support/binary.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

setDefaultTimeout(20_000);
const EX_CONFIG = 78;
const BOT_TOKEN = "6912873450:AAcrashTestsNeedNoRealTokenAtAll1234";

interface Place {
  readonly program: Program;
  readonly dataDir: string;
  readonly database: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The program with a data folder of its own, and nobody to talk to. */
async function place(env: Record<string, string> = {}): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), "memoferry-start-"));
  const program = await createProgram({
    env: {
      BOT_TOKEN,
      MEMOS_URL: "http://127.0.0.1:9",
      TELEGRAM_API_URL: "http://127.0.0.1:9",
      DATA_DIR: dataDir,
      HTTP_PORT: "0",
      LOG_FORMAT: "json",
      ...env,
    },
  });
  return {
    program,
    dataDir,
    database: join(dataDir, "memoferry.db"),
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Starts and stops it once, so that there is a database. */
async function once({ program }: Place): Promise<void> {
  await program.start();
  await program.stop();
}

/** The start is refused with this code, and words that name what is wrong. */
async function expectRefused(program: Program, code: number, ...words: (string | RegExp)[]): Promise<void> {
  const refused = await program.run();
  expect(refused.text).not.toBe("");
  for (const word of words) expect(refused.text).toMatch(word);
  expect(refused.text).not.toContain(BOT_TOKEN.split(":")[1]);
  expect({ code: refused.code, signal: refused.signal }).toEqual({ code, signal: null });
}

describe("a start that cannot go well", () => {
  test("is refused while another process has the same DATA_DIR, which goes on undisturbed", async () => {
    await using first = await place();
    await first.program.start();
    const second = await createProgram({ env: first.program.env });
    await using _ = second;
    await expectRefused(second, 1, "DATA_DIR", first.dataDir);
    expect((await fetch(`${first.program.url}/healthz`)).status).toBe(200);
    // No token is in a core file of it.
    if (process.platform === "linux")
      expect(readFileSync(`/proc/${first.program.pid}/coredump_filter`, "utf8")).toMatch(/^0+\n$/);
    await first.program.kill();
    // The lock ends with its process, however that ended.
    await second.start();
    await second.stop();
  });

  test("is refused with HTTP_PORT named when the port is taken, and can be repeated", async () => {
    await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("taken") });
    await using one = await place({ HTTP_PORT: String(server.port) });
    await expectRefused(one.program, 1, "HTTP_PORT", String(server.port));
    await server.stop(true);
    await once(one);
  });

  test("is refused when DATA_DIR cannot be a folder", async () => {
    await using one = await place();
    const file = join(one.dataDir, "file");
    writeFileSync(file, "no folder");
    one.program.env["DATA_DIR"] = file;
    await expectRefused(one.program, 1, "DATA_DIR", file);
    one.program.env["DATA_DIR"] = join(file, "below");
    await expectRefused(one.program, 1, "DATA_DIR", file);
    expect(readFileSync(file, "utf8")).toBe("no folder");
  });

  test.skipIf(process.getuid?.() === 0)(
    "is refused when DATA_DIR is not writable (root may write everywhere: skipped for it)",
    async () => {
      await using one = await place();
      const folder = join(one.dataDir, "closed");
      mkdirSync(folder);
      chmodSync(folder, 0o500);
      one.program.env["DATA_DIR"] = folder;
      await expectRefused(one.program, 1, "DATA_DIR", folder);
    },
  );

  // On Linux /proc is a folder in which not even root can make one.
  test.skipIf(process.platform !== "linux")("is refused when DATA_DIR cannot be made", async () => {
    await using one = await place({ DATA_DIR: "/proc/memoferry-data" });
    await expectRefused(one.program, 1, "DATA_DIR", "/proc/memoferry-data");
  });

  test("is refused when the database file is no database, which stays as it is", async () => {
    await using one = await place();
    const garbage = Buffer.alloc(50_000, "this was a database once. ");
    writeFileSync(one.database, garbage);
    await expectRefused(one.program, 1, one.database, /damaged/, /backup/);
    expect(readFileSync(one.database).equals(garbage)).toBe(true);
  });

  test("is refused when the database is damaged where its tables are listed", async () => {
    await using one = await place();
    await once(one);
    const damaged = readFileSync(one.database);
    damaged.fill(0xa5, 100, 4096);
    writeFileSync(one.database, damaged);
    await expectRefused(one.program, 1, one.database, /damaged/, /backup/);
    expect(readFileSync(one.database).equals(damaged)).toBe(true);
  });

  test("is refused when a newer program wrote the database, which stays as it is", async () => {
    await using one = await place();
    await once(one);
    const database = new Database(one.database);
    database.run("INSERT INTO migrations VALUES ('9999_of_the_future', 9999, 0)");
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    const before = readFileSync(one.database);
    await expectRefused(one.program, 1, /newer/, "9999_of_the_future");
    expect(readFileSync(one.database).equals(before)).toBe(true);
    expect(readdirSync(one.dataDir).filter((name) => /-(wal|journal)$/.test(name))).toEqual([]);
  });

  test("is refused with 78 when SECRET_KEY is another one, until the right one is back", async () => {
    await using one = await place({ SECRET_KEY: "the first secret key" });
    await once(one);
    one.program.env["SECRET_KEY"] = "quite another secret key";
    await expectRefused(one.program, EX_CONFIG, "SECRET_KEY", "forget-tokens");
    one.program.env["SECRET_KEY"] = "the first secret key";
    await once(one);
  });

  test("is refused with 78 when the configuration is wrong, with every problem in it", async () => {
    await using one = await place({
      BOT_TOKEN: "",
      MEMOS_URL: "",
      MEMO_URL: "http://127.0.0.1",
      HTTP_PORT: "many",
    });
    await expectRefused(one.program, EX_CONFIG, "BOT_TOKEN", "did you mean MEMOS_URL", "HTTP_PORT");
    expect(readdirSync(one.dataDir)).toEqual([]);
  });
});

describe("the folder it is started in", () => {
  test("gives it nothing but its .env, which only its own configuration reads", async () => {
    await using one = await place();
    const { cwd, env } = one.program;
    const ran = join(cwd, "preload-ran");
    const put = (name: string, text: string) => writeFileSync(join(cwd, name), text);
    put("preload.ts", `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "")`);
    put("bunfig.toml", 'preload = ["./preload.ts"]\n[run]\npreload = ["./preload.ts"]\n');
    put("package.json", '{ "type": "commonjs", "imports": { "#x": "./preload.ts" } }');
    put("tsconfig.json", '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] } } }');
    // Bun itself would put HOME's value in place of its name, and take the other files too.
    const own = "own-$HOME-token-0123456789";
    put(
      ".env",
      `ADMIN_TOKEN='${own}'\nNODE_OPTIONS=--require=./preload.ts\nBUN_OPTIONS=--preload=./preload.ts\n`,
    );
    const foreign = "foreign-token-0123456789";
    for (const name of [".env.local", ".env.production", ".env.production.local", ".env.development"])
      put(name, `ADMIN_TOKEN=${foreign}\nMEMOS_URL=http://127.0.0.1:10\n`);
    expect(env["ADMIN_TOKEN"]).toBeUndefined();
    await one.program.start();
    const statusWith = async (token: string) =>
      (await fetch(`${one.program.url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } }))
        .status;
    expect(await statusWith(own)).toBe(200);
    expect(await statusWith(foreign)).toBe(401);
    await one.program.stop();
    expect(existsSync(ran)).toBe(false);
    // Nothing is left there either.
    expect(
      readdirSync(cwd)
        .filter((name) => !name.startsWith("."))
        .sort(),
    ).toEqual(["bunfig.toml", "package.json", "preload.ts", "tsconfig.json"]);
  });
});
