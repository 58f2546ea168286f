import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { holdDatabase } from "../../src/store/db/database.ts";
import { migrate, migrations } from "../../src/store/db/migrations.ts";
import { bots } from "../../src/store/db/schema.ts";
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

const openDatabase = (path: string) => holdDatabase(dirname(path));

/** Every file of the folder but the lock, with its bytes. */
function snapshot(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir)
      .filter((name) => name !== "lock")
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

  test("says whether the last run ended cleanly", () => {
    const first = openDatabase(path);
    expect(first.unclean).toBe(false);
    // A process that was killed never closes: its files are taken over as they lie there.
    const copy = join(dir, "copy", "memoferry.db");
    mkdirSync(dirname(copy));
    for (const suffix of ["", "-wal"]) {
      if (existsSync(path + suffix)) writeFileSync(copy + suffix, readFileSync(path + suffix));
    }
    const afterKill = openDatabase(copy);
    expect(afterKill.unclean).toBe(true);
    afterKill.close();
    // Nobody has put right what the kill left.
    const again = openDatabase(copy);
    expect(again.unclean).toBe(true);
    again.recovered();
    again.close();
    const recovered = openDatabase(copy);
    expect(recovered.unclean).toBe(false);
    recovered.close();
    first.close();
    const second = openDatabase(path);
    expect(second.unclean).toBe(false);
    second.close();
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
  const made = sqlite.all<{ written: string | null }>("SELECT written FROM jobs ORDER BY id");
  expect(made.map(({ written }) => JSON.parse(written ?? "null").rest)).toEqual([
    { "#0": { name: "memos/a1", hash: "" }, "#1": { name: "memos/theirs", hash: "" } },
    {},
    {},
    {},
  ]);
  sqlite.close();
});

test("a job knows the memo that its own stands under, and messages are still joined to it", () => {
  const sqlite = openSqlite(path);
  migrate(
    sqlite,
    migrations.filter(({ tag }) => tag < "0012"),
  );
  sqlite.exec(`
    INSERT INTO chats (id, bot_id, chat_id) VALUES (1, 1, 5);
    INSERT INTO accounts (id, server, name, id_name, display_name) VALUES (1, 'S', 'users/1', 'users/1', 'Ann');
    INSERT INTO jobs (id, chat_key, kind, job_key, queue, lane, account_key, state, memo_name, created_at) VALUES
      (1, 1, 'message', '1', 'messages', 1, 1, 'done', 'memos/a', 0),
      (2, 1, 'message', '2', 'messages', 1, 1, 'done', 'memos/b', 0),
      (3, 1, 'message', '3', 'messages', 1, 1, 'done', 'memos/again', 0);
    INSERT INTO links (chat_key, message_id, job_id, account_key, memo_name, parent_name, confirmation) VALUES
      (1, 1, 1, 1, 'memos/a', NULL, 0), (1, 2, 2, 1, 'memos/b', 'memos/a', 0), (1, 3, 3, 1, 'memos/gone', 'memos/a', 0),
      (1, 4, 2, 1, 'memos/b', NULL, 1), (1, 5, 3, 1, 'memos/again', NULL, 0);`);
  migrate(sqlite);
  expect(sqlite.all("SELECT id, parent_name FROM jobs ORDER BY id")).toEqual([
    { id: 1, parent_name: null },
    { id: 2, parent_name: "memos/a" },
    // Saved again, as a memo of its own.
    { id: 3, parent_name: null },
  ]);
  expect(sqlite.all("SELECT message_id, job_id, confirmation FROM links ORDER BY message_id")).toEqual([
    { message_id: 1, job_id: 1, confirmation: 0 },
    { message_id: 2, job_id: 2, confirmation: 0 },
    { message_id: 3, job_id: 3, confirmation: 0 },
    { message_id: 4, job_id: 2, confirmation: 1 },
    { message_id: 5, job_id: 3, confirmation: 0 },
  ]);
  expect(sqlite.all("PRAGMA foreign_key_check")).toEqual([]);
  sqlite.close();
});

