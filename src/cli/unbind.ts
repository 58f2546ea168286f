import { systemClock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { lookIntoStore } from "../store/look.ts";
import { withApi } from "./api.ts";
import { messages } from "./bind.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";
import { readTelegramId } from "./telegram-id.ts";

export const unbind: Command = {
  name: "unbind",
  usage: "<telegram id>",
  summary: "parts a Telegram user from the Memos account",
  details: [
    "The access token is forgotten; memos stay as they are. Messages that wait are kept, and saved once this user",
    "is bound to the same account again. Works beside a running memoferry.",
  ].join("\n"),
  options: {},
  positionals: { min: 1, max: 1 },
  async run(invocation) {
    const telegramId = readTelegramId(invocation.positionals[0]);
    const config = commandSettings(invocation);
    const before = lookAt();
    if (!before) throw new AppError("not_found", `the Telegram user ${telegramId} is not bound`);
    await withApi(config, (call) => call("DELETE", `/api/v1/bindings/${telegramId}`));
    const { account, waiting } = before;
    const kept =
      waiting > 0 ? ` ${messages(waiting)} wait: they are saved once ${account} is bound again.` : "";
    invocation.terminal.print(`Telegram user ${telegramId} is no longer bound to ${account}.${kept}`);
    return 0;

    function lookAt(): { account: string; waiting: number } | null {
      const look = lookIntoStore(config, systemClock);
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
  },
};
