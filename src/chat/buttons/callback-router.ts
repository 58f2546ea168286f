import type { Accounts } from "../../accounts/accounts.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { TextsFor } from "../../locales/texts.ts";
import { storedUpdate } from "../../messages/stored.ts";
import type { Alert } from "../../replies/alerts.ts";
import { type Press, parsePress, type Retired } from "../../replies/callback-data.ts";
import { say } from "../../replies/messages.ts";
import type { Bindings } from "../../store/accounts/bindings.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import type { Asker } from "../connect/account-lookup.ts";
import type { Guests } from "../connect/guests.ts";
import type { Finder } from "../lists/search.ts";
import type { Shower } from "../lists/show.ts";
import type { ShownList, ShownLists } from "../lists/shown-lists.ts";
import { settingOf, settingsMessage, tagQuestion } from "../notices/settings.ts";
import type { Trouble } from "../notices/trouble.ts";
import { createPressed, type Pressed } from "./callback-context.ts";
import type { FailedPresses } from "./failed-buttons.ts";
import type { MemoPresses } from "./memo-buttons.ts";

/** The buttons under the bot's messages. */
export interface Presses {
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface PressesDeps {
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "update">;
  readonly lists: Pick<ShownLists, "get">;
  readonly finder: Pick<Finder, "page">;
  readonly shower: Shower;
  /** The Memos server that is spoken with. */
  readonly server: string;
  readonly accounts: Pick<Accounts, "unbind">;
  readonly guests: Pick<Guests, "endAll">;
  readonly memoPresses: Pick<MemoPresses, "run">;
  readonly failedPresses: FailedPresses;
  readonly trouble: Trouble;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  /** Stops the button's clock; with `alert`, the text stays until it is read. Never throws: the press may be too old. */
  readonly answer: (id: string, text: string | null, signal: AbortSignal) => Promise<void>;
  readonly textsFor: TextsFor;
}

export function createPresses(deps: PressesDeps): Presses {
  const { bindings, lists, finder, shower, accounts, guests, memoPresses, failedPresses } = deps;
  const { server, trouble, answer, textsFor } = deps;

  return {
    async run({ job: { id: job_id, kind, telegram_id: from }, updates }, signal) {
      const press = storedUpdate(updates[0]?.json ?? null).press;
      const asked = parsePress(press?.data ?? "");
      if (!press || from === null) return [];
      const texts = textsFor(from, press.from?.language_code);
      const pressed = createPressed(press, {
        ...{ job_id, from, texts, signal },
        answer: (id, alert) => answer(id, alert, signal),
      });
      // Not let in, or taken off the list since it was pressed.
      if (kind === "stranger" || !deps.isAllowed(from)) return pressed.refuse("notAllowed");
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
        return list(pressed, asked.search_id, asked.page);
      case "show":
        return show(pressed, asked.search_id, asked.at);
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
        return memoPresses.run(pressed, asked);
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
      ...(left && left.waiting > 0 ? [texts.unboundWaiting(left.waiting)] : []),
      ...(ended.length > 0 ? [texts.unboundGuests(ended.length)] : []),
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
      return [...shown, say(pressed.chat_id, tagQuestion(texts), { promise: "notice" })];
    }
    const change = settingOf(texts, binding, asked);
    const changed = change && bindings.update(from, change);
    if (!changed) return pressed.refuse("alreadySettled");
    await pressed.heard();
    // In the language that was perhaps just chosen.
    return edit(settingsMessage(textsFor(from), changed, null));
  }

  /** A list that the presser asked for, or in words why it is not theirs to look at. */
  function ownList({ from, texts }: Pressed, id: number): { shown: ShownList; asker: Asker } | Alert {
    const shown = lists.get(id);
    if (!shown) return "listTooOld";
    const binding = bindings.get(from);
    const token = bindings.accessToken(from);
    const theirs = shown.telegram_id === from && binding?.server === shown.server;
    if (!theirs || !token || binding.server !== server) return "notYours";
    return { shown, asker: { binding, token, texts } };
  }

  async function list(pressed: Pressed, searchId: number, page: number): Promise<Owed[]> {
    const { signal, edit, kept } = pressed;
    const own = ownList(pressed, searchId);
    if (typeof own === "string") return pressed.refuse(own);
    await pressed.heard();
    try {
      return edit(await finder.page(own.asker, own.shown, page, signal));
    } catch (error) {
      return edit({ text: trouble(pressed, error), ...kept });
    }
  }

  /** Below the list, which stays as it is. */
  async function show(pressed: Pressed, searchId: number, at: number): Promise<Owed[]> {
    const { job_id, chat_id, message_id: replyTo, signal } = pressed;
    const own = ownList(pressed, searchId);
    if (typeof own === "string") return pressed.refuse(own);
    const name = own.shown.memo_names[at];
    if (name === undefined) return pressed.refuse("listTooOld");
    await pressed.heard();
    try {
      return await shower.show(own.asker, name, { chat_id, job_id, replyTo }, signal);
    } catch (error) {
      const text = trouble(pressed, error);
      return [say(chat_id, { text }, { replyTo, promise: "notice" })];
    }
  }
}
