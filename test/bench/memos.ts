// The Memos of a measurement, new and empty: the fake, or a real one where BENCH_MEMOS names its executable.
import { Database } from "bun:sqlite";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newAccount } from "../conformance/servers.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { until } from "../support/app.ts";

const START_LIMIT_MS = 60_000;
const HELD_LIMIT_MS = 60_000;
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
  const marks = new Map<string, () => void>();
  let [made, users] = [0, 0];
  memos.onRequest = ({ method, path, status, body }, phase) => {
    const isMade = phase === "after" && method === "POST" && path === "/api/v1/memos" && status === 200;
    if (!isMade) return;
    made += 1;
    for (const [mark, done] of marks) {
      if (!Buffer.from(body).includes(mark)) continue;
      marks.delete(mark);
      done();
    }
  };
  return {
    fake: memos,
    /** Of a process of its own. */
    pid: null,
    url: memos.url,
    token: async () => {
      users += 1;
      return memos.addUser(`user${users}`).token;
    },
    /** How many memos were made so far. */
    made: () => made,
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
  // The table's end is found at once, however long it is: looking often takes nothing from what is measured.
  const end = database.query<{ id: number | null }, []>("SELECT max(id) AS id FROM memo");
  const newest = () => end.get()?.id ?? 0;
  const before = newest();
  // Up to 0.25 files were called resources.
  const files = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE name IN ('attachment', 'resource')")
    .get();
  const found = database.query<object, [number, string]>(
    "SELECT 1 FROM memo WHERE id > ? AND content LIKE '%' || ? || '%'",
  );
  return {
    fake: null,
    pid: server.pid,
    url,
    token: async () => (await token).reveal(),
    made: () => newest() - before,
    async holds(mark: string) {
      const last = newest();
      await until(mark, () => found.get(last, mark) ?? undefined, HELD_LIMIT_MS, LOOK_CLOSELY_MS);
    },
    kept: () =>
      database
        .query<{ contents: number; bytes: number }, [number]>(
          `SELECT count(DISTINCT content) AS contents,
            (SELECT coalesce(sum(size), 0) FROM ${files?.name}) AS bytes FROM memo WHERE id > ?`,
        )
        .get(before) ?? { contents: 0, bytes: 0 },
    async stop() {
      server.kill("SIGKILL");
      await server.exited;
      database.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
