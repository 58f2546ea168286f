import { logger } from "../../base/log.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { SettingName } from "../../locales/texts.ts";
import { type Alert, alertIn } from "../../replies/alerts.ts";
import { type Press, parsePress } from "../../replies/callback-data.ts";
import { say } from "../../replies/messages.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import type { Guests } from "../connect/guests.ts";
import type { ChatContext } from "../context.ts";
import type { Finder } from "../lists/search.ts";
import type { Shower } from "../lists/show.ts";
import type { ShownLists } from "../lists/shown-lists.ts";
import { settingOf, settingsMessage, tagQuestion } from "../notices/settings.ts";
import {
  createPressed,
  type Handler,
  type Handlers,
  isInOwnChat,
  type Outcome,
  type Pressed,
} from "./callback-context.ts";
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
  const { api, accounts, askerOf, askMemos, textsFor } = context;
  const { bindings, admission } = context.store;
  const { lists, finder, shower, guests, memoPresses, failedPresses } = parts;
  const log = logger("commands");

  const handlers: Handlers<Press["ask"]> = {
    ...memoPresses,
    ...failedPresses,
    unbind_yes: unbind,
    unbind_no: (pressed) =>
      isInOwnChat(pressed) ? () => pressed.edit({ text: pressed.texts.stillBound }) : "alreadySettled",
    settings: (pressed) => openSettings(pressed, null),
    setting: (pressed, { setting }) => openSettings(pressed, setting),
    set: changeSetting,
    list: pageOfList,
    show: showOfList,
  };

  function unbind(pressed: Pressed): Outcome {
    const { from, texts, edit } = pressed;
    if (!isInOwnChat(pressed)) return "alreadySettled";
    if (!bindings.get(from)) return "notBound";
    return () => {
      const ended = guests.endAll(from);
      const left = accounts.unbind(from);
      const lines = [
        texts.unbound,
        ...(left && left.waiting > 0 ? [texts.unboundWaiting({ count: left.waiting })] : []),
        ...(ended.length > 0 ? [texts.unboundGuests({ count: ended.length })] : []),
      ];
      return [...edit({ text: lines.join("\n") }), ...ended];
    };
  }

  function openSettings(pressed: Pressed, open: SettingName | null): Outcome {
    const { from, texts, chat_id, edit } = pressed;
    const binding = bindings.get(from);
    if (!binding) return "notBound";
    if (!isInOwnChat(pressed)) return "notYours";
    const question = open === "tags" ? [say(chat_id, tagQuestion(texts))] : [];
    return () => [...edit(settingsMessage(texts, binding, open)), ...question];
  }

  function changeSetting(pressed: Pressed, asked: Extract<Press, { ask: "set" }>): Outcome {
    const { from, texts, edit } = pressed;
    const binding = bindings.get(from);
    if (!binding) return "notBound";
    if (!isInOwnChat(pressed)) return "notYours";
    const change = settingOf(texts, binding, asked);
    const changed = change && bindings.update(from, change);
    if (!changed) return "alreadySettled";
    // In the language that was perhaps just chosen.
    return () => edit(settingsMessage(textsFor(from), changed, null));
  }

  /** A list that the presser asked for. */
  function listOf({ from, texts }: Pressed, id: number) {
    const list = lists.get(id);
    const found = askerOf(from);
    if (!list) return "listTooOld";
    return found && list.telegram_id === from ? { list, asker: { ...found, texts } } : "notYours";
  }

  function pageOfList(pressed: Pressed, asked: Extract<Press, { ask: "list" }>): Outcome {
    const of = listOf(pressed, asked.search_id);
    if (typeof of === "string") return of;
    const { edit, kept } = pressed;
    return () =>
      askMemos(
        pressed,
        async (signal) => edit(await finder.page(of.asker, of.list, asked.page, signal)),
        (text) => edit({ text, ...kept }),
      );
  }

  /** One of its memos, below it. */
  function showOfList(pressed: Pressed, asked: Extract<Press, { ask: "show" }>): Outcome {
    const of = listOf(pressed, asked.search_id);
    if (typeof of === "string") return of;
    const name = of.list.memo_names[asked.at];
    if (name === undefined) return "listTooOld";
    const { job_id, chat_id, message_id: replyTo } = pressed;
    return () =>
      askMemos(
        pressed,
        (signal) => shower.show(of.asker, name, { chat_id, job_id, replyTo }, signal),
        (text) => [say(chat_id, { text }, { replyTo })],
      );
  }

  return {
    async run(
      { job: { id: job_id, kind, telegram_id: from }, updates }: LeasedJob,
      signal: AbortSignal,
    ): Promise<Owed[]> {
      const press = updates[0]?.update.callback_query;
      if (!press || from === null) return [];
      const texts = textsFor(from, press.from?.language_code);
      /** Stops the button's clock; an alert stays until it is read. */
      async function answer(alert: Alert | null): Promise<void> {
        const shown = alert === null ? {} : { text: alertIn(texts, alert, from ?? 0), show_alert: true };
        await api
          .call("answerCallbackQuery", { callback_query_id: press?.id ?? "", ...shown }, signal)
          // Too old to be answered, or no connection: what was pressed is done all the same.
          .catch((error) => log.debug("a press could not be answered", { error }));
      }
      const isAllowed = kind !== "stranger" && admission.isAllowed(from);
      const outcome = isAllowed
        ? outcomeOf(createPressed(press, { job_id, from, texts, signal }), press.data)
        : "notAllowed";
      if (typeof outcome === "string") {
        await answer(outcome);
        return [];
      }
      const { alert, work } = typeof outcome === "function" ? { alert: null, work: outcome } : outcome;
      await answer(alert);
      return work();
    },
  };

  function outcomeOf(pressed: Pressed, data: unknown): Outcome {
    const asked = parsePress(data);
    if (!asked) return "alreadySettled";
    if (asked.ask === "retired") return asked.alert;
    // Each handler is given what its name says.
    const handle = handlers[asked.ask] as Handler<Press>;
    return handle(pressed, asked);
  }
}
