import { eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Incoming } from "../../domain/incoming.ts";
import type { Admission } from "../accounts/admission.ts";
import type { Database } from "../db/database.ts";
import type { Encryption } from "../db/encryption.ts";
import { storePayload } from "../db/payloads.ts";
import { bots } from "../db/schema.ts";
import type { Groups } from "../intake/groups.ts";
import { createAssignJob } from "./assign-job.ts";
import type { Transitions } from "./transitions.ts";

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
  encryption: Encryption;
  admission: Admission;
  groups: Groups;
  transitions: Transitions;
  clock: Clock;
  botId: number;
}): Inbox {
  const { database, encryption, admission, groups, transitions, clock, botId } = deps;
  const { drizzle, statements } = database;
  const place = createAssignJob({ database, admission, groups, transitions, botId });

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
        : storePayload(encryption, incoming.json, incoming.secrets)),
    });
  }
}
