import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { migrate } from "../../src/store/db/migrations.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";

let made: string | undefined;

/** A migrated database without a row, as a first start makes it: the migrations would cost each test 35 ms. */
export function emptyDatabase(dataDir: string): void {
  made ??= make();
  copyFileSync(made, databasePath(dataDir));
}

function make(): string {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-empty-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = databasePath(folder);
  const sqlite = openSqlite(path);
  migrate(sqlite);
  sqlite.close();
  chmodSync(path, 0o600);
  return path;
}
