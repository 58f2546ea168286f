import { Elysia, t } from "elysia";
import { accepting } from "./accepting.ts";
import type { Bodies } from "./bodies.ts";
import { telegramId, telegramIdText } from "./schemas.ts";

const MOST_MESSAGES = 1_000;

const batch = t.Object({
  telegram_id: telegramId,
  /** What the chat is called in the export: its type and id. */
  chat: t.String({ minLength: 1, maxLength: 100, error: "must be 1 to 100 characters" }),
  /** The folder of the export, as memoferry finds it. */
  folder: t.String({ minLength: 1 }),
  /** As the Bot API has them; those of an album together. */
  messages: t.Array(
    t.Object({ message_id: t.Number({ multipleOf: 1 }), date: t.Number() }, { additionalProperties: true }),
    { maxItems: MOST_MESSAGES, error: `must be a list of at most ${MOST_MESSAGES} messages of the Bot API` },
  ),
});
export type ImportBatch = typeof batch.static;

/** Of all that was ever imported for a person. */
const progress = t.Object({ waiting: t.Number(), dead: t.Number() });
export type ImportProgress = typeof progress.static;

export interface ImportDeps {
  readonly imports: {
    /**
     * Returns how many are new. Throws `unprocessable` where they cannot be for this person or from there, `unavailable`
     * while nothing is taken.
     */
    accept(batch: ImportBatch): number;
    progressOf(telegramId: number): ImportProgress;
  };
}

/** `/api/v1/imports`: messages of an export of Telegram Desktop. Authentication is the root's. */
export function importRoutes({ imports }: ImportDeps, { json }: Bodies) {
  return new Elysia({ prefix: "/api/v1/imports", tags: ["imports"] })
    .onBeforeHandle(accepting("application/json"))
    .post("/", ({ body }) => ({ stored: imports.accept(body) }), {
      parse: json,
      body: batch,
      response: t.Object({ stored: t.Number() }),
      detail: { summary: "Takes messages of an export of Telegram Desktop" },
    })
    .get("/:telegram_id", ({ params }) => imports.progressOf(params.telegram_id), {
      params: t.Object({ telegram_id: telegramIdText }),
      response: progress,
      detail: { summary: "Tells how much of what a person imported is not saved yet, or was given up" },
    });
}
