import { and, eq, type SQL } from "drizzle-orm";
import { redact } from "../../base/access-token.ts";
import type { TelegramUpdate } from "../../domain/telegram.ts";
import type { StoreContext } from "./database.ts";
import type { Encryption } from "./encryption.ts";
import { type PayloadForm, updates } from "./schema.ts";

const CONTEXT = "update payload";

/** How an update lies in the database: as it came, or sealed while it holds an access token. */
export function storePayload(
  encryption: Encryption,
  json: string,
  secrets: readonly string[],
): { payload: string; payload_form: PayloadForm } {
  if (secrets.length === 0) return { payload: json, payload_form: "plain" };
  return { payload: encryption.seal(JSON.stringify({ json, secrets }), CONTEXT), payload_form: "sealed" };
}

/** The only place where a stored update is parsed. */
export const readUpdate = (payload: string | null): TelegramUpdate | null =>
  payload === null ? null : JSON.parse(payload);

/** The update as it came, or what is left of it. */
export const readPayload = (encryption: Encryption, payload: string | null, form: PayloadForm) =>
  readUpdate(payload === null || form !== "sealed" ? payload : opened(encryption, payload).json);

function opened(encryption: Encryption, sealed: string): { json: string; secrets: string[] } {
  return JSON.parse(encryption.open(sealed, CONTEXT));
}

/** Within the caller's transaction: a handled update keeps no token; an ignored one (`drop`) keeps nothing. */
export function cleanPayloads(
  { database, encryption }: Pick<StoreContext, "database" | "encryption">,
  jobId: number,
  drop = false,
): void {
  const { drizzle, emptyLogSoon } = database;
  const change = (values: Partial<typeof updates.$inferInsert>, which: SQL) =>
    drizzle.update(updates).set(values).where(which).run();
  const ofJob = eq(updates.job_id, jobId);
  const sealed = drizzle
    .select()
    .from(updates)
    .where(and(ofJob, eq(updates.payload_form, "sealed")))
    .all();
  if (sealed.length > 0) emptyLogSoon();
  if (drop) change({ payload: null, payload_form: "dropped" }, ofJob);
  else
    for (const { seq, payload } of sealed) {
      const { json, secrets } = opened(encryption, payload ?? "");
      change({ payload: redact(json, secrets), payload_form: "redacted" }, eq(updates.seq, seq));
    }
}

/** As a column is bound that Drizzle does not write. */
export const asJson = (value: unknown) => (value == null ? null : JSON.stringify(value));

const SEALED_PLAN = "sealed:";
const PLAN_CONTEXT = "job plan";

/** The plan as it was, sealed or not. */
export function openPlan(encryption: Encryption, stored: string): string {
  return stored.startsWith(SEALED_PLAN)
    ? encryption.open(stored.slice(SEALED_PLAN.length), PLAN_CONTEXT)
    : stored;
}
