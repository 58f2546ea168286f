// What stands for Bun's own on Deno, where it differs by itself.
import { expect, test } from "bun:test";
import type { lookup as systemLookup } from "node:dns";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchFile } from "../../src/base/fetch-file.ts";
import { fetch, stringWidth } from "../../src/base/runtime-bun.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "memoferry-deno-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test("a number is bound as an INTEGER where it is one, a boolean as 0 or 1, bytes come as bytes", () => {
  using at = folder();
  const sqlite = openSqlite(join(at.path, "a.db"));
  const big = Number.MAX_SAFE_INTEGER;
  expect(sqlite.get("SELECT typeof(?) AS a, typeof(?) AS b, ? || ':' AS c", big, 1.5, 7)).toEqual({
    a: "integer",
    b: "real",
    c: "7:",
  });
  expect(sqlite.get("SELECT ? AS a, ? AS b", -big, new Uint8Array([1, 2]))).toEqual({
    a: -big,
    b: new Uint8Array([1, 2]),
  });
  sqlite.exec("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
  expect(sqlite.run("UPDATE t SET a = a + ?", 1)).toBe(2);
  sqlite.close();
});

test("a transaction that throws is undone, an inner one alone", () => {
  using at = folder();
  const sqlite = openSqlite(join(at.path, "a.db"));
  sqlite.exec("CREATE TABLE t (a INTEGER)");
  const failing = (value: number) => () => {
    sqlite.run("INSERT INTO t VALUES (?)", value);
    throw new Error("undo");
  };
  expect(() => sqlite.transaction(failing(1))).toThrow("undo");
  expect(sqlite.isInTransaction()).toBe(false);
  sqlite.transaction(() => {
    expect(() => sqlite.transaction(failing(2))).toThrow("undo");
    sqlite.run("INSERT INTO t VALUES (3)");
  });
  expect(sqlite.all("SELECT a FROM t")).toEqual([{ a: 3 }]);
  sqlite.close();
});

test("what SQLite fails with has Bun's code, also where Deno tells words alone", () => {
  using at = folder();
  const path = join(at.path, "a.db");
  const [one, other] = [openSqlite(path), openSqlite(path)];
  one.exec("CREATE TABLE t (a INTEGER)");
  one.exec("BEGIN EXCLUSIVE");
  other.exec("PRAGMA busy_timeout = 0");
  const codeOf = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return Object(error).code;
    }
  };
  expect(codeOf(() => other.exec("INSERT INTO t VALUES (1)"))).toBe("SQLITE_BUSY");
  expect(codeOf(() => other.run("INSERT INTO t VALUES (1)"))).toBe("SQLITE_BUSY");
  one.exec("ROLLBACK");
  one.exec("PRAGMA query_only = ON");
  expect(codeOf(() => one.run("INSERT INTO t VALUES (1)"))).toBe("SQLITE_READONLY");
  expect(codeOf(() => openSqlite(join(at.path, "missing", "a.db")))).toBe("SQLITE_CANTOPEN");
  for (const sqlite of [one, other]) sqlite.close();
  writeFileSync(path, "no database ".repeat(1000));
  expect(codeOf(() => openSqlite(path).all("SELECT 1 FROM sqlite_master"))).toBe("SQLITE_NOTADB");
});

test("a copy has what is in the write-ahead log alone, and none is made of what is damaged", () => {
  using at = folder();
  const [path, copy] = [join(at.path, "a.db"), join(at.path, "copy.db")];
  const sqlite = openSqlite(path);
  sqlite.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT UNIQUE)");
  for (let at = 0; at < 500; at += 1) sqlite.run("INSERT INTO t VALUES (?)", `row ${at} `.repeat(20));
  sqlite.copyInto(copy);
  const copied = openSqlite(copy);
  expect(copied.get("SELECT count(*) AS rows FROM t")).toEqual({ rows: 500 });
  expect(copied.get("PRAGMA journal_mode")).toEqual({ journal_mode: "delete" });
  copied.close();
  sqlite.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x55, 4096 * 3, 4096 * 5));
  const damaged = openSqlite(path);
  expect(() => damaged.copyInto(copy)).toThrow();
  damaged.close();
});

test("fetch announces the length of a stream, and what fails has a code and no address", async () => {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (piece: Buffer) => {
      bytes += piece.byteLength;
    });
    request.on("end", () => {
      heard.push(request.headers["content-length"], request.headers["transfer-encoding"], bytes);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const closed = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => closed.once("listening", resolve));
  const { port: nobodys } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function* pieces() {
    for (let at = 0; at < 100; at += 1) yield new Uint8Array(50_000);
  }
  const headers = { "content-length": "5000000" };
  expect((await fetch(url, { method: "POST", headers, body: pieces() })).status).toBe(200);
  expect(heard).toEqual(["5000000", undefined, 5_000_000]);
  server.close();
  server.closeAllConnections();
  const failure = (to: string) =>
    fetch(`${to}/secret`).catch((error) => `${error.code} ${error.message} ${error.cause}`);
  expect(await failure(`http://127.0.0.1:${nobodys}`)).toBe("ECONNREFUSED fetch failed undefined");
  expect(await failure("http://no-such-host.invalid")).toBe("ENOTFOUND fetch failed undefined");
});

test("a file of an address is not fetched from a name that resolves into the own network", async () => {
  let connections = 0;
  const server = createServer((_, response) => response.end("ours")).on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const lookup = ((_host: string, _options: object, found: (...found: unknown[]) => void) =>
    found(null, [{ address: "127.0.0.1", family: 4 }])) as unknown as typeof systemLookup;
  const fetched = (allowPrivate: boolean) =>
    fetchFile(`http://files.example.org:${port}/a.txt`, { limitBytes: 100, allowPrivate, lookup });
  await expect(fetched(false)).rejects.toThrow("ALLOW_PRIVATE_URLS");
  expect(connections).toBe(0);
  expect(await (await fetched(true)).text()).toBe("ours");
  server.close();
});

test("wide letters take two columns, colours none", () => {
  expect(["Anna", "小明", "👩‍👩‍👧", "é", "\u001b[31mred\u001b[0m"].map(stringWidth)).toEqual([4, 4, 2, 1, 3]);
});
