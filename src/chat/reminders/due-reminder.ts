import { logger } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import { zoneOfPerson } from "../../base/zones.ts";
import { chatAlone } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import { type Message, say } from "../../replies/messages.ts";
import { createTextWriter } from "../../replies/text-writer.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { ChatDeps } from "../context.ts";
import { addLink, memoMessage } from "../lists/show.ts";
import { reminderButtons } from "./reminders.ts";
import { nextTimes } from "./when.ts";

/** What telling people by the clock needs. */
export type DueDeps = Pick<
  ChatDeps,
  "store" | "memos" | "urls" | "textsFor" | "api" | "clock" | "suspectToken"
>;

/** Who is told: bound to this server, and let in. */
export interface Told {
  readonly binding: Binding;
  /** Undefined where it was forgotten with a lost key. */
  readonly token: Secret | undefined;
}

/** Something to tell a person; it resolves to how long it rests where it could not be told yet. */
export interface Due {
  readonly due_at: number;
  tell(signal: AbortSignal): Promise<number | null>;
}

/** A memo that cannot be read is tried again for so long; then it is told without its words. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 15_000;
const ANSWER_MS = 20_000;
/** From then on it is said when it was due. */
export const LATE_MS = 5 * 60_000;

/** Why a memo cannot be shown: it was deleted, Memos does not answer, or lets its owner in no more. */
type Unread = "gone" | "away" | "paused" | "refused";

/** The next reminder of a person. */
export function createNextReminder(
  { store, memos, urls, textsFor, suspectToken }: DueDeps,
  now: () => number,
) {
  const { reminders } = store;
  const log = logger("reminders");

  /** The memo, or why it cannot be shown. */
  async function read({ binding, token }: Told, name: string, signal: AbortSignal): Promise<Memo | Unread> {
    const { telegram_id: person, state } = binding;
    // They were told so when their binding was paused.
    if (!token || state !== "active") return "paused";
    const soon = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    try {
      return (await memos.lookUpMemo(token, name, soon)) ?? "gone";
    } catch (error) {
      if (!isMemosError(error)) throw error;
      if (error.kind !== "token_refused") return "away";
      suspectToken(person, chatAlone(person));
      return "refused";
    }
  }

  /** What is said in place of a memo. */
  function wordsFor(why: Unread, texts: Texts, binding: Binding): string {
    if (why === "gone") return texts.memoGone;
    return why === "refused" ? urls.tokenDied(texts, binding) : texts.remind.unread;
  }

  return (told: Told): Due | undefined => {
    const { binding } = told;
    const { telegram_id: person } = binding;
    const reminder = reminders.next(person);
    if (!reminder) return undefined;
    const { id, memo_name, account_key, due_at, cron } = reminder;
    return {
      due_at,
      async tell(signal) {
        const memo = await read(told, memo_name, signal);
        const lateMs = now() - due_at;
        if (signal.aborted || (memo === "away" && lateMs < PATIENCE_MS)) return RETRY_MS;
        const texts = textsFor(person);
        const zone = zoneOfPerson(binding);
        const [again = null] = cron === null ? [] : await nextTimes(cron, 1, { now: now(), zone });
        const wasDue = lateMs > LATE_MS ? texts.remind.wasDue({ time: texts.moment(due_at) }) : null;
        const found = typeof memo === "string" ? wordsFor(memo, texts, binding) : memo;
        const url = memo === "gone" ? null : urls.memoUrl(memo_name);
        const message = await messageOf(texts, found, { url, wasDue });
        const shows = { memo_name, account_key };
        const isGone = memo === "gone";
        const shown = isGone ? message : { ...message, shows, buttons: reminderButtons(texts, id) };
        reminders.told(reminder, [say(chatAlone(person), shown, { isLoud: true })], isGone ? "over" : again);
        log.info("told what somebody wanted to be reminded of", { telegram_id: person, reminder: id });
        return null;
      },
    };
  };
}

/** A memo that has come back, or what is said in its place. */
async function messageOf(
  texts: Texts,
  found: Memo | string,
  { url, wasDue }: { url: string | null; wasDue: string | null },
): Promise<Message> {
  const writer = createTextWriter().add(`⏰ ${texts.remind.head}`, "bold");
  writer.add(wasDue === null ? "\n\n" : `\n${wasDue}\n\n`);
  // Its files stay in Memos.
  const limitBytes = Number.POSITIVE_INFINITY;
  if (typeof found !== "string") return memoMessage(texts, found, { url, limitBytes }, writer);
  addLink(writer.add(found), texts, url);
  return writer.done();
}
