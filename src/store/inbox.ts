import { eq } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Admission } from "./admission.ts";
import type { Database } from "./database.ts";
import type { Groups } from "./groups.ts";
import { storePayload } from "./payloads.ts";
import { type Continues, createPlacing } from "./placing.ts";
import { bots } from "./schema.ts";
import type { Vault } from "./vault.ts";

/** What an update asks for, as `telegram/update.ts` reads it. */
export type Task =
  | { readonly kind: "message"; readonly repliesTo?: number }
  | { readonly kind: "album"; readonly media_group_id: string }
  | {
      readonly kind: "edit";
      readonly of: number;
      readonly live: boolean;
      readonly media_group_id: string | null;
    }
  | { readonly kind: "capture"; readonly of: number; readonly says: boolean }
  | { readonly kind: "overheard"; readonly media_group_id: string | null }
  | { readonly kind: "migration"; readonly from: number; readonly to: number }
  | { readonly kind: "command" }
  | { readonly kind: "press"; readonly callback_query_id: string }
  | { readonly kind: "leaked_token" }
  /** `keep` leaves the update in the store, for a version that knows what it is. */
  | { readonly kind: "nothing"; readonly reason: string; readonly keep: boolean };

/** One update on its way in, whole. */
export interface Incoming {
  readonly update_id: number;
  /** The key beside update_id: `message`, `callback_query` … */
  readonly kind: string;
  readonly fingerprint: string;
  /** The update as Telegram sent it. */
  readonly json: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  readonly sender: { readonly id: number; readonly username: string | null } | null;
  readonly task: Task;
  /** Access tokens in it: it is then stored sealed, and redacted once handled. */
  readonly secrets: readonly string[];
}

export interface Delivery {
  /** True for a batch that the poller fetched itself. */
  readonly polled: boolean;
}

export interface Accepted {
  stored: number;
  duplicates: number;
  /** True when Telegram was seen to give out update ids again. */
  restarted: boolean;
}

export interface Inbox {
  /**
   * Stores a batch and makes its jobs in one synchronous transaction: when it returns, all of it is on disk.
   * Only a batch that the poller fetched moves the offset, to the last id + 1, even where that is lower.
   * @throws when nothing of it could be stored.
   */
  accept(batch: readonly Incoming[], from: Delivery): Accepted;
}

export function createInbox(deps: {
  database: Database;
  vault: Vault;
  admission: Admission;
  groups: Groups;
  clock: Clock;
  botId: number;
  continues: Continues;
}): Inbox {
  const { database, vault, admission, groups, clock, botId, continues } = deps;
  const { drizzle, statements } = database;
  const place = createPlacing({ database, admission, groups, botId, continues });

  let knownEpoch =
    drizzle.select({ epoch: bots.epoch }).from(bots).where(eq(bots.bot_id, botId)).get()?.epoch ?? 0;

  const fingerprintOf = (epoch: number, updateId: number) =>
    statements.fingerprint.get({ bot_id: botId, epoch, update_id: String(updateId) })?.fingerprint;

  return {
    accept(batch, { polled }) {
      let epoch = knownEpoch;
      const accepted = database.durable(() => {
        const accepted: Accepted = { stored: 0, duplicates: 0, restarted: false };
        for (const incoming of batch) {
          const known = fingerprintOf(epoch, incoming.update_id);
          // A batch that is delivered again may begin before the id that showed the restart.
          const before = epoch > 0 ? fingerprintOf(epoch - 1, incoming.update_id) : undefined;
          if (known === incoming.fingerprint || before === incoming.fingerprint) {
            accepted.duplicates += 1;
            continue;
          }
          if (known !== undefined) {
            epoch += 1;
            accepted.restarted = true;
            drizzle.update(bots).set({ epoch }).where(eq(bots.bot_id, botId)).run();
          }
          store(incoming, epoch);
          accepted.stored += 1;
        }
        const last = batch.at(-1);
        if (polled && last) {
          statements.moveOffset.run({ bot_id: botId, next_offset: last.update_id + 1 });
        }
        return accepted;
      });
      knownEpoch = epoch;
      return accepted;
    },
  };

  function store(incoming: Incoming, epoch: number): void {
    const now = clock.now();
    const { job_id, idle } = place(incoming, { now, epoch });
    statements.insertUpdate.run({
      bot_id: botId,
      epoch,
      update_id: String(incoming.update_id),
      kind: incoming.kind,
      fingerprint: incoming.fingerprint,
      job_id,
      chat_id: incoming.chat_id,
      message_id: incoming.message_id,
      received_at: now,
      ...(idle
        ? { payload: null, payload_form: "dropped" }
        : storePayload(vault, incoming.json, incoming.secrets)),
    });
  }
}
