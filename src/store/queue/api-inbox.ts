import { hash, randomUUID } from "node:crypto";
import { AppError } from "../../base/errors.ts";
import { createKeyedMutex } from "../../base/keyed-mutex.ts";
import type { StoreContext } from "../db/database.ts";
import { explainStoreError } from "../db/sqlite.ts";
import type { Uploads } from "../db/uploads.ts";
import type { Chats } from "../intake/chats.ts";
import type { NewJob, Transitions } from "./transitions.ts";

/** What somebody asks for by the API. */
export interface ApiRequest {
  readonly chat_id: number;
  readonly files: readonly File[];
  /** Fetches files that were given by their addresses. */
  readonly fetch?: () => Promise<File[]>;
  /** The same key is the same request. */
  readonly idempotency_key?: string | undefined;
}

/** What it becomes: its job, and what is kept of it in the inbox. */
type Stored = Omit<NewJob, "chat_key" | "kind" | "job_key" | "state" | "created_at" | "lane"> & {
  readonly payload: string | null;
};

interface Known {
  /** Null where the update was pruned. */
  readonly fingerprint: string | null;
}

export type ApiInbox = ReturnType<typeof createApiInbox>;

/**
 * Where requests of the API come in: each becomes an update and a job, which share an id, once for each idempotency key.
 * Their files lie among the uploads before either names them.
 */
export function createApiInbox(
  { database, clock, botId }: StoreContext,
  deps: { readonly chats: Chats; readonly transitions: Transitions; readonly uploads: Uploads },
) {
  const { chats, transitions, uploads } = deps;
  const { sqlite, statements } = database;
  /** By id: of two requests with the same key the second finds what the first stored. */
  const inTurn = createKeyedMutex();

  const find = (kind: NewJob["kind"], id: string, chatId: number) =>
    sqlite.get<Known>(
      `SELECT (SELECT fingerprint FROM updates WHERE job_id = jobs.id) AS fingerprint FROM jobs
         WHERE kind = ?1 AND job_key = ?2
           AND chat_key = (SELECT id FROM chats WHERE bot_id = ?3 AND chat_id = ?4)`,
      kind,
      id,
      botId,
      chatId,
    );

  return {
    /**
     * All of it is on the disk when it resolves; to its id. `said`: what it asks for beside its files. `store`: within
     * the transaction; what it throws undoes all.
     * @throws AppError "unprocessable" where another request had its key.
     */
    async accept(
      kind: "api_memo" | "notification",
      { chat_id, files, fetch, idempotency_key = randomUUID() }: ApiRequest,
      said: readonly unknown[],
      {
        store,
        stored,
      }: {
        store(id: string, now: number): Stored;
        stored?(id: string, job: number, files: readonly File[]): void;
      },
    ): Promise<string> {
      const id = `api-${hashOf([botId, kind, chat_id, idempotency_key]).slice(0, 32)}`;
      const bytes = await Promise.all(files.map(async (file) => [file.name, hashOf(await file.bytes())]));
      const fingerprint = hashOf([said, bytes]);
      return inTurn(id, async () => {
        const known = find(kind, id, chat_id);
        if (known && (known.fingerprint ?? fingerprint) !== fingerprint)
          throw new AppError("unprocessable", "Something else had this idempotency_key: take a new one.");
        if (known) return id;
        try {
          const all = fetch ? [...files, ...(await fetch())] : files;
          await uploads.keep(id, all);
          database.durable(() => {
            const now = clock.now();
            const { payload, ...job } = store(id, now);
            const chat_key = chats.keyOf(chat_id);
            const made = { chat_key, kind, job_key: id, state: "waiting", created_at: now } as const;
            const lane = chats.laneOf(chat_id, job.telegram_id ?? 0);
            const job_id = transitions.create({ ...made, lane, ...job });
            statements.insertUpdate.run({
              ...{ source: "api", update_id: id, kind, fingerprint, message_id: null, chat_key, job_id },
              ...{ received_at: now, payload, payload_form: payload === null ? "dropped" : "plain" },
            });
            if (job_id !== undefined) stored?.(id, job_id, all);
          });
        } catch (error) {
          await uploads.remove(id);
          throw explainStoreError(database.path, error);
        }
        return id;
      });
    },

    /** Removes files that no job needs any more, also those whose job a crash prevented. */
    async removeUploads(): Promise<void> {
      for (const id of await uploads.ids()) {
        await inTurn(id, async () => {
          // That its job is done may still wait in the batch.
          const isNeeded = () =>
            sqlite.get(
              `SELECT 1 FROM updates JOIN jobs ON jobs.id = updates.job_id
               WHERE update_id = ? AND source = 'api' AND (state = 'waiting' OR (payload IS NOT NULL AND (state = 'dead' OR
                 (outcome = 'saved' AND coalesce(tried -> '$.left_out', tried -> '$.lacks') IS NOT NULL))))`,
              id,
            );
          if (!database.lazy(isNeeded)) await uploads.remove(id);
        });
      }
    },
  };
}

const hashOf = (of: Uint8Array | readonly unknown[]) =>
  hash("sha256", of instanceof Uint8Array ? of : JSON.stringify(of));
