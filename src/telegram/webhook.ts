import type { TelegramUpdate } from "gramio";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Secret } from "../secret.ts";
import type { Identity } from "./identity.ts";
import type { UpdateSink } from "./poller.ts";
import { readUpdate, type Task } from "./update.ts";

/** What Telegram is answered. A body is a method call that rides in the answer. */
export interface WebhookAnswer {
  readonly status: 200 | 400 | 401 | 503;
  readonly body?: Record<string, unknown>;
}

/** A message that is sent in an answer. Nobody tells whether it came through. */
export interface Riding {
  readonly method: string;
  readonly params: Record<string, unknown>;
  /** It can be taken to have come through. */
  sent(): void;
  /** It did not. */
  lost(): void;
}

export interface WebhookReceiver {
  /** Chats whose delivery is held for what can be said in its answer. */
  heldChats(): readonly number[];
  /** One delivery: the header X-Telegram-Bot-Api-Secret-Token and the body. Answered 200 only once it is on disk. */
  receive(secret: string | null, body: string): Promise<WebhookAnswer>;
}

export interface WebhookDeps {
  readonly secret: Secret;
  /** One that Telegram may still send, until it comes with the other. */
  readonly olderSecret: Secret | null;
  readonly forgetOlderSecret: () => void;
  readonly sink: Pick<UpdateSink, "accept" | "mayAccept">;
  readonly identity: Identity;
  readonly delivered: (status: number) => void;
  /** Where Telegram's API cannot be called, what is to be said can only ride in the answer to a delivery. */
  readonly apiReachable: () => boolean;
  /** The next message that is owed in a chat, taken to be sent this way; undefined while there is none. */
  readonly takeOwed: (chatId: number) => Riding | undefined;
  /** Said when nothing else is to be said in time. */
  readonly kept: (chatId: number) => { method: string; params: Record<string, unknown> };
  /** A chat is held no more: what is owed to it may be sent otherwise. */
  readonly released: () => void;
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/** The longest a delivery is held for its answer. */
const RIDE_MS = 5_000;
const RIDE_LOOK_MS = 100;
/** Telegram waits a minute for an answer; an update that it has not brought again by then was answered. */
const ANSWERED_MS = 90_000;
/** What nobody expects a word about. */
const UNANSWERED: readonly Task["kind"][] = ["nothing", "overheard", "migration"];

/**
 * Takes what Telegram delivers. Only what is no update at all is refused: any other refusal holds back the whole
 * chat at Telegram for up to 24 hours. https://core.telegram.org/bots/api#setwebhook
 */
export function createWebhookReceiver(deps: WebhookDeps): WebhookReceiver {
  const {
    secret,
    forgetOlderSecret,
    sink,
    identity,
    delivered,
    apiReachable,
    takeOwed,
    kept,
    released,
    stopping,
    clock,
    log,
  } = deps;

  let { olderSecret } = deps;
  const held = new Map<number, number>();
  /** What rode in the answer to an update, as long as that may come again. */
  const rides = new Map<number, Riding>();

  interface Stored {
    readonly status: 200 | 400 | 503;
    /** Whom an answer would reach; null where nobody expects a word. */
    readonly chatId: number | null;
    readonly updateId: number;
  }

  function store(body: string, bySecretOfToday: boolean): Stored {
    const update = parse(body);
    const updateId = update?.update_id ?? 0;
    const failed = (status: 400 | 503): Stored => ({ status, chatId: null, updateId });
    if (!update) return failed(400);
    if (!sink.mayAccept()) return failed(503);
    try {
      const incoming = readUpdate(update, identity.name());
      sink.accept([incoming], { polled: false });
      if (bySecretOfToday && olderSecret !== null) {
        forgetOlderSecret();
        olderSecret = null;
      }
      return {
        status: 200,
        chatId: UNANSWERED.includes(incoming.task.kind) ? null : incoming.chat_id,
        updateId,
      };
    } catch (error) {
      log.error("a delivery could not be stored; telegram sends it again", { detail: messageOf(error) });
      return failed(503);
    }
  }

  /** What is to be said to the chat, as soon as there is something, and something in any case but where it can be called. */
  async function ride(chatId: number, updateId: number): Promise<Record<string, unknown> | undefined> {
    const until = clock.monotonic() + RIDE_MS;
    while (!apiReachable()) {
      const owed = takeOwed(chatId);
      if (owed) {
        rides.set(updateId, owed);
        void arrive(updateId, owed);
        return { method: owed.method, ...owed.params };
      }
      if (clock.monotonic() >= until) {
        const { method, params } = kept(chatId);
        return { method, ...params };
      }
      await clock.sleep(RIDE_LOOK_MS);
    }
    return undefined;
  }

  /** A process that ends before leaves it on its way: the next start settles it by its promise. */
  async function arrive(updateId: number, riding: Riding): Promise<void> {
    await clock.sleep(ANSWERED_MS, stopping);
    if (stopping.aborted || rides.get(updateId) !== riding) return;
    rides.delete(updateId);
    try {
      riding.sent();
    } catch (error) {
      log.error("what became of a message could not be stored", { error });
    }
  }

  /** The answer to its first delivery did not come through. */
  function broughtAgain(updateId: number): void {
    const riding = rides.get(updateId);
    rides.delete(updateId);
    riding?.lost();
  }

  async function hold(chatId: number, updateId: number): Promise<Record<string, unknown> | undefined> {
    held.set(chatId, (held.get(chatId) ?? 0) + 1);
    try {
      return await ride(chatId, updateId);
    } finally {
      const left = (held.get(chatId) ?? 1) - 1;
      if (left > 0) held.set(chatId, left);
      else held.delete(chatId);
      released();
    }
  }

  return {
    heldChats: () => [...held.keys()],
    async receive(given, body) {
      if (given === null) return { status: 401 };
      const isOfToday = secret.equals(given);
      if (!isOfToday && !olderSecret?.equals(given)) return { status: 401 };
      const { status, chatId, updateId } = store(body, isOfToday);
      delivered(status);
      if (status !== 200) return { status };
      broughtAgain(updateId);
      const said = chatId === null || apiReachable() ? undefined : await hold(chatId, updateId);
      return { status, ...(said && { body: said }) };
    },
  };
}

function parse(body: string): TelegramUpdate | null {
  try {
    const update = JSON.parse(body) as TelegramUpdate | null;
    return Number.isSafeInteger(update?.update_id) ? update : null;
  } catch {
    return null;
  }
}
