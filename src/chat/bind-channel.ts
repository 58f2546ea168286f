import { chatAlone, type Owed } from "../domain/outgoing.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import { type Command, isUserName, namesChat } from "../messages/command.ts";
import { replyTarget } from "../messages/message-text.ts";
import { type Message, say } from "../replies/messages.ts";
import { accountName, type Binding } from "../store/accounts/bindings.ts";
import { isAdministrator } from "./administrators.ts";
import { bound, type Handlers } from "./buttons.ts";
import { type Channel, channelName, chatNamed, findChannel } from "./channels.ts";
import type { Answers, Asking, ChatContext, Said } from "./context.ts";

/**
 * What a channel posts becomes memos of one of its administrators, who says so in private: `/bind` and `/unbind`, with
 * the channel's name or as a reply to a post of it that was forwarded. Where no channel is meant, `others` answer.
 */
export function createBindChannel(
  context: ChatContext,
  others: { readonly bind: Answers[string]; readonly unbind: Answers[string] },
) {
  const { api, botId, bindings, chats, deadLetters } = context;

  /** Undefined where no channel is meant, null where there is none of that name. */
  function channelMeant(
    { message, signal }: Said,
    { name, argument }: Command,
  ): Promise<Channel | null> | undefined {
    // Behind /unbind a word is nothing else; behind /bind it may be a piece of a token.
    const meant = name === "unbind" && isUserName(argument) ? `@${argument}` : argument;
    if (namesChat(meant)) {
      const named = chatNamed(meant);
      return named === null ? Promise.resolve(null) : findChannel(api, named, signal);
    }
    const origin = replyTarget(message)?.forward_origin;
    return origin?.type === "channel" ? Promise.resolve(origin.chat) : undefined;
  }

  /** Whether the channel is given to somebody else, who is still bound and still one of its administrators. */
  async function isTaken({ id }: Channel, { from, signal }: Asking): Promise<boolean> {
    const { mode, owner_id } = chats.of(id) ?? {};
    if (mode !== "all" || owner_id == null || owner_id === from || !bindings.get(owner_id)) return false;
    return isAdministrator(api, { chat_id: id, user_id: owner_id }, signal);
  }

  function give({ from, texts }: Asking, { id }: Channel, owner: Binding | null, said: string): Message {
    chats.give(id, owner);
    const lines = deadLetters.leftBehind(from).map((left) => texts.leftBehind(left));
    return { text: [said, ...lines].join("\n") };
  }

  async function bind(asking: Asking, channel: Channel): Promise<Message> {
    const { from, binding, texts, signal } = asking;
    const { id: chat_id } = channel;
    const name = { channel: channelName(texts, channel) };
    if (!binding) return { text: texts.notBound };
    if (!(await isAdministrator(api, { chat_id, user_id: botId }, signal)))
      return { text: texts.channelNeedsBot(name) };
    if (!(await isAdministrator(api, { chat_id, user_id: from }, signal)))
      return { text: texts.channelNotYours(name) };
    if (await isTaken(channel, asking)) return { text: texts.channelTaken(name) };
    return give(asking, channel, binding, texts.channelBound({ ...name, account: accountName(binding) }));
  }

  async function unbind(asking: Asking, channel: Channel): Promise<Message> {
    const { from, texts, signal } = asking;
    const name = { channel: channelName(texts, channel) };
    const { id: chat_id } = channel;
    const { mode, owner_id } = chats.of(chat_id) ?? {};
    if (mode !== "all") return { text: texts.channelNotBound(name) };
    const isTheirs = owner_id === from || (await isAdministrator(api, { chat_id, user_id: from }, signal));
    if (!isTheirs) return { text: texts.channelNotYours(name) };
    if (await isTaken(channel, asking)) return { text: texts.channelTaken(name) };
    return give(asking, channel, null, texts.channelUnbound(name));
  }

  const inPrivate =
    (command: "bind" | "unbind", work: (asking: Asking, channel: Channel) => Promise<Message>) =>
    async (said: Said, given: Command) => {
      const meant = channelMeant(said, given);
      if (!meant) return others[command](said, given);
      const channel = await meant;
      return channel ? work(said, channel) : { text: said.texts.channelUnknown({ command }) };
    };

  return {
    commands: {
      bind: inPrivate("bind", bind),
      unbind: inPrivate("unbind", unbind),
    } satisfies Answers,
    buttons: {
      bind_chat: bound(async (pressed, { chat_id }) => {
        return pressed.edit(await bind(pressed, { id: chat_id, ...titled(chats.of(chat_id)?.title) }));
      }),
    } satisfies Partial<Handlers>,
  };
}

/**
 * What is owed where the admin gives a group or channel to somebody, or to nobody: in the group; in private of a channel,
 * also to whose it was.
 */
export function givenNotices(
  { store: { chats }, textsFor }: { readonly store: Pick<ChatContext, "chats">; readonly textsFor: TextsFor },
  chatId: number,
  owner: Binding | null,
): Owed[] {
  const { type, title, owner_id = null } = chats.of(chatId) ?? {};
  if (owner_id === (owner?.telegram_id ?? null)) return [];
  if (type !== "channel") {
    const texts = textsFor(owner?.telegram_id ?? owner_id);
    // Their name in Memos is not shown to the group.
    const name = owner?.username ? `@${owner.username}` : `${owner?.telegram_id}`;
    return [say(chatAlone(chatId), { text: owner ? texts.groupGiven({ owner: name }) : texts.groupEnded })];
  }
  const told = (telegramId: number, words: (texts: Texts, channel: string) => string): Owed[] => {
    const texts = textsFor(telegramId);
    const text = words(texts, channelName(texts, titled(title)));
    // A bot cannot write to anybody first.
    return chats.isKnown(telegramId) ? [say(chatAlone(telegramId), { text })] : [];
  };
  return [
    ...(owner_id === null ? [] : told(owner_id, (texts, channel) => texts.channelUnbound({ channel }))),
    ...(owner
      ? told(owner.telegram_id, (texts, channel) =>
          texts.channelBound({ channel, account: accountName(owner) }),
        )
      : []),
  ];
}

const titled = (title: string | null | undefined) => (title == null ? {} : { title });