describe("a failing migration", () => {
  const good = { tag: "0000_good", sql: "CREATE TABLE good (id INTEGER);" };
  const bad = {
    tag: "0001_bad",
    sql: "CREATE TABLE half (id INTEGER);\n--> statement-breakpoint\nINSERT INTO half VALUES (1);\n--> statement-breakpoint\nCREATE TABLE good (id INTEGER);",
  };

  test("leaves nothing of itself, nor of another one of the same start, and what was applied before stays", () => {
    const sqlite = openSqlite(path);
    const another = { tag: "0001_another", sql: "CREATE TABLE another (id INTEGER);" };
    migrate(sqlite, [good]);
    expect(() => migrate(sqlite, [good, another, { ...bad, tag: "0002_bad" }])).toThrow();
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
});

describe("the small schema", () => {
  const BEFORE = migrations.filter(({ tag }) => tag < "0009");

  /** A database of the version before, with these rows in it, as today's finds it. */
  function migrated(rows: string) {
    const older = openSqlite(path);
    migrate(older, BEFORE);
    older.exec("INSERT INTO bots (bot_id, id_key) VALUES (1, 'k'), (2, 'k')");
    older.exec(rows);
    older.close();
    return openDatabase(path);
  }

  const JOB =
    "INSERT INTO jobs (id, bot_id, kind, job_key, queue, chat_id, lane, server, account, state, created_at";

  test("begins with a copy of the database, which the version before opens", () => {
    const database = migrated(
      `${JOB}) VALUES (7, 1, 'message', '1', 'messages', 5, '5', 'S', 'users/1', 'waiting', 0)`,
    );
    database.close();
    const copy = openSqlite(`${path}.before-0009`);
    expect(copy.all("SELECT id, lane FROM jobs")).toEqual([{ id: 7, lane: "5" }]);
    copy.close();
    rmSync(`${path}.before-0009`);
    openDatabase(path).close();
    expect(Object.keys(snapshot())).toEqual(["memoferry.db"]);
  });

  test("keeps how updates came in, and the last absence", () => {
    const database = migrated(
      "UPDATE bots SET receive_mode = 'webhook', receive_since = 3, receive_reason = 'why', receive_hold_ms = 4, away_from = 1, away_until = 90000000 WHERE bot_id = 1",
    );
    expect(database.drizzle.select().from(bots).all()).toMatchObject([
      {
        receive: { mode: "webhook", since: 3, reason: "why", hold_ms: 4 },
        absence: { from: 1, until: 90_000_000, lostBefore: 3_600_000 },
      },
      { receive: null, absence: null },
    ]);
    database.close();
  });

  test("gives each job the key of its chat and account, and its lane", () => {
    const database = migrated(`
      INSERT INTO facts VALUES ('supergroup_of:-5', '-1005');
      ${JOB}, aside) VALUES
        (1, 1, 'message', '1', 'messages', 5, '5', 'S', 'users/1', 'waiting', 0, 0),
        (2, 1, 'message', '2', 'messages', 5, '5:2', 'S', 'users/1', 'working', 0, 0),
        (3, 1, 'message', '3', 'messages', 5, '5', 'S', 'users/bob', 'waiting', 0, 1),
        (4, 1, 'message', '4', 'messages', -5, '-1005', 'S', 'users/bob', 'waiting', 0, 0),
        (5, 2, 'message', '1', 'messages', 5, '5', NULL, NULL, 'dead', 0, 0),
        (6, 1, 'nothing', '0:6', 'none', NULL, '', NULL, NULL, 'done', 0, 0),
        (7, 1, 'nothing', '0:6', 'none', NULL, '', NULL, NULL, 'done', 0, 0),
        (99, 1, 'press', 'x', 'commands', 5, '5', NULL, NULL, 'done', 0, 0);
      DELETE FROM jobs WHERE id = 99;`);
    expect(
      database.sqlite.all(
        `SELECT jobs.id, bot_id, chat_id, name, id_name, iif(lane < 0, lane,
             (SELECT chat_id FROM chats AS of WHERE of.id = lane AND of.bot_id = chats.bot_id)) AS lane
           FROM jobs JOIN chats ON chats.id = chat_key LEFT JOIN accounts ON accounts.id = account_key ORDER BY 1`,
      ),
    ).toEqual([
      { id: 1, bot_id: 1, chat_id: 5, name: "users/1", id_name: "users/1", lane: 5 },
      { id: 2, bot_id: 1, chat_id: 5, name: "users/1", id_name: "users/1", lane: -2 },
      { id: 3, bot_id: 1, chat_id: 5, name: "users/bob", id_name: "users/bob", lane: -3 },
      { id: 4, bot_id: 1, chat_id: -5, name: "users/bob", id_name: "users/bob", lane: -1005 },
      { id: 5, bot_id: 2, chat_id: 5, name: null, id_name: null, lane: 5 },
      { id: 6, bot_id: 1, chat_id: 0, name: null, id_name: null, lane: 0 },
      { id: 7, bot_id: 1, chat_id: 0, name: null, id_name: null, lane: 0 },
    ]);
    expect(database.sqlite.all("SELECT display_name FROM accounts ORDER BY id")).toEqual([
      { display_name: "users/1" },
      { display_name: "bob" },
    ]);
    // That a job is at work is known in memory only.
    expect(database.sqlite.get("SELECT state FROM jobs WHERE id = 2")).toEqual({ state: "waiting" });
    // The id of a job that is gone is in no other button.
    database.sqlite.run(
      "INSERT INTO jobs (chat_key, kind, job_key, queue, lane, state, created_at) VALUES (1, 'press', 'y', 'commands', 1, 'done', 0)",
    );
    expect(database.sqlite.get<{ id: number }>("SELECT max(id) AS id FROM jobs")?.id).toBeGreaterThan(99);
    expect(database.sqlite.all("SELECT name FROM facts WHERE name LIKE 'supergroup%'")).toEqual([]);
    database.close();
  });

  test("keeps each update that stands for something of its own, whatever number it has", () => {
    const update =
      "INSERT INTO updates (seq, source, bot_id, epoch, update_id, kind, fingerprint, job_id, chat_id, received_at, payload)";
    const database = migrated(`
      ${JOB}) VALUES (1, 1, 'message', '1', 'messages', 5, '5', NULL, NULL, 'waiting', 0);
      ${update} VALUES
        (1, 'telegram', 1, 0, '10', 'message', 'message/5/1/7', 1, 5, 0, 'first'),
        (2, 'telegram', 1, 1, '10', 'message', 'message/5/2/8', 1, 5, 0, 'second'),
        (3, 'telegram', 1, 2, '10', 'message', 'message/5/1/7', 1, 5, 0, 'first again'),
        (4, 'telegram', 1, 2, '11', 'poll', 'poll', 1, NULL, 0, NULL);`);
    expect(
      database.sqlite.all(
        "SELECT seq, payload, chat_id FROM updates JOIN chats ON chats.id = chat_key ORDER BY seq",
      ),
    ).toEqual([
      { seq: 1, payload: "first", chat_id: 5 },
      { seq: 2, payload: "second", chat_id: 5 },
      { seq: 4, payload: null, chat_id: 0 },
    ]);
    database.close();
  });

  test("makes jobs of what was to be deleted, and of tokens that could not be checked", () => {
    const database = migrated(`
      INSERT INTO deletions (bot_id, job_id, telegram_id, server, account, memo_name, chat_id, content_hash, state_before,
          comments, state, delete_at, due_at) VALUES
        (1, 1, 5, 'S', 'users/1', 'memos/a', 5, 'h', 'NORMAL', '[{"memo_name":"memos/b"}]', 'waiting', 60, 60),
        (1, 2, 5, 'S', 'users/1', 'memos/c', 5, 'h', 'NORMAL', '[]', 'restoring', 60, 60);
      INSERT INTO offered_tokens VALUES (8, NULL, 8, 'sealed', 1, 2);`);
    const jobs = database.sqlite.all<{ kind: string; plan: string | null }>(
      `SELECT kind, queue, state, old_plan AS plan, lane = -jobs.id AS beside, chat_id FROM jobs JOIN chats ON chats.id = chat_key ORDER BY jobs.id`,
    );
    const own = { queue: "commands", state: "waiting", beside: 1 };
    expect(jobs.map(({ plan, ...job }) => ({ ...job, plan: plan && JSON.parse(plan) }))).toMatchObject([
      {
        ...own,
        kind: "deletion",
        chat_id: 5,
        plan: { memo_name: "memos/a", restore: false, not_before: 60, comments: [{ memo_name: "memos/b" }] },
      },
      { ...own, kind: "deletion", plan: { memo_name: "memos/c", restore: true, not_before: 0 } },
      { ...own, kind: "command", chat_id: 8, plan: null },
    ]);
    const [update] = database.sqlite.all<{ payload: string }>("SELECT payload FROM updates");
    expect(JSON.parse(update?.payload ?? "{}")).toMatchObject({
      message: { text: "/bind", chat: { id: 8 } },
    });
    database.close();
  });

  test("knows of what is done what was written, and keeps the plan of what is not", () => {
    const plan = (more: object) =>
      JSON.stringify({
        content: "secret",
        n: 1,
        seq: 4,
        settings: { tags: ["t"] },
        reply: { parent: "memos/p", quote: "chosen", refused: null },
        rest: [{ message_ids: [] }, { message_ids: [2, 3] }, { message_ids: [2, 3] }],
        files: [
          { attachment_id: "a", name: null, left_out: null },
          { attachment_id: "b", name: "attachments/theirs", left_out: null },
          { attachment_id: "c", name: null, left_out: "too large" },
        ],
        ...more,
      });
    const comments = ["x", "y", "z"].map((id) => ({ memo_name: `memos/${id}`, content_hash: id }));
    const database = migrated(`
      ${JOB}, memo_name, plan, comments) VALUES
        (1, 1, 'message', '1', 'messages', 5, '5', 'S', 'users/1', 'done', 0, 'memos/m',
          '${plan({ done: true })}', '${JSON.stringify(comments)}'),
        (2, 1, 'message', '2', 'messages', 5, '5', 'S', 'users/1', 'waiting', 7, NULL, '${plan({ done: false })}', NULL),
        (3, 1, 'message', '3', 'messages', 5, '5', 'S', 'users/1', 'waiting', 7, NULL, NULL, NULL);
      INSERT INTO memo_links (bot_id, chat_id, message_id, job_id, server, account, memo_name, content_hash)
        VALUES (1, 5, 1, 1, 'S', 'users/1', 'memos/m', 'h');`);
    const [done, begun, waiting] = database.sqlite.all<{
      settings: string;
      tried: string;
      written: string;
      old_plan: string | null;
    }>("SELECT settings, id_generation, tried, written, covered, began_at, old_plan FROM jobs ORDER BY id");
    const read: Record<string, unknown> = {
      ...done,
      settings: JSON.parse(done?.settings ?? ""),
      tried: JSON.parse(done?.tried ?? ""),
      written: JSON.parse(done?.written ?? ""),
    };
    expect(read).toEqual({
      settings: { tags: ["t"] },
      id_generation: 1,
      tried: { place: { parent: "memos/p", quote: "chosen", refused: null }, in_own_comments: [[2, 3]] },
      written: {
        main: "h",
        at: null,
        rest: {
          "#0": { name: "memos/x", hash: "x" },
          "2,3#0": { name: "memos/y", hash: "y" },
          "2,3#1": { name: "memos/z", hash: "z" },
        },
        files: { a: "attachments/a", b: "attachments/theirs" },
      },
      covered: 4,
      began_at: null,
      old_plan: null,
    });
    expect(begun).toMatchObject({ written: null, began_at: 7 });
    expect(JSON.parse(begun?.old_plan ?? "").content).toBe("secret");
    expect(waiting).toMatchObject({ written: null, began_at: null, old_plan: null });
    database.close();
  });

  test("keeps an account by the name of its person", () => {
    const database = migrated(`
      INSERT INTO bindings (telegram_id, server, account, display_name, memos_username, access_token, created_at, updated_at)
        VALUES (5, 'S', 'users/1', 'Alice L.', 'alice', 'sealed', 0, 0);
      INSERT INTO account_names VALUES ('S', 'users/2', 'Bob');
      ${JOB}) VALUES
        (1, 1, 'message', '1', 'messages', 5, '5', 'S', 'users/1', 'dead', 0),
        (2, 1, 'message', '2', 'messages', 5, '5', 'S', 'users/2', 'done', 0);
      INSERT INTO claims VALUES ('S', 'memos/a', 1), ('S', 'attachments/b', 1), ('S', 'memos/c', 2);
      INSERT INTO memo_links (bot_id, chat_id, message_id, job_id, server, account, memo_name)
        VALUES (1, 5, 2, 2, 'S', 'users/2', 'memos/c');`);
    const { sqlite } = database;
    expect(sqlite.all("SELECT name, display_name, memos_username FROM accounts ORDER BY name")).toEqual([
      { name: "users/1", display_name: "Alice L.", memos_username: "alice" },
      { name: "users/2", display_name: "Bob", memos_username: null },
    ]);
    expect(
      sqlite.all(
        "SELECT name FROM links JOIN jobs ON jobs.id = job_id JOIN accounts ON accounts.id = account_key",
      ),
    ).toEqual([{ name: "users/2" }]);
    expect(sqlite.all("PRAGMA foreign_key_check")).toEqual([]);
    database.close();
  });
});
