import init from "../../../drizzle/0000_init.sql" with { type: "text" };
import conversations from "../../../drizzle/0001_conversations.sql" with { type: "text" };
import commentsOfJobs from "../../../drizzle/0002_comments_of_jobs.sql" with { type: "text" };
import guestsAndNames from "../../../drizzle/0003_guests_and_names.sql" with { type: "text" };
import settledInTheChat from "../../../drizzle/0004_settled_in_the_chat.sql" with { type: "text" };
import namingOfServers from "../../../drizzle/0005_naming_of_servers.sql" with { type: "text" };
import limitOfProxy from "../../../drizzle/0006_limit_of_proxy.sql" with { type: "text" };
import waitsAndAbsence from "../../../drizzle/0007_waits_and_absence.sql" with { type: "text" };
import hotQueries from "../../../drizzle/0008_hot_queries.sql" with { type: "text" };
import smallSchema from "../../../drizzle/0009_small_schema.sql" with { type: "text" };
import tokens from "../../../drizzle/0010_tokens.sql" with { type: "text" };
import groupsAndNews from "../../../drizzle/0011_groups_and_news.sql" with { type: "text" };
import jobsOfMemos from "../../../drizzle/0012_jobs_of_memos.sql" with { type: "text" };
import { AppError } from "../../base/errors.ts";
import type { Sqlite } from "./sqlite.ts";

/** Every file of drizzle/, in the order of drizzle/meta/_journal.json, which has their tags: as text inside the executable. */
export const migrations = [
  { tag: "0000_init", sql: init },
  { tag: "0001_conversations", sql: conversations },
  { tag: "0002_comments_of_jobs", sql: commentsOfJobs },
  { tag: "0003_guests_and_names", sql: guestsAndNames },
  { tag: "0004_settled_in_the_chat", sql: settledInTheChat },
  { tag: "0005_naming_of_servers", sql: namingOfServers },
  { tag: "0006_limit_of_proxy", sql: limitOfProxy },
  { tag: "0007_waits_and_absence", sql: waitsAndAbsence },
  { tag: "0008_hot_queries", sql: hotQueries },
  { tag: "0009_small_schema", sql: smallSchema },
  { tag: "0010_tokens", sql: tokens },
  { tag: "0011_groups_and_news", sql: groupsAndNews },
  { tag: "0012_jobs_of_memos", sql: jobsOfMemos },
];

/** Whose a database is, and what it lacks. Reads only, so that it can come before anything that changes the file. */
export function lookAtMigrations(sqlite: Sqlite, known = migrations) {
  const isNew = sqlite.get("SELECT 1 FROM pragma_table_info('migrations') WHERE name = 'tag'") === undefined;
  const isForeign = isNew && sqlite.get("SELECT 1 FROM sqlite_master") !== undefined;
  const rows = isNew ? [] : sqlite.all<{ tag: string }>("SELECT tag FROM migrations ORDER BY position");
  const applied = rows.map(({ tag }) => tag);
  return {
    isNew,
    isForeign,
    /** What a newer program has done to it. */
    newer: applied.find((tag, at) => known[at]?.tag !== tag),
    pending: known.slice(applied.length),
  };
}

/** @throws AppError "conflict" when a newer program, or quite another one, wrote this database. */
export function pendingMigrations(sqlite: Sqlite, known = migrations) {
  const { isForeign, newer, pending } = lookAtMigrations(sqlite, known);
  if (isForeign) {
    const why =
      "holds a database of another program. Nothing was changed. Set DATA_DIR to a folder of its own";
    throw new AppError("conflict", `DATA_DIR ${why}, or move its memoferry.db away`);
  }
  if (newer === undefined) return pending;
  throw new AppError(
    "conflict",
    `this database was written by a newer memoferry (it has "${newer}", which this version does not know). ` +
      "Nothing was changed. Start the newer version, or restore a backup made with this one.",
  );
}

/** Brings the schema up to date, in one transaction, with a row for each migration. */
export function migrate(sqlite: Sqlite, known = migrations): void {
  const pending = pendingMigrations(sqlite, known);
  if (pending.length === 0) return;
  sqlite.transaction(() => {
    sqlite.exec(
      "CREATE TABLE IF NOT EXISTS migrations (tag TEXT PRIMARY KEY, position INTEGER NOT NULL, applied_at INTEGER NOT NULL)",
    );
    for (const { tag, sql } of pending) {
      sqlite.exec(sql);
      sqlite.run(
        "INSERT INTO migrations VALUES (?, (SELECT count(*) FROM migrations), unixepoch() * 1000)",
        tag,
      );
    }
  });
}
