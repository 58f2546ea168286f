import { Elysia } from "elysia";
import { readBytes } from "./body.ts";
import { Problem } from "./problem.ts";

/** Takes one delivery, see intake/webhook.ts. */
export interface Webhook {
  /** Where deliveries come in: with the path prefix of WEBHOOK_URL too, since not every proxy removes it. */
  readonly paths: readonly string[];
  receive(
    secret: string | null,
    body: string,
  ): Promise<{ readonly status: 200 | 400 | 401 | 503; readonly body?: Record<string, unknown> }>;
}

const BODY_LIMIT = 1024 * 1024;
const RETRY_AFTER_SECONDS = "30";

/** `POST /telegram/webhook`: authenticated by Telegram's secret token, not by the admin token. */
export function telegramWebhook({ paths, receive }: Webhook) {
  const app = new Elysia();
  for (const path of paths) app.post(path, ({ request }) => answer(request), { parse: "none" });
  return app;

  /** An empty 200, or the method that Telegram is to call. */
  async function answer(request: Request): Promise<Record<string, unknown> | undefined> {
    // The secret first: a stranger does not get to send a mebibyte.
    const secret = request.headers.get("x-telegram-bot-api-secret-token");
    if (secret === null) throw new Problem("unauthorized", "The secret token of the webhook is missing.");
    const text = Buffer.from(await readBytes(request, BODY_LIMIT)).toString("utf8");
    const { status, body } = await receive(secret, text);
    switch (status) {
      case 200:
        return body;
      case 400:
        throw new Problem("invalid", "This is no update: it needs to be JSON with an integer update_id.");
      case 401:
        throw new Problem("unauthorized", "The secret token of the webhook is wrong.");
      case 503:
        throw new Problem("unavailable", "The update could not be stored now.", {
          headers: { "retry-after": RETRY_AFTER_SECONDS },
        });
      default:
        return status satisfies never;
    }
  }
}
