import type { Log } from "../base/log.ts";
import type { TelegramBotCommand, TelegramBotCommandScope } from "../domain/telegram.ts";
import { COMMANDS, GROUP_COMMANDS, LANGUAGES, type Texts, textsIn } from "../locales/texts.ts";
import type { TelegramApi } from "../telegram/api.ts";

/** Whose they are: those of one language, or everybody else's. */
interface Where {
  readonly language_code?: string;
  readonly scope?: TelegramBotCommandScope;
}

/**
 * Sets the commands and descriptions in each language, where they are not so already: once, best effort. English is
 * what everybody else gets.
 */
export async function publishProfile(deps: {
  api: Pick<TelegramApi, "call">;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { api, log, signal } = deps;

  async function publish(texts: Texts, where: Where): Promise<void> {
    const inPrivate = COMMANDS.map((command) => ({ command, description: texts.commands[command] }));
    await publishCommands(inPrivate, where);
    const inGroups = GROUP_COMMANDS.map((command) => ({
      command,
      description: texts.groupCommands[command],
    }));
    await publishCommands(inGroups, { ...where, scope: { type: "all_group_chats" } });
    const { description } = await api.call("getMyDescription", where, signal);
    if (description !== texts.description) {
      await api.call("setMyDescription", { description: texts.description, ...where }, signal);
    }
    const { short_description } = await api.call("getMyShortDescription", where, signal);
    if (short_description !== texts.shortDescription) {
      const set = { short_description: texts.shortDescription, ...where };
      await api.call("setMyShortDescription", set, signal);
    }
  }

  async function publishCommands(commands: TelegramBotCommand[], where: Where): Promise<void> {
    const before = await api.call("getMyCommands", where, signal);
    if (inWords(before) !== inWords(commands))
      await api.call("setMyCommands", { commands, ...where }, signal);
  }

  for (const language of LANGUAGES) {
    if (signal.aborted) return;
    try {
      await publish(textsIn(language), language === "en" ? {} : { language_code: language });
    } catch (error) {
      // The chat works without: Telegram shows what it had before.
      log.warn("the bot's commands and description could not be set", { language, error });
    }
  }
}

const inWords = (commands: readonly TelegramBotCommand[]) =>
  commands.map(({ command, description }) => `${command} - ${description}`).join("\n");
