import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { migrate } from "../../src/store/db/migrations.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";

let made: Buffer | undefined;

/** A migrated database without a row, as a first start makes it: the migrations would cost each test 35 ms. */
export function emptyDatabase(dataDir: string): void {
  writeFileSync(databasePath(dataDir), madeDatabase(), { mode: 0o600 });
}

/** Its file. */
export function madeDatabase(): Buffer {
  made ??= make();
  return made;
}

function make(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-empty-"));
  try {
    const path = databasePath(folder);
    const sqlite = openSqlite(path);
    migrate(sqlite);
    sqlite.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
