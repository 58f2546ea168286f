import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { AppError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { backUp, digestPath, writeDigest } from "../../src/store/db/backup.ts";
import { createEncryption } from "../../src/store/db/encryption.ts";
import { migrate, migrations } from "../../src/store/db/migrations.ts";
import { type RestoreOptions, restore } from "../../src/store/db/restore.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import { openStore } from "../../src/store/store.ts";
import { createFakeClock } from "../support/clock.ts";
import {
  BOB,
  BOT_ID,
  databasePath,
  removeDir,
  type StoreWorld,
  storeWorld,
  tempDir,
} from "../support/store.ts";

const KEY = new Secret("the key of all of these databases");
const folder = tempDir();
afterAll(() => removeDir(folder));

/** A backup of a database in which one person is bound. */
const backup = join(folder, "backup.db");
{
  using world = storeWorld({ secretKey: KEY });
  world.bind();
  writeDigest(backup, backUp(world.dataDir, backup));
}

/** A copy of it that something was done to. */
function changed(name: string, change: (copy: Database) => void): string {
  const file = join(folder, name);
  copyFileSync(backup, file);
  const copy = new Database(file);
  change(copy);
  copy.close();
  return file;
}

const options = (dataDir: string, more: Partial<RestoreOptions> = {}): RestoreOptions => ({
  dataDir,
  file: backup,
  secretKey: KEY,
  replaces: false,
  withoutKey: false,
  ...more,
});

function accounts(dataDir: string, secretKey: Secret | null = KEY): string[] {
  const store = openStore({ dataDir, botId: BOT_ID, secretKey, allowedUsers: null }, createFakeClock());
  const names = store.bindings.list().map(({ account }) => account);
  store.close();
  return names;
}

const held = (world: StoreWorld) =>
  readdirSync(world.dataDir)
    .filter((name) => name !== "lock")
    .map((name) => `${name} ${Bun.hash(readFileSync(join(world.dataDir, name)))}`);

describe("restore", () => {
  const otherKey = { secretKey: new Secret("quite another key than that") };

  test("puts a backup into a folder that is not there yet, for this user alone", () => {
    const dataDir = join(folder, "new", "data");
    expect(restore(options(dataDir))).toEqual({ replaced: null });
    expect(accounts(dataDir)).toEqual(["users/alice"]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(databasePath(dataDir)).mode & 0o777).toBe(0o600);
  });

  test("replaces a database only when told to, and keeps it, with what is in its log alone", () => {
    using world = storeWorld({ secretKey: KEY });
    world.bind(BOB, "users/bob");
    // As a killed process leaves it.
    const dataDir = join(folder, "killed");
    mkdirSync(dataDir);
    for (const end of ["", "-wal"])
      copyFileSync(`${databasePath(world.dataDir)}${end}`, `${databasePath(dataDir)}${end}`);
    expect(() => restore(options(dataDir))).toThrow("there is a database in");
    expect(accounts(dataDir)).toEqual(["users/bob"]);

    for (const end of ["", "-wal"])
      copyFileSync(`${databasePath(world.dataDir)}${end}`, `${databasePath(dataDir)}${end}`);
    const { replaced } = restore(options(dataDir, { replaces: true }));
    expect(replaced).toBe(`${databasePath(dataDir)}.replaced-1`);
    expect(accounts(dataDir)).toEqual(["users/alice"]);
    expect(restore(options(dataDir, { file: `${replaced}`, replaces: true })).replaced).toEndWith(
      ".replaced-2",
    );
    expect(accounts(dataDir)).toEqual(["users/bob"]);
    expect(readdirSync(dataDir).filter((name) => /restored|\.new$/.test(name))).toEqual([]);
  });

  test("takes a copy that was made without backup, whose log lies beside it", () => {
    using world = storeWorld({ secretKey: KEY });
    world.bind();
    const file = join(folder, "by-hand.db");
    for (const end of ["", "-wal"]) copyFileSync(`${databasePath(world.dataDir)}${end}`, `${file}${end}`);
    const dataDir = join(folder, "from-hand");
    restore(options(dataDir, { file }));
    expect(accounts(dataDir)).toEqual(["users/alice"]);
  });

  test.each([1, 9])("takes one of an older schema, of %p migrations", (count) => {
    const file = join(folder, `schema-${count}.db`);
    const older = openSqlite(file);
    migrate(older, migrations.slice(0, count));
    const sealed = createEncryption(KEY).seal("memoferry", "key check");
    older.run("INSERT INTO facts (name, value) VALUES ('key_check', ?)", sealed);
    older.close();
    const dataDir = join(folder, `data-${count}`);
    expect(() => restore(options(dataDir, { file, ...otherKey }))).toThrow("bring the one that belongs to");
    restore(options(dataDir, { file }));
    expect(accounts(dataDir)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)("by root gives all that it makes to the owner of the folder", () => {
    const dataDir = join(folder, "of-a-service");
    mkdirSync(dataDir);
    chownSync(dataDir, 1234, 1234);
    writeFileSync(join(dataDir, "secret-key"), KEY.reveal(), { mode: 0o600 });
    restore(options(dataDir, { secretKey: null }));
    const owners = readdirSync(dataDir).map((name) => `${name} ${statSync(join(dataDir, name)).uid}`);
    expect(owners.sort()).toEqual(["lock 1234", "memoferry.db 1234", "secret-key 1234"]);
  });

  const REFUSED: [string, Partial<RestoreOptions>, string][] = [
    ["no such file", { file: join(folder, "none") }, "cannot be read: ENOENT"],
    ["a folder", { file: folder }, "is no backup: it is not a database of SQLite"],
    ["a text", { file: import.meta.path }, "is no backup: it is not a database of SQLite"],
    [
      "another program's database",
      { file: changed("other.db", (copy) => copy.run("DROP TABLE migrations")) },
      "is no backup: it is the database of another program",
    ],
    [
      "a newer program's database",
      {
        file: changed("newer.db", (copy) =>
          copy.run("INSERT INTO migrations VALUES ('9999_later', 9999, 0)"),
        ),
      },
      'was written by a newer memoferry (it has "9999_later")',
    ],
    ["one with a damaged page", { file: withDamagedPage("page.db") }, "is damaged ("],
    ["one that is cut", { file: cut("cut.db") }, "is damaged (database disk image is malformed)"],
    ["another file than the checksum is of", { file: withDigest("sum.db") }, "does not have the checksum in"],
    ["another key", otherKey, "bring the one that belongs to"],
    [
      "no key",
      { secretKey: null },
      "the file secret-key in DATA_DIR is missing: bring the one that belongs to",
    ],
  ];

  /** It lists more rows of accounts than there are. */
  function withDamagedPage(name: string): string {
    let page = 0;
    const file = changed(name, (copy) => {
      const sql =
        "SELECT (rootpage - 1) * page_size AS at FROM sqlite_master, pragma_page_size WHERE name = 'accounts'";
      page = copy.query<{ at: number }, []>(sql).get()?.at ?? 0;
    });
    const bytes = readFileSync(file);
    bytes[page + 4] = 9;
    writeFileSync(file, bytes);
    return file;
  }

  function cut(name: string): string {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(backup).subarray(0, 3 * 4096));
    return file;
  }

  function withDigest(name: string): string {
    const file = changed(name, (copy) => copy.run("DELETE FROM bindings"));
    writeFileSync(digestPath(file), readFileSync(digestPath(backup)));
    return file;
  }

  test.each(REFUSED)("refuses %s, and changes nothing", (_, more, words) => {
    using world = storeWorld({ secretKey: KEY });
    world.bind(BOB, "users/bob");
    world.store.close();
    const before = held(world);
    expect(() => restore(options(world.dataDir, { replaces: true, ...more }))).toThrow(words);
    expect(held(world)).toEqual(before);
    const fresh = join(folder, "fresh");
    expect(() => restore(options(fresh, more))).toThrow(AppError);
    expect(existsSync(fresh)).toBe(false);
  });

  test("refuses the database itself, and one that a process holds", () => {
    using world = storeWorld({ secretKey: KEY });
    world.bind(BOB, "users/bob");
    const file = databasePath(world.dataDir);
    const running = () => restore(options(world.dataDir, { replaces: true }));
    expect(running).toThrow("another memoferry is running");
    world.store.close();
    expect(() => restore(options(world.dataDir, { file, replaces: true }))).toThrow("is the database itself");
    expect(accounts(world.dataDir)).toEqual(["users/bob"]);
  });

  test("takes one of a lost key when told to; forget-tokens goes on from there", () => {
    const dataDir = join(folder, "lost-key");
    restore(options(dataDir, { ...otherKey, withoutKey: true }));
    expect(() => accounts(dataDir, otherKey.secretKey)).toThrow("`memoferry forget-tokens`");
  });
});

test("sha256sum reads the checksum beside a backup", () => {
  const checked = Bun.spawnSync(["sha256sum", "-c", "backup.db.sha256"], { cwd: folder });
  expect(checked.stdout.toString()).toBe("backup.db: OK\n");
});

test("a foreign database is not backed up", () => {
  const dataDir = join(folder, "foreign");
  mkdirSync(dataDir);
  const foreign = new Database(databasePath(dataDir), { create: true });
  foreign.run("CREATE TABLE notes (text)");
  foreign.close();
  expect(() => backUp(dataDir, join(folder, "copy.db"))).toThrow("holds a database of another program");
  expect(existsSync(join(folder, "copy.db"))).toBe(false);
  rmSync(dataDir, { recursive: true });
});
