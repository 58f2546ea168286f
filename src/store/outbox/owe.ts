import { sql } from "drizzle-orm";
import { laneOf, type Owed, type OwedMessage } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import type { outbox } from "../db/schema.ts";

export type OwedRow = typeof outbox.$inferSelect;

/** As the partial index of slots has it: bound, SQLite would not take that. */
export const isWaiting = sql.raw("outbox.state = 'waiting'");

/** Within the caller's transaction. `jobId`: the job that ends with it. */
export function owe(
  database: Pick<Database, "statements" | "owed">,
  botId: number,
  jobId: number | null,
  now: number,
  owed: readonly Owed[],
): void {
  for (const one of owed) {
    write(database, botId, { ...one, job_id: jobId }, "waiting", now);
    database.owed.ring(laneOf(one));
  }
}

/** Within the caller's transaction; returns its number in the chat. */
export function write(
  { statements }: Pick<Database, "statements">,
  bot_id: number,
  { chat_id, job_id, slot, method, params, instead, promise }: Omit<OwedMessage, "id">,
  state: OwedRow["state"],
  created_at: number,
): number {
  const json = { params: JSON.stringify(params), instead: instead ? JSON.stringify(instead) : null };
  const row = { bot_id, chat_id, job_id, slot: slot ?? null, method, promise, ...json, state, created_at };
  return statements.owe.get(row).id;
}

export const messageOf = ({ bot_id, slot, instead, state, created_at, ...row }: OwedRow): OwedMessage => ({
  ...row,
  ...(slot !== null && { slot }),
  ...(instead && { instead }),
});

/** What is sent once at most. */
export const isConfirmation = ({ method, promise }: Pick<Owed, "method" | "promise">) =>
  method === "sendMessage" && promise === "confirmation";
