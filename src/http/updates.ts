import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import { JOB_STATES, type JobState } from "../domain/job.ts";
import { accepting } from "./accepting.ts";
import { requireTokenFor, scopes } from "./auth.ts";
import { answering } from "./problem.ts";
import { integerText, noContent, oneOf, type Page, pageQuery, shownAs, type Untimed } from "./schemas.ts";

/** An update as the API shows it: where it stands, never what it said. */
const update = t.Object({
  update_id: t.String(),
  source: oneOf(["telegram", "api"]),
  kind: t.String(),
  chat_id: t.Nullable(t.Number()),
  message_id: t.Nullable(t.Number()),
  received_at: t.String(),
  state: oneOf(JOB_STATES),
  outcome: t.Nullable(t.String()),
  waiting_for: t.Nullable(t.String()),
  attempts: t.Number(),
  /** A code, and words for people. */
  reason: t.Nullable(t.String()),
  detail: t.Nullable(t.String()),
  memo_name: t.Nullable(t.String()),
});
export type Update = typeof update.static;

export type UpdateRow = Untimed<Update> & { seq: number };

const { shown, list, page } = shownAs(update, ({ seq }: UpdateRow) => seq);

export interface UpdateDeps {
  readonly updates: {
    list(filter: { state: JobState | null; chat_id: number | null }, page: Page): UpdateRow[];
    /** The newest with that id. */
    get(updateId: string): UpdateRow | undefined;
    /** False when it is not dead, or could not be read. */
    retry(updateId: string): boolean;
    /** How many are tried again, and how many are left: these cannot be. */
    retryAll(): { retried: number; left: number };
    /** False when it is not dead. */
    discard(updateId: string, by: string): boolean;
  };
}

/** `/api/v1/updates`: the queue and the dead letters. Authentication is the root's. */
export function updates({ updates }: UpdateDeps) {
  const done = (isDone: boolean, { update_id, state }: UpdateRow) => {
    if (isDone) return;
    const why =
      state === "dead" ? "cannot be tried again: it can only be discarded" : `is ${state}, not dead`;
    throw new AppError("conflict", `The update ${update_id} ${why}.`);
  };

  return new Elysia({ prefix: "/api/v1/updates", tags: ["updates"] })
    .onBeforeHandle(accepting("application/json"))
    .get(
      "/",
      ({ query: { state = null, chat_id = null, ...query } }) =>
        page(query, (page) => updates.list({ state, chat_id }, page)),
      {
        query: t.Object({
          ...pageQuery,
          state: t.Optional(oneOf(JOB_STATES)),
          chat_id: t.Optional(integerText),
        }),
        response: list,
        detail: { summary: "Lists what came in, oldest first" },
      },
    )
    .post("/retry", () => updates.retryAll(), {
      response: t.Object({ retried: t.Number(), left: t.Number() }),
      detail: { summary: "Tries all dead letters again; what is left of them can only be discarded" },
    })
    .guard({ params: t.Object({ update_id: t.String({ minLength: 1, error: "is broken" }) }) })
    .resolve(({ params: { update_id } }) => {
      const row = updates.get(update_id);
      if (row) return { row };
      throw new AppError("not_found", `There is no update ${update_id}.`);
    })
    .get(
      "/:update_id",
      ({ row, request }) => {
        requireTokenFor(row.chat_id, request);
        return shown(row);
      },
      { response: update, detail: { summary: "Shows one update", ...scopes("capture") } },
    )
    .post(
      "/:update_id/retry",
      ({ row }) => {
        done(updates.retry(row.update_id), row);
        return shown(updates.get(row.update_id) ?? row);
      },
      {
        response: { 200: update, ...answering("conflict") },
        detail: { summary: "Tries a dead letter again" },
      },
    )
    .delete(
      "/:update_id",
      ({ row }) => {
        // Whoever lost the answer to the first one asks again.
        done(row.outcome === "discarded" || updates.discard(row.update_id, "admin API"), row);
        return noContent();
      },
      {
        response: { 204: t.Void(), ...answering("conflict") },
        detail: { summary: "Gives up a dead letter" },
      },
    );
}
