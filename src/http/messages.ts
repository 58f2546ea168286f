import { type Context, Elysia, t } from "elysia";
import { timeText } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { JOB_STATES } from "../domain/job.ts";
import type { ApiMessage } from "../domain/outgoing.ts";
import { accepting } from "./accepting.ts";
import { scopes } from "./auth.ts";
import { type Bodies, JSON_OR_FORM } from "./bodies.ts";
import { readMonitorBody } from "./monitor-body.ts";
import {
  formFiles,
  idempotencyKey,
  integer,
  integerText,
  oneOf,
  telegramIdInForm,
  telegramIdText,
} from "./schemas.ts";
import type { UpdateDeps } from "./updates.ts";

const FORMATS = ["markdown", "plain"] as const satisfies ApiMessage["format"][];
const MOST_BUTTONS = 10;
const MOST_FILES = 10;

const newMessage = t.Object({
  telegram_id: t.Optional(telegramIdInForm),
  // Here too: a form has numbers, and yes or no, as text.
  chat_id: t.Optional(t.Union([integer, integerText], { error: "must be an integer" })),
  text: t.Optional(t.String({ error: "must be a string" })),
  format: t.Optional(oneOf(FORMATS)),
  silent: t.Optional(
    t.Union([t.Boolean(), t.Literal("true"), t.Literal("false")], { error: "must be true or false" }),
  ),
  buttons: t.Optional(
    t.Array(
      t.Object({ text: t.String({ minLength: 1, maxLength: 100 }), url: t.String({ maxLength: 2_000 }) }),
      {
        maxItems: MOST_BUTTONS,
        error: `must be at most ${MOST_BUTTONS} objects of text (1 to 100 characters) and url`,
      },
    ),
  ),
  files: formFiles(MOST_FILES),
  file_urls: t.Optional(
    t.Array(t.String({ maxLength: 2_000 }), {
      maxItems: MOST_FILES,
      error: `must be at most ${MOST_FILES} addresses of http or https`,
    }),
  ),
  idempotency_key: idempotencyKey,
});

/** What became of one: `waiting` until all of it was sent, `dead` once Telegram refused some of it (`detail`). */
const message = t.Object({
  id: t.String(),
  chat_id: t.Number(),
  received_at: t.String(),
  state: oneOf(JOB_STATES),
  detail: t.Nullable(t.String()),
});

const taken = t.Object({ id: t.String() });

export interface MessageDeps {
  /**
   * Resolves to the id of the message, by which one asks what became of it, once it is on the disk.
   * @throws AppError "unprocessable", "unavailable".
   */
  notify(message: ApiMessage): Promise<string>;
}

const USUAL = { text: "", format: "markdown" as const, silent: false, buttons: [], files: [], file_urls: [] };

/** `/api/v1/messages`: notifications to somebody who is bound, or to a chat. Authentication is the root's. */
export function messages(
  { notify, updates }: MessageDeps & UpdateDeps,
  { jsonOrForm, jsonWithFiles }: Bodies,
) {
  async function take(message: ApiMessage, set: Context["set"]) {
    const id = await notify(message);
    set.headers["location"] = `/api/v1/messages/${id}`;
    return { id };
  }

  return new Elysia({ prefix: "/api/v1/messages", tags: ["messages"] })
    .onBeforeHandle(accepting("application/json"))
    .post(
      "/",
      async ({ body, set, status }) => {
        const { telegram_id, chat_id = telegram_id, silent, ...rest } = body;
        if (chat_id === undefined || (telegram_id ?? chat_id) !== chat_id)
          throw new AppError("unprocessable", "Either telegram_id or chat_id is needed.");
        const message = { ...USUAL, ...rest, chat_id, silent: silent === true || silent === "true" };
        if (message.files.some(({ size }) => size === 0))
          throw new AppError("unprocessable", "Telegram takes no empty files.");
        return status(202, await take(message, set));
      },
      {
        parse: jsonOrForm,
        body: newMessage,
        response: { 202: taken },
        detail: { summary: "Sends a message by the bot", requestBody: JSON_OR_FORM, ...scopes("notify") },
      },
    )
    .post(
      "/:telegram_id/webhook",
      async ({ params: { telegram_id }, body, set, status }) => {
        const said = readMonitorBody(body);
        const message = { ...USUAL, ...said, chat_id: telegram_id };
        return status(202, await take(message, set));
      },
      {
        parse: jsonWithFiles,
        params: t.Object({ telegram_id: telegramIdText }),
        body: t.Object({}, { additionalProperties: true }),
        response: { 202: taken },
        detail: { summary: "Sends what a monitor says: Apprise, Uptime Kuma, Grafana", ...scopes("notify") },
      },
    )
    .get(
      "/:id",
      ({ params: { id } }) => {
        const row = updates.get(id);
        if (row?.kind !== "notification" || row.chat_id === null)
          throw new AppError("not_found", `There is no message ${id}.`);
        const { chat_id, received_at, outcome, detail } = row;
        // One that was discarded since was not sent either.
        const state = outcome === "discarded" ? "dead" : row.state;
        return { id, chat_id, received_at: timeText(received_at), state, detail };
      },
      {
        params: t.Object({ id: t.String({ minLength: 1, error: "is broken" }) }),
        response: message,
        detail: { summary: "Tells what became of a message", ...scopes("notify") },
      },
    );
}
