import { Elysia } from "elysia";
import { AppError } from "../errors.ts";
import { json, noContent } from "./answer.ts";
import { pageOf, readPage } from "./page.ts";

const STATES = ["waiting", "working", "done", "dead"] as const;
export type UpdateState = (typeof STATES)[number];

/** An update as the API shows it: where it stands, never what it said. */
export interface Update {
  readonly update_id: string;
  readonly source: "telegram" | "api";
  readonly kind: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  readonly received_at: string;
  readonly state: UpdateState;
  readonly outcome: string | null;
  readonly waiting_for: string | null;
  readonly attempts: number;
  /** A code, and words for people. */
  readonly reason: string | null;
  readonly detail: string | null;
  readonly memo_name: string | null;
}

/** The queue as this API needs it. */
export interface Updates {
  /** In the order in which they came. The limit is one more than the caller's. */
  list(
    filter: { state: UpdateState | null; chat_id: number | null },
    page: { limit: number; after: number | null },
  ): { key: number; update: Update }[];
  /** The newest with that id. */
  get(updateId: string): Update | null;
  /** False when it is not dead. */
  retry(updateId: string): boolean;
  /** Returns how many. */
  retryAll(): number;
  /** False when it is not dead. */
  discard(updateId: string): boolean;
}

/** `/api/v1/updates`: the queue and the dead letters. */
export function updates(queue: Updates) {
  const find = (updateId: string): Update => {
    const update = queue.get(updateId);
    if (!update) throw new AppError("not_found", `There is no update ${updateId}.`);
    return update;
  };
  const dead = (updateId: string, settle: (updateId: string) => boolean) => {
    const { state } = find(updateId);
    if (!settle(updateId)) throw new AppError("conflict", `The update ${updateId} is ${state}, not dead.`);
  };

  return new Elysia({ prefix: "/api/v1/updates" })
    .get("/", ({ request }) => {
      const { limit, after } = readPage(request);
      const rows = queue.list(readFilter(request), { limit: limit + 1, after });
      return json(
        pageOf(
          rows,
          limit,
          ({ key }) => key,
          ({ update }) => update,
        ),
      );
    })
    .get("/:update_id", ({ params }) => json(find(readId(params.update_id))))
    .post("/retry", () => json({ retried: queue.retryAll() }), { parse: "none" })
    .post(
      "/:update_id/retry",
      ({ params }) => {
        const id = readId(params.update_id);
        dead(id, queue.retry);
        return json(find(id));
      },
      { parse: "none" },
    )
    .delete(
      "/:update_id",
      ({ params }) => {
        dead(readId(params.update_id), queue.discard);
        return noContent();
      },
      { parse: "none" },
    );
}

/** Elysia gives null for a path with a broken percent-encoding. */
function readId(text: string | null): string {
  if (text === null || text === "") throw new AppError("invalid", "The update_id in the path is broken.");
  return text;
}

function readFilter(request: Request): { state: UpdateState | null; chat_id: number | null } {
  const { searchParams } = new URL(request.url, "http://localhost");
  const state = searchParams.get("state");
  const chat = searchParams.get("chat_id");
  const known = STATES.find((candidate) => candidate === state) ?? null;
  if (state !== null && known === null) {
    throw new AppError("invalid", `state must be one of ${STATES.join(", ")}.`);
  }
  const chatId = chat === null ? null : Number(chat);
  if (chatId !== null && !Number.isSafeInteger(chatId)) {
    throw new AppError("invalid", "chat_id must be an integer.");
  }
  return { state: known, chat_id: chatId };
}
