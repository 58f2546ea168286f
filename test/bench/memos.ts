// The Memos of a measurement, new and empty: the fake, or a real one where BENCH_MEMOS names its executable.
import { Database } from "bun:sqlite";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newAccount } from "../conformance/servers.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { until } from "../support/app.ts";

const START_LIMIT_MS = 60_000;
const MADE_LIMIT_MS = 3_600_000;
const LOOK_MS = 5;
/** How exactly it is told when a memo was made. */
const LOOK_CLOSELY_MS = 0.5;

export const isReal = process.env["BENCH_MEMOS"] !== undefined;

/** `version`: of the fake. */
export const startMemos = (version: string) => {
  const executable = process.env["BENCH_MEMOS"];
  return executable === undefined ? startFake(version) : startReal(executable);
};

async function startFake(version: string) {
  const memos = await startFakeMemos({ version });
  const waiting = new Map<number, () => void>();
  const marks = new Map<string, () => void>();
  let [count, users] = [0, 0];
  memos.onRequest = ({ method, path, status, body }, phase) => {
    const isMade = phase === "after" && method === "POST" && path === "/api/v1/memos" && status === 200;
    if (!isMade) return;
    count += 1;
    for (const [number, done] of waiting) if (count >= number) done();
    for (const [mark, done] of marks) {
      if (!Buffer.from(body).includes(mark)) continue;
      marks.delete(mark);
      done();
    }
  };
  return {
    fake: memos,
    url: memos.url,
    token: async () => {
      users += 1;
      return memos.addUser(`user${users}`).token;
    },
    /** Resolves once so many memos were made. */
    made: (number: number) =>
      new Promise<void>((resolve) => {
        if (count >= number) resolve();
        else waiting.set(number, resolve);
      }),
    /** Resolves once a memo was made whose content has this mark, of which no memo was made yet. */
    holds: (mark: string) => new Promise<void>((resolve) => marks.set(mark, resolve)),
    /** Different contents, and bytes of files. */
    kept() {
      const all = memos.memos();
      return {
        contents: new Set(all.map(({ content, name }) => content || name)).size,
        bytes: all.flatMap((memo) => memo.attachments).reduce((sum, file) => sum + file.size, 0),
      };
    },
    stop: () => memos.stop(),
  };
}

/** All chats are of one account. What is in it is read from its database, which costs the server nothing. */
async function startReal(executable: string) {
  const data = mkdtempSync(join(tmpdir(), "memoferry-bench-memos-"));
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  const url = `http://127.0.0.1:${port}`;
  const server = Bun.spawn([executable], {
    env: { MEMOS_PORT: `${port}`, MEMOS_DATA: data, MEMOS_MODE: "prod", MEMOS_INSTANCE_URL: url, HOME: data },
    stdio: ["ignore", "ignore", "ignore"],
  });
  process.on("exit", () => {
    server.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true });
  });
  const profile = () =>
    fetch(`${url}/api/v1/instance/profile`)
      .then((answer) => answer.json() as Promise<{ version?: string }>)
      .catch(() => null);
  const { version = "" } = await until("Memos to answer", profile, START_LIMIT_MS);
  const admin = { username: "bench", password: "bench-password-1" };
  const token = newAccount({ version, url, access: { admin } });
  await token;
  const file = readdirSync(data).find((name) => name.endsWith(".db")) ?? "";
  const database = new Database(join(data, file), { readonly: true });
  const count = database.query<{ memos: number }, []>("SELECT count(*) AS memos FROM memo");
  return {
    fake: null,
    url,
    token: async () => (await token).reveal(),
    made: async (number: number) => {
      await until(`${number} memos`, () => (count.get()?.memos ?? 0) >= number, MADE_LIMIT_MS, LOOK_MS);
    },
    async holds(mark: string) {
      const newest =
        database.query<{ id: number | null }, []>("SELECT max(id) AS id FROM memo").get()?.id ?? 0;
      const found = database.query<object, [number, string]>(
        "SELECT 1 FROM memo WHERE id > ? AND content LIKE '%' || ? || '%'",
      );
      await until(mark, () => found.get(newest, mark) ?? undefined, START_LIMIT_MS, LOOK_CLOSELY_MS);
    },
    kept: () =>
      database
        .query<{ contents: number; bytes: number }, []>(
          `SELECT count(DISTINCT content) AS contents,
            (SELECT coalesce(sum(size), 0) FROM attachment) AS bytes FROM memo`,
        )
        .get() ?? { contents: 0, bytes: 0 },
    async stop() {
      server.kill("SIGKILL");
      await server.exited;
      database.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
