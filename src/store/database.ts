import { existsSync, statSync } from "node:fs";
import { AppError, messageOf } from "../errors.ts";
import { migrate, refuseNewer } from "./migrations.ts";
import { type Drizzle, openSqlite, type Sqlite } from "./sqlite.ts";

export type { Drizzle };

/** The store's connection. Everything on it is synchronous: what returned is on disk. */
export interface Database {
  readonly drizzle: Drizzle;
  readonly sqlite: Sqlite;
  readonly path: string;
  /** True when the last run did not close the database. */
  readonly unclean: boolean;
  /** Runs `work` as one IMMEDIATE transaction. Promises are refused: SQLite would commit before they settle. */
  inTransaction<T>(work: () => T extends Promise<unknown> ? never : T): T;
  /** Empties the write-ahead log, so that overwritten secrets are gone from it too. */
  checkpoint(): void;
  close(): void;
}

/**
 * Opens and migrates the database. WAL with synchronous=FULL: a commit survives a power cut, which is
 * what lets a batch be confirmed to Telegram. secure_delete overwrites what is deleted or replaced.
 * @throws AppError "internal" for a file that is no sound database; "conflict" for one of a newer program.
 */
export function openDatabase(path: string): Database {
  const existed = existsSync(path) && statSync(path).size > 0;
  let sqlite: Sqlite;
  try {
    sqlite = openSqlite(path);
  } catch (error) {
    throw new AppError("unavailable", `cannot open the database ${path}: ${messageOf(error)}`);
  }
  try {
    sqlite.get("SELECT count(*) FROM sqlite_master");
    // Before the first pragma: a newer program's file is not even switched to another journal mode.
    if (existed) refuseNewer(sqlite);
    sqlite.exec("PRAGMA journal_mode = WAL");
    sqlite.exec("PRAGMA synchronous = FULL");
    sqlite.exec("PRAGMA busy_timeout = 5000");
    sqlite.exec("PRAGMA foreign_keys = ON");
    sqlite.exec("PRAGMA secure_delete = ON");
    migrate(sqlite);
  } catch (error) {
    sqlite.close();
    throw describe(path, error);
  }
  const unclean = sqlite.get("SELECT 1 FROM facts WHERE name = 'unclean'") !== undefined;
  sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('unclean', '1')");
  let open = true;
  return {
    drizzle: sqlite.drizzle,
    sqlite,
    path,
    unclean,
    inTransaction: (work) => sqlite.transaction(work),
    checkpoint: () => {
      sqlite.all("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    close() {
      if (!open) return;
      open = false;
      sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
      sqlite.all("PRAGMA wal_checkpoint(TRUNCATE)");
      sqlite.close();
    },
  };
}

function describe(path: string, error: unknown): Error {
  if (error instanceof AppError) return error;
  const text = messageOf(error);
  if (/not a database|malformed|corrupt/i.test(text)) {
    return new AppError(
      "internal",
      `the database ${path} is damaged (${text}). Nothing was changed. Restore a backup, or move the file ` +
        "away to start anew: memos that were saved already are recognised by their ids and not doubled.",
    );
  }
  if (/readonly|read-only|unable to open|permission/i.test(text)) {
    return new AppError(
      "unavailable",
      `the database ${path} cannot be written (${text}). Give this user write access to its folder and its files.`,
    );
  }
  return new AppError("unavailable", `the database ${path} cannot be used: ${text}`);
}
