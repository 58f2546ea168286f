import type { Clock } from "../base/clock.ts";
import { createLanes, type Next } from "../base/lanes.ts";
import type { Log } from "../base/log.ts";
import { isSentOnce, type OwedMessage, type Reservation } from "../domain/outgoing.ts";
import type { TelegramApi, TelegramMethod } from "../telegram/api.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import { ALL_CHATS, type Pace } from "./pace.ts";

export interface OwedMessages {
  chats(): Iterable<number>;
  take(chatId: number, answersOnly: boolean): OwedMessage | undefined;
  sent(message: OwedMessage, messageId: number | null): void;
  again(message: OwedMessage): void;
  drop(message: OwedMessage): void;
  refused(message: OwedMessage, why: string): void;
  move(message: OwedMessage, toChatId: number): void;
}

/** Calls that wait for their answers. */
const CONCURRENCY = 100;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;
const THROTTLED_MS = 1_000;
/** So long nothing is sent anywhere where a group says that it takes no more: mostly that is its own limit. */
const GROUP_PAUSE_MS = 3_000;
/** After a 5xx of Telegram, before anything else is sent. */
const TROUBLE_MS = 5_000;
/** During a stop a call that is under way may end by itself for so long. */
const GRACE_MS = 2_000;

export type Sender = ReturnType<typeof createSender>;

/**
 * Sends what is owed, within a chat answers first and else in order, and within Telegram's limits. While Telegram cannot
 * be called nothing is risked: a confirmation whose call gets no answer is never sent again. Who receives updates calls it
 * all the time, and tells the sender once a call is answered.
 */
export function createSender(deps: {
  api: Pick<TelegramApi, "call" | "reachable">;
  owed: OwedMessages;
  /** The parameters of a call as Telegram takes them. */
  callParams: (message: OwedMessage) => Record<string, unknown>;
  sendFile: (message: OwedMessage, signal: AbortSignal) => Promise<unknown>;
  pace: Pace;
  clock: Clock;
  log: Log;
}) {
  const { api, owed, callParams, sendFile, pace, clock, log } = deps;
  /** Of chats whose last message is to be sent again: how often in a row that was so, and until when they rest. */
  const failures = new Map<number, { readonly tries: number; readonly until: number }>();
  /** Chats in which an answer may be owed to what somebody has just done. */
  const answering = new Set<number>();
  /** At the last look Telegram could not be called. */
  let isCut = false;

  const lanes = createLanes<OwedMessage, number>({
    name: "messages to Telegram",
    lanes: owed.chats,
    next,
    work: send,
    concurrency: () => CONCURRENCY,
    ready() {
      isCut = !api.reachable();
      return !isCut;
    },
    restMs: () => pace.restsMs(ALL_CHATS, answering.size > 0),
    graceMs: GRACE_MS,
    clock,
    log,
  });

  function next(chatId: number): Next<OwedMessage> {
    const isAnswering = answering.has(chatId);
    const inMs = restsMs(chatId, isAnswering);
    if (inMs > 0) return { inMs };
    const item = owed.take(chatId, isAnswering && restsMs(chatId) > 0);
    if (item) return { item };
    return answering.delete(chatId) ? next(chatId) : undefined;
  }

  function restsMs(chatId: number, isAnswer = false): number {
    const untilMs = (failures.get(chatId)?.until ?? 0) - clock.monotonic();
    return Math.max(pace.restsMs(chatId, isAnswer), untilMs);
  }

  async function send(message: OwedMessage, signal: AbortSignal): Promise<void> {
    // Telegram's limits for a chat are about what is written.
    pace.called(message.method === "deleteMessage" ? undefined : message.chat_id);
    try {
      const answer =
        message.method === "sendDocument"
          ? await sendFile(message, signal)
          : await api.call(message.method as TelegramMethod, callParams(message) as never, signal);
      ended(message);
      owed.sent(message, messageIdOf(answer));
    } catch (error) {
      if (isTelegramError(error)) failed(message, error);
      else {
        // A fault of ours, or of the disk: it may have gone out.
        log.error("what became of a message could not be stored", { chat_id: message.chat_id, error });
        uncertain(message);
      }
    }
  }

  const ended = (message: OwedMessage) => failures.delete(message.chat_id);

  /** Its chat rests, longer each time unless it is told for how long. */
  function again(message: OwedMessage, ms?: number): void {
    const { chat_id } = message;
    const tries = (failures.get(chat_id)?.tries ?? 0) + 1;
    const restMs = ms ?? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10));
    failures.set(chat_id, { tries, until: clock.monotonic() + restMs });
    owed.again(message);
  }

  function uncertain(message: OwedMessage): void {
    if (isSentOnce(message)) {
      log.info("a confirmation may not have been sent", { chat_id: message.chat_id });
      owed.drop(message);
    } else again(message);
  }

  function failed(message: OwedMessage, error: TelegramError): void {
    const { chat_id, method } = message;
    const { kind } = error;
    if (isDone(message, error)) {
      ended(message);
      owed.sent(message, null);
    } else if (kind === "throttled") {
      const ms = error.retryAfterMs ?? THROTTLED_MS;
      // A group may be in slow mode, for an hour: then it is the only one that rests for so long.
      if (chat_id >= 0) {
        pace.pause(ms);
        owed.again(message);
      } else {
        pace.pause(Math.min(ms, GROUP_PAUSE_MS));
        again(message, ms);
      }
    } else if (error.migrateToChatId !== undefined) {
      log.info("a group became a supergroup", { chat_id, now: error.migrateToChatId });
      owed.move(message, error.migrateToChatId);
    } else if (kind === "bad_token") {
      // Until a call is answered again, nothing is sent.
      owed.again(message);
    } else if (kind === "unreachable" || kind === "aborted") {
      // Telegram is in trouble of its own: what may be said only once is not spent on that.
      if (error.answered) pace.pause(TROUBLE_MS);
      if (error.surelyNotDone) again(message, error.retryAfterMs);
      else uncertain(message);
    } else {
      // Blocked by the person, a chat that is gone, a message too old to edit: asking again changes nothing.
      log.warn("a message was refused by telegram", { chat_id, method, detail: error.message });
      ended(message);
      owed.refused(message, error.message);
    }
  }

  return {
    /** Something is owed in a chat; `isAnswer`: to what somebody there has just done. */
    ring({ chat_id, isAnswer }: { readonly chat_id: number; readonly isAnswer: boolean }): void {
      if (isAnswer) answering.add(chat_id);
      lanes.ring(chat_id);
    },

    /** Telegram answered a call: what waits for that is sent. */
    contact(): void {
      if (isCut) lanes.ringAll();
    },

    /** For a message that is not taken from the outbox; undefined while nothing may be sent to the chat. */
    reserve(chat_id: number): Reservation | undefined {
      if (!api.reachable() || restsMs(chat_id) > 0) return undefined;
      const held = lanes.hold(chat_id);
      return held && { chat_id, send: held.work, end: held.release };
    },

    start: lanes.start,
    stop: lanes.stop,
  };
}

/** An edit that was made before, or says what is there already; a message that was deleted before. */
function isDone({ method }: OwedMessage, { message }: TelegramError): boolean {
  return (
    /message is not modified/i.test(message) ||
    (method === "deleteMessage" && /message to delete not found/i.test(message))
  );
}

function messageIdOf(answer: unknown): number | null {
  const id = (answer as { message_id?: unknown } | null)?.message_id;
  return typeof id === "number" ? id : null;
}
