import { createHmac, timingSafeEqual } from "node:crypto";
import { type Context, Elysia, t } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { Bodies } from "./bodies.ts";
import type { FailureLimit } from "./failure-limit.ts";

export interface MemosWebhook {
  /** What stands before the secret in the address. */
  paths: Iterable<string>;
  secret: Secret;
  /** Any of them; null: nothing is signed. */
  signingSecrets: readonly Secret[] | null;
  /** Something happened to a memo of `creator`, such as `memo.created`. */
  told(creator: string, event: { type: string; memo: string }): void;
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const TOLERANCE_MS = 5 * 60_000;
/** What Memos takes for success. */
const TAKEN = { code: 0 };

/**
 * What Memos' own webhooks call: a bell, which is answered at once. Whoever has the address may ring it; what is said there
 * is looked up in Memos.
 */
export function memosWebhook(
  { memosWebhook, clock }: { memosWebhook: MemosWebhook; clock: Pick<Clock, "now"> },
  { bodies, failures }: { bodies: Bodies; failures: FailureLimit },
) {
  const { paths, secret, signingSecrets, told } = memosWebhook;

  function refuse(context: Pick<Context, "request" | "server" | "set">, why: string): never {
    failures.refuse(context);
    throw new AppError("unauthorized", why);
  }

  // The secret before the first byte: whoever comes without it costs no memory.
  async function delivery(context: Context): Promise<string> {
    if (!secret.equals(context.params["secret"] ?? "")) {
      refuse(context, "This is not the address that `memoferry webhook --memos` prints.");
    }
    const body = await bodies.text(context);
    if (signingSecrets === null || isSigned(context.request.headers, body, signingSecrets, clock.now()))
      return body;
    return refuse(
      context,
      "The delivery has no right signature by MEMOS_WEBHOOK_SECRET of the last five minutes.",
    );
  }

  const routes = new Elysia();
  for (const path of paths) {
    routes.post(
      `${path}/:secret`,
      ({ body }) => {
        const { creator, type, memo } = read(body);
        told(creator, { type, memo });
        return TAKEN;
      },
      {
        parse: delivery,
        body: t.String(),
        // Memos' own, and described there.
        detail: { hide: true },
      },
    );
  }
  return routes;
}

function isSigned(headers: Headers, body: string, secrets: readonly Secret[], now: number): boolean {
  const [id, time, signatures] = ["id", "timestamp", "signature"].map(
    (name) => headers.get(`webhook-${name}`) ?? "",
  );
  if (!(Math.abs(Number(time) * 1000 - now) <= TOLERANCE_MS)) return false;
  const given = (signatures ?? "")
    .split(" ")
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ""), "base64"));
  return secrets.some((secret) => {
    const key = Buffer.from(secret.reveal().slice("whsec_".length), "base64");
    const right = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest();
    return given.some((signature) => signature.length === right.length && timingSafeEqual(signature, right));
  });
}

/** 0.22 numbers users and memos; what else differs between the releases is not needed. */
function read(body: string) {
  const delivery = objectIn(() => JSON.parse(body));
  const memo = objectIn(() => delivery["memo"]);
  const { activityType, creator, creatorId } = delivery;
  const { name, uid } = memo;
  return {
    creator: String(creator ?? `users/${creatorId}`),
    type: String(activityType).replace(/^memos\./, ""),
    memo: typeof uid === "string" ? `memos/${uid}` : String(name),
  };
}

/** @throws AppError "invalid" for what is none. */
function objectIn(give: () => unknown): Record<string, unknown> {
  try {
    const value = give();
    if (value instanceof Object) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new AppError("invalid", "This is no delivery of Memos.");
}
