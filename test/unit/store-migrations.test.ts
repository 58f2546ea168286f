import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/store/db/database.ts";
import { type Migration, migrate, migrations } from "../../src/store/db/migrations.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import { removeDir, tempDir } from "../support/store.ts";

const DRIZZLE = join(import.meta.dir, "../../drizzle");

let dir: string;
let path: string;
beforeEach(() => {
  dir = tempDir();
  path = join(dir, "memoferry.db");
});
afterEach(() => removeDir(dir));

/** Every file of the folder with its bytes. */
function snapshot(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir)
      .sort()
      .map((name) => [name, readFileSync(join(dir, name)).toString("base64")]),
  );
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("the embedded migrations", () => {
  const journal: { entries: { idx: number; tag: string }[] } = JSON.parse(
    readFileSync(join(DRIZZLE, "meta/_journal.json"), "utf8"),
  );

  test("are those of the journal, in its order", () => {
    const entries = journal.entries.toSorted((a, b) => a.idx - b.idx);
    expect(migrations.map(({ tag }) => tag)).toEqual(entries.map(({ tag }) => tag));
  });

  test("have the text of the files in drizzle/, and there is no file beside them", () => {
    for (const { tag, sql } of migrations) {
      expect(sql).toBe(readFileSync(join(DRIZZLE, `${tag}.sql`), "utf8"));
    }
    const files = readdirSync(DRIZZLE).filter((name) => name.endsWith(".sql"));
    expect(files.toSorted()).toEqual(migrations.map(({ tag }) => `${tag}.sql`).toSorted());
  });
});

describe("opening a database", () => {
  test("applies each migration once and records it", () => {
    openDatabase(path).close();
    const database = openDatabase(path);
    const rows = database.sqlite.all<{ tag: string; position: number }>(
      "SELECT tag, position FROM migrations ORDER BY position",
    );
    database.close();
    expect(rows).toEqual(migrations.map(({ tag }, position) => ({ tag, position })));
  });

  test("refuses one that a newer program wrote, in words, and leaves every byte as it was", () => {
    openDatabase(path).close();
    const newer = openSqlite(path);
    newer.run("INSERT INTO migrations VALUES ('0099_next', 99, 0)");
    newer.close();
    const before = snapshot();
    const error = thrown(() => openDatabase(path));
    expect(error).toMatchObject({ code: "conflict" });
    expect(String(error)).toContain("written by a newer memoferry");
    expect(String(error)).toContain("0099_next");
    expect(snapshot()["memoferry.db"]).toBe(before["memoferry.db"]);
  });

  test("leaves the log of a newer program that was killed beside its database, for that program to recover", () => {
    const newer = openDatabase(path);
    newer.sqlite.run("INSERT INTO migrations VALUES ('0099_next', 99, 0)");
    const copy = join(dir, "killed.db");
    for (const suffix of ["", "-wal"]) writeFileSync(copy + suffix, readFileSync(path + suffix));
    newer.close();
    const before = snapshot();
    expect(thrown(() => openDatabase(copy))).toMatchObject({ code: "conflict" });
    expect(snapshot()).toMatchObject(before);
  });

  test("refuses a newer program's database in another journal mode without switching it", () => {
    const newer = openSqlite(path);
    newer.exec("PRAGMA journal_mode = DELETE");
    newer.exec(
      "CREATE TABLE migrations (tag TEXT PRIMARY KEY, position INTEGER NOT NULL, applied_at INTEGER)",
    );
    newer.exec("INSERT INTO migrations VALUES ('9000_other', 0, 0)");
    newer.close();
    const before = snapshot();
    expect(thrown(() => openDatabase(path))).toMatchObject({ code: "conflict" });
    expect(snapshot()).toEqual(before);
  });

  test("refuses a file that is no database, names it and leaves it alone", () => {
    writeFileSync(path, "this is no database, just text. ".repeat(200));
    const before = snapshot();
    const error = thrown(() => openDatabase(path));
    expect(error).toMatchObject({ code: "internal" });
    expect(String(error)).toContain(path);
    expect(String(error)).toContain("damaged");
    expect(snapshot()).toEqual(before);
  });

  test("refuses a database with a damaged page in the same words", () => {
    const sound = openDatabase(path);
    for (let at = 0; at < 200; at += 1) {
      sound.sqlite.run("INSERT INTO facts VALUES (?, ?)", `fact ${at}`, "x".repeat(100));
    }
    sound.close();
    const bytes = readFileSync(path);
    // Everything behind the first page: the header is sound, the tables are not.
    bytes.fill(0xa5, 4096);
    writeFileSync(path, bytes);
    const error = thrown(() => openDatabase(path));
    expect(error).toMatchObject({ name: "AppError", code: "internal" });
    expect(String(error)).toContain("damaged");
  });

  test("takes an empty file for a new database", () => {
    writeFileSync(path, "");
    const database = openDatabase(path);
    expect(database.sqlite.get("SELECT count(*) AS n FROM jobs")).toEqual({ n: 0 });
    database.close();
  });

  test("says whether the last run ended cleanly", () => {
    const first = openDatabase(path);
    expect(first.unclean).toBe(false);
    // A process that was killed never closes: its files are taken over as they lie there.
    const copy = join(dir, "copy.db");
    for (const suffix of ["", "-wal"]) {
      if (existsSync(path + suffix)) writeFileSync(copy + suffix, readFileSync(path + suffix));
    }
    const afterKill = openDatabase(copy);
    expect(afterKill.unclean).toBe(true);
    afterKill.close();
    first.close();
    const second = openDatabase(path);
    expect(second.unclean).toBe(false);
    second.close();
  });

  test("can be closed twice", () => {
    const database = openDatabase(path);
    database.close();
    expect(() => database.close()).not.toThrow();
  });
});

