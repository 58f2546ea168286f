import { Elysia, t } from "elysia";

/** Takes deliveries, see intake/webhook.ts. */
export interface Webhook {
  /** Where they come in: with the path prefix of WEBHOOK_URL too, since not every proxy removes it. */
  readonly paths: Iterable<string>;
  /** Returns the method that Telegram is to call, if any. */
  receive(secret: string, body: string): Promise<Record<string, unknown> | undefined>;
}

/** `POST /telegram/webhook`: authenticated by Telegram's secret token, not by the admin token. */
export function telegramWebhook({ paths, receive }: Webhook) {
  const app = new Elysia();
  for (const path of paths) {
    app.post(path, ({ headers, body }) => receive(headers["x-telegram-bot-api-secret-token"] ?? "", body), {
      parse: "text",
      body: t.String(),
    });
  }
  return app;
}
