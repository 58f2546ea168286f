import type { AllowedUpdates } from "./allowed-updates.ts";
import { Described, type Methods, notImitated } from "./called.ts";
import type { FakeTime } from "./clock.ts";
import { ApiError, tooManyRequests } from "./errors.ts";
import { compact, type JsonObject } from "./json.ts";
import { type ParsedUrl, parseUrl } from "./links.ts";
import type { Params } from "./params.ts";
import type { Polling } from "./polling.ts";
import type { UpdateQueue } from "./update-queue.ts";
import { createDelivery } from "./webhook-delivery.ts";

const ports = [80, 88, 443, 8443];

export interface WebhookSettings {
  url: string;
  target: ParsedUrl;
  secretToken: string;
}

export interface WebhookParts {
  time: FakeTime;
  /** What getWebhookInfo dates errors by. */
  wallClock: () => number;
  queue: UpdateQueue;
  allowed: AllowedUpdates;
  polling: () => Polling;
  local: boolean;
  /** Where a public host really listens, for tests: gives the URL to connect to. */
  connect: (url: string) => string;
  /** Whose certificates it believes there, where that is by TLS. */
  ca?: string | undefined;
  /** Runs a method named in an answer; nobody hears the result. */
  run: (method: string, values: Record<string, string>) => void;
}

export function createWebhook(parts: WebhookParts) {
  const { time, queue, allowed, local } = parts;
  const maxConnections = local ? 100 : 40;
  let settings: WebhookSettings | undefined;
  let delivery: ReturnType<typeof createDelivery> | undefined;
  let lastError: { date: number; message: string } | undefined;
  let nextAllowed = Number.NEGATIVE_INFINITY;
  let isPaused = false;

  const refuse = (text: string) => new ApiError(400, `Bad Request: ${text}`);

  function close(): void {
    delivery?.stop();
    delivery = undefined;
    settings = undefined;
  }

  function open(wanted: WebhookSettings): void {
    settings = wanted;
    lastError = undefined;
    delivery = createDelivery({
      ...parts,
      settings: wanted,
      maxConnections,
      onError: (message) => {
        lastError = { date: Math.floor(parts.wallClock() / 1000), message };
      },
    });
    if (!isPaused) delivery.start();
  }

  /** The checks of a new webhook, in the server's order. The old one is closed by now. */
  function checked(url: string, secretToken: string): WebhookSettings {
    const target = parseUrl(url, "https");
    if ("error" in target) throw refuse("invalid webhook URL specified");
    if (secretToken.length > 256) throw refuse("secret token is too long");
    if (!/^[A-Za-z0-9_-]*$/.test(secretToken)) throw refuse("secret token contains unallowed characters");
    const settings = { url, target, secretToken };
    if (local) return settings;
    if (target.protocol !== "https") throw refuse("bad webhook: An HTTPS URL must be provided for webhook");
    if (!ports.includes(target.port ?? 443)) {
      throw refuse("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443");
    }
    const { host } = target;
    if (host.startsWith("[")) throw refuse("bad webhook: IPv6-only addresses are not allowed");
    if (isAddress(host) && isReserved(host)) throw refuse(`bad webhook: IP address ${host} is reserved`);
    if (/(^|\.)(localhost|invalid|local|lan)$|^[^.]*$/.test(host)) {
      throw refuse("bad webhook: Failed to resolve host: Name or service not known");
    }
    return settings;
  }

  function setWebhook(params: Params): Described {
    const [url, secretToken] = [params.text("url"), params.text("secret_token")];
    if (url === "") throw notImitated("setWebhook without a url");
    if (time.now() < nextAllowed) throw tooManyRequests(1);
    nextAllowed = time.now() + 1000;
    if (settings?.url === url && settings.secretToken === secretToken) {
      allowed.update(params.text("allowed_updates"));
      return new Described(true, "Webhook is already set");
    }
    parts.polling().endForWebhook();
    // The old webhook is closed first: when the new one is refused there is none.
    close();
    const ready = checked(url, secretToken);
    allowed.update(params.text("allowed_updates"));
    open(ready);
    return new Described(true, "Webhook was set");
  }

  function deleteWebhook(params: Params): Described {
    if (params.flag("drop_pending_updates")) throw notImitated("a deleteWebhook that drops updates");
    const wasSet = settings !== undefined;
    close();
    return new Described(true, wasSet ? "Webhook was deleted" : "Webhook is already deleted");
  }

  function info(): JsonObject {
    return compact({
      url: settings?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: queue.list().length,
      ...(settings && lastError
        ? { last_error_date: lastError.date, last_error_message: lastError.message }
        : {}),
      max_connections: settings && maxConnections,
      ip_address: settings ? addressOf(settings) : undefined,
      allowed_updates: allowed.list,
    });
  }

  return {
    methods: { setWebhook, deleteWebhook, getWebhookInfo: info } satisfies Methods,
    get isSet() {
      return settings !== undefined;
    },
    /** The answer of getWebhookInfo. */
    info,
    /** Stops deliveries, as a server that goes down; what is under way is cut off. */
    pause(): void {
      isPaused = true;
      delivery?.stop();
    },
    resume(): void {
      isPaused = false;
      delivery?.start();
    },
  };
}

function addressOf(settings: WebhookSettings): string {
  return isAddress(settings.target.host) ? settings.target.host : "203.0.113.10";
}

function isAddress(text: string): boolean {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);
}

function isReserved(address: string): boolean {
  const [a = 0, b = 0] = address.split(".").map(Number);
  if ([0, 10, 127].includes(a) || a >= 224) return true;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 100) return b >= 64 && b < 128;
  return (a === 192 && b === 168) || (a === 169 && b === 254);
}
