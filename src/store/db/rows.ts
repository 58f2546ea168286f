import { and, eq, getTableColumns, inArray, ne, type SQL, sql } from "drizzle-orm";
import type { SelectResultFields } from "drizzle-orm/query-builders/select.types";
import { TOKEN_WAITS } from "../../domain/job.ts";
import { accounts, bindings, bots, jobs, outbox } from "./schema.ts";
import type { Drizzle, Sqlite } from "./sqlite.ts";

/** An account as Memos and people know it. */
export interface AccountRef {
  readonly server: string;
  readonly account: string;
}

const jobAccount = (column: "server" | "name" | "id_name") =>
  sql<string | null>`(SELECT ${sql.raw(column)} FROM accounts WHERE accounts.id = jobs.account_key)`;

/** Jobs that have, or show, the memo of a name; as in the index of names, which has the beginning of each. */
export const jobsOfMemo = (name: string | SQL) =>
  sql`substr(jobs.memo_name, 7, 8) = substr(${name}, 7, 8) AND jobs.memo_name = ${name}`;

/** A job with the chat and the account that its keys stand for. */
export const jobColumns = {
  ...getTableColumns(jobs),
  chat_id: sql<number | null>`(SELECT nullif(chat_id, 0) FROM chats WHERE chats.id = jobs.chat_key)`,
  server: jobAccount("server"),
  account: jobAccount("name"),
  id_name: jobAccount("id_name"),
};
export type Job = SelectResultFields<typeof jobColumns>;

/** A message that is owed, with what its words follow from. */
const owedColumns = {
  ...getTableColumns(outbox),
  memo_name: jobs.memo_name,
  telegram_id: jobs.telegram_id,
};

export const selectOwed = (drizzle: Drizzle) =>
  drizzle.select(owedColumns).from(outbox).leftJoin(jobs, eq(jobs.id, outbox.job_id));

/** SQLite takes a partial index only where it reads the state, not where it is bound. */
export const isWaiting = sql`${jobs.state} = 'waiting'`;
export const isDead = sql`${jobs.state} = 'dead'`;

/** Asked of each job, since nearly all are: so the chats of the bot, of which there may be thousands, are not read. */
export const jobsOfBot = (botId: number) =>
  sql`(SELECT chats.bot_id FROM chats WHERE chats.id = jobs.chat_key) = ${botId}`;

/** The same; nothing where the database has no other bot: then an index tells all, and no job is looked at. */
export const onlyJobsOfBot = (drizzle: Drizzle, botId: number) =>
  drizzle.select({ id: bots.bot_id }).from(bots).where(ne(bots.bot_id, botId)).limit(1).get()
    ? jobsOfBot(botId)
    : undefined;

export const accountIs = (ref: AccountRef) =>
  and(eq(accounts.server, ref.server), eq(accounts.name, ref.account));

/** Jobs of an account, by its name of today. */
export const jobsOfAccount = (drizzle: Drizzle, ref: AccountRef) =>
  inArray(jobs.account_key, drizzle.select({ id: accounts.id }).from(accounts).where(accountIs(ref)));

/** A binding with the account that its key stands for. */
const bindingColumns = {
  ...getTableColumns(bindings),
  server: accounts.server,
  account: accounts.name,
  id_name: accounts.id_name,
  display_name: accounts.display_name,
  memos_username: accounts.memos_username,
  memos_version: accounts.memos_version,
};

export const selectBindings = (drizzle: Drizzle) =>
  drizzle.select(bindingColumns).from(bindings).innerJoin(accounts, eq(accounts.id, bindings.account_key));

/** What is on the disk of the memo of a job: by what it is written, what tries did, and what was written last. */
export type Known = Pick<
  Job,
  "settings" | "form" | "id_generation" | "tried" | "written" | "covered" | "memo_name" | "old_plan"
>;

/** A command of a person whose access token waits. */
export const tokenWaits = (botId: number, telegramId: number) =>
  and(
    jobsOfBot(botId),
    eq(jobs.queue, "commands"),
    isWaiting,
    eq(jobs.telegram_id, telegramId),
    eq(jobs.reason, TOKEN_WAITS),
  );

/** A single thing to remember, by its name. */
export const fact = (sqlite: Sqlite, name: string): string | undefined =>
  sqlite.get<{ value: string }>("SELECT value FROM facts WHERE name = ?", name)?.value || undefined;

/** An empty one is none. */
export const setFact = (sqlite: Sqlite, name: string, value: string) =>
  sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value);
