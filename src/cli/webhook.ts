import { systemClock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { webhookSecretOf } from "../store/bots.ts";
import { lookIntoStore } from "../store/look.ts";
import { ALLOWED_UPDATES } from "../telegram/update.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";

export const webhook: Command = {
  name: "webhook",
  usage: "",
  summary: "prints the curl command that sets the webhook from another machine",
  details: [
    "For a machine that Telegram can reach, but that cannot call Telegram: run the printed command anywhere else, with",
    "BOT_TOKEN set to the bot's token. It holds the secret that Telegram sends with each delivery: keep it to yourself.",
    "Needs WEBHOOK_URL, and a first start of memoferry, which makes the secret.",
  ].join("\n"),
  options: {},
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const config = commandSettings(invocation);
    if (config.webhookUrl === null) {
      throw new AppError(
        "invalid",
        "WEBHOOK_URL is not set: it is the https address that Telegram delivers to",
      );
    }
    const look = lookIntoStore(config, systemClock);
    try {
      const bot = look?.bots.find(config.botId);
      if (!bot)
        throw new AppError("not_found", "there is no secret for the webhook yet: start memoferry once");
      invocation.terminal.print(
        [
          `curl -fsS "${config.telegramApiUrl}/bot$BOT_TOKEN/setWebhook" \\`,
          `  --data-urlencode 'url=${config.webhookUrl}/telegram/webhook' \\`,
          `  --data-urlencode 'secret_token=${webhookSecretOf(bot).reveal()}' \\`,
          `  --data-urlencode 'allowed_updates=${JSON.stringify(ALLOWED_UPDATES)}'`,
        ].join("\n"),
      );
      return 0;
    } finally {
      look?.close();
    }
  },
};
