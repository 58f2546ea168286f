import { Elysia, t } from "elysia";
import { problem } from "./problem.ts";

/** Takes one delivery, see intake/webhook.ts. */
export interface Webhook {
  /** Where deliveries come in: with the path prefix of WEBHOOK_URL too, since not every proxy removes it. */
  readonly paths: readonly string[];
  /** The body of a 200 is the method that Telegram is to call. */
  receive(
    secret: string | null,
    body: string,
  ): Promise<{ readonly status: 200 | 400 | 401 | 503; readonly body?: Record<string, unknown> }>;
}

const REFUSALS = {
  400: ["invalid", "This is no update: it needs to be JSON with an integer update_id."],
  401: ["unauthorized", "The secret token of the webhook is missing or wrong."],
  503: ["unavailable", "The update could not be stored now."],
} as const;

/** `POST /telegram/webhook`: authenticated by Telegram's secret token, not by the admin token. */
export function telegramWebhook({ paths, receive }: Webhook) {
  const app = new Elysia();
  for (const path of paths) {
    app.post(
      path,
      async ({ request, body: delivery }) => {
        const secret = request.headers.get("x-telegram-bot-api-secret-token");
        const { status, body } = await receive(secret, delivery);
        if (status === 200) return body;
        const [code, detail] = REFUSALS[status];
        return problem(code, detail);
      },
      { parse: "text", body: t.String() },
    );
  }
  return app;
}
