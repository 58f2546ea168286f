import { CHAT_MODES, CONFIRMATIONS, TOPIC_TAGS } from "../domain/choices.ts";
import { chatAlone, type Owed } from "../domain/outgoing.ts";
import { CHAT_SETTING_NAMES, type ChatSettingName, type Texts } from "../locales/texts.ts";
import { button, type Message, replies, say } from "../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../replies/text-writer.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Chats } from "../store/intake/chats.ts";
import { hearsAll, isAdministrator, memberOf } from "./administrators.ts";
import type { Handler, Handlers, Pressed } from "./buttons.ts";
import { type Choice, changeOf, chosenLabel, isChosen, oneOf, onOrOff, openedSetting } from "./choices.ts";
import type { Asking, ChatContext, Said } from "./context.ts";

const NAME_LENGTH = 60;

type InGroup = Asking & { readonly binding: Binding };

/** The settings of a group, for those of its administrators who are bound. Everybody there reads the answers. */
export function createGroupSettings(context: ChatContext) {
  const { api, botId, chats, deadLetters, textsFor, identity } = context;

  /** Why somebody may set nothing in a group; undefined where they may. */
  async function refusal({ from, to, binding, texts, signal }: Asking): Promise<string | undefined> {
    const asked = { chat_id: to.chat_id, user_id: from };
    const mayDo = binding && (await isAdministrator(api, asked, signal));
    return mayDo ? undefined : texts.groupAdminsOnly;
  }

  /** What people call a member of a group; empty where Telegram does not tell. */
  async function nameIn(chat_id: number, user_id: number, signal: AbortSignal): Promise<string> {
    const member = await memberOf(api, { chat_id, user_id }, signal);
    return cut(oneLine(member?.user.first_name ?? ""), NAME_LENGTH);
  }

  /** Gives a group to somebody or, with null, to nobody; returns what is said about that. */
  async function give({ to, from, texts, signal, binding }: InGroup, owner: Binding | null): Promise<Owed[]> {
    const { chat_id } = to;
    const { owner_id = null } = chats.of(chat_id) ?? {};
    const group = titleOf(chat_id);
    const by = await nameIn(chat_id, from, signal);
    const before = owner_id === null || owner_id === from ? "" : await nameIn(chat_id, owner_id, signal);
    const isHeard = owner === null || (await hearsAll(api, { chat_id, user_id: botId }, signal));
    chats.give(chat_id, owner);
    const left = deadLetters.leftBehind(from).map((left) => texts.leftBehind(left));
    const { username } = identity.name();
    const lines = [
      owner ? texts.groupGiven({ owner: by }) : texts.groupEnded,
      ...(before === "" ? [] : [texts.groupWas({ owner: before })]),
      ...(isHeard ? [] : [texts.hearsLittle({ group, bot: username ?? "" })]),
    ];
    return [
      say(to, { text: lines.join("\n\n") }),
      ...(owner_id === null || owner_id === from
        ? []
        : [say(chatAlone(owner_id), { text: textsFor(owner_id).groupTaken({ group, by }) })]),
      ...(left.length > 0 && binding ? [say(chatAlone(from), { text: left.join("\n") })] : []),
    ];
  }

  const titleOf = (chatId: number) => chats.of(chatId)?.title ?? "";

  function settingsMessage(texts: Texts, chatId: number, open: ChatSettingName | null): Message {
    const chat = chats.settingsOf(chatId);
    if (open !== null) {
      return openedSetting(texts, chat, {
        name: texts.chatSettings[open],
        rows: CHOICES[open](texts).map((choice) => [choice]),
        set: (value) => ({ ask: "chat_set", chat_setting: open, value }),
        back: { ask: "chat_settings" },
      });
    }
    const writer = createTextWriter().add(texts.groupSettingsHead({ group: titleOf(chatId) }));
    const names = CHAT_SETTING_NAMES.filter((name) => chat.mode === "all" || !OF_NOTEBOOKS.includes(name));
    for (const name of names)
      writer
        .add("\n")
        .add(texts.chatSettings[name], "bold")
        .add(`: ${chosenLabel(chat, CHOICES[name](texts))}`);
    const buttons = names.map((name) => [
      button(texts.chatSettings[name], { ask: "chat_setting", chat_setting: name }),
    ]);
    return { ...writer.done(), buttons };
  }

  /** A button that works for those alone who administer the group, which Telegram is asked at each press. */
  const administrators =
    <Asked>(handle: (pressed: Pressed & InGroup, asked: Asked) => Owed[] | Promise<Owed[]>): Handler<Asked> =>
    (pressed, asked) => {
      const { binding, chat_id, texts } = pressed;
      if (chat_id > 0) return texts.alreadySettled;
      if (!binding) return texts.groupAdminsOnly;
      return { checked: refusal(pressed).then((why) => why ?? handle({ ...pressed, binding }, asked)) };
    };

  const shown = (pressed: Pressed, open: ChatSettingName | null) =>
    pressed.edit(settingsMessage(pressed.texts, pressed.chat_id, open));

  async function set(pressed: Pressed & InGroup, name: ChatSettingName, value: string): Promise<Owed[]> {
    const { chat_id, texts, binding } = pressed;
    const change = changeOf(CHOICES[name](texts), value);
    if (!change || isChosen(chats.settingsOf(chat_id), change)) return shown(pressed, null);
    if (name === "mode") {
      const told = await give(pressed, value === "all" ? binding : null);
      return [...shown(pressed, null), ...told];
    }
    chats.change(chat_id, change);
    return shown(pressed, null);
  }

  const buttons = {
    chat_settings: administrators((pressed) => shown(pressed, null)),
    chat_setting: administrators((pressed, { chat_setting }) => shown(pressed, chat_setting)),
    chat_set: administrators((pressed, { chat_setting, value }) => set(pressed, chat_setting, value)),
  } satisfies Partial<Handlers>;

  function end(said: Said & InGroup): Owed[] | Promise<Owed[]> {
    const isGiven = chats.of(said.message.chat.id)?.mode === "all";
    return isGiven ? give(said, null) : replies(said.message, { text: said.texts.groupEnded });
  }

  /** A command for administrators of a group. Its owner may end what is theirs without being one. */
  const command = (work: (said: Said & InGroup) => Owed[] | Promise<Owed[]>) => async (said: Said) => {
    const { binding, message, texts } = said;
    const endsOwn = work === end && chats.of(message.chat.id)?.owner_id === said.from;
    const why = endsOwn ? undefined : await refusal(said);
    if (why !== undefined || !binding) return replies(message, { text: why ?? texts.groupAdminsOnly });
    return work({ ...said, binding });
  };

  return {
    buttons,
    commands: {
      settings: command(({ texts, message }) =>
        replies(message, settingsMessage(texts, message.chat.id, null)),
      ),
      bind: command((said) => give(said, said.binding)),
      unbind: command(end),
    } as Readonly<Record<string, (said: Said) => Promise<Owed[]>>>,
  };
}

/** Settings that matter only in a notebook. */
const OF_NOTEBOOKS: readonly ChatSettingName[] = ["author_line", "topic_tags"];

const CHOICES: Readonly<
  Record<ChatSettingName, (texts: Texts) => readonly Choice<ReturnType<Chats["settingsOf"]>>[]>
> = {
  mode: (texts) => oneOf("mode", CHAT_MODES, (mode) => texts.chatModes[mode]),
  confirmation: (texts) => oneOf("confirmation", CONFIRMATIONS, (value) => texts.confirmations[value]),
  author_line: (texts) => onOrOff("author_line", texts),
  topic_tags: (texts) => oneOf("topic_tags", TOPIC_TAGS, (value) => texts.topicTags[value]),
};
