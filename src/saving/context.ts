import type { TokenWatch } from "../accounts/token-watch.ts";
import type { Clock } from "../base/clock.ts";
import type { KeyedMutex } from "../base/keyed-mutex.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Confirmation } from "../domain/choices.ts";
import { chatAlone, type Destination, placeOf, type Reservation } from "../domain/outgoing.ts";
import type { Waits } from "../domain/saved.ts";
import type { BotName } from "../domain/telegram.ts";
import type { Texts } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError, type MemosError, UploadSizeError } from "../memos/errors.ts";
import { isPost } from "../messages/addressed.ts";
import { nameOfPost } from "../messages/forward-source.ts";
import { type CurrentMessage, capturedMessages, currentMessages, messageIn } from "../messages/versions.ts";
import { type Message, withHead } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Known, LeasedJob } from "../store/queue/jobs.ts";
import type { Store } from "../store/store.ts";
import type { Identity } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";
import type { TelegramFiles } from "../telegram/files.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { Concurrency } from "./concurrency.ts";
import type { IdSource } from "./desired.ts";
import type { Circumstances } from "./outcome.ts";

export interface SavingContext {
  readonly botId: number;
  readonly bot: { readonly id_key: string };
  readonly store: Store;
  readonly memos: MemosClient;
  readonly files: TelegramFiles;
  readonly identity: Identity;
  readonly tokenWatch: Pick<TokenWatch, "look">;
  readonly concurrency: Pick<Concurrency, "measure">;
  readonly breaker: Pick<CircuitBreaker, "report">;
  /** The right to write to a chat now; undefined while nothing may be sent there. */
  readonly reserve: (chatId: number) => Reservation | undefined;
  /** One change at a time for each memo, also by a command: who writes what they have read must not write over another. */
  readonly memoMutex: KeyedMutex;
  readonly urls: { memoUrl(name: string): string | null };
  readonly clock: Clock;
  /** Whether stored times can be compared with now; null while that is not known. */
  readonly clockIsRight: () => boolean | null;
  readonly random: () => number;
  readonly log: Log;
}

/** The job in hand, with everything its steps need. */
export interface Work {
  readonly leased: LeasedJob;
  readonly record: ReturnType<typeof createRecord>;
  readonly idSource: IdSource;
  /** Where it is answered. */
  readonly to: Destination;
  readonly binding: Binding;
  /** How it is told there that something was saved. */
  readonly confirmsBy: Confirmation;
  readonly token: Secret;
  readonly botName: BotName;
  /** As they are now, in message order. */
  readonly current: readonly CurrentMessage[];
  /** In the sender's language. */
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

/** What is known of a job in hand: as it was leased, and what was written down since. */
export function createRecord({ jobs }: SavingContext["store"], { lease, job }: LeasedJob) {
  let known: Known = job;
  let isTouched = false;
  return {
    /** Whether something of it may have come to Memos in this try. */
    get isTouched(): boolean {
      return isTouched;
    },
    /** Makes a memo or a file. A refused token makes none. */
    async touch<T>(making: Promise<T>): Promise<T> {
      try {
        const made = await making;
        isTouched = true;
        return made;
      } catch (error) {
        isTouched ||= !isMemosError(error, "token_refused");
        throw error;
      }
    },
    get known(): Known {
      return known;
    },
    /** Synced: the next call depends on it. */
    note(patch: Partial<Known>): void {
      known = { ...known, ...patch };
      jobs.note(lease, patch);
    },
    /** The memo is this job's from now on; false where another one has it. */
    claim(memo_name: string): boolean {
      if (!jobs.claim(lease, { memo_name, server: job.server ?? "" })) return false;
      known = { ...known, memo_name };
      return true;
    },
  };
}

/** The messages of a job as its updates up to `seq` tell them. */
export function messagesAt({ job, updates }: LeasedJob, seq = Number.POSITIVE_INFINITY): CurrentMessage[] {
  const versions = currentMessages(updates.filter((update) => update.seq <= seq));
  return job.kind === "capture" ? capturedMessages(versions, job.message_id) : versions;
}

/** Whether nothing came since it was last done. */
export const hasNoNews = ({ leased, record }: Pick<Work, "leased" | "record">) =>
  leased.updates.every(({ seq }) => seq <= record.known.covered);

/**
 * Where a job's messages are answered: in their chat, and the topic, where they are still kept. In a channel nothing is
 * ever said: whose memo a post becomes is told in private.
 */
export function answersTo(
  { store: { chats } }: Pick<SavingContext, "store">,
  { job: { chat_id, telegram_id }, updates }: LeasedJob,
): Destination {
  if (chats.of(chat_id ?? 0)?.type === "channel") return chatAlone(telegram_id ?? 0);
  return placeOf(messageIn(updates[0]?.update) ?? {}, chat_id ?? 0);
}

/** The message of a job that something is said below; null where that is said elsewhere. */
export const below = (
  to: Destination,
  { chat_id, message_id }: LeasedJob["job"],
  of: number | null | undefined = message_id,
): number | null => (to.chat_id === chat_id ? (of ?? null) : null);

/** What stands above what is said about a job's messages: which post of a channel that is not below. */
export function headOf({ updates }: LeasedJob): string | undefined {
  const post = messageIn(updates[0]?.update);
  return post && isPost(post) ? nameOfPost(post) : undefined;
}

export const aboutPost = (leased: LeasedJob, message: Message): Message => withHead(headOf(leased), message);

/** What the outcome of a try that failed follows from, besides its error. */
export function circumstances(
  { clock, clockIsRight, random }: SavingContext,
  { lease, job, snoozes }: LeasedJob,
  memosIsAway: boolean,
): Circumstances {
  const { attempts, first_failed_at: since } = job;
  const failingForMs = since !== null && clockIsRight() === true ? clock.now() - since : 0;
  const now = clock.monotonic();
  const [heldForMs, tookMs] = [now - lease.failingSince, now - lease.begunAt];
  return { attempts, snoozes, failingForMs, heldForMs, tookMs, memosIsAway, random: random() };
}

/** What its sender is told of a failure that is tried again. */
export function waitsOf(error: unknown): Omit<Waits, "since"> {
  if (isMemosError(error)) return { why: "memos", ownWords: error.ownWords ?? null };
  if (isTelegramError(error, "file_unreadable")) return { why: "disk", ownWords: null };
  const isTelegrams = isTelegramError(error) || error instanceof UploadSizeError;
  return { why: isTelegrams ? "telegram" : "memoferry", ownWords: null };
}

/** A failure after which only a look tells what Memos has; not one that says everything. */
export function isUncertain(error: unknown): error is MemosError {
  return isMemosError(error) && error.kind !== "aborted" && error.kind !== "token_refused";
}
