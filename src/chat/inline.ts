import { logger } from "../base/log.ts";
import { chatAlone } from "../domain/outgoing.ts";
import type {
  TelegramInlineQuery,
  TelegramInlineQueryResultArticle,
  TelegramInlineQueryResultsButton,
} from "../domain/telegram.ts";
import { type Texts, textsOf } from "../locales/texts.ts";
import { beginningOf } from "../markdown/to-text.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { createTextWriter, cut, isBlank } from "../replies/text-writer.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isTelegramError } from "../telegram/errors.ts";
import type { Asking, ChatContext } from "./context.ts";
import { bestLine } from "./lists/best-line.ts";
import { createFindOwn, wantedBy } from "./lists/lists.ts";
import { withoutWords } from "./lists/show.ts";

/** Telegram forgets a query that nobody has answered for so long. https://core.telegram.org/bots/api#inlinequery */
const FORGOTTEN_MS = 30_000;
/** How long a person waits for Memos before they are told to try later. */
const PATIENCE_MS = 8_000;
const PER_ANSWER = 10;
/** The most results of a query: who looks for more has to add words. */
const MOST = 200;
/** Less than Telegram's 4,096 and 100: below may stand the link. */
const ROOM = { length: 4_000, entities: 99 };
const TITLE_LENGTH = 100;

/** What the button above the results says to the bot, as `/start <word>`: how to be connected is its usual answer. */
const CONNECT = "connect";
export const STATUS = "status";

interface Answer {
  readonly results: TelegramInlineQueryResultArticle[];
  readonly next_offset?: string;
  readonly button?: TelegramInlineQueryResultsButton;
}

/** Answers inline queries: finds a person's own memos from any chat, which they then send there themselves. */
export function createInline(context: ChatContext) {
  const { api, admission, bindings, jobs, urls, clock, askerOf, suspectMemos, suspectToken } = context;
  const findOwn = createFindOwn(context);
  const log = logger("inline");
  /** By person: ends the work on their last query. Nobody looks at its results once they typed on. */
  const newest = new Map<number, AbortController>();

  const withButton = (text: string, start_parameter: string): Answer => ({
    results: [],
    button: { text, start_parameter },
  });

  /** Throws only where `asking.signal` ended it. */
  async function answerOf(asking: Asking, { query, offset }: TelegramInlineQuery): Promise<Answer> {
    const { from, texts, signal } = asking;
    const asker = askerOf(asking);
    // /start tells how it is done, or that the token has died.
    const connect = withButton(texts.commands.bind, CONNECT);
    if (asker?.binding.state !== "active") return connect;
    const wanted = wantedBy(query);
    const at = Math.min(MOST, Number.parseInt(offset, 10) || 0);
    const patience = new AbortController();
    void clock.sleep(PATIENCE_MS, signal).then(() => patience.abort());
    try {
      const limit = Math.min(MOST, at + PER_ANSWER + 1);
      const { found } = await findOwn(
        { ...asker, signal: AbortSignal.any([signal, patience.signal]) },
        { ...wanted, limit },
      );
      const to = at + PER_ANSWER;
      const shown = found.slice(at, to).map((memo, nth) => articleOf(texts, memo, wanted.terms, at + nth));
      return { results: await Promise.all(shown), next_offset: found.length > to ? `${to}` : "" };
    } catch (error) {
      if (!isMemosError(error) || signal.aborted) throw error;
      if (error.kind === "token_refused") {
        suspectToken(from, chatAlone(from), false);
        return connect;
      }
      suspectMemos();
      return withButton(texts.tryLater, STATUS);
    }
  }

  /** A memo as it is sent: its words and, where it is PUBLIC, a link to it. */
  async function articleOf(texts: Texts, memo: Memo, terms: readonly string[], nth: number) {
    const { content, visibility } = memo;
    const { first, isWhole } = await beginningOf(content, ROOM);
    const words = isBlank(first.text) ? withoutWords(texts, memo) : first;
    const writer = createTextWriter().add(words);
    if (!isWhole) writer.add("\n…");
    const url = visibility === "PUBLIC" ? urls.memoUrl(memo.name) : null;
    if (url !== null) writer.add("\n\n").add(texts.open, { url });
    const { text: message_text, entities } = writer.done();
    return {
      type: "article" as const,
      id: `${nth}`,
      title: cut((await bestLine(content, terms)) || words.text, TITLE_LENGTH),
      description: `${texts.day(new Date(memo.createTime))} · ${visibility}`,
      input_message_content: { message_text, entities },
    };
  }

  async function answer(query: TelegramInlineQuery, asking: Asking): Promise<void> {
    const nothing: Answer = { results: [] };
    const found = admission.isAllowed(asking.from) ? await answerOf(asking, query) : nothing;
    // The results are for this person alone, and Telegram must not cache them.
    const params = { inline_query_id: query.id, ...found, is_personal: true, cache_time: 0 };
    await api.call("answerInlineQuery", params, asking.signal);
  }

  /** Of an error of Memos only the kind is logged: its words may repeat what was looked for or found. */
  function failed(update_id: string | undefined, error: unknown): void {
    const isLate = isTelegramError(error, "refused") && /query is too old/.test(error.message);
    const why = isMemosError(error) ? error.kind : error;
    if (!isLate) log.warn("an inline query could not be answered", { update_id, error: why });
  }

  return async ({ lease, job, updates }: LeasedJob, stopping: AbortSignal): Promise<void> => {
    const [{ update, update_id } = {}] = updates;
    const query = update?.inline_query;
    const { id: job_id, telegram_id: from } = job;
    if (query && from !== null && clock.now() - job.created_at < FORGOTTEN_MS) {
      newest.get(from)?.abort();
      const over = new AbortController();
      newest.set(from, over);
      const signal = AbortSignal.any([stopping, over.signal]);
      const binding = bindings.get(from);
      const texts = textsOf(binding, query.from.language_code);
      try {
        const asking = { job_id, at: job.created_at, from, to: chatAlone(from), binding, texts, signal };
        await answer(query, asking);
      } catch (error) {
        if (!signal.aborted) failed(update_id, error);
      } finally {
        over.abort();
        if (newest.get(from) === over) newest.delete(from);
      }
    }
    jobs.forget(lease);
  };
}
