import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type StatsFs,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { configureLogging } from "../../src/base/log.ts";
import { backUp, createBackups } from "../../src/store/db/backup.ts";
import {
  generatedSecret,
  isLocked,
  lockDataDir,
  prepareDataDir,
  requireDatabase,
  secretFile,
} from "../../src/store/db/data-dir.ts";
import { mendOf } from "../../src/store/db/obstacles.ts";
import { openReadOnlyStore, openStore } from "../../src/store/store.ts";
import { createFakeClock } from "../support/clock.ts";
import { databasePath, must, removeDir, storeWorld, tempDir, update } from "../support/store.ts";

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** A temporary folder that is gone at the end of the test. */
function folder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = tempDir();
  return { path, [Symbol.dispose]: () => removeDir(path) };
}

const optionsOf = (dataDir: string) => ({ dataDir, botId: 1, secretKey: null, allowedUsers: null });

describe("the store's connection", () => {
  test("has the settings in force that durability and secrecy rest on", () => {
    using world = storeWorld();
    const pragma = (name: string) => Object.values(must(world.all(`PRAGMA ${name}`)[0]))[0];
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("synchronous")).toBe(2);
    expect(pragma("secure_delete")).toBe(1);
    expect(pragma("foreign_keys")).toBe(1);
    expect(pragma("busy_timeout")).toBe(5000);
  });

  test("takes no promise as a transaction: the compiler refuses it", () => {
    using world = storeWorld();
    const { database } = world.store;
    // @ts-expect-error An async callback would commit before it ends.
    const attempt = () => database.durable(async () => {});
    expect(attempt).toBeFunction();
  });
});

