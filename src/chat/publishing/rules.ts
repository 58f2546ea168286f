import type { AskedFor } from "../../domain/choices.ts";
import type { Texts } from "../../locales/texts.ts";
import { messageText } from "../../messages/message-text.ts";
import { button, type Message, replies, say } from "../../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../../replies/text-writer.ts";
import { bound, type Handlers } from "../buttons.ts";
import { channelName, chatNamed, findChannel, whyNotPost } from "../channels.ts";
import { type ChatContext, notUnderstood, type Said, type Worked } from "../context.ts";
import { parseTags } from "../tags.ts";
import type { createFollow } from "./follow.ts";

/** More are not looked through for each memo, and do not fit below a message. */
const MOST_RULES = 20;
const EXAMPLE = "#blog @channel";
const LONGEST = 60;

/** Which PUBLIC memos go to which channel by themselves: `/settings` → Publishing. */
export function createRules(context: ChatContext, { begin }: Pick<ReturnType<typeof createFollow>, "begin">) {
  const { api, publishRules, answerFromMemos } = context;

  const lines = (texts: Texts, telegramId: number) =>
    publishRules.of(telegramId).map(({ id, tag, title }) => ({
      id,
      text: `#${tag} → ${cut(oneLine(title ?? texts.aChannel), LONGEST)}`,
    }));

  /** The rules of a person; each can be removed. */
  function message(texts: Texts, telegramId: number): Message {
    const rules = lines(texts, telegramId);
    const writer = createTextWriter()
      .add(texts.settings.publishing, "bold")
      .add(`\n\n${texts.publish.rules}`);
    const add = button(texts.publish.addRule, { ask: "rule_add" });
    return {
      ...writer.done(),
      buttons: [
        ...rules.map(({ id, text }) => [button(`✕ ${text}`, { ask: "rule_remove", rule_id: id })]),
        ...(rules.length < MOST_RULES ? [[add]] : []),
        [button(texts.back, { ask: "settings" })],
      ],
    };
  }

  /** What somebody answers the question for a rule with: a tag and a channel. */
  async function answer(said: Said): Promise<Worked> {
    const { message: sent, texts } = said;
    const words = messageText(sent).text.split(/\s+/u);
    const chat = words.map(chatNamed).find((found) => found !== null);
    const parsed = parseTags(words.filter((word) => chatNamed(word) === null).join(" "));
    const [tag, ...others] = "tags" in parsed ? parsed.tags : [];
    if (chat === undefined || tag === undefined || others.length > 0)
      return notUnderstood(said, texts.publish.badRule({ example: EXAMPLE }));
    const made = await answerFromMemos(said, async (asker) => {
      const { from, signal } = asker;
      const channel = await findChannel(api, chat, signal);
      const named = { channel: channel ? channelName(texts, channel) : String(chat) };
      if (!channel) return { text: texts.publish.notFound(named) };
      const chat_id = channel.id;
      const trouble = await whyNotPost(context, { channel, from, texts, signal });
      if (trouble !== null) return { text: trouble };
      const title = channel.title ?? null;
      publishRules.add({ telegram_id: from, tag, chat_id, title, after: await begin(asker) });
      return message(texts, from);
    });
    return { owed: replies(sent, made) };
  }

  const buttons = {
    rule_add: bound(({ texts, to }) => {
      const text = texts.publish.ruleQuestion({ example: EXAMPLE });
      return [say(to, { text, asksFor: EXAMPLE, slot: "rule" satisfies AskedFor })];
    }),
    rule_remove: bound(({ from, texts, edit }, { rule_id }) => {
      publishRules.remove(from, rule_id);
      return edit(message(texts, from));
    }),
  } satisfies Partial<Handlers>;

  return {
    message,
    /** In the list of all settings. */
    shown: (texts: Texts, telegramId: number): string =>
      lines(texts, telegramId)
        .map(({ text }) => text)
        .join(", ") || texts.off,
    answer,
    buttons,
  };
}