test("jobs of before know the comments that their plans made", () => {
  const sqlite = openSqlite(path);
  migrate(
    sqlite,
    migrations.filter(({ tag }) => tag < "0002"),
  );
  const rest = [
    { comment_id: "a1", name: null },
    { comment_id: "b2", name: "memos/theirs" },
  ];
  const plans = [JSON.stringify({ rest }), JSON.stringify({ rest: [] }), "sealed:1234", null];
  for (const [at, plan] of plans.entries()) {
    sqlite.run(
      `INSERT INTO jobs (bot_id, kind, job_key, queue, lane, chat_id, state, memo_name, plan, created_at)
         VALUES (1, 'message', ?, 'messages', '1', 1, 'done', 'memos/x', ?, 0)`,
      String(at),
      plan,
    );
  }
  migrate(sqlite);
  const made = sqlite.all<{ comments: string | null }>("SELECT comments FROM jobs ORDER BY id");
  expect(made.map(({ comments }) => comments && JSON.parse(comments))).toEqual([
    [
      { memo_name: "memos/a1", content_hash: null },
      { memo_name: "memos/theirs", content_hash: null },
    ],
    null,
    null,
    null,
  ]);
  sqlite.close();
});

describe("a failing migration", () => {
  const good: Migration = { tag: "0000_good", sql: "CREATE TABLE good (id INTEGER);" };
  const bad: Migration = {
    tag: "0001_bad",
    sql: "CREATE TABLE half (id INTEGER);\n--> statement-breakpoint\nINSERT INTO half VALUES (1);\n--> statement-breakpoint\nCREATE TABLE good (id INTEGER);",
  };

  test("leaves nothing of itself, and what was applied before it stays", () => {
    const sqlite = openSqlite(path);
    expect(() => migrate(sqlite, [good, bad])).toThrow();
    const tables = sqlite
      .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .map(({ name }) => name);
    expect(tables).toEqual(["good", "migrations"]);
    expect(sqlite.all("SELECT tag FROM migrations")).toEqual([{ tag: "0000_good" }]);
    sqlite.close();
  });

  test("goes on where it failed once it is mended", () => {
    const sqlite = openSqlite(path);
    expect(() => migrate(sqlite, [good, bad])).toThrow();
    migrate(sqlite, [good, { tag: "0001_bad", sql: "CREATE TABLE mended (id INTEGER);" }]);
    expect(sqlite.all("SELECT tag FROM migrations ORDER BY position")).toEqual([
      { tag: "0000_good" },
      { tag: "0001_bad" },
    ]);
    sqlite.close();
  });

  test("of a new database leaves an empty one", () => {
    const sqlite = openSqlite(path);
    expect(() =>
      migrate(sqlite, [{ tag: "0000_bad", sql: "CREATE TABLE a (id); SELECT nonsense;" }]),
    ).toThrow();
    expect(sqlite.all("SELECT name FROM sqlite_master")).toEqual([]);
    sqlite.close();
  });
});