describe("the write-ahead log", () => {
  test("is emptied without waiting for who reads, such as a backup, and once they are done", () => {
    using world = storeWorld();
    world.bind();
    const wal = () => statSync(`${databasePath(world.dataDir)}-wal`).size;
    const reader = new Database(databasePath(world.dataDir), { readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM bindings").get();
    world.accept([update()]);
    const from = performance.now();
    world.store.database.emptyLogSoon();
    world.store.database.emptyLog();
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(wal()).toBeGreaterThan(0);
    world.store.database.emptyLog();
    expect(wal()).toBeGreaterThan(0);
    reader.run("COMMIT");
    reader.close();
    world.store.database.emptyLog();
    expect(wal()).toBe(0);
    expect(world.all("PRAGMA busy_timeout")).toEqual([{ timeout: 5000 }]);
  });
});

describe("a store that is closed", () => {
  test("has none of its files open any more, whatever was asked of it", () => {
    using world = storeWorld();
    world.bind();
    world.accept([update()]);
    world.leasable();
    world.store.close();
    const open = readdirSync("/proc/self/fd").map((fd) => {
      const path = join("/proc/self/fd", fd);
      return existsSync(path) ? readlinkSync(path) : "";
    });
    expect(open.filter((path) => path.startsWith(world.dataDir))).toEqual([]);
  });
});

describe("a database that somebody else has locked this moment, such as a backup", () => {
  test("is waited for at the start", async () => {
    using world = storeWorld();
    world.store.close();
    const code = `
      const database = new (require("bun:sqlite").Database)(${JSON.stringify(databasePath(world.dataDir))});
      database.run("PRAGMA locking_mode = EXCLUSIVE");
      database.run("CREATE TABLE mine (x)");
      console.log("locked");
      setTimeout(() => process.exit(), 300);`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
    await child.stdout.getReader().read();
    expect(world.reopen().bots).toBeDefined();
    await child.exited;
  });
});

describe("the data folder", () => {
  test("is made for this user alone, with all that the store puts in it", () => {
    using parent = folder();
    const dataDir = join(parent.path, "a", "data");
    const store = openStore(optionsOf(dataDir), createFakeClock());
    generatedSecret(dataDir, "admin-token");
    store.database.sqlite.run("INSERT INTO facts VALUES ('x', '1')");
    expect(mode(dataDir)).toBe("700");
    const files = readdirSync(dataDir);
    expect(files).toEqual(
      expect.arrayContaining(["memoferry.db", "memoferry.db-wal", "secret-key", "admin-token"]),
    );
    expect(Object.fromEntries(files.map((name) => [name, mode(join(dataDir, name))]))).toEqual(
      Object.fromEntries(files.map((name) => [name, "600"])),
    );
    store.close();
  });

  test("holds an empty write-ahead log, or none, once it is closed", () => {
    using world = storeWorld();
    world.bind();
    world.accept([update()]);
    world.store.close();
    const wal = join(world.dataDir, "memoferry.db-wal");
    expect(existsSync(wal) ? statSync(wal).size : 0).toBe(0);
  });

  test("that is a file is refused in words that name it", () => {
    using parent = folder();
    const path = join(parent.path, "file");
    writeFileSync(path, "");
    for (const dataDir of [path, join(path, "data")]) {
      expect(() => prepareDataDir(dataDir)).toThrow(`DATA_DIR ${dataDir} cannot be made: E`);
      expect(() => prepareDataDir(dataDir)).toThrow(
        `${path} is a file, and a folder belongs there: move it if it is not needed. Or set DATA_DIR to another folder.`,
      );
    }
  });

  test.skipIf(process.getuid?.() === 0)(
    "that cannot be written is refused (skipped for root, who may write everywhere)",
    () => {
      using parent = folder();
      chmodSync(parent.path, 0o500);
      expect(() => openStore(optionsOf(parent.path), createFakeClock())).toThrow(
        `cannot be read and written by user ${process.getuid?.()}`,
      );
      const inside = join(parent.path, "data");
      expect(() => prepareDataDir(inside)).toThrow(
        `mkdir -p ${inside} && chown ${process.getuid?.()} ${inside}`,
      );
    },
  );
});

describe("a generated secret", () => {
  test("is made once and read from then on", () => {
    using dir = folder();
    const first = generatedSecret(dir.path, "secret-key").reveal();
    expect(first).toHaveLength(43);
    expect(generatedSecret(dir.path, "secret-key").reveal()).toBe(first);
    expect(readdirSync(dir.path)).toEqual(["secret-key"]);
  });

  test("is for this user alone, also where its file was readable by others before", () => {
    using dir = folder();
    const path = join(dir.path, "admin-token");
    writeFileSync(path, "a-token-of-at-least-16\n");
    chmodSync(path, 0o644);
    expect(must(secretFile(dir.path, "admin-token")).reveal()).toBe("a-token-of-at-least-16");
    expect(mode(path)).toBe("600");
  });

  test("is not replaced when its file is empty: that would lose what it sealed", () => {
    using dir = folder();
    const path = join(dir.path, "secret-key");
    writeFileSync(path, "\n");
    expect(() => generatedSecret(dir.path, "secret-key")).toThrow(
      `${path} is empty or too short: restore it from a backup; if it is lost, remove it and run \`memoferry forget-tokens\``,
    );
    expect(readFileSync(path, "utf8")).toBe("\n");
    writeFileSync(join(dir.path, "admin-token"), "");
    expect(() => secretFile(dir.path, "admin-token")).toThrow("remove it to have a new one made");
  });

  test("says so where a folder is in its place, as Docker makes one for a file that is missing", () => {
    using dir = folder();
    const path = join(dir.path, "secret-key");
    mkdirSync(path);
    expect(() => secretFile(dir.path, "secret-key")).toThrow(
      new RegExp(
        `^${path} cannot be used: .*EISDIR.* ${path} is a folder: remove it, a file belongs there`,
        "s",
      ),
    );
  });
});

describe("what is in the way is named with its file and the mend", () => {
  const failed = (code: string) => Object.assign(new Error("it failed"), { code });
  const at = "/data/memoferry.db";
  const disk =
    (more = {}) =>
    () =>
      ({ bavail: 5, bsize: 1024 ** 2, files: 9, ffree: 3, ...more }) as StatsFs;

  test("of a disk", () => {
    expect(mendOf(at, failed("SQLITE_FULL"), disk())).toBe(
      "The disk of / has 5 MiB free: make room, at least 96 MiB.",
    );
    expect(mendOf(at, failed("ENOSPC"), disk({ ffree: 0 }))).toBe(
      "The disk of / has no inodes left: remove files from it.",
    );
    expect(mendOf(at, failed("SQLITE_CANTOPEN"), disk({ ffree: 0 }))).toContain("no inodes left");
    expect(mendOf(at, failed("SQLITE_IOERR_WRITE"), disk())).toStartWith(
      "The disk failed; the system's log (dmesg) has more",
    );
  });

  test("of a folder that cannot be made", () => {
    using dir = folder();
    const file = join(dir.path, "file");
    writeFileSync(file, "");
    expect(() => prepareDataDir(join(file, "data"))).toThrow(
      /DATA_DIR .*file\/data cannot be made: .*Or set DATA_DIR to another folder/,
    );
  });

  test.skipIf(process.getuid?.() === 0)("of files of somebody else (skipped for root)", () => {
    using world = storeWorld();
    using dir = folder();
    for (const end of ["", "-wal"])
      copyFileSync(`${databasePath(world.dataDir)}${end}`, `${databasePath(dir.path)}${end}`);
    const log = `${databasePath(dir.path)}-wal`;
    chmodSync(log, 0o400);
    expect(() => openStore(optionsOf(dir.path), world.clock)).toThrow(
      `${log}, which belongs to user ${process.getuid?.()}, cannot be read and written`,
    );
  });

  test("of a lock that is none", () => {
    using dir = folder();
    writeFileSync(join(dir.path, "lock"), "this is no lock ".repeat(100));
    expect(() => lockDataDir(dir.path)).toThrow(
      `${join(dir.path, "lock")} is no lock of memoferry's: remove it, it holds nothing`,
    );
  });
});

test("a file of no bytes is no database", () => {
  using dir = folder();
  writeFileSync(databasePath(dir.path), "");
  expect(() => requireDatabase(dir.path)).toThrow("there is no database in DATA_DIR");
});

describe("a folder with the files of something else", () => {
  test.each(["missing", "empty"])(
    "a log beside a database that is %s is kept, and all three are named",
    (how) => {
      using world = storeWorld();
      world.accept([update()]);
      using dir = folder();
      const path = databasePath(dir.path);
      const log = readFileSync(`${databasePath(world.dataDir)}-wal`);
      writeFileSync(`${path}-wal`, log);
      if (how === "empty") writeFileSync(path, "");
      const words = `move ${path}, ${path}-wal and ${path}-shm away`;
      expect(() => openStore(optionsOf(dir.path), world.clock)).toThrow(words);
      expect(() => openReadOnlyStore(optionsOf(dir.path), world.clock)).toThrow(words);
      expect(() => requireDatabase(dir.path)).toThrow(words);
      expect(() => backUp(dir.path, join(dir.path, "copy"))).toThrow(words);
      expect(readFileSync(`${path}-wal`)).toEqual(log);
    },
  );

  test.each(["CREATE TABLE things (a)", "CREATE TABLE migrations (id, name)"])(
    "a database of another program is left as it is: %s",
    (sql) => {
      using dir = folder();
      const path = databasePath(dir.path);
      const other = new Database(path);
      other.run(sql);
      other.close();
      const before = readFileSync(path);
      expect(() => openStore(optionsOf(dir.path), createFakeClock())).toThrow(
        "a database of another program",
      );
      expect(() => openReadOnlyStore(optionsOf(dir.path), createFakeClock())).toThrow("another program");
      expect(readFileSync(path)).toEqual(before);
    },
  );

  test("a new database beside an old key is said", () => {
    using dir = folder();
    const lines: string[] = [];
    configureLogging("warn", "json", (line) => lines.push(line));
    const begin = () => openStore(optionsOf(dir.path), createFakeClock()).close();
    begin();
    expect(lines).toEqual([]);
    // Refused, so none is begun.
    const path = databasePath(dir.path);
    rmSync(path);
    writeFileSync(`${path}-wal`, "a log");
    expect(begin).toThrow("missing or empty");
    expect(lines).toEqual([]);
    rmSync(`${path}-wal`);
    writeFileSync(path, "");
    begin();
    configureLogging("error", "json", () => undefined);
    expect(lines.join()).toContain("a new database is begun beside an old secret-key");
    expect(lines.join()).toContain(databasePath(dir.path));
  });
});

test("a backup that was cut off stands in the way of no other", () => {
  using world = storeWorld();
  world.accept([update({ text: "kept" })]);
  const target = join(world.dataDir, "copy");
  writeFileSync(`${target}.new`, "half a database", { mode: 0o644 });
  writeFileSync(`${target}.new-journal`, "half a journal");
  const { bytes, sha256 } = backUp(world.dataDir, target);
  expect(bytes).toBe(statSync(target).size);
  expect(sha256).toBe(createHash("sha256").update(readFileSync(target)).digest("hex"));
  expect(mode(target)).toBe("600");
  expect(readdirSync(world.dataDir).filter((name) => name.startsWith("copy"))).toEqual(["copy"]);
  const copy = new Database(target, { readonly: true });
  expect(copy.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  expect(copy.query("SELECT count(*) AS n FROM updates").get()).toEqual({ n: 1 });
  copy.close();
});

test("a copy to be handed out is made beside the work, one at a time", async () => {
  using world = storeWorld();
  world.accept([update({ text: "kept" })]);
  const backups = createBackups(world);
  let turns = 0;
  let isMade = false;
  const made = backups.make().finally(() => (isMade = true));
  expect(backups.make()).rejects.toThrow("being made already");
  while (!isMade) {
    await setImmediate();
    turns += 1;
  }
  expect(turns).toBeGreaterThan(10);
  const { path, bytes, sha256 } = await made;
  const content = readFileSync(path);
  expect([content.length, createHash("sha256").update(content).digest("hex")]).toEqual([bytes, sha256]);
  expect(mode(path)).toBe("600");
  const copy = new Database(path, { readonly: true });
  expect(copy.query("SELECT count(*) AS n FROM updates").get()).toEqual({ n: 1 });
  copy.close();
  const other = await backups.make();
  expect(other.path).not.toBe(path);
  backups.clear();
  expect(existsSync(path)).toBe(false);
});

describe("a network file system", () => {
  const onLinux = process.platform === "linux";
  test.if(onLinux).each([
    ["NFS", 0x6969],
    ["CIFS", 0xff534d42 | 0],
  ])("%s is refused, with the mend, and nothing is made there", (_name, number) => {
    using dir = folder();
    expect(() => lockDataDir(dir.path, () => number)).toThrow(
      `${dir.path} is on a network file system, where a database can be damaged: put DATA_DIR on a local disk`,
    );
    expect(readdirSync(dir.path)).toEqual([]);
  });
});

describe("the lock", () => {
  /** Another process that takes the lock of `dataDir`, says how that went, and then waits to be ended. */
  function locker(dataDir: string) {
    const code = `
      import { lockDataDir } from ${JSON.stringify(join(import.meta.dir, "../../src/store/db/data-dir.ts"))};
      try { globalThis.unlock = lockDataDir(${JSON.stringify(dataDir)}); console.log("locked"); }
      catch (error) { console.log(error.code); process.exit(); }
      setInterval(() => {}, 1000);`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
    const answer = async () => {
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      return new TextDecoder().decode(value).trim();
    };
    return { child, answer };
  }

  test("refuses a second store on the same folder, of this process or another, and names the folder", async () => {
    using world = storeWorld();
    const again = () => openStore(optionsOf(world.dataDir), world.clock);
    expect(again).toThrow(`another memoferry is running on DATA_DIR ${world.dataDir}`);
    // The refused try must not have ended the lock that is held: POSIX locks are per process.
    expect(await locker(world.dataDir).answer()).toBe("conflict");
    expect(again).toThrow("another memoferry");
    world.store.database.sqlite.run("INSERT INTO facts VALUES ('still', 'usable')");
  });

  test("is free again when a start failed", () => {
    using dir = folder();
    writeFileSync(join(dir.path, "memoferry.db"), "no database at all, sorry".repeat(50));
    expect(() => openStore(optionsOf(dir.path), createFakeClock())).toThrow("damaged");
    lockDataDir(dir.path)();
  });

  test("survives the garbage collector", () => {
    using dir = folder();
    const unlock = lockDataDir(dir.path);
    Bun.gc(true);
    expect(() => lockDataDir(dir.path)).toThrow("another memoferry");
    unlock();
    unlock();
  });

  // POSIX drops a process' locks on a file when it closes any handle of it.
  test.skipIf(process.platform === "win32")(
    "ends when its own process reads the file by other means: only SQLite may open it",
    async () => {
      using dir = folder();
      const unlock = lockDataDir(dir.path);
      expect(isLocked(dir.path)).toBe(true);
      expect(await locker(dir.path).answer()).toBe("conflict");
      readFileSync(join(dir.path, "lock"));
      const { child, answer } = locker(dir.path);
      expect(await answer()).toBe("locked");
      child.kill();
      unlock();
    },
  );

  test("of a killed process is free", async () => {
    using dir = folder();
    const { child, answer } = locker(dir.path);
    expect(await answer()).toBe("locked");
    expect(() => lockDataDir(dir.path)).toThrow("another memoferry");
    child.kill("SIGKILL");
    await child.exited;
    lockDataDir(dir.path)();
  });
});
