import { eq } from "drizzle-orm";
import { redact } from "../access-token.ts";
import type { Drizzle } from "./database.ts";
import { type PayloadForm, updates } from "./schema.ts";
import type { Vault } from "./vault.ts";

const CONTEXT = "update payload";

/** How an update lies in the database: as it came, or sealed while it holds an access token. */
export function storePayload(
  vault: Vault,
  json: string,
  secrets: readonly string[],
): { payload: string; payload_form: PayloadForm } {
  if (secrets.length === 0) return { payload: json, payload_form: "plain" };
  return { payload: vault.seal(JSON.stringify({ json, secrets }), CONTEXT), payload_form: "sealed" };
}

/** The update as it came, or what is left of it. */
export function readPayload(vault: Vault, payload: string | null, form: PayloadForm): string | null {
  if (payload === null || form !== "sealed") return payload;
  return opened(vault, payload).json;
}

/** The copy that stays once a sealed update was handled. */
export function redactPayload(vault: Vault, sealed: string): string {
  const { json, secrets } = opened(vault, sealed);
  return redact(json, secrets);
}

function opened(vault: Vault, sealed: string): { json: string; secrets: string[] } {
  return JSON.parse(vault.open(sealed, CONTEXT));
}

/** Within the caller's transaction: seals under another key, or drops what no key opens any more. */
export function resealPayloads(drizzle: Drizzle, from: Vault | null, to: Vault): void {
  for (const { seq, payload } of drizzle
    .select()
    .from(updates)
    .where(eq(updates.payload_form, "sealed"))
    .all()) {
    const values =
      from === null || payload === null
        ? { payload: null, payload_form: "dropped" as const }
        : { payload: to.seal(from.open(payload, CONTEXT), CONTEXT) };
    drizzle.update(updates).set(values).where(eq(updates.seq, seq)).run();
  }
}
