import { logger } from "../../base/log.ts";
import type { Owed } from "../../domain/outgoing.ts";
import { storedUpdate } from "../../messages/stored.ts";
import { type Press, parsePress, type Retired } from "../../replies/callback-data.ts";
import { say } from "../../replies/messages.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import type { Guests } from "../connect/guests.ts";
import type { ChatContext } from "../context.ts";
import type { Finder } from "../lists/search.ts";
import type { Shower } from "../lists/show.ts";
import type { ShownLists } from "../lists/shown-lists.ts";
import { settingOf, settingsMessage, tagQuestion } from "../notices/settings.ts";
import { createPressed, type Pressed } from "./callback-context.ts";
import type { FailedPresses } from "./failed-buttons.ts";
import type { MemoPresses } from "./memo-buttons.ts";

/** The buttons under the bot's messages. */
export function createPresses(
  context: ChatContext,
  parts: {
    lists: Pick<ShownLists, "get">;
    finder: Pick<Finder, "page">;
    shower: Shower;
    guests: Pick<Guests, "endAll">;
    memoPresses: MemoPresses;
    failedPresses: FailedPresses;
  },
) {
  const { api, accounts, askerOf, trouble, textsFor } = context;
  const { bindings, admission } = context.store;
  const { lists, finder, shower, guests, memoPresses, failedPresses } = parts;
  const log = logger("commands");

  /** Stops the button's clock; with `text`, that stays until it is read. */
  async function answer(callback_query_id: string, text: string | null, signal: AbortSignal): Promise<void> {
    const shown = text === null ? {} : { text, show_alert: true };
    await api.call("answerCallbackQuery", { callback_query_id, ...shown }, signal).catch((error) => {
      // Too old to be answered, or no connection: what was pressed is done all the same.
      log.debug("a press could not be answered", { error });
    });
  }

  return {
    async run(
      { job: { id: job_id, kind, telegram_id: from }, updates }: LeasedJob,
      signal: AbortSignal,
    ): Promise<Owed[]> {
      const press = storedUpdate(updates[0]?.json ?? null).press;
      const asked = parsePress(press?.data);
      if (!press || from === null) return [];
      const texts = textsFor(from, press.from?.language_code);
      const pressed = createPressed(press, {
        ...{ job_id, from, texts, signal },
        answer: (id, alert) => answer(id, alert, signal),
      });
      // Not let in, or taken off the list since it was pressed.
      if (kind === "stranger" || !admission.isAllowed(from)) return pressed.refuse("notAllowed");
      if (!asked) return pressed.refuse("alreadySettled");
      return carryOut(pressed, asked);
    },
  };

  function carryOut(pressed: Pressed, asked: Press | Retired): Promise<Owed[]> {
    switch (asked.ask) {
      case "unbind_yes":
      case "unbind_no":
        return unbind(pressed, asked.ask);
      case "settings":
      case "setting":
      case "set":
        return settings(pressed, asked);
      case "retired":
        return pressed.refuse(asked.alert);
      case "list":
      case "show":
        return ofList(pressed, asked);
      case "failed":
      case "failed_retry":
      case "failed_discard":
      case "failed_retry_all":
      case "failed_discard_all":
      case "save":
      case "retry":
      case "discard":
        return failedPresses(pressed, asked);
      default:
        return memoPresses(pressed, asked);
    }
  }

  /** What is somebody's alone stands in their own chat: a press from elsewhere is not theirs. */
  function isOwnChat({ chat_id, from }: Pressed): boolean {
    return chat_id === from;
  }

  async function unbind(pressed: Pressed, ask: "unbind_yes" | "unbind_no"): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (!isOwnChat(pressed)) return pressed.refuse("alreadySettled");
    if (ask === "unbind_no") {
      await pressed.heard();
      return edit({ text: texts.stillBound });
    }
    if (!bindings.get(from)) return pressed.refuse("notBound");
    await pressed.heard();
    const ended = guests.endAll(from);
    const left = accounts.unbind(from);
    const lines = [
      texts.unbound,
      ...(left && left.waiting > 0 ? [texts.unboundWaiting({ count: left.waiting })] : []),
      ...(ended.length > 0 ? [texts.unboundGuests({ count: ended.length })] : []),
    ];
    return [...edit({ text: lines.join("\n") }), ...ended];
  }

  async function settings(
    pressed: Pressed,
    asked: Extract<Press, { ask: "settings" | "setting" | "set" }>,
  ): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    const binding = bindings.get(from);
    if (!binding || !isOwnChat(pressed)) return pressed.refuse(binding ? "notYours" : "notBound");
    if (asked.ask !== "set") {
      const open = asked.ask === "setting" ? asked.setting : null;
      await pressed.heard();
      const shown = edit(settingsMessage(texts, binding, open));
      if (open !== "tags") return shown;
      return [...shown, say(pressed.chat_id, tagQuestion(texts))];
    }
    const change = settingOf(texts, binding, asked);
    const changed = change && bindings.update(from, change);
    if (!changed) return pressed.refuse("alreadySettled");
    await pressed.heard();
    // In the language that was perhaps just chosen.
    return edit(settingsMessage(textsFor(from), changed, null));
  }

  /** Another page of a list that the presser asked for, or one of its memos below it. */
  async function ofList(pressed: Pressed, asked: Extract<Press, { ask: "list" | "show" }>): Promise<Owed[]> {
    const { job_id, from, chat_id, message_id: replyTo, texts, signal, edit } = pressed;
    const list = lists.get(asked.search_id);
    const found = askerOf(from);
    if (!list) return pressed.refuse("listTooOld");
    if (!found || list.telegram_id !== from) return pressed.refuse("notYours");
    const asker = { ...found, texts };
    if (asked.ask === "list") {
      await pressed.heard();
      try {
        return edit(await finder.page(asker, list, asked.page, signal));
      } catch (error) {
        return edit({ text: trouble(pressed, error), ...pressed.kept });
      }
    }
    const name = list.memo_names[asked.at];
    if (name === undefined) return pressed.refuse("listTooOld");
    await pressed.heard();
    try {
      return await shower.show(asker, name, { chat_id, job_id, replyTo }, signal);
    } catch (error) {
      return [say(chat_id, { text: trouble(pressed, error) }, { replyTo })];
    }
  }
}
