import { AppError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { forgetTokens } from "../accounts/bindings.ts";
import { forgetWebhookSecrets } from "../intake/bots.ts";
import type { Database } from "./database.ts";
import { createEncryption, type Encryption } from "./encryption.ts";
import { fact, setFact } from "./facts.ts";
import { forgetPayloads } from "./payloads.ts";

const CHECK = "key_check";
const CONTEXT = "key check";
/** What helps against another key. */
export const KEY_MENDS =
  "bring the old key back (set SECRET_KEY to it, or unset SECRET_KEY if DATA_DIR/secret-key has it); if it is lost, " +
  "`memoferry forget-tokens` forgets the access tokens: everybody binds anew, messages that wait stay";

/** True once something was sealed in this database: from then on only that key opens it. */
export function hasKey(database: Database): boolean {
  return checkValue(database) !== undefined;
}

/**
 * The encryption for this database. A sealed check value tells whether the key is the one its tokens were sealed with.
 * @param key SECRET_KEY, or where that is not set the key of DATA_DIR/secret-key; null where neither is there.
 * @throws AppError "key_mismatch" when it is another; nothing is touched.
 */
export function openEncryption(database: Database, key: Secret | null): Encryption {
  if (key === null)
    throw new AppError("key_mismatch", `the file secret-key is missing. Nothing was changed: ${KEY_MENDS}.`);
  const encryption = createEncryption(key);
  const check = checkValue(database);
  if (check === undefined) writeCheck(database, encryption);
  else if (!fits(encryption, check)) {
    throw new AppError(
      "key_mismatch",
      "SECRET_KEY is not the key that the access tokens in this database were encrypted with. " +
        `Nothing was changed: ${KEY_MENDS}.`,
    );
  }
  return encryption;
}

/** How the key at hand fits the database: `unused` when it has no sealed text yet. Touches nothing. */
export function lookAtKey(
  database: Database,
  key: Secret | null,
):
  | { readonly state: "fits"; readonly encryption: Encryption }
  | { readonly state: "unused" | "missing" | "wrong" } {
  const check = checkValue(database);
  if (check === undefined) return { state: "unused" };
  if (key === null) return { state: "missing" };
  const encryption = createEncryption(key);
  return fits(encryption, check) ? { state: "fits", encryption } : { state: "wrong" };
}

/** The key is lost: drops what it sealed and goes on with another. Returns how many bindings have to be made anew. */
export function replaceLostKey(database: Database, key: Secret): number {
  const forgotten = database.durable(() => {
    forgetPayloads(database.drizzle);
    forgetWebhookSecrets(database.drizzle);
    writeCheck(database, createEncryption(key));
    return forgetTokens(database.drizzle);
  });
  database.checkpoint();
  return forgotten;
}

function checkValue(database: Database): string | undefined {
  return fact(database.drizzle, CHECK);
}

function fits(encryption: Encryption, check: string): boolean {
  try {
    return encryption.open(check, CONTEXT) === "memoferry";
  } catch {
    return false;
  }
}

function writeCheck(database: Database, encryption: Encryption): void {
  setFact(database.drizzle, CHECK, encryption.seal("memoferry", CONTEXT));
}
