import { AppError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { forgetTokens, resealTokens } from "./bindings.ts";
import { resealWebhookSecrets } from "./bots.ts";
import type { Database } from "./database.ts";
import { fact, setFact } from "./facts.ts";
import { resealOfferedTokens } from "./offered-tokens.ts";
import { resealPayloads } from "./payloads.ts";
import { resealShownTokens } from "./shown-tokens.ts";
import { createVault, type Vault } from "./vault.ts";

const CHECK = "key_check";
const CONTEXT = "key check";
const MENDS =
  "Nothing was changed. Bring the old key back (SECRET_KEY, or the file DATA_DIR/secret-key). If it is lost, " +
  "`memoferry forget-tokens` forgets the access tokens: everybody is asked to bind anew, waiting messages stay.";

/** True once something was sealed in this database: from then on only that key opens it. */
export function hasKey(database: Database): boolean {
  return checkValue(database) !== undefined;
}

/**
 * The vault for this database. A sealed check value tells whether the key is the one its tokens were sealed with.
 * When SECRET_KEY was set later and only the generated file's key fits, everything is sealed anew with SECRET_KEY.
 * @param given SECRET_KEY of the environment; null when it is not set.
 * @param fromFile the key of DATA_DIR/secret-key, if that file exists.
 * @throws AppError "key_mismatch" when neither fits; nothing is touched.
 */
export function openVault(database: Database, given: Secret | null, fromFile: Secret | null): Vault {
  const check = checkValue(database);
  const chosen = given ?? fromFile;
  if (chosen === null) throw new AppError("key_mismatch", `the file secret-key is missing. ${MENDS}`);
  const vault = createVault(chosen);
  if (check === undefined) {
    writeCheck(database, vault);
    return vault;
  }
  if (fits(vault, check)) return vault;
  const older = given !== null && fromFile !== null ? createVault(fromFile) : null;
  if (older === null || !fits(older, check)) {
    throw new AppError(
      "key_mismatch",
      `SECRET_KEY is not the key that the access tokens in this database were encrypted with. ${MENDS}`,
    );
  }
  database.inTransaction(() => {
    resealTokens(database.drizzle, older, vault);
    resealOfferedTokens(database.drizzle, older, vault);
    resealShownTokens(database.drizzle, older, vault);
    resealPayloads(database.drizzle, older, vault);
    resealWebhookSecrets(database.drizzle, older, vault);
    writeCheck(database, vault);
  });
  database.checkpoint();
  return vault;
}

/** How the keys at hand fit the database: `unused` when it has no sealed text yet. Touches nothing. */
export function lookAtKeys(
  database: Database,
  given: Secret | null,
  fromFile: Secret | null,
): { readonly state: "fits"; readonly vault: Vault } | { readonly state: "unused" | "missing" | "wrong" } {
  const check = checkValue(database);
  if (check === undefined) return { state: "unused" };
  const vaults = [given, fromFile].flatMap((key) => (key === null ? [] : [createVault(key)]));
  const vault = vaults.find((candidate) => fits(candidate, check));
  if (vault) return { state: "fits", vault };
  return { state: vaults.length === 0 ? "missing" : "wrong" };
}

/** The key is lost: drops what it sealed and goes on with `vault`'s. Returns how many bindings have to be made anew. */
export function replaceLostKey(database: Database, key: Secret): number {
  const vault = createVault(key);
  const forgotten = database.inTransaction(() => {
    resealOfferedTokens(database.drizzle, null, vault);
    resealShownTokens(database.drizzle, null, vault);
    resealPayloads(database.drizzle, null, vault);
    resealWebhookSecrets(database.drizzle, null, vault);
    writeCheck(database, vault);
    return forgetTokens(database.drizzle);
  });
  database.checkpoint();
  return forgotten;
}

function checkValue(database: Database): string | undefined {
  return fact(database.drizzle, CHECK);
}

function fits(vault: Vault, check: string): boolean {
  try {
    return vault.open(check, CONTEXT) === "memoferry";
  } catch {
    return false;
  }
}

function writeCheck(database: Database, vault: Vault): void {
  setFact(database.drizzle, CHECK, vault.seal("memoferry", CONTEXT));
}
