/** What the server tells by itself: the stream of events, and webhooks. */
import { createHmac, randomUUID } from "node:crypto";
import type { Exchange } from "../http.ts";
import { type MemoRow, rfc3339, type State, type UserRow } from "./state.ts";

export type EventType =
  | "memo.created"
  | "memo.updated"
  | "memo.deleted"
  | "memo.comment.created"
  | "reaction.upserted"
  | "reaction.deleted";

interface Hook {
  readonly userId: number;
  readonly url: string;
  /** From 0.30 on: `whsec_` and base64. */
  readonly secret: string | undefined;
}

const heartbeatMs = 30_000;

export type Events = ReturnType<typeof createEvents>;

export function createEvents(state: State) {
  const streams = new Set<{ user: UserRow; write: (text: string) => void; end: () => void }>();
  const hooks: Hook[] = [];
  const posts = new Set<Promise<unknown>>();

  function everyStream(text: string): void {
    for (const { write } of streams) write(text);
  }

  return {
    /** The comment whose making ends in one event of its memo is told by no event of its own. */
    happened(type: EventType, memo: MemoRow, of: MemoRow = memo): void {
      const { features } = state;
      const parent = type === "memo.comment.created" ? undefined : state.parentOf(of);
      const seenBy = parent ?? of;
      if (features.events) {
        const told = { type, name: `memos/${of.uid}`, ...(parent ? { parent: `memos/${parent.uid}` } : {}) };
        for (const { user, write } of streams) {
          const isHidden = seenBy.visibility === "PRIVATE" && seenBy.creatorId !== user.id;
          if (!isHidden || user.role === "ADMIN") write(`data: ${JSON.stringify(told)}\n\n`);
        }
      }
      if (type.startsWith("reaction.")) return;
      // To the owner of the memo that is commented on; before 0.27 nobody is told of that.
      const isComment = type === "memo.comment.created";
      if (isComment && !features.commentHooks) return;
      for (const hook of hooks.filter(({ userId }) => userId === (isComment ? of : memo).creatorId)) {
        const posting = post(state, hook, `memos.${type}`, memo).catch(() => undefined);
        posts.add(posting);
        void posting.finally(() => posts.delete(posting));
      }
    },
    addHook: (hook: Hook): void => void hooks.push(hook),
    /** Until every webhook was answered, or could not be. */
    posted: () => Promise.all(posts),
    async open(exchange: Exchange, user: UserRow): Promise<void> {
      const stream = exchange.open({
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
      });
      const entry = { user, write: stream.write, end: exchange.drop };
      streams.add(entry);
      if (state.features.greetsStreams) stream.write(": connected\n\n");
      const beat = setInterval(() => stream.write(": heartbeat\n\n"), heartbeatMs);
      beat.unref();
      await stream.closed;
      clearInterval(beat);
      streams.delete(entry);
    },
    /** As every 30 s. */
    heartbeat: () => everyStream(": heartbeat\n\n"),
    /** Whose streams are open. */
    listeners: () => [...streams].map(({ user }) => user.username),
    /** Cuts all of them. */
    cut(): void {
      for (const { end } of streams) end();
    },
  };
}

/** As a receiver gets it: protojson up to 0.24, JSON of the Go struct since. */
async function post(state: State, hook: Hook, activityType: string, memo: MemoRow): Promise<void> {
  const { features } = state;
  const creator = state.userNameOfId(memo.creatorId);
  const body = JSON.stringify({
    url: hook.url,
    activityType,
    ...(features.hookNamesCreatorId ? { creatorId: memo.creatorId } : { creator }),
    ...(features.files === "resources" ? { createTime: rfc3339(state.seconds()) } : {}),
    memo: features.files === "resources" ? protoJson(state, memo, creator) : structJson(memo, creator),
  });
  const id = `msg_${randomUUID()}`;
  const time = String(state.seconds());
  const key = Buffer.from(hook.secret?.slice("whsec_".length) ?? "", "base64");
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  const signed = features.signsHooks && hook.secret !== undefined;
  await fetch(hook.url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(signed
        ? { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` }
        : {}),
    },
    body,
  });
}

function protoJson(state: State, memo: MemoRow, creator: string) {
  const { numbered, rowStatus } = state.features;
  return {
    name: `memos/${state.memoKey(memo)}`,
    ...(numbered ? { uid: memo.uid } : {}),
    ...(rowStatus ? { rowStatus: memo.state === "NORMAL" ? "ACTIVE" : "ARCHIVED" } : { state: memo.state }),
    creator,
    createTime: rfc3339(memo.createdTs),
    updateTime: rfc3339(memo.updatedTs),
    content: memo.content,
    visibility: memo.visibility,
    tags: [],
    pinned: memo.pinned,
  };
}

/** Zero values are left out. */
function structJson(memo: MemoRow, creator: string) {
  const visibility = { PRIVATE: 1, PROTECTED: 2, PUBLIC: 3 }[memo.visibility];
  return {
    name: `memos/${memo.uid}`,
    state: memo.state === "NORMAL" ? 1 : 2,
    creator,
    create_time: { seconds: memo.createdTs },
    update_time: { seconds: memo.updatedTs },
    ...(memo.content === "" ? {} : { content: memo.content }),
    visibility,
    ...(memo.pinned ? { pinned: true } : {}),
  };
}
