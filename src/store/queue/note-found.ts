import { eq } from "drizzle-orm";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { type Job, jobColumns } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";
import type { Transitions } from "./transitions.ts";

/** Notes a memo that was found for a message of which there is no job: as one that was saved. */
export function createNoteFound(
  { database, clock, botId }: StoreContext,
  { chats, transitions }: { readonly chats: Chats; readonly transitions: Transitions },
) {
  const { drizzle, statements, durable } = database;

  /** Undefined where the message has a job by now. */
  return (found: {
    readonly kind: "message" | "album";
    readonly job_key: string;
    readonly chat_id: number;
    readonly message_id: number;
    readonly binding: Pick<Binding, "telegram_id" | "account_key">;
    readonly memo_name: string;
    readonly parent_name: string | null;
  }): Job | undefined =>
    durable(() => {
      const { kind, job_key, chat_id, message_id, binding, memo_name, parent_name } = found;
      const { telegram_id, account_key } = binding;
      const now = clock.now();
      const job_id = transitions.create({
        kind,
        job_key,
        chat_key: chats.keyOf(chat_id),
        queue: "messages",
        lane: chats.laneOf(chat_id, telegram_id),
        message_id,
        telegram_id,
        account_key,
        state: "done",
        outcome: "saved",
        memo_name,
        parent_name,
        created_at: now,
        done_at: now,
      });
      if (job_id === undefined) return undefined;
      statements.saveLink.run({ bot_id: botId, chat_id, message_id, job_id, confirmation: false });
      return drizzle.select(jobColumns).from(jobs).where(eq(jobs.id, job_id)).get();
    });
}
