import { isDeepStrictEqual } from "node:util";
import type { Log } from "../base/log.ts";
import { COMMANDS, GROUP_COMMANDS, LANGUAGES, textsIn } from "../locales/texts.ts";
import type { TelegramApi } from "../telegram/api.ts";

/**
 * Sets the commands and descriptions in each language, where they are not so already: once, best effort. English is
 * what everybody else gets.
 */
export async function publishProfile({
  api,
  log,
  signal,
}: {
  api: Pick<TelegramApi, "call">;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  for (const language of LANGUAGES) {
    if (signal.aborted) return;
    const texts = textsIn(language);
    const where = language === "en" ? {} : { language_code: language };
    const inGroups = { ...where, scope: { type: "all_group_chats" } } as const;
    const commands = COMMANDS.map((command) => ({ command, description: texts.commands[command] }));
    const groupCommands = GROUP_COMMANDS.map((command) => ({
      command,
      description: texts.groupCommands[command],
    }));
    const long = { description: `${texts.greeting}\n\n${texts.description}` };
    const short = { short_description: texts.greeting };
    const parts = {
      async commands() {
        if (!isDeepStrictEqual(await api.call("getMyCommands", where, signal), commands))
          await api.call("setMyCommands", { commands, ...where }, signal);
      },
      async commands_in_groups() {
        if (!isDeepStrictEqual(await api.call("getMyCommands", inGroups, signal), groupCommands))
          await api.call("setMyCommands", { commands: groupCommands, ...inGroups }, signal);
      },
      async description() {
        if (!isDeepStrictEqual(await api.call("getMyDescription", where, signal), long))
          await api.call("setMyDescription", { ...long, ...where }, signal);
      },
      async short_description() {
        if (!isDeepStrictEqual(await api.call("getMyShortDescription", where, signal), short))
          await api.call("setMyShortDescription", { ...short, ...where }, signal);
      },
    };
    for (const [what, publish] of Object.entries(parts)) {
      // The chat works without: Telegram shows what it had before.
      await publish().catch((error) =>
        log.warn("a part of the bot's profile could not be set", { what, language, error }),
      );
    }
  }
}
