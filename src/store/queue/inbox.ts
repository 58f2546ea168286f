import { logger } from "../../base/log.ts";
import type { Incoming } from "../../domain/incoming.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { StoreContext } from "../db/database.ts";
import { storePayload } from "../db/payloads.ts";
import type { Chats } from "../intake/chats.ts";
import { createAssignJob } from "./assign-job.ts";
import { createMessageJobs } from "./message-jobs.ts";
import type { Transitions } from "./transitions.ts";

const log = logger("store");

/** An error of an update whose shape nobody thought of. One of the disk may be over the next time. */
const isOfItsShape = (error: unknown) => error instanceof TypeError || error instanceof RangeError;

/** Where updates come in. */
export function createInbox(
  context: StoreContext,
  deps: { admission: Admission; chats: Chats; transitions: Transitions },
) {
  const { database, encryption, clock, botId } = context;
  const { chats } = deps;
  const { statements } = database;
  const assign = createAssignJob(context, deps);
  const messageJobs = createMessageJobs(context);

  /** False where it is stored already. Telegram gives ids out again after a quiet week, so the fingerprint counts as well. */
  function store(incoming: Incoming, form: WritingRules | null): boolean {
    const { kind, fingerprint, message_id, json, secrets } = incoming;
    const update_id = String(incoming.update_id);
    const known = statements.fingerprints.all({ bot_id: botId, update_id });
    if (known.some((one) => one.fingerprint === fingerprint)) return false;
    const received_at = clock.now();
    const { job_id, dropsPayload } = assign(incoming, received_at, form);
    statements.insertUpdate.run({
      source: "telegram",
      kind,
      fingerprint,
      message_id,
      job_id,
      received_at,
      chat_key: chats.keyOf(incoming.chat_id ?? 0),
      update_id,
      ...(dropsPayload
        ? { payload: null, payload_form: "dropped" }
        : storePayload(encryption, json, secrets)),
    });
    log.debug("update stored", { update_id, kind, job_id });
    return true;
  }

  /** Each by itself: what cannot be assigned to a job stops no other. */
  function storeAlone(incoming: Incoming, form: WritingRules | null): boolean {
    try {
      return database.sqlite.transaction(() => store(incoming, form));
    } catch (error) {
      if (!isOfItsShape(error)) throw error;
      log.warn("an update could not be read; it is kept as a dead letter", {
        update_id: incoming.update_id,
        error,
      });
      return store({ ...incoming, task: { kind: "unreadable" } }, form);
    }
  }

  /** Whether a message of an export is known, also where only its memo still is. */
  const isKnown = ({ chat_id, message_id, sender }: Incoming) =>
    messageJobs.isKnown(chat_id ?? 0, message_id ?? 0) ||
    messageJobs.of(chat_id ?? 0, message_id ?? 0, sender?.id ?? 0) !== undefined;

  /** All of it in one synced transaction, or nothing; what cannot be assigned to a job is kept as unreadable. */
  function takeAll(take: (storeOne: typeof store) => number): number {
    try {
      return database.durable(() => take(store));
    } catch (error) {
      if (!isOfItsShape(error)) throw error;
      return database.durable(() => take(storeAlone));
    }
  }

  return {
    /**
     * Stores messages of an export that are not known yet, in one synced transaction; returns how many. That nothing came
     * from Telegram stays so.
     */
    acceptExported: (batch: readonly Incoming[], form: WritingRules | null): number =>
      takeAll((storeOne) => batch.filter((one) => !isKnown(one) && storeOne(one, form)).length),

    /**
     * Stores a batch and makes its jobs in one synchronous transaction: when it returns, all of it is on disk. Returns how
     * many are new. Only a batch that was `polled` moves the offset, to the last id + 1, even where that is lower.
     * `form`: how what comes now is written and cut; null while Memos was not asked yet.
     * @throws when nothing of it could be stored.
     */
    accept(
      batch: readonly Incoming[],
      { polled, form = null }: { readonly polled: boolean; readonly form?: WritingRules | null },
    ): number {
      return takeAll((storeOne) => {
        const stored = batch.filter((incoming) => storeOne(incoming, form)).length;
        const last = batch.at(-1);
        const next_offset = polled && last ? last.update_id + 1 : null;
        if (last) statements.heard.run({ bot_id: botId, heard_at: clock.now(), next_offset });
        return stored;
      });
    },
  };
}
