import type { Clock } from "../../base/clock.ts";
import type { Incoming } from "../../domain/incoming.ts";
import type { Form } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { Database } from "../db/database.ts";
import type { Encryption } from "../db/encryption.ts";
import { storePayload } from "../db/payloads.ts";
import type { Chats } from "../intake/chats.ts";
import { createAssignJob } from "./assign-job.ts";
import type { Transitions } from "./transitions.ts";

export interface Delivery {
  /** True for a batch that the poller fetched itself. */
  readonly polled: boolean;
  /** How what comes now is written and cut; null while Memos was not asked yet. */
  readonly form?: Form | null;
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
  chats: Chats;
  transitions: Transitions;
  clock: Clock;
  botId: number;
}): Inbox {
  const { database, encryption, admission, chats, clock, botId } = deps;
  const { statements } = database;
  const place = createAssignJob({ ...deps, formNow: () => form });
  let form: Form | null = null;

  /** Rows of chats that are new are on disk before anything refers to them, and before they are remembered. */
  function makeChats({ chat_id, sender, task }: Incoming): void {
    chats.keyOf(chat_id ?? 0);
    if (chat_id === null) chats.keyOf(sender?.id ?? 0);
    if (task.kind === "migration") for (const id of [task.from, task.to]) chats.keyOf(id);
  }

  /** What is undone was told to nobody. */
  function orForget<T>(batch: readonly Incoming[], work: () => T extends Promise<unknown> ? never : T): T {
    try {
      return database.durable(work);
    } catch (error) {
      for (const { sender } of batch) if (sender) admission.forgetHint(sender.id);
      throw error;
    }
  }

  return {
    accept(batch, { polled, form: now = null }) {
      form = now;
      batch.forEach(makeChats);
      return orForget(batch, () => {
        const accepted: Accepted = { stored: 0, duplicates: 0, restarted: false };
        for (const incoming of batch) {
          const update_id = String(incoming.update_id);
          const known = statements.fingerprints.all({ bot_id: botId, update_id });
          if (known.some(({ fingerprint }) => fingerprint === incoming.fingerprint)) {
            accepted.duplicates += 1;
            continue;
          }
          if (known.length > 0) accepted.restarted = true;
          store(incoming);
          accepted.stored += 1;
        }
        const last = batch.at(-1);
        if (last) {
          const next_offset = polled ? last.update_id + 1 : null;
          statements.heard.run({ bot_id: botId, heard_at: clock.now(), next_offset });
        }
        return accepted;
      });
    },
  };

  function store(incoming: Incoming): void {
    const now = clock.now();
    const { job_id, idle } = place(incoming, now);
    statements.insertUpdate.run({
      chat_key: chats.keyOf(incoming.chat_id ?? 0),
      update_id: String(incoming.update_id),
      kind: incoming.kind,
      fingerprint: incoming.fingerprint,
      job_id,
      message_id: incoming.message_id,
      received_at: now,
      ...(idle
        ? { payload: null, payload_form: "dropped" }
        : storePayload(encryption, incoming.json, incoming.secrets)),
    });
  }
}
