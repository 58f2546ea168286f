import type { Command } from "commander";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isPrivateHost } from "../base/hosts.ts";
import { ALLOWED_UPDATES } from "../messages/update.ts";
import { memosWebhookSecretOf, webhookSecretOf } from "../store/intake/bots.ts";
import { openReadOnlyStore } from "../store/store.ts";
import { httpAddress } from "./api.ts";
import type { CommandLine } from "./terminal.ts";

export function webhook(program: Command, commandLine: CommandLine): void {
  program
    .command("webhook")
    .summary(
      "prints the curl command that sets the webhook from another machine, or the address for Memos' webhooks",
    )
    .description(
      "For a machine that Telegram can reach, but that cannot call Telegram: run the printed command anywhere else, with BOT_TOKEN set to the bot's token. It holds the secret that Telegram sends with each delivery: keep it to yourself. Needs WEBHOOK_URL, and a first start of memoferry, which makes the secret. With --memos: the address that a webhook of Memos is given, so that memoferry hears at once of what happens there.",
    )
    .option("--memos", "prints the address for webhooks of Memos")
    .action(({ memos }: { memos?: true }) => {
      const config = commandLine.onDatabase();
      if (config.webhookUrl === null && !memos) {
        const what = "WEBHOOK_URL is not set: it is the https address that Telegram delivers to";
        throw new AppError("invalid", what);
      }
      const store = openReadOnlyStore(config, systemClock);
      const bot = store?.bots.find();
      store?.close();
      if (!bot)
        throw new AppError("not_found", "there is no secret for the webhook yet: start memoferry once");
      if (memos) {
        const base =
          config.webhookUrl ?? httpAddress(config.dataDir) ?? `http://${config.httpHost}:${config.httpPort}`;
        return commandLine.terminal.print(`${base}/memos/webhook/${memosWebhookSecretOf(bot).reveal()}`);
      }
      if (isPrivateHost(new URL(config.telegramApiUrl).hostname)) {
        commandLine.terminal.complain(
          `TELEGRAM_API_URL ${config.telegramApiUrl} is an address of this network: run the command where that is reached, ` +
            "with the address that the Bot API server has there",
        );
      }
      commandLine.terminal.print(
        [
          `curl -fsS "${config.telegramApiUrl}/bot$BOT_TOKEN/setWebhook" \\`,
          `  --data-urlencode 'url=${config.webhookUrl}/telegram/webhook' \\`,
          `  --data-urlencode 'secret_token=${webhookSecretOf(bot).reveal()}' \\`,
          `  --data-urlencode 'allowed_updates=${JSON.stringify(ALLOWED_UPDATES)}'`,
        ].join("\n"),
      );
    });
}
