import type { Incoming } from "../../domain/incoming.ts";
import type { Form } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { StoreContext } from "../db/database.ts";
import { storePayload } from "../db/payloads.ts";
import type { Chats } from "../intake/chats.ts";
import { createAssignJob } from "./assign-job.ts";
import type { Transitions } from "./transitions.ts";

export type Accepted = ReturnType<ReturnType<typeof createInbox>["accept"]>;

/** Where updates come in. */
export function createInbox(
  context: StoreContext,
  deps: { admission: Admission; chats: Chats; transitions: Transitions },
) {
  const { database, encryption, clock, botId } = context;
  const { chats } = deps;
  const { statements } = database;
  const assign = createAssignJob(context, deps);

  function store(incoming: Incoming, form: Form | null): void {
    const { kind, fingerprint, message_id, json, secrets } = incoming;
    const received_at = clock.now();
    const { job_id, dropsPayload } = assign(incoming, received_at, form);
    statements.insertUpdate.run({
      kind,
      fingerprint,
      message_id,
      job_id,
      received_at,
      chat_key: chats.keyOf(incoming.chat_id ?? 0),
      update_id: String(incoming.update_id),
      ...(dropsPayload
        ? { payload: null, payload_form: "dropped" }
        : storePayload(encryption, json, secrets)),
    });
  }

  function storeAll(batch: readonly Incoming[], polled: boolean, form: Form | null) {
    let [stored, restarted] = [0, false];
    for (const incoming of batch) {
      const update_id = String(incoming.update_id);
      const known = statements.fingerprints.all({ bot_id: botId, update_id });
      if (known.some(({ fingerprint }) => fingerprint === incoming.fingerprint)) continue;
      if (known.length > 0) restarted = true;
      store(incoming, form);
      stored += 1;
    }
    const last = batch.at(-1);
    if (last) {
      const next_offset = polled ? last.update_id + 1 : null;
      statements.heard.run({ bot_id: botId, heard_at: clock.now(), next_offset });
    }
    return { stored, duplicates: batch.length - stored, restarted };
  }

  return {
    /**
     * Stores a batch and makes its jobs in one synchronous transaction: when it returns, all of it is on disk. Only a
     * batch that was `polled` moves the offset, to the last id + 1, even where that is lower.
     * `form`: how what comes now is written and cut; null while Memos was not asked yet. Returned is also whether
     * Telegram was seen to give out update ids again.
     * @throws when nothing of it could be stored.
     */
    accept(
      batch: readonly Incoming[],
      { polled, form = null }: { readonly polled: boolean; readonly form?: Form | null },
    ) {
      try {
        return database.durable(() => storeAll(batch, polled, form));
      } catch (error) {
        chats.forgetKeys();
        throw error;
      }
    },
  };
}
