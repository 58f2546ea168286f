import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Incoming, Task } from "../domain/incoming.ts";
import type { OwedMessage } from "../domain/outgoing.ts";
import { parseUpdate, readUpdate } from "../messages/update.ts";
import type { Identity } from "../telegram/identity.ts";
import type { UpdateSink } from "./polling.ts";

/** What Telegram is answered. A body is a method call that rides in the answer. */
export interface WebhookAnswer {
  readonly status: 200 | 400 | 401 | 503;
  readonly body?: Record<string, unknown>;
}

/** What is owed to people, as far as it is sent in answers to deliveries. */
export interface OwedAnswers {
  /** The next message that is owed in a chat, marked as on its way; undefined while there is none. */
  take(chatId: number): OwedMessage | undefined;
  sent(message: OwedMessage): void;
  /** It did not come through: it is owed again. */
  lost(message: OwedMessage): void;
}

/** Chats of which a delivery is held for what can be said in its answer: nothing else is said there meanwhile. */
export function createHeldChats(released: (chatId: number) => void) {
  /** A chat for each of its deliveries. */
  const held: number[] = [];
  return {
    has: (chatId: number) => held.includes(chatId),
    async hold<T>(chatId: number, work: () => Promise<T>): Promise<T> {
      held.push(chatId);
      try {
        return await work();
      } finally {
        held.splice(held.indexOf(chatId), 1);
        released(chatId);
      }
    },
  };
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
export function createWebhook(deps: {
  secret: Secret;
  /** One that Telegram may still send, until it comes with the other. */
  olderSecret: Secret | null;
  forgetOlderSecret: () => void;
  sink: Pick<UpdateSink, "accept" | "mayAccept">;
  identity: Identity;
  delivered: (status: number) => void;
  /** Where Telegram's API cannot be called, what is to be said can only ride in the answer to a delivery. */
  apiReachable: () => boolean;
  owed: OwedAnswers;
  /** Said when nothing else is to be said in time. */
  kept: (chatId: number) => { method: string; params: Record<string, unknown> };
  heldChats: ReturnType<typeof createHeldChats>;
  clock: Clock;
  log: Log;
}) {
  const { secret, sink, identity, apiReachable, owed, heldChats, clock, log } = deps;
  let { olderSecret } = deps;
  /** Notices that rode in the answer to an update, as long as that may come again. By its id. */
  const rides = new Map<number, { readonly queue: string; readonly message: OwedMessage }>();

  /** The update once it is on disk; else what its delivery is answered. */
  function store(body: string, bySecretOfToday: boolean): Incoming | 400 | 503 {
    const update = parseUpdate(body);
    if (!update) return 400;
    if (!sink.mayAccept()) return 503;
    try {
      const incoming = readUpdate(update, identity.name());
      sink.accept([incoming], { polled: false });
      if (bySecretOfToday && olderSecret !== null) {
        deps.forgetOlderSecret();
        olderSecret = null;
      }
      settleRides(incoming);
      return incoming;
    } catch (error) {
      log.error("a delivery could not be stored; telegram sends it again", { detail: messageOf(error) });
      return 503;
    }
  }

  /**
   * Telegram goes on in a queue once the answer to the last update of it came through. A process that ends before leaves
   * the notice on its way: the next start sends it again.
   */
  function settleRides(incoming: Incoming): void {
    const queue = queueOf(incoming);
    for (const [updateId, ride] of rides) {
      if (ride.queue !== queue) continue;
      if (updateId === incoming.update_id) owed.lost(ride.message);
      else owed.sent(ride.message);
      rides.delete(updateId);
    }
  }

  /** What is to be said to the chat, as soon as there is something; something in any case but where it can be called. */
  async function ride(chatId: number, incoming: Incoming): Promise<Record<string, unknown> | undefined> {
    const until = clock.monotonic() + RIDE_MS;
    while (!apiReachable()) {
      const said = owed.take(chatId);
      if (said) {
        // Nobody tells whether it comes through: a confirmation is sent once at most, a notice at least once.
        if (said.promise === "confirmation") owed.sent(said);
        else rides.set(incoming.update_id, { queue: queueOf(incoming), message: said });
      }
      const answer = said ?? (clock.monotonic() >= until ? deps.kept(chatId) : undefined);
      if (answer) return { method: answer.method, ...answer.params };
      await clock.sleep(RIDE_LOOK_MS);
    }
    return undefined;
  }

  return {
    /** One delivery: the header X-Telegram-Bot-Api-Secret-Token and the body. Answered 200 only once it is on disk. */
    async receive(given: string | null, body: string): Promise<WebhookAnswer> {
      if (given === null) return { status: 401 };
      const isOfToday = secret.equals(given);
      if (!isOfToday && !olderSecret?.equals(given)) return { status: 401 };
      const stored = store(body, isOfToday);
      deps.delivered(typeof stored === "number" ? stored : 200);
      if (typeof stored === "number") return { status: stored };
      const chatId = UNANSWERED.includes(stored.task.kind) ? null : stored.chat_id;
      const said =
        chatId === null || apiReachable()
          ? undefined
          : await heldChats.hold(chatId, () => ride(chatId, stored));
      return { status: 200, ...(said && { body: said }) };
    },
  };
}

/** Telegram brings the updates of a queue one after the other: those of a chat, and those of a person of any other kind. */
function queueOf({ kind, chat_id, sender }: Incoming): string {
  return kind === "message" || kind === "edited_message" ? `${chat_id}` : `${kind} ${sender?.id}`;
}
