import { connect } from "node:net";
import type { FakeTime } from "./clock.ts";
import { topLevelFields } from "./json.ts";
import type { QueuedUpdate } from "./update-queue.ts";
import type { WebhookParts, WebhookSettings } from "./webhook.ts";

const readTimeout = 60_000;
const maxRetryAfter = 3600;
const forbiddenMethods = ["setWebhook", "deleteWebhook"];

export interface Delivery {
  start(): void;
  /** Cuts off what is under way; it is delivered again after a start. */
  stop(): void;
}

/** How one update fares. */
interface Attempt {
  delay: number;
  fails: number;
  dueAt: number;
}

interface Answer {
  status: number;
  reason: string;
  headers: Map<string, string>;
  body: string;
}

/** Brings updates to the webhook: one at a time per lane, in order, again and again until it takes them. */
export function createDelivery(
  parts: WebhookParts & {
    settings: WebhookSettings;
    maxConnections: number;
    onError: (message: string) => void;
  },
): Delivery {
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
    const { request, url } = requestFor(update);
    const call = post(url, request, time);
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
      const retryAfter = Number(headers.get("retry-after") ?? 0) || 0;
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
    const type = answer.headers.get("content-type") ?? "";
    const fields = type.startsWith("application/json") ? topLevelFields(answer.body) : [];
    const values: Record<string, string> = {};
    for (const [name, value] of fields) values[name] ??= value;
    const method = values["method"] ?? "";
    if (method === "" || forbiddenMethods.includes(method) || method.startsWith("get")) return;
    delete values["method"];
    parts.run(method, values);
  }

  function requestFor(update: QueuedUpdate): { request: Buffer; url: URL } {
    const { target, secretToken } = settings;
    // A raw newline follows the comma: that is how the server writes it.
    const body = Buffer.from(`{"update_id":${update.id},\n${update.json}}`);
    const host = target.port === undefined ? target.host : `${target.host}:${target.port}`;
    const lines = [
      `POST ${target.path.replace(/#.*$/s, "")} HTTP/1.1`,
      `Host: ${host}`,
      ...(secretToken === "" ? [] : [`X-Telegram-Bot-Api-Secret-Token: ${secretToken}`]),
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "Connection: keep-alive",
      "Accept-Encoding: gzip, deflate",
    ];
    const url = new URL(parts.connect(`${target.protocol}://${host}/`));
    return { request: Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]), url };
  }

  return {
    start() {
      if (isRunning) return;
      isRunning = true;
      endListening = queue.onPush(plan);
      plan();
    },
    stop() {
      isRunning = false;
      cancelWake?.();
      endListening?.();
      const calls = [...busy.values()];
      busy.clear();
      for (const call of calls) call.cut();
    },
  };
}

/** One request over a connection of its own. Rejects with the text that getWebhookInfo shows. */
function post(url: URL, request: Buffer, time: FakeTime): { answer: Promise<Answer>; cut: () => void } {
  // A public host is never called: a test says who listens in its place.
  if (url.protocol !== "http:") return { answer: Promise.reject(new Error("Connection refused")), cut() {} };
  const socket = connect({ host: url.hostname, port: Number(url.port) });
  const answer = new Promise<Answer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const cancelTimeout = time.after(readTimeout, () => finish(new Error("Read timeout expired")));

    function finish(result: Answer | Error): void {
      cancelTimeout();
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    }

    socket.on("connect", () => socket.write(request));
    socket.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      const parsed = parseAnswer(received, false);
      if (parsed) finish(parsed);
    });
    socket.on("error", (error: Error & { code?: string }) => {
      finish(
        new Error(
          error.code === "ECONNREFUSED" ? "Connection refused" : `Connection error: ${error.message}`,
        ),
      );
    });
    socket.on("close", () => finish(parseAnswer(received, true) ?? new Error("Webhook connection closed")));
  });
  return { answer, cut: () => socket.destroy() };
}

/** The answer when it is complete; `ended` says that no more will come. */
function parseAnswer(received: Buffer, ended: boolean): Answer | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
  const match = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(statusLine);
  if (!match) return undefined;
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).trim().toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const status = Number(match[1]);
  const rest = received.subarray(headEnd + 4);
  const done = (body: Buffer): Answer => ({
    status,
    reason: match[2] ?? "",
    headers,
    body: body.toString("utf8"),
  });
  if (status === 204 || status === 304) return done(Buffer.alloc(0));
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const body = unchunk(rest);
    return body ? done(body) : undefined;
  }
  const length = headers.get("content-length");
  if (length === undefined) return ended ? done(rest) : undefined;
  return rest.length >= Number(length) ? done(rest.subarray(0, Number(length))) : undefined;
}

function unchunk(data: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  while (true) {
    const lineEnd = data.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.subarray(at, lineEnd).toString("latin1"), 16);
    if (Number.isNaN(size)) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    const start = lineEnd + 2;
    if (data.length < start + size + 2) return undefined;
    chunks.push(data.subarray(start, start + size));
    at = start + size + 2;
  }
}
