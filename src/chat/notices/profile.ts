import type { Log } from "../../base/log.ts";
import type { TelegramBotCommand, TelegramBotCommandScope } from "../../domain/telegram.ts";
import { COMMANDS, GROUP_COMMANDS, LANGUAGES, type Texts, textsIn } from "../../locales/texts.ts";

/** What the bot tells of itself in Telegram, as far as it is set here. */
export interface ProfileApi {
  call(
    method: "getMyCommands",
    params: { language_code?: string; scope?: TelegramBotCommandScope },
    signal: AbortSignal,
  ): Promise<TelegramBotCommand[]>;
  call(
    method: "setMyCommands",
    params: { commands: TelegramBotCommand[]; language_code?: string; scope?: TelegramBotCommandScope },
    signal: AbortSignal,
  ): Promise<unknown>;
  call(
    method: "getMyDescription",
    params: { language_code?: string },
    signal: AbortSignal,
  ): Promise<{ description: string }>;
  call(
    method: "setMyDescription",
    params: { description: string; language_code?: string },
    signal: AbortSignal,
  ): Promise<unknown>;
  call(
    method: "getMyShortDescription",
    params: { language_code?: string },
    signal: AbortSignal,
  ): Promise<{ short_description: string }>;
  call(
    method: "setMyShortDescription",
    params: { short_description: string; language_code?: string },
    signal: AbortSignal,
  ): Promise<unknown>;
}

/**
 * Sets the commands and descriptions in each language, where they are not so already: once, best effort. English is
 * what everybody else gets.
 */
export async function publishProfile(deps: {
  api: ProfileApi;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { api, log, signal } = deps;
  for (const language of LANGUAGES) {
    if (signal.aborted) return;
    try {
      await publish(api, textsIn(language), language === "en" ? {} : { language_code: language }, signal);
    } catch (error) {
      // The chat works without: Telegram shows what it had before.
      log.warn("the bot's commands and description could not be set", { language, error });
    }
  }
}

async function publish(
  api: ProfileApi,
  texts: Texts,
  where: { language_code?: string },
  signal: AbortSignal,
): Promise<void> {
  const inPrivate = COMMANDS.map((command) => ({ command, description: texts.commands[command] }));
  await publishCommands(api, inPrivate, where, signal);
  const inGroups = GROUP_COMMANDS.map((command) => ({ command, description: texts.groupCommands[command] }));
  await publishCommands(api, inGroups, { ...where, scope: { type: "all_group_chats" } }, signal);
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

async function publishCommands(
  api: ProfileApi,
  commands: TelegramBotCommand[],
  where: { language_code?: string; scope?: TelegramBotCommandScope },
  signal: AbortSignal,
): Promise<void> {
  const before = await api.call("getMyCommands", where, signal);
  const same =
    before.length === commands.length &&
    commands.every(
      ({ command, description }, at) =>
        before[at]?.command === command && before[at]?.description === description,
    );
  if (!same) await api.call("setMyCommands", { commands, ...where }, signal);
}
