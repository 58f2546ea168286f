import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fields, Level, Log } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import type { JobQueue } from "../../src/domain/job.ts";
import type { Owed, OwedMessage } from "../../src/domain/outgoing.ts";
import type { TelegramMessage, TelegramUpdate } from "../../src/domain/telegram.ts";
import { readUpdate } from "../../src/messages/update.ts";
import { databasePath } from "../../src/store/db/data-dir.ts";
import type { LeasedJob } from "../../src/store/queue/jobs.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";
import { createFakeClock } from "./clock.ts";
import { emptyDatabase } from "./empty-database.ts";
import { lookAtLanes } from "./lanes.ts";
import { expectPlans } from "./plans.ts";

export const BOT_ID = 6_912_873_450;
export const BOT_NAME = "memoferry_bot";
export const BOT = { id: BOT_ID, username: BOT_NAME };
export const SERVER = "https://memos.example.org";
/** Bound to `users/alice` by `bind`. */
export const ALICE = 7_215_338_901;
export const BOB = 5_928_374_610;

export type StoreWorld = ReturnType<typeof storeWorld>;

/** A store in a folder of its own, with a clock that stands still. */
export function storeWorld(options: Partial<StoreOptions> = {}) {
  const dataDir = tempDir();
  emptyDatabase(dataDir);
  const clock = createFakeClock();
  const open = (more: Partial<StoreOptions> = {}) => {
    const opened = openStore(
      { dataDir, botId: BOT_ID, secretKey: null, allowedUsers: null, ...options, ...more },
      clock,
    );
    opened.bots.ensure(() => "00".repeat(32));
    return opened;
  };
  let store = open();
  /** By the lane that each was leased from. */
  const leased = new Map<number, number>();
  const isBusy = (lane: number) => {
    const id = leased.get(lane) ?? 0;
    return store.jobs.atWork().has(id) && store.jobs.get(id)?.lane === lane;
  };
  const tryLease = (queue: JobQueue = "messages") => {
    const [first] = lookAtLanes(store.jobs, queue, isBusy).due;
    if (!first) return undefined;
    leased.set(first.lane, first.id);
    return store.jobs.lease(first);
  };
  return {
    dataDir,
    clock,
    get store() {
      return store;
    },
    /** Closes the store and opens it again, as a restart does. */
    reopen(more?: Partial<StoreOptions>): Store {
      store.close();
      leased.clear();
      store = open(more);
      return store;
    },
    /** Takes updates in, as the poller does unless told otherwise. */
    accept: (updates: readonly TelegramUpdate[], polled = true): number =>
      store.inbox.accept(
        updates.map((update) => readUpdate(update, BOT)),
        { polled },
      ),
    bind(telegramId = ALICE, account = "users/alice") {
      const token = new Secret("memos_pat_of_the_binding_itself");
      const named = { account, display_name: account, memos_username: account, memos_version: "0.30.0" };
      store.bindings.save(telegramId, token, { server: SERVER, ...named });
    },
    /** Leases the next job, and fails the test when there is none. */
    lease: (queue?: JobQueue): LeasedJob => must(tryLease(queue)),
    /** The same, or undefined when there is none: of each lane one at a time, as the program works them. */
    tryLease,
    /** When the next job can be leased. */
    nextDueAt(queue: JobQueue = "messages"): number | undefined {
      const { due, laterInMs } = lookAtLanes(store.jobs, queue, isBusy);
      const inMs = Math.min(...due.map(() => 0), ...laterInMs);
      return inMs === Number.POSITIVE_INFINITY ? undefined : clock.now() + inMs;
    },
    /** The message ids of the jobs that can be leased right now, in order. They stay leased. */
    leasable(queue?: JobQueue): (number | null)[] {
      const found: (number | null)[] = [];
      for (;;) {
        const leased = tryLease(queue);
        if (!leased) return found;
        found.push(leased.job.message_id);
      }
    },
    all: <Row = Record<string, unknown>>(sql: string) => store.database.sqlite.all<Row>(sql),
    /** Files of the data folder that hold these bytes. */
    filesWith: (text: string) =>
      readdirSync(dataDir, { recursive: true, withFileTypes: true })
        // Reading the lock's file would end the lock: POSIX drops a process' locks when it closes any handle.
        .filter((entry) => entry.isFile() && entry.name !== "lock")
        .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text))
        .map((entry) => entry.name),
    [Symbol.dispose]() {
      expectPlans();
      store.close();
      removeDir(dataDir);
    },
  };
}

export { databasePath };

