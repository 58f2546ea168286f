import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import { CHAT_MODES, CHAT_TYPES, CONFIRMATIONS, TOPIC_TAGS } from "../domain/choices.ts";
import { accepting } from "./accepting.ts";
import type { BindingDeps } from "./bindings.ts";
import type { Bodies } from "./bodies.ts";
import { integerText, oneOf, type Page, pageQuery, shownAs, telegramId } from "./schemas.ts";

/** A group or a channel that the bot has heard of. */
const chat = t.Object({
  chat_id: t.Number(),
  /** Null where Telegram has not said it yet, and so the title. */
  type: t.Nullable(oneOf(CHAT_TYPES)),
  title: t.Nullable(t.String()),
  /** `all`: every message, or post, becomes a memo of the owner. */
  mode: oneOf(CHAT_MODES),
  /** The owner. */
  telegram_id: t.Nullable(t.Number()),
  author_line: t.Boolean(),
  topic_tags: oneOf(TOPIC_TAGS),
  /** Null: a reaction. */
  confirmation: t.Nullable(oneOf(CONFIRMATIONS)),
  /** What the bot is there. */
  bot_status: t.Nullable(t.String()),
});
export type Chat = typeof chat.static;

/** The list is in the order of `id`. */
export type ChatRow = Chat & { readonly id: number };

const { shown, list, page } = shownAs(chat, ({ id }: ChatRow) => id);

/** RFC 7396: what is not named stays; an owner of null gives the chat to nobody. */
const patch = t.Object({
  telegram_id: t.Optional(
    t.Union([telegramId, t.Null()], { error: "must be the Telegram id of who is bound, or null" }),
  ),
  mode: t.Optional(oneOf(CHAT_MODES)),
  author_line: t.Optional(t.Boolean({ error: "must be true or false" })),
  topic_tags: t.Optional(oneOf(TOPIC_TAGS)),
  confirmation: t.Optional(
    t.Union([oneOf(CONFIRMATIONS), t.Null()], {
      error: `must be one of ${CONFIRMATIONS.join(", ")}, or null`,
    }),
  ),
});
export type ChatChanges = typeof patch.static;

export interface ChatDeps extends Pick<BindingDeps, "bindings"> {
  readonly knownChats: { list(page: Page): ChatRow[]; get(chatId: number): ChatRow | undefined };
  /** Tells a new owner in private. */
  changeChat(chatId: number, changes: ChatChanges): void;
}

/** `/api/v1/chats`. Authentication is the root's. */
export function chats({ knownChats, bindings, changeChat }: ChatDeps, { json }: Bodies) {
  /** An owner is given all that is said there, unless it is told otherwise. */
  function modeOf(row: ChatRow, { telegram_id = row.telegram_id, mode }: ChatChanges): Chat["mode"] {
    if (telegram_id !== null && telegram_id !== row.telegram_id && !bindings.get(telegram_id)) {
      throw new AppError("unprocessable", `There is no binding of the Telegram user ${telegram_id}.`);
    }
    if (telegram_id === null && mode === "all") {
      throw new AppError(
        "unprocessable",
        "Of the mode all somebody has to be the owner: name a telegram_id.",
      );
    }
    if (telegram_id === null) return "addressed";
    return mode ?? (telegram_id === row.telegram_id ? row.mode : "all");
  }

  return new Elysia({ prefix: "/api/v1/chats", tags: ["chats"] })
    .onBeforeHandle(accepting("application/json"))
    .get("/", ({ query }) => page(query, knownChats.list), {
      query: t.Object(pageQuery),
      response: list,
      detail: { summary: "Lists the groups and channels that the bot has heard of" },
    })
    .guard({ params: t.Object({ chat_id: integerText }) })
    .resolve(({ params: { chat_id } }) => {
      const row = knownChats.get(chat_id);
      if (row) return { row };
      throw new AppError("not_found", `The bot has not heard of a group or channel ${chat_id} yet.`);
    })
    .patch(
      "/:chat_id",
      ({ row, body }) => {
        changeChat(row.chat_id, { ...body, mode: modeOf(row, body) });
        return shown(knownChats.get(row.chat_id) ?? row);
      },
      {
        parse: json,
        body: patch,
        response: chat,
        detail: {
          summary:
            "Changes what is named. With a telegram_id all that is said there becomes memos of that person; null ends it",
        },
      },
    );
}
