import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { backUp } from "../../src/store/db/backup.ts";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { holdDatabase } from "../../src/store/db/database.ts";
import { openSqlite, type Sqlite } from "../../src/store/db/sqlite.ts";
import { storeWorld } from "../support/store.ts";
import { createDiskState } from "./disk.ts";
import { needsStrace, strace } from "./power.ts";
import { createTraceReader, type FileCall, underStrace } from "./trace.ts";

const folder = mkdtempSync(join(tmpdir(), "memoferry-restore-"));
afterAll(() => rmSync(folder, { recursive: true }));
const dataDir = join(folder, "data");
const KEY = "the key of both of these databases";
const BEGUN = join(dataDir, "begun");

const src = (path: string) => JSON.stringify(join(import.meta.dirname, "../../src", path));
const OPTIONS = `{ dataDir: ${JSON.stringify(dataDir)}, botId: 1, secretKey: new Secret("${KEY}"), allowedUsers: null }`;

/** Killed, it leaves bob in its log alone. */
const MAKE_AND_DIE = `
  import { mkdirSync } from "node:fs";
  import { systemClock } from ${src("base/clock.ts")};
  import { Secret } from ${src("base/secret.ts")};
  import { openStore } from ${src("store/store.ts")};
  const store = openStore(${OPTIONS}, systemClock);
  const bob = { account: "users/bob", display_name: "Bob", memos_username: "bob", memos_version: "0.30.0" };
  store.bindings.save(1, new Secret("memos_pat_of_bob_himself"), { server: "http://m", ...bob });
  mkdirSync(${JSON.stringify(BEGUN)});
  process.kill(process.pid, "SIGKILL");`;

const RESTORE = (file: string) => `
  import { Secret } from ${src("base/secret.ts")};
  import { restore } from ${src("store/db/restore.ts")};
  restore({ ...${OPTIONS}, file: ${JSON.stringify(file)}, replaces: true, withoutKey: false });`;

/** All that is done to DATA_DIR where a database, of bob's, is made, and a backup restored over it, of alice's. */
async function callsOfRestore(): Promise<FileCall[]> {
  const file = join(folder, "backup.db");
  {
    using world = storeWorld({ secretKey: new Secret(KEY) });
    world.bind(1, "users/alice");
    backUp(world.dataDir, file);
  }
  mkdirSync(dataDir, { mode: 0o700 });
  const traceFile = join(folder, "trace");
  for (const [code, signal] of [
    [MAKE_AND_DIE, "SIGKILL"],
    [RESTORE(file), null],
  ] as const) {
    const under = underStrace(strace(), traceFile);
    const child = Bun.spawn([...under, process.execPath, "-e", code], { stderr: "pipe" });
    const said = await new Response(child.stderr).text();
    await child.exited;
    expect({ said, signal: child.signalCode }).toEqual({ said: "", signal });
  }
  return createTraceReader(dataDir).read(readFileSync(traceFile, "latin1"));
}

/** Whose database the next start finds, and whose it keeps beside it. */
function found(): { whose: string; kept: string | null } {
  const database = holdDatabase(dataDir);
  try {
    expect(database.sqlite.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    return { whose: namesIn(database.sqlite), kept: existsSync(KEPT) ? namesAt(KEPT) : null };
  } finally {
    database.close();
  }
}

const KEPT = `${databasePath(dataDir)}.replaced-1`;
const namesIn = ({ all }: Pick<Sqlite, "all">) =>
  all<{ name: string }>("SELECT name FROM accounts")
    .map(({ name }) => name)
    .join();

function namesAt(path: string): string {
  const sqlite = openSqlite(path);
  const names = namesIn(sqlite);
  sqlite.close();
  return names;
}

const OLD = { whose: "users/bob", kept: null };
const NEW = { whose: "users/alice", kept: "users/bob" };

describe.skipIf(needsStrace.skip)("a restore that is cut off", () => {
  test("at any call, by a kill or a power cut, leaves the old database or the new one, and keeps the old one", async () => {
    const calls = await callsOfRestore();
    const begun = calls.findIndex(({ path }) => path === BEGUN);
    expect(begun).toBeGreaterThan(0);
    const outcomes = { all: new Set<string>(), nothing: new Set<string>() };
    for (let end = begun + 1; end <= calls.length; end += 1) {
      // Between the writes of one file there is nothing to tell apart.
      if (calls[end - 1]?.call === "write" && calls[end]?.call === "write") continue;
      for (const keep of ["all", "nothing"] as const) {
        const disk = createDiskState(dataDir);
        for (const call of calls.slice(0, end)) disk.follow(call);
        disk.cut({ keep });
        const outcome = found();
        expect([OLD, NEW]).toContainEqual(outcome);
        outcomes[keep].add(outcome.whose);
      }
    }
    for (const keep of ["all", "nothing"] as const)
      expect([...outcomes[keep]].sort(), keep).toEqual(["users/alice", "users/bob"]);
    expect(found()).toEqual(NEW);
  });
});