/** Prunes all that was done before `payloads`, and before `keys`; returns how many. */
export function prune({ store }: Pick<StoreWorld, "store">, payloads: number, keys = 0): number {
  let pruned = 0;
  for (let more = true; more; ) {
    const step = store.pruning.step({ payloads, keys });
    pruned += step.pruned;
    more = step.more;
  }
  return pruned;
}

export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), "memoferry-unit-"));
}

export function removeDir(path: string): void {
  chmodSync(path, 0o700);
  rmSync(path, { recursive: true, force: true });
}

/** The value, or a failed test. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("expected a value");
  return value;
}

let lastUpdateId = 728_000_000;

function nextUpdateId(): number {
  lastUpdateId += 1;
  return lastUpdateId;
}

export interface Sent extends Partial<TelegramMessage> {
  readonly update_id?: number;
  readonly sender?: number;
  readonly username?: string;
}

/** A `message` update of a private chat: by Alice, with the text "hello", unless told otherwise. */
export function update({ update_id, sender = ALICE, username, ...message }: Sent = {}): TelegramUpdate {
  const id = update_id ?? nextUpdateId();
  const media = message.photo ?? message.document ?? message.caption;
  return {
    update_id: id,
    message: {
      message_id: id % 1_000_000,
      from: { id: sender, is_bot: false, first_name: "A", ...(username !== undefined && { username }) },
      chat: { id: sender, type: "private", first_name: "A" },
      date: 1_795_340_000,
      ...(media === undefined && message.text === undefined && { text: "hello" }),
      ...message,
    },
  } as TelegramUpdate;
}

/** An `edited_message` update of a private chat, a minute after the message was sent unless told otherwise. */
export function edit({ edit_date = 1_795_340_060, ...sent }: Sent = {}): TelegramUpdate {
  const { update_id, message } = update(sent);
  return { update_id, edited_message: { ...message, edit_date } } as TelegramUpdate;
}

/** A message that begins with a command, marked as Telegram marks it. */
export function command(text: string, more: Sent = {}): TelegramUpdate {
  const length = text.split(/\s/)[0]?.length ?? 0;
  return update({ text, entities: [{ type: "bot_command", offset: 0, length }], ...more });
}

/** A photo, part of the album `group` where one is given. */
export function photo(group: string | null, more: Sent = {}): TelegramUpdate {
  const size = { file_id: "F", file_unique_id: `U${nextUpdateId()}`, width: 90, height: 67, file_size: 1512 };
  return update({ photo: [size], ...(group !== null && { media_group_id: group }), ...more });
}

export function press(
  data: string,
  { id = `press-${nextUpdateId()}`, sender = ALICE, update_id = nextUpdateId() } = {},
): TelegramUpdate {
  return {
    update_id,
    callback_query: {
      id,
      from: { id: sender, is_bot: false, first_name: "A" },
      message: { message_id: 5, date: 1_795_340_000, chat: { id: sender, type: "private" }, text: "Saved" },
      chat_instance: "1",
      data,
    },
  } as unknown as TelegramUpdate;
}

export function owed(chat_id: number, text: string, promise: Owed["promise"] = "notice"): Owed {
  return { chat_id, method: "sendMessage", params: { text }, promise };
}

/** Takes the next message of a chat. */
export const takeOwed = ({ store }: Pick<StoreWorld, "store">, chatId = ALICE): OwedMessage | undefined =>
  store.outbox.take(chatId);

/** Sends all that a chat is owed, each as a message of its own number, and returns what that was. */
export function sendOwed(world: Pick<StoreWorld, "store">, chatId = ALICE): OwedMessage[] {
  const sent: OwedMessage[] = [];
  for (let next = takeOwed(world, chatId); next; next = takeOwed(world, chatId)) {
    world.store.outbox.sent(next, next.method === "sendMessage" ? 901 + sent.length : null);
    sent.push(next);
  }
  return sent;
}

export const textsOf = (messages: readonly Pick<OwedMessage, "params">[]) =>
  messages.map(({ params }) => params["text"]);

/** A log that is kept. */
interface KeptLog extends Log {
  readonly lines: { readonly level: Level; readonly message: string; readonly fields: Fields }[];
  /** Messages of a level, in order. */
  at(level: Level): string[];
}

export function keptLog(): KeptLog {
  const lines: KeptLog["lines"] = [];
  const write =
    (level: Level) =>
    (message: string, fields: Fields = {}) => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    at: (level) => lines.filter((line) => line.level === level).map((line) => line.message),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
