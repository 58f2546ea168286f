import { type IncomingHttpHeaders, request } from "node:http";
import { request as requestByTls } from "node:https";
import { topLevelFields } from "./json.ts";
import type { QueuedUpdate } from "./update-queue.ts";
import type { WebhookParts, WebhookSettings } from "./webhook.ts";

const readTimeout = 60_000;
const maxRetryAfter = 3600;
const forbiddenMethods = ["setWebhook", "deleteWebhook"];

/** How one update fares. */
interface Attempt {
  delay: number;
  fails: number;
  dueAt: number;
}

interface Answer {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Brings updates to the webhook: one at a time per lane, in order, again and again until it takes them. */
export function createDelivery(
  parts: WebhookParts & {
    settings: WebhookSettings;
    maxConnections: number;
    onError: (message: string) => void;
  },
) {
  const { time, queue, settings } = parts;
  const attempts = new Map<number, Attempt>();
  const busy = new Map<string, { cut: () => void }>();
  let isRunning = false;
  let lastSuccess = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | undefined;
  let endListening: (() => void) | undefined;

  /** Starts what may start now, and wakes up for what is due later. */
  function plan(): void {
    cancelWake?.();
    const now = time.now();
    // After 10 s without a success the server tries with one connection only.
    const connections = now - lastSuccess > 10_000 ? 1 : parts.maxConnections;
    let nextDue = Number.POSITIVE_INFINITY;
    const seen = new Set(busy.keys());
    for (const update of queue.list()) {
      if (seen.has(update.lane)) continue;
      seen.add(update.lane);
      const dueAt = attempts.get(update.id)?.dueAt ?? now;
      if (dueAt > now) {
        nextDue = Math.min(nextDue, dueAt);
        continue;
      }
      if (busy.size < connections) bring(update);
    }
    if (nextDue < Number.POSITIVE_INFINITY) cancelWake = time.after(nextDue - now, plan);
  }

  function bring(update: QueuedUpdate): void {
    const call = post(update);
    const mine = { cut: call.cut };
    busy.set(update.lane, mine);
    call.answer.then(
      (answer) => settle(update, mine, answer),
      (error: unknown) => settle(update, mine, error instanceof Error ? error.message : String(error)),
    );
  }

  function settle(update: QueuedUpdate, mine: { cut: () => void }, answer: Answer | string): void {
    // A stopped delivery has forgotten it.
    if (busy.get(update.lane) !== mine) return;
    busy.delete(update.lane);
    if (typeof answer !== "string" && answer.status >= 200 && answer.status <= 299) {
      lastSuccess = time.now();
      attempts.delete(update.id);
      queue.forget(update.id);
      queue.handedOut(update.id);
      runMethod(answer);
    } else if (typeof answer === "string") {
      fail(update, answer, 0);
    } else {
      const { status, reason, headers } = answer;
      const retryAfter = Number(headers["retry-after"] ?? 0) || 0;
      fail(update, `Wrong response from the webhook: ${status} ${reason}`, retryAfter);
    }
    if (isRunning) plan();
  }

  function fail(update: QueuedUpdate, message: string, retryAfter: number): void {
    parts.onError(message);
    const attempt = attempts.get(update.id) ?? { delay: 1, fails: 0, dueAt: 0 };
    const wait = Math.min(Math.max(Math.trunc(retryAfter), 0), maxRetryAfter);
    let seconds = wait;
    if (wait === 0 && attempt.fails > 0) {
      attempt.delay = Math.min(60 + Math.floor(Math.random() * 61), attempt.delay * 2);
      seconds = attempt.delay;
    }
    if (time.seconds() + seconds > update.expiresAt) {
      queue.forget(update.id);
      attempts.delete(update.id);
      return;
    }
    attempt.dueAt = time.now() + seconds * 1000;
    attempt.fails++;
    attempts.set(update.id, attempt);
  }

  function runMethod(answer: Answer): void {
    const type = answer.headers["content-type"] ?? "";
    const fields = type.startsWith("application/json") ? topLevelFields(answer.body) : [];
    const values: Record<string, string> = {};
    for (const [name, value] of fields) values[name] ??= value;
    const method = values["method"] ?? "";
    if (method === "" || forbiddenMethods.includes(method) || method.startsWith("get")) return;
    delete values["method"];
    parts.run(method, values);
  }

  /** One request over a connection of its own. Rejects with the text that getWebhookInfo shows. */
  function post(update: QueuedUpdate): { answer: Promise<Answer>; cut: () => void } {
    const { target, secretToken } = settings;
    const host = target.port === undefined ? target.host : `${target.host}:${target.port}`;
    const url = new URL(parts.connect(`${target.protocol}://${host}/`));
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const byTls = url.protocol === "https:";
    // A public host is never called: a test says who listens in its place.
    if (byTls && parts.ca === undefined) {
      reject(new Error("Connection refused"));
      return { answer, cut() {} };
    }
    // A raw newline follows the comma: that is how the server writes it.
    const body = Buffer.from(`{"update_id":${update.id},\n${update.json}}`);
    const call = (byTls ? requestByTls : request)({
      agent: false,
      ...(byTls && { ca: parts.ca, servername: target.host }),
      host: url.hostname,
      port: url.port,
      method: "POST",
      path: target.path.replace(/#.*$/s, ""),
      headers: {
        Host: host,
        ...(secretToken === "" ? {} : { "X-Telegram-Bot-Api-Secret-Token": secretToken }),
        "Content-Type": "application/json",
        "Content-Length": body.length,
        "Accept-Encoding": "gzip, deflate",
      },
    });
    const cancelTimeout = time.after(readTimeout, () => fail(new Error("Read timeout expired")));
    function fail(error: Error & { code?: string }): void {
      cancelTimeout();
      call.destroy();
      reject(error.code === "ECONNREFUSED" ? new Error("Connection refused") : error);
    }
    const closed = () => fail(new Error("Webhook connection closed"));
    call.on("error", (error: Error & { code?: string }) =>
      error.code === "ECONNREFUSED" ? fail(error) : closed(),
    );
    call.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", closed);
      response.on("close", closed);
      response.on("end", () => {
        cancelTimeout();
        const { statusCode = 0, statusMessage = "", headers } = response;
        resolve({
          status: statusCode,
          reason: statusMessage,
          headers,
          body: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    call.end(body);
    return { answer, cut: () => call.destroy() };
  }

  return {
    start(): void {
      if (isRunning) return;
      isRunning = true;
      endListening = queue.onPush(plan);
      plan();
    },
    /** Cuts off what is under way; it is delivered again after a start. */
    stop(): void {
      isRunning = false;
      cancelWake?.();
      endListening?.();
      const calls = [...busy.values()];
      busy.clear();
      for (const call of calls) call.cut();
    },
  };
}
