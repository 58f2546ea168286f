import { accessTokensIn } from "../../base/access-token.ts";
import type { BotName } from "../../domain/bot-name.ts";
import type { TelegramMessage } from "../../domain/telegram.ts";
import { COMMANDS } from "../../locales/texts.ts";
import { repliesToBot } from "../../messages/addressed.ts";
import type { Command } from "../../messages/command.ts";
import { messageText, replyTarget } from "../../messages/message-text.ts";
import type { Message } from "../../replies/messages.ts";
import type { ChatContext, Said } from "../context.ts";
import { isMemoCommand, type MemoCommands, type MemoRequest } from "./memo-commands.ts";

/** What somebody says to the bot in a group. */
interface AskedInGroup extends Said {
  /** Null for a message that only mentions the bot, or one of a stranger that is no command. */
  readonly command: Command | null;
}

export type AnswerInGroup = ReturnType<typeof createAnswerInGroup>;

const OURS: readonly string[] = [...COMMANDS, "start", "save"];

/** Answers in a group, where others read along: nothing of a memo is shown but its link. */
export function createAnswerInGroup(
  { store: { admission }, identity, clock }: ChatContext,
  memoCommands: MemoCommands,
) {
  const bot = identity.name;

  const withLink = (text: string) => {
    const { username } = bot();
    return { text: username === null ? text : `${text}\nhttps://t.me/${username}` };
  };

  /** `isKnown`: false for who is not bound, or not let in. */
  return async (asked: AskedInGroup, isKnown: boolean): Promise<Message | readonly Message[]> => {
    const { command, message, texts } = asked;
    // Other bots hear a command without a name as well, and it may be theirs.
    if (command && !OURS.includes(command.name) && !isNamed(message, bot())) return [];
    if (!isKnown) {
      return admission.claimHint(message.chat.id, clock.now()) ? withLink(texts.groupHint) : [];
    }
    if (command === null) return { text: texts.saveHow };
    if (isMemoCommand(command)) return aboutMemo({ ...asked, command });
    const isHelp = command.name === "help" || command.name === "start" || !OURS.includes(command.name);
    return isHelp ? { text: texts.groupHelp } : withLink(texts.askInPrivate);
  };

  async function aboutMemo(asked: MemoRequest): Promise<Message | readonly Message[]> {
    const { command, message, from, texts } = asked;
    const target = replyTarget(message);
    const job = target && memoCommands.jobOf(target, from);
    if (command.name === "save") {
      if (target && accessTokensIn(messageText(target).text).length > 0) return { text: texts.tokenInGroup };
      if (!job) return { text: texts.saveHow };
    }
    if (!job && !isNamed(message, bot())) return [];
    return memoCommands.run(asked);
  }
}

/** Whether the bot is called by its name, or answered. */
function isNamed(message: TelegramMessage, bot: BotName): boolean {
  return /^\/\w+@/.test(message.text ?? "") || repliesToBot(message, bot);
}
