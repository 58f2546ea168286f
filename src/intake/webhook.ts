import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Incoming, Task } from "../domain/incoming.ts";
import { type Destination, isSentOnce, type Owed, type OwedMessage } from "../domain/outgoing.ts";
import type { Identity } from "../telegram/api.ts";
import type { UpdateSink } from "./polling.ts";
import { createUpdateReader } from "./read-updates.ts";

/** The longest a delivery is held for its answer. */
const RIDE_MS = 5_000;
const RIDE_LOOK_MS = 100;
/** Tasks about which nobody expects a word. */
const UNANSWERED: readonly Task["kind"][] = [
  "nothing",
  "unreadable",
  "overheard",
  "migration",
  "membership",
  "reaction",
];

/**
 * Takes what Telegram delivers. Only what is no update is refused, such as what was cut off on the way or sent by somebody
 * else: any other refusal holds back the whole chat at Telegram for up to 24 hours. https://core.telegram.org/bots/api#setwebhook
 */
export function createWebhook(deps: {
  secret: Secret;
  /** One that Telegram may still send, until it comes with the other. */
  olderSecret: Secret | null;
  forgetOlderSecret: () => void;
  sink: Pick<UpdateSink, "accept" | "refusal">;
  identity: Identity;
  delivered: () => void;
  /** Telegram brings it again, and till then nothing else of that chat. */
  refused: (why: string) => void;
  /** Where Telegram's API cannot be called, what is to be said can only ride in the answer to a delivery. */
  apiReachable: () => boolean;
  owed: {
    /** The next message that is owed in a chat, marked as on its way; undefined while there is none. */
    take(chatId: number): OwedMessage | undefined;
    sent(message: OwedMessage): void;
    /** Its delivery was not answered: the message is owed again. */
    lost(message: OwedMessage): void;
  };
  /** What is said where there is no answer in time. */
  kept: (to: Destination) => Owed;
  /** The parameters of a call as Telegram takes them. */
  callParams: (message: Owed) => Record<string, unknown>;
  clock: Clock;
  log: Log;
}) {
  const { secret, sink, apiReachable, owed, clock, log } = deps;
  const readUpdates = createUpdateReader(deps);
  let { olderSecret } = deps;
  /** By chat: the notice that rode in the answer to its last update, as long as that may come again. */
  const rides = new Map<number, { readonly updateId: number; readonly message: OwedMessage }>();

  /** What came in one turn of the event loop is stored together, by one sync. */
  let gathering: { readonly batch: Incoming[]; readonly stored: Promise<unknown> } | null = null;

  function gather(incoming: Incoming): Promise<unknown> {
    const batch: Incoming[] = gathering?.batch ?? [];
    batch.push(incoming);
    gathering ??= { batch, stored: setImmediate().then(() => accept(batch)) };
    return gathering.stored;
  }

  function accept(batch: readonly Incoming[]): void {
    gathering = null;
    const refusal = new AppError("unavailable", "The update could not be stored now.");
    if (sink.refusal() !== null) throw refusal;
    try {
      sink.accept(batch, { polled: false });
    } catch (error) {
      log.error("deliveries could not be stored; telegram sends them again", { count: batch.length, error });
      throw refusal;
    }
  }

  async function store(body: string): Promise<Incoming> {
    const [incoming] = readUpdates([parsed(body)]);
    if (!incoming) throw new AppError("invalid", "This is no update: it has no usable update_id.");
    await gather(incoming);
    return incoming;
  }

  /**
   * Telegram goes on in a chat once the answer to its last update came through. A process that ends before leaves the
   * notice on its way: the next start sends it again.
   */
  function settleRide(chatId: number, updateId: number): void {
    const ride = rides.get(chatId);
    if (!ride) return;
    rides.delete(chatId);
    if (ride.updateId === updateId) owed.lost(ride.message);
    else owed.sent(ride.message);
  }

  /** What is to be said to the chat, as soon as there is something; something in any case but where it can be called. */
  async function ride(to: Destination, updateId: number): Promise<Record<string, unknown> | undefined> {
    const { chat_id } = to;
    const until = clock.monotonic() + RIDE_MS;
    while (!apiReachable()) {
      const said = owed.take(chat_id);
      // Nobody tells whether it comes through: a confirmation is sent once at most, a notice at least once.
      if (said && isSentOnce(said)) owed.sent(said);
      else if (said) {
        settleRide(chat_id, updateId);
        rides.set(chat_id, { updateId, message: said });
      }
      const answer = said ?? (clock.monotonic() >= until ? deps.kept(to) : undefined);
      if (answer) return { method: answer.method, ...deps.callParams(answer) };
      await clock.sleep(RIDE_LOOK_MS);
    }
    return undefined;
  }

  /** @throws AppError "unauthorized". */
  function authorize(given: string): void {
    if (!secret.equals(given) && !olderSecret?.equals(given))
      throw new AppError("unauthorized", "The secret token of the webhook is missing or wrong.");
  }

  /**
   * One delivery: the header X-Telegram-Bot-Api-Secret-Token and the body. Returns, once it is on disk, the method that
   * Telegram is to call, if any. @throws AppError for what it is not taken.
   */
  async function receive(given: string, body: string): Promise<Record<string, unknown> | undefined> {
    authorize(given);
    deps.delivered();
    const stored = await store(body);
    if (olderSecret !== null && secret.equals(given)) {
      deps.forgetOlderSecret();
      olderSecret = null;
    }
    if (stored.chat_id === null) return undefined;
    const { chat_id, message_thread_id, update_id, task, sender } = stored;
    settleRide(chat_id, update_id);
    // A channel's post has no sender who waits for a word.
    const isAnswered = sender !== null && !UNANSWERED.includes(task.kind);
    return isAnswered ? ride({ chat_id, message_thread_id }, update_id) : undefined;
  }

  return {
    authorize,
    receive,
    refused(why: string): void {
      log.warn("a delivery with the right secret could not be read; telegram sends it again", { why });
      deps.refused(`a delivery could not be read: ${why}`);
    },
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new AppError("invalid", "This is no update: it is not valid JSON.");
  }
}
