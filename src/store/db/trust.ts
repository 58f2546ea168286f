import { existsSync } from "node:fs";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { copyTo } from "./backup.ts";
import { filesAt, mark, putCopyInPlace, renewedPath } from "./files.ts";
import { explainStoreError, SETTINGS, type Sqlite } from "./sqlite.ts";

const DISK_FAILURE = /^SQLITE_(?:FULL|READONLY|CANTOPEN|IOERR|CORRUPT|NOTADB)/;
/** After these nobody knows what the file holds: Linux takes pages that it failed to write for written. */
const UNTRUSTED = /^SQLITE_(?:IOERR|CORRUPT|NOTADB)/;

/** Writes all into a new file, and goes on with that: what was written is still in memory, whatever the disk has of it. */
export function writeAnew(sqlite: Sqlite, path: string, placed: () => void = () => undefined): void {
  const copy = renewedPath(path);
  // By a connection of its own: the other one may have been closed by a try before.
  if (!existsSync(copy)) copyTo(copy, path);
  sqlite.reopen(() => {
    putCopyInPlace(path);
    placed();
  });
}

/** Whether what is written gets where it belongs, and how it does so again. */
export function createTrust(sqlite: Sqlite, path: string) {
  const log = logger("store");
  let files = filesAt(path);
  /** What SQLite failed with last; null once it could write again. */
  let failure: string | null = null;
  /** Why nothing is written any more, until the content is in a new file. */
  let untrusted: AppError | null = null;
  /** What the log says of it by now, and of the last try to mend it. */
  let said: string | null = null;
  let saidOfCopy: string | null = null;

  /** Why nothing may be confirmed now; null where it may. */
  function refusal(): AppError | null {
    if (files === filesAt(path)) return untrusted;
    const cause = Object.assign(new Error("what is written goes nowhere"), { code: "SQLITE_CANTOPEN" });
    const why =
      `the database ${path}, or ${path}-wal, was removed or replaced while memoferry runs: nothing is taken. ` +
      "Bring both back as they were, or stop memoferry, restore a backup and start it";
    return new AppError("unavailable", why, { cause });
  }

  function renew(): void {
    writeAnew(sqlite, path, () => {
      files = filesAt(path);
    });
    sqlite.exec(SETTINGS);
    sqlite.run("UPDATE facts SET value = value + 1 WHERE name = 'unclean'");
    files = filesAt(path);
    untrusted = null;
    failure = null;
  }

  return {
    refusal,
    /** SQLite threw this. Returns whether the database is no longer trusted since. */
    failed(error: unknown): boolean {
      const code = codeOf(error) ?? "";
      if (untrusted || !DISK_FAILURE.test(code)) return false;
      failure = messageOf(error);
      if (!UNTRUSTED.test(code)) return false;
      const why = `the database ${path} failed (${failure}): nothing is taken until what it holds is in a new file`;
      untrusted = new AppError("unavailable", why, { cause: error });
      mark(path);
      // Also what is written outside of a transaction.
      sqlite.exec("PRAGMA query_only = ON");
      return true;
    },
    /** It could write. */
    wrote(): void {
      failure = null;
    },
    untrusted: () => untrusted,
    /** Why it is not as it should be; null where it is. Reads a page of it. */
    trouble(): string | null {
      const refused = refusal();
      if (refused) return refused.message;
      try {
        // Else it is answered from what SQLite has in memory.
        sqlite.exec("PRAGMA shrink_memory");
        sqlite.get("SELECT value FROM facts WHERE name = 'unclean'");
        return failure;
      } catch (error) {
        return messageOf(error);
      }
    },
    /** Makes it fit to be written again, where it can. Returns whether it is; the log says so where that changes. */
    mend(): boolean {
      const before = refusal();
      if (before && before.message !== said) log.error(before.message);
      said = before?.message ?? said;
      try {
        if (untrusted && (files === filesAt(path) || existsSync(renewedPath(path)))) renew();
        saidOfCopy = null;
      } catch (cause) {
        const error = messageOf(explainStoreError(path, cause));
        if (error !== saidOfCopy) log.error("the database could not be written into a new file", { error });
        saidOfCopy = error;
      }
      const refused = refusal();
      if (refused === null && said !== null) {
        said = null;
        log.info("the database can be written again", { path });
      }
      return refused === null;
    },
  };
}
