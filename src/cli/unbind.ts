import type { Command } from "commander";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import { openReadOnlyStore } from "../store/store.ts";
import { withApi } from "./api.ts";
import { messages } from "./bind.ts";
import type { Context } from "./context.ts";
import { readTelegramId } from "./telegram-id.ts";

export function unbind(program: Command, context: Context): void {
  program
    .command("unbind")
    .summary("parts a Telegram user from the Memos account")
    .description(
      "The access token is forgotten; memos stay as they are. Messages that wait are kept, and saved once this user is bound to the same account again. Works beside a running memoferry.",
    )
    .argument("<telegram id>", "the number that the bot answers to /id", readTelegramId)
    .action(async (telegramId: number) => {
      const config = context.config();
      const before = lookAt(config, telegramId);
      if (!before) throw new AppError("not_found", `the Telegram user ${telegramId} is not bound`);
      await withApi(config, (call) => call("DELETE", `/api/v1/bindings/${telegramId}`));
      const { account, waiting } = before;
      const kept =
        waiting > 0 ? ` ${messages(waiting)} wait: they are saved once ${account} is bound again.` : "";
      context.terminal.print(`Telegram user ${telegramId} is no longer bound to ${account}.${kept}`);
    });
}

function lookAt(config: Config, telegramId: number): { account: string; waiting: number } | null {
  const look = openReadOnlyStore(config, systemClock);
  if (!look) return null;
  try {
    const binding = look.bindings.get(telegramId);
    return binding
      ? { account: binding.account, waiting: look.jobs.unfinishedOf(telegramId, binding) }
      : null;
  } finally {
    look.close();
  }
}
