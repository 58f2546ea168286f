import type { FakeTime } from "./clock.ts";
import { encodeJson } from "./json.ts";

const maxUpdates = 100_000;
const maxQueueBytes = 128 * 1024 * 1024;
const maxUpdateBytes = 512 * 1024;
const week = 7 * 24 * 3600 * 1000;

export interface QueuedUpdate {
  id: number;
  kind: string;
  /** The payload, encoded; `{"update_id":N,` is put before it and `}` after it. */
  json: string;
  /** Seconds since 1970. */
  expiresAt: number;
  /** Updates with the same lane are delivered to a webhook one after the other. */
  lane: string;
  bytes: number;
}

export type UpdateQueue = ReturnType<typeof createUpdateQueue>;

/** The server's one queue of updates, shared by polling and the webhook. */
export function createUpdateQueue(time: FakeTime) {
  let kept: QueuedUpdate[] = [];
  let bytes = 0;
  // Looking through the whole queue at each push would make a long one slow.
  let nextExpiry = Number.POSITIVE_INFINITY;
  let tail = 0;
  let restart: number | "random" | undefined = "random";
  let lastPush = time.now();
  let confirmedUpTo = 0;
  const waiting = new Map<number, () => void>();
  const listeners = new Set<() => void>();

  const randomId = () => 2_000_001 + Math.floor(Math.random() * 997_999_999);

  function keepOnly(wanted: (update: QueuedUpdate) => boolean): void {
    kept = kept.filter(wanted);
    bytes = kept.reduce((sum, update) => sum + update.bytes, 0);
  }

  function dropExpired(): void {
    const now = time.seconds();
    if (now < nextExpiry) return;
    keepOnly((update) => update.expiresAt > now);
    nextExpiry = kept.reduce((first, update) => Math.min(first, update.expiresAt), Number.POSITIVE_INFINITY);
  }

  return {
    /** Puts an update in and returns its id; undefined when it was too big, expired or unwanted and is gone. */
    push(update: {
      kind: string;
      payload: unknown;
      expiresAt: number;
      lane: string;
      id?: number;
    }): number | undefined {
      const { kind, payload, expiresAt, lane, id: wantedId } = update;
      dropExpired();
      const json = `"${kind}":${encodeJson(payload)}`;
      const size = Buffer.byteLength(json);
      if (expiresAt <= time.seconds() || size > maxUpdateBytes) return undefined;
      if (kept.length >= maxUpdates || bytes + size > maxQueueBytes) return undefined;
      if (time.now() - lastPush >= week && kept.length === 0) restart ??= "random";
      let id = tail;
      if (restart !== undefined) id = restart === "random" ? randomId() : restart;
      // Ids rise by one; a given id can only leave a gap, unless the queue is empty.
      if (wantedId !== undefined && (wantedId >= id || kept.length === 0)) id = wantedId;
      restart = undefined;
      lastPush = time.now();
      tail = id + 1;
      kept.push({ id, kind, json, expiresAt, lane, bytes: size });
      bytes += size;
      nextExpiry = Math.min(nextExpiry, expiresAt);
      for (const listener of listeners) listener();
      return id;
    },
    /** What is kept from `offset` on; forgets all before it. An offset far off counts as absent. */
    take(offset: number, limit: number): QueuedUpdate[] {
      dropExpired();
      const head = kept[0]?.id ?? tail;
      const farOff = offset > tail + 10 || offset < head - maxUpdates;
      if (offset <= 0 || farOff) return kept.slice(0, limit);
      const from = kept.findIndex((update) => update.id >= offset);
      const confirmed = kept.splice(0, from < 0 ? kept.length : from);
      confirmedUpTo = confirmed.at(-1)?.id ?? confirmedUpTo;
      for (const update of confirmed) bytes -= update.bytes;
      return kept.slice(0, limit);
    },
    forget(id: number): void {
      const index = kept.findIndex((update) => update.id === id);
      const [forgotten] = index < 0 ? [] : kept.splice(index, 1);
      if (!forgotten) return;
      bytes -= forgotten.bytes;
      confirmedUpTo = id;
    },
    /** All that is kept, oldest first. */
    list(): QueuedUpdate[] {
      dropExpired();
      return [...kept];
    },
    /** The largest id that was ever confirmed, polled or delivered. */
    get confirmedUpTo() {
      return confirmedUpTo;
    },
    /** The next update gets this id, or a random one. What is pending is lost, as after the quiet week it stands for. */
    restartIds(to?: number): void {
      keepOnly(() => false);
      restart = to ?? "random";
    },
    /** Runs `work` once, when the update was handed out to a poll or taken by the webhook. */
    whenHandedOut: (id: number, work: () => void) => void waiting.set(id, work),
    handedOut(id: number): void {
      const work = waiting.get(id);
      waiting.delete(id);
      work?.();
    },
    /** The returned function ends it. */
    onPush(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
