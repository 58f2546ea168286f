import type { TelegramReactionType } from "./telegram.ts";

/** What a bot may react with. https://core.telegram.org/bots/api#reactiontypeemoji */
const EMOJIS = new Set(
  (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 " +
    "👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
  ).split(" "),
);

/** In Memos a reaction is written as keyboards write it: what would be shown as a sign is marked as an emoji. */
export const memosReaction = (emoji: string): string =>
  emoji.replace(/(?!\p{Emoji_Presentation})\p{Emoji}(?!\ufe0f)/gu, "$&\ufe0f");

/** Telegram's own emoji for a reaction of Memos, without those marks; undefined where it has none. */
export function telegramReaction(reaction: string): string | undefined {
  const emoji = reaction.replaceAll("\ufe0f", "");
  return EMOJIS.has(emoji) ? emoji : undefined;
}

/** The emojis among what somebody reacts with: others are pictures of Telegram's own, or paid. */
export const emojisIn = (reactions: readonly TelegramReactionType[] | undefined): string[] =>
  Array.isArray(reactions)
    ? reactions.flatMap(({ type, emoji }) => (type === "emoji" ? [`${emoji}`] : []))
    : [];
