import { describe, expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { copyTo } from "../../src/store/db/backup.ts";
import { renewedPath } from "../../src/store/db/files.ts";
import { openStore } from "../../src/store/store.ts";
import { createFakeClock } from "../support/clock.ts";
import {
  BOT_ID,
  databasePath,
  removeDir,
  type StoreWorld,
  storeWorld,
  tempDir,
  update,
} from "../support/store.ts";

const optionsOf = (dataDir: string) => ({ dataDir, botId: BOT_ID, secretKey: null, allowedUsers: null });
const stored = ({ all }: Pick<StoreWorld, "all">) => all("SELECT seq FROM updates").length;

/** A program of its own, in a process whose files may have so many KiB: as on a disk, more cannot be written. */
async function withShortFiles(kib: number, code: string): Promise<unknown> {
  const support = JSON.stringify(join(import.meta.dir, "../support/store.ts"));
  const program = `import { storeWorld, update, databasePath } from ${support}; import { statSync } from "node:fs";\n${code}`;
  const limited = `trap '' XFSZ; ulimit -f ${kib * 2}; exec "$0" -e "$1"`;
  const child = Bun.spawn(["sh", "-c", limited, process.execPath, program], {
    stdout: "pipe",
    stderr: "inherit",
  });
  return JSON.parse(await new Response(child.stdout).text());
}

describe("a database whose disk failed", () => {
  test.skipIf(process.platform === "win32")(
    "takes nothing until what it holds is in a new file, and then goes on with all of it",
    async () => {
      const found = await withShortFiles(
        1024,
        `
          const world = storeWorld();
          world.bind();
          const { database, inbox, bots } = world.store;
          const big = () => update({ text: "x".repeat(4000) });
          const file = () => statSync(databasePath(world.dataDir)).ino;
          const rows = () => world.all("SELECT count(*) AS count FROM updates")[0].count;
          const first = file();
          let taken = 0;
          let error;
          while (!error) {
            try {
              world.accept(Array.from({ length: 10 }, big));
              taken += 10;
            } catch (thrown) {
              error = thrown.code;
            }
          }
          const refused = [];
          const attempt = (work) => { try { work(); } catch (thrown) { refused.push(thrown.message.slice(0, 12)); } };
          attempt(() => world.accept([big()]));
          attempt(() => database.lazy(() => 1));
          attempt(() => bots.setReceive({ mode: "polling", since: 1, reason: "" }));
          const said = [database.refusal(), database.trouble()].map((text) => text.includes("disk I/O error"));
          const before = rows();
          const mended = database.mend();
          world.accept([big()]);
          const last = database.sqlite.get("PRAGMA synchronous").synchronous;
          console.log(JSON.stringify({
            error, refused, said, mended, last, kept: before - taken, after: rows() - taken,
            isNew: file() !== first, refusal: database.refusal(), trouble: database.trouble(),
            log: database.sqlite.get("PRAGMA journal_mode").journal_mode,
          }));
          world.store.close();
          console.error = () => {};
        `,
      );
      expect(found).toEqual({
        error: "SQLITE_IOERR_WRITE",
        refused: ["the database", "the database", "attempt to w"],
        said: [true, true],
        kept: 0,
        mended: true,
        after: 1,
        isNew: true,
        refusal: null,
        trouble: null,
        last: 2,
        log: "wal",
      });
    },
  );

  test("is said while the new file cannot be made, and tried again", () => {
    using world = storeWorld();
    world.accept([update()]);
    fail(world);
    const inTheWay = `${databasePath(world.dataDir)}.renewed.new`;
    mkdirSync(inTheWay);
    expect(world.store.database.mend()).toBe(false);
    expect(() => world.accept([update()])).toThrow("nothing is taken until what it holds is in a new file");
    rmdirSync(inTheWay);
    expect(world.store.database.mend()).toBe(true);
    world.accept([update()]);
    expect(stored(world)).toBe(2);
    expect(readdirSync(world.dataDir).filter((name) => name.includes("renewed"))).toEqual([]);
  });

  /** The files that a process leaves which is killed at this moment. */
  function killed(world: StoreWorld, ...more: string[]) {
    const dataDir = tempDir();
    for (const name of readdirSync(world.dataDir).filter((name) => !/^(lock|damaged)$/.test(name)))
      copyFileSync(join(world.dataDir, name), join(dataDir, name));
    const path = databasePath(dataDir);
    for (const end of more) writeFileSync(`${path}${end}`, "");
    return { dataDir, path, ino: statSync(path).ino, [Symbol.dispose]: () => removeDir(dataDir) };
  }

  function contentOf({ dataDir }: { readonly dataDir: string }) {
    const store = openStore(optionsOf(dataDir), createFakeClock());
    const { sqlite } = store.database;
    expect(sqlite.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    const rows = sqlite.all("SELECT seq FROM updates").length;
    store.close();
    return rows;
  }

  test("goes on with the new file where the process was killed before it lay in its place", () => {
    using world = storeWorld();
    const path = databasePath(world.dataDir);
    world.accept([update()]);
    copyTo(renewedPath(path), path);
    // A log that belongs to the old file, and would damage the new one.
    world.accept(Array.from({ length: 50 }, () => update()));
    using left = killed(world);
    expect(contentOf(left)).toBe(1);
    expect(readdirSync(left.dataDir).sort()).toEqual(["lock", "memoferry.db", "secret-key"]);
  });

  test("refuses a transaction that caught the error, and keeps nothing of it", () => {
    using world = storeWorld();
    const { database } = world.store;
    const caught = () => {
      database.sqlite.run("INSERT INTO facts (name, value) VALUES ('caught', '')");
      fail(world);
    };
    expect(() => database.lazy(caught)).toThrow("nothing is taken until what it holds is in a new file");
    expect(database.sqlite.isInTransaction()).toBe(false);
    expect(world.all("SELECT 1 FROM facts WHERE name = 'caught'")).toEqual([]);
  });

  test("is written into a new file by the next start where the process was killed, or stopped, before", () => {
    using world = storeWorld();
    world.accept([update()]);
    fail(world);
    using left = killed(world);
    const log = readFileSync(`${left.path}-wal`);
    const inTheWay = `${left.path}.renewed.new`;
    mkdirSync(inTheWay);
    expect(() => contentOf(left)).toThrow(inTheWay);
    expect(readFileSync(`${left.path}-wal`)).toEqual(log);
    rmdirSync(inTheWay);
    expect(contentOf(left)).toBe(1);
    expect(statSync(left.path).ino).not.toBe(left.ino);
    expect(readdirSync(left.dataDir).sort()).toEqual(["lock", "memoferry.db", "secret-key"]);
    const { ino } = statSync(databasePath(world.dataDir));
    world.reopen();
    expect(statSync(databasePath(world.dataDir)).ino).not.toBe(ino);
    expect(world.store.database.unclean).toBe(true);
    expect(stored(world)).toBe(1);
  });
});

test("the write-ahead log is written into the database before it is long", () => {
  using world = storeWorld();
  world.bind();
  const path = databasePath(world.dataDir);
  const mib = (file: string) => statSync(file).size / 1024 ** 2;
  for (let nth = 0; nth < 96; nth += 1)
    world.accept(Array.from({ length: 10 }, () => update({ text: "x".repeat(16_000) })));
  expect(mib(path)).toBeGreaterThan(8);
  // Eight, and what 32 commits write.
  expect(mib(`${path}-wal`)).toBeLessThan(15);
});

describe("a database that is gone while it runs", () => {
  const gone: [string, (world: StoreWorld) => () => void][] = [
    ["its file was removed", ({ dataDir }) => moved(databasePath(dataDir))],
    ["its log was removed", ({ dataDir }) => moved(`${databasePath(dataDir)}-wal`)],
    ["its folder was moved, as by an unmount", ({ dataDir }) => moved(dataDir)],
    [
      "another file is in its place",
      ({ dataDir }) => {
        const back = moved(databasePath(dataDir));
        writeFileSync(databasePath(dataDir), "");
        return back;
      },
    ],
  ];
  test.each(gone)("takes nothing and says so, until it is back: %s", (_, take) => {
    using world = storeWorld();
    const { database } = world.store;
    world.accept([update()]);
    const bringBack = take(world);
    expect(() => world.accept([update()])).toThrow("was removed or replaced while memoferry runs");
    expect(database.refusal()).toContain(databasePath(world.dataDir));
    expect(database.trouble()).toBe(database.refusal());
    expect(database.mend()).toBe(false);
    bringBack();
    expect(database.refusal()).toBeNull();
    expect(database.mend()).toBe(true);
    expect(stored(world)).toBe(1);
    world.accept([update()]);
    expect(stored(world)).toBe(2);
  });
});

test("what it failed with last is its trouble, until something is written", () => {
  using world = storeWorld();
  const { database } = world.store;
  world.bind();
  expect(database.trouble()).toBeNull();
  database.sqlite.exec("PRAGMA max_page_count = 1");
  expect(() =>
    world.accept(Array.from({ length: 100 }, () => update({ text: "x".repeat(4_000) }))),
  ).toThrow();
  expect(database.trouble()).toBe("database or disk is full");
  expect(database.refusal()).toBeNull();
  database.sqlite.exec("PRAGMA max_page_count = 1000000");
  world.accept([update()]);
  expect(database.trouble()).toBeNull();
});

test("a page that can no longer be read is its trouble, whatever is still in memory", () => {
  using world = storeWorld();
  const { database } = world.store;
  world.accept([update()]);
  database.sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(database.trouble()).toBeNull();
  const path = databasePath(world.dataDir);
  const file = openSync(path, "r+");
  const PAGE = 4_096;
  for (let at = PAGE; at < statSync(path).size; at += PAGE) writeSync(file, "no page", at);
  closeSync(file);
  expect(database.trouble()).toContain("malformed");
  expect(() => world.accept([update()])).toThrow("nothing is taken");
});

/** SQLite fails, as with pages that are no more what they were. */
function fail({ dataDir, store }: StoreWorld): void {
  const other = join(dataDir, "damaged");
  writeFileSync(other, "this is no database ".repeat(100));
  const { sqlite } = store.database;
  expect(() => sqlite.exec(`ATTACH '${other}' AS damaged; SELECT * FROM damaged.sqlite_master`)).toThrow();
}

/** Returns what brings it back. */
function moved(path: string): () => void {
  renameSync(path, `${path}.moved`);
  return () => renameSync(`${path}.moved`, path);
}
