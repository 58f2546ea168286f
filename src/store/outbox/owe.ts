import { sql } from "drizzle-orm";
import { laneOf, type Owed, type OwedMessage } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import type { outbox } from "../db/schema.ts";

export type OwedRow = typeof outbox.$inferSelect;

/** As the partial index of slots has it: bound, SQLite would not take that. */
export const isUnsent = sql.raw("outbox.state = 'waiting'");

type Writing = Pick<StoreContext, "botId"> & {
  readonly database: Pick<StoreContext["database"], "statements" | "owed">;
};

/** Within the caller's transaction. `jobId`: the job that ends with it. */
export function owe(context: Writing, owed: readonly Owed[], jobId: number | null = null): void {
  for (const one of owed) {
    write(context, { ...one, job_id: jobId }, "waiting");
    context.database.owed.ring(laneOf(one));
  }
}

/** Within the caller's transaction; returns its number in the chat. */
export function write(
  { database, botId: bot_id }: Writing,
  { chat_id, job_id, slot, method, params, instead, promise }: Omit<OwedMessage, "id">,
  state: OwedRow["state"],
): number {
  const json = { params: JSON.stringify(params), instead: instead ? JSON.stringify(instead) : null };
  const row = { bot_id, chat_id, job_id, slot: slot ?? null, method, promise, ...json, state };
  return database.statements.owe.get(row).id;
}

export const owedOf = ({ bot_id, slot, instead, state, ...row }: OwedRow): OwedMessage => ({
  ...row,
  ...(slot !== null && { slot }),
  ...(instead && { instead }),
});

/** What is sent once at most. */
export const isConfirmation = ({ method, promise }: Pick<Owed, "method" | "promise">) =>
  method === "sendMessage" && promise === "confirmation";
