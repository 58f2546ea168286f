import { createHash, randomUUID } from "node:crypto";
import { accessTokensIn } from "../../base/access-token.ts";
import { AppError } from "../../base/errors.ts";
import { createKeyedMutex } from "../../base/keyed-mutex.ts";
import { type ApiMemo, uploadId } from "../../domain/incoming.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { StoreContext } from "../db/database.ts";
import { explainStoreError } from "../db/sqlite.ts";
import type { Uploads } from "../db/uploads.ts";
import type { Chats } from "../intake/chats.ts";
import type { Transitions } from "./transitions.ts";

interface Known {
  /** Null where the update was pruned. */
  readonly fingerprint: string | null;
}

const hashOf = (...parts: unknown[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/**
 * Where memos of the API come in. Each is kept as an update with a message in it, from the person to the bot, so that all
 * that is done with messages is done with it. It has the place of its person's messages in the queue.
 */
export function createApiMemos(
  context: StoreContext,
  deps: {
    readonly admission: Admission;
    readonly chats: Chats;
    readonly transitions: Transitions;
    readonly uploads: Uploads;
  },
) {
  const { database, clock, botId } = context;
  const { admission, chats, transitions, uploads } = deps;
  const { sqlite, statements } = database;
  /** By id: of two requests with the same key the second finds what the first stored. */
  const inTurn = createKeyedMutex();

  const find = (id: string, telegramId: number) =>
    sqlite.get<Known>(
      `SELECT (SELECT fingerprint FROM updates WHERE job_id = jobs.id) AS fingerprint FROM jobs
         WHERE kind = 'api_memo' AND job_key = ?1
           AND chat_key = (SELECT id FROM chats WHERE bot_id = ?2 AND chat_id = ?3)`,
      id,
      botId,
      telegramId,
    );

  /** As if the person had written it. Telegram's messages have ids above 0. */
  function asMessage(id: string, { telegram_id, content, files }: ApiMemo, now: number) {
    const who = { id: telegram_id, type: "private" };
    const uploaded = files.map(({ name, type, size }, nth) => ({
      file_id: uploadId(id, nth),
      file_unique_id: String(nth),
      file_name: name || `file-${nth + 1}`,
      file_size: size,
      ...(type !== "" && { mime_type: type }),
    }));
    return {
      message_id: -Number.parseInt(id.slice(-12), 16) - 1,
      date: Math.floor(now / 1000),
      chat: who,
      from: who,
      text: content,
      uploads: uploaded,
    };
  }

  /** @throws AppError "unprocessable" where nothing of it may be saved. */
  function store(id: string, fingerprint: string, memo: ApiMemo, form: WritingRules | null): void {
    const { telegram_id, visibility } = memo;
    const binding = statements.binding.get({ telegram_id });
    if (!binding || !admission.isAllowed(telegram_id))
      throw new AppError("unprocessable", `The Telegram user ${telegram_id} is not bound: bind them first.`);
    const now = clock.now();
    const payload = JSON.stringify({ message: asMessage(id, memo, now) });
    // It would be there for whoever sees the memo, and lie in the database until then.
    if (accessTokensIn(payload).length > 0)
      throw new AppError("unprocessable", "There is an access token of Memos in it: that is not saved.");
    const { account_key, tags, source_line } = binding;
    const language = binding.language ?? binding.telegram_language ?? "en";
    const chat_key = chats.keyOf(telegram_id);
    const job_id = transitions.create({
      chat_key,
      kind: "api_memo",
      job_key: id,
      queue: "messages",
      lane: chats.laneOf(telegram_id, telegram_id),
      telegram_id,
      account_key,
      state: "waiting",
      settings: { tags, source_line, language, formatting: "as_typed", ...(visibility && { visibility }) },
      form,
      created_at: now,
    });
    statements.insertUpdate.run({
      ...{ source: "api", update_id: id, kind: "api_memo", fingerprint, message_id: null },
      ...{ chat_key, job_id, received_at: now, payload, payload_form: "plain" },
    });
  }

  return {
    /**
     * On the disk, with its files, when it resolves; to the id of its update. The same key is the same memo, also where
     * nobody knows whether the first try came through.
     * @throws AppError "unprocessable": nothing was stored.
     */
    async accept(memo: ApiMemo, form: WritingRules | null): Promise<string> {
      const { telegram_id, content, visibility, files, idempotency_key = randomUUID() } = memo;
      const id = `api-${hashOf(botId, telegram_id, idempotency_key).slice(0, 32)}`;
      const bytes = await Promise.all(files.map(async (file) => hashOf(file.name, await sha256(file))));
      const fingerprint = hashOf(content, visibility, bytes);
      return inTurn(id, async () => {
        const known = find(id, telegram_id);
        if (known && (known.fingerprint ?? fingerprint) !== fingerprint)
          throw new AppError(
            "unprocessable",
            "Another memo had this idempotency_key: a new memo needs a new one.",
          );
        if (known) return id;
        try {
          await uploads.keep(id, files);
          database.durable(() => store(id, fingerprint, memo, form));
        } catch (error) {
          chats.forgetKeys();
          await uploads.remove(id);
          throw explainStoreError(database.path, error);
        }
        return id;
      });
    },

    /** Removes files of which nothing is to be had any more, also those of which a crash left no memo. */
    async removeUploads(): Promise<void> {
      for (const id of await uploads.memos()) {
        await inTurn(id, async () => {
          const needed = sqlite.get(
            `SELECT 1 FROM updates JOIN jobs ON jobs.id = updates.job_id
               WHERE update_id = ? AND source = 'api' AND payload IS NOT NULL AND (state <> 'done' OR
                 (outcome = 'saved' AND coalesce(tried -> '$.left_out', tried -> '$.lacks') IS NOT NULL))`,
            id,
          );
          if (!needed) await uploads.remove(id);
        });
      }
    },
  };
}

const sha256 = async (file: Blob) =>
  createHash("sha256")
    .update(new Uint8Array(await file.arrayBuffer()))
    .digest("hex");
