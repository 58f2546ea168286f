import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Service } from "../base/service.ts";
import type { OwedMessage, Reservation } from "../domain/outgoing.ts";
import type { TelegramApi, TelegramMethod } from "../telegram/api.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { Pace } from "./pace.ts";

/** Where the messages wait. */
export interface MessageQueue {
  take(busyChats: readonly number[]): OwedMessage | undefined;
  nextDueAt(busyChats: readonly number[]): number | undefined;
  sent(id: number, messageId: number | null): void;
  again(id: number, dueAt: number, detail: string): void;
  drop(id: number, detail: string): void;
  move(id: number, toChatId: number): void;
  uncertain(id: number, dueAt: number, detail: string): void;
}

export interface Sender extends Service {
  /** There is something new to send. */
  wake(): void;
  /** Telegram answered a call: what waits for that is sent. */
  contact(): void;
  /** For a message that is not taken from the queue; undefined while nothing may be sent there. */
  reserve(chatId: number): Reservation | undefined;
}

/** Telegram allows 30 messages a second in all. */
const PAUSE_MS = 1_000 / 30;
const LONGEST_SLEEP_MS = 60_000;
/** The store could not be read or written: before it is tried again. */
const FAILED_PAUSE_MS = 5_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;
/** A 429 that does not say how long. */
const THROTTLED_MS = 1_000;
/** After a 5xx of Telegram, before anything else is sent. */
const TROUBLE_MS = 5_000;
/** During a stop a call that is under way may end by itself for so long. */
const GRACE_MS = 2_000;

/**
 * Sends what is owed, in order within a chat and within Telegram's limits. While Telegram cannot be called nothing is
 * risked: a confirmation whose call gets no answer is never sent again. Who receives updates calls it all the time, and
 * wakes the sender once a call is answered.
 */
