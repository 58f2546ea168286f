import { isDeepStrictEqual } from "node:util";
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
    const { commands, groupCommands, description, shortDescription: short_description } = texts;
    const inPrivate = COMMANDS.map((command) => ({ command, description: commands[command] }));
    await publishCommands(inPrivate, where);
    const inGroups = GROUP_COMMANDS.map((command) => ({ command, description: groupCommands[command] }));
    await publishCommands(inGroups, { ...where, scope: { type: "all_group_chats" } });
    const long = await api.call("getMyDescription", where, signal);
    if (long.description !== description) {
      await api.call("setMyDescription", { description, ...where }, signal);
    }
    const short = await api.call("getMyShortDescription", where, signal);
    if (short.short_description !== short_description) {
      await api.call("setMyShortDescription", { short_description, ...where }, signal);
    }
  }

  async function publishCommands(commands: TelegramBotCommand[], where: Where): Promise<void> {
    const before = await api.call("getMyCommands", where, signal);
    if (!isDeepStrictEqual(before, commands)) await api.call("setMyCommands", { commands, ...where }, signal);
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
