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

export interface WebhookReceiver {
  /** One delivery: the header X-Telegram-Bot-Api-Secret-Token and the body. Answered 200 only once it is on disk. */
  receive(secret: string | null, body: string): Promise<WebhookAnswer>;
}

export interface WebhookDeps {
  readonly secret: Secret;
  readonly sink: Pick<UpdateSink, "accept" | "mayAccept">;
  readonly identity: Identity;
  readonly delivered: (status: number) => void;
  /** Where Telegram's API cannot be called, what is to be said can only ride in the answer to a delivery. */
  readonly apiReachable: () => boolean;
  /** The next message that is owed in a chat, taken to be sent this way; undefined while there is none. */
  readonly takeOwed: (
    chatId: number,
  ) => { method: string; params: Record<string, unknown>; sent(): void } | undefined;
  /** Said when nothing else is to be said in time. */
  readonly kept: (chatId: number) => { method: string; params: Record<string, unknown> };
  readonly clock: Clock;
  readonly log: Log;
}

/** The longest a delivery is held for its answer. */
const RIDE_MS = 5_000;
const RIDE_LOOK_MS = 100;
/** What nobody expects a word about. */
const UNANSWERED: readonly Task["kind"][] = ["nothing", "overheard", "migration"];

/**
 * Takes what Telegram delivers. Only what is no update at all is refused: any other refusal holds back the whole
 * chat at Telegram for up to 24 hours. https://core.telegram.org/bots/api#setwebhook
 */
export function createWebhookReceiver(deps: WebhookDeps): WebhookReceiver {
  const { secret, sink, identity, delivered, apiReachable, takeOwed, kept, clock, log } = deps;

  function store(body: string): { status: 200 | 400 | 503; chatId: number | null } {
    const update = parse(body);
    if (!update) return { status: 400, chatId: null };
    if (!sink.mayAccept()) return { status: 503, chatId: null };
    try {
      const incoming = readUpdate(update, identity.name());
      sink.accept([incoming], { polled: false, stalePresses: false });
      return { status: 200, chatId: UNANSWERED.includes(incoming.task.kind) ? null : incoming.chat_id };
    } catch (error) {
      log.error("a delivery could not be stored; telegram sends it again", { detail: messageOf(error) });
      return { status: 503, chatId: null };
    }
  }

  /** What is to be said to the chat, as soon as there is something, and something in any case. */
  async function ride(chatId: number): Promise<Record<string, unknown>> {
    const until = clock.monotonic() + RIDE_MS;
    for (;;) {
      const owed = takeOwed(chatId);
      if (owed) {
        owed.sent();
        return { method: owed.method, ...owed.params };
      }
      if (clock.monotonic() >= until) {
        const { method, params } = kept(chatId);
        return { method, ...params };
      }
      await clock.sleep(RIDE_LOOK_MS);
    }
  }

  return {
    async receive(given, body) {
      if (given === null || !secret.equals(given)) return { status: 401 };
      const { status, chatId } = store(body);
      delivered(status);
      if (status !== 200 || chatId === null || apiReachable()) return { status };
      return { status, body: await ride(chatId) };
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