export function createSender(deps: {
  api: Pick<TelegramApi, "call" | "reachable">;
  queue: MessageQueue;
  /** Chats to which something is being said another way. */
  heldChats: () => readonly number[];
  /** Kept by all that is sent. */
  pace: Pace;
  clock: Clock;
  log: Log;
}): Sender {
  const { api, queue, heldChats, pace, clock, log } = deps;
  const sending = new Set<Promise<void>>();
  const sendingTo = new Set<number>();
  let wakeUp = new AbortController();
  let stopping = new AbortController();
  let aborting = new AbortController();
  let loop: Promise<void> | null = null;

  /** Monotonic time of the next message, to whatever chat. */
  let nextAt = 0;
  /** Nothing was owed at the last look, and nobody said since that something is. */
  let idle = false;
  /** At the last look Telegram could not be called. */
  let cut = false;

  const stillInMs = () => Math.max(pace.stillInMs(), nextAt - clock.monotonic());
  const mayCall = () => api.reachable() && stillInMs() <= 0;
  const busyChats = () => [...pace.resting(), ...sendingTo, ...heldChats()];

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      wakeUp = new AbortController();
      try {
        const message = mayCall() ? queue.take(busyChats()) : undefined;
        if (message) {
          begin(message);
          await clock.sleep(PAUSE_MS, signal);
          continue;
        }
        await clock.sleep(pause(), AbortSignal.any([wakeUp.signal, signal]));
      } catch (error) {
        // A full disk, say: nothing was taken.
        log.error("messages could not be taken", { error });
        await clock.sleep(FAILED_PAUSE_MS, signal);
      }
    }
    await Promise.all(sending);
  }

  function begin(message: OwedMessage): void {
    sendingTo.add(message.chat_id);
    nextAt = clock.monotonic() + PAUSE_MS;
    const task = send(message)
      .catch((error) => {
        // It stays marked as on its way: the next start settles it by its promise.
        log.error("what became of a message could not be stored", { chat_id: message.chat_id, error });
      })
      .finally(() => {
        sending.delete(task);
        freed(message.chat_id);
      });
    sending.add(task);
  }

  function freed(chatId: number): void {
    sendingTo.delete(chatId);
    if (!idle) wakeUp.abort();
  }

  /** Until something may be sent again. */
  function pause(): number {
    cut = !api.reachable();
    if (cut) return LONGEST_SLEEP_MS;
    idle = queue.nextDueAt([]) === undefined;
    if (idle) return LONGEST_SLEEP_MS;
    const due = queue.nextDueAt(busyChats());
    const inMs = due === undefined ? LONGEST_SLEEP_MS : due - clock.now();
    const soonest = Math.max(stillInMs(), Math.min(inMs, pace.nextInMs() ?? LONGEST_SLEEP_MS));
    return Math.min(LONGEST_SLEEP_MS, Math.max(20, soonest));
  }

  async function send(message: OwedMessage): Promise<void> {
    try {
      const answer = await api.call(
        message.method as TelegramMethod,
        message.params as never,
        aborting.signal,
      );
      queue.sent(message.id, messageIdOf(answer));
    } catch (error) {
      // It may be owed again.
      idle = false;
      if (isTelegramError(error)) failed(message, error);
      else {
        // A fault of ours, or of the disk: what was sent is not known, so it counts as uncertain.
        log.error("a message could not be sent", { chat_id: message.chat_id, error });
        queue.uncertain(message.id, clock.now() + retryMs(message.attempts), messageOf(error));
      }
    } finally {
      // Telegram's limits are about what is written.
      if (message.method !== "deleteMessage") pace.called(message.chat_id);
    }
  }

  function failed(message: OwedMessage, error: TelegramError): void {
    const { id, chat_id } = message;
    const { kind } = error;
    const later = clock.now() + (error.retryAfterMs ?? retryMs(message.attempts));
    if (isDone(message, error)) {
      queue.sent(id, null);
    } else if (kind === "throttled") {
      pace.pause(error.retryAfterMs ?? THROTTLED_MS);
      queue.again(id, later, error.message);
    } else if (error.migrateToChatId !== undefined) {
      log.info("a group became a supergroup", { chat_id, now: error.migrateToChatId });
      queue.move(id, error.migrateToChatId);
    } else if (kind === "bad_token") {
      queue.again(id, clock.now() + LONGEST_SLEEP_MS, error.message);
    } else if (kind === "unreachable" || kind === "aborted") {
      // Telegram is in trouble of its own: what may be said only once is not spent on that.
      if (error.answered) pace.pause(TROUBLE_MS);
      if (error.surelyNotDone) queue.again(id, later, error.message);
      else queue.uncertain(id, later, error.message);
    } else {
      // Blocked by the person, a chat that is gone, a message too old to edit: asking again changes nothing.
      log.warn("a message was given up", { chat_id, method: message.method, detail: error.message });
      queue.drop(id, error.message);
    }
  }

  return {
    wake() {
      idle = false;
      wakeUp.abort();
    },
    contact() {
      if (cut) wakeUp.abort();
    },
    reserve(chat_id) {
      if (!loop || stopping.signal.aborted || !mayCall() || busyChats().includes(chat_id)) return undefined;
      sendingTo.add(chat_id);
      let sends = false;
      return {
        chat_id,
        send(message) {
          sends = true;
          begin(message);
        },
        end() {
          if (!sends) freed(chat_id);
          return sends;
        },
      };
    },
    start() {
      if (loop) return;
      stopping = new AbortController();
      aborting = new AbortController();
      loop = run(stopping.signal);
    },
    async stop() {
      if (!loop) return;
      stopping.abort();
      const quiet = new AbortController();
      const ended = loop.then(() => quiet.abort());
      await clock.sleep(GRACE_MS, quiet.signal);
      aborting.abort();
      await ended;
      loop = null;
    },
  };
}

/** An edit that was made before, or says what is there already; a message that was deleted before. */
function isDone({ method }: OwedMessage, { message }: TelegramError): boolean {
  return (
    /message is not modified/i.test(message) ||
    (method === "deleteMessage" && /message to delete not found/i.test(message))
  );
}

function retryMs(attempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10));
}

function messageIdOf(answer: unknown): number | null {
  const id = (answer as { message_id?: unknown } | null)?.message_id;
  return typeof id === "number" ? id : null;
}
