import { existsSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import { forgetTokens } from "../accounts/bindings.ts";
import { forgetWebhookSecrets } from "../intake/bots.ts";
import { databasePath, generatedSecret, secretFile } from "./data-dir.ts";
import { type Database, holdDatabase } from "./database.ts";
import { createEncryption, type Encryption } from "./encryption.ts";
import { fact, setFact } from "./facts.ts";
import { forgetPayloads } from "./payloads.ts";

/** Where the key is looked for: SECRET_KEY, or where that is not set DATA_DIR/secret-key. */
interface KeyOptions {
  readonly dataDir: string;
  readonly secretKey: Secret | null;
}

/** A sealed value tells whether the key is the one that the tokens of a database were sealed with. */
const CHECK = "key_check";
const CONTEXT = "key check";
const CHECKED = "memoferry";
/** What helps against another key. */
export const KEY_MENDS =
  "bring the old key back (set SECRET_KEY to it, or unset SECRET_KEY if DATA_DIR/secret-key has it); if it is lost, " +
  "`memoferry forget-tokens` forgets the access tokens: everybody binds anew, messages that wait stay";

/** How the key at hand fits the database: `unused` when nothing was ever sealed in it. Touches nothing. */
export function lookAtKey(database: Database, { dataDir, secretKey }: KeyOptions) {
  const key = secretKey ?? secretFile(dataDir, "secret-key");
  const encryption = createEncryption(key ?? new Secret(""));
  const check = fact(database.drizzle, CHECK);
  if (check === undefined) return { state: "unused", encryption } as const;
  if (key === null) return { state: "missing", encryption } as const;
  return { state: fits(encryption, check) ? "fits" : "wrong", encryption } as const;
}

/**
 * The encryption for this database. A key is made only where nothing was sealed yet: another one would not open it.
 * @throws AppError "key_mismatch" when the key is another; nothing is touched.
 */
export function openEncryption(database: Database, { dataDir, secretKey }: KeyOptions): Encryption {
  const { state, encryption } = lookAtKey(database, { dataDir, secretKey });
  if (state === "fits") return encryption;
  if (state === "unused") {
    const begun = createEncryption(secretKey ?? generatedSecret(dataDir, "secret-key"));
    setFact(database.drizzle, CHECK, begun.seal(CHECKED, CONTEXT));
    return begun;
  }
  const why =
    state === "missing"
      ? "the file secret-key is missing"
      : "SECRET_KEY is not the key that the access tokens in this database were encrypted with";
  throw new AppError("key_mismatch", `${why}. Nothing was changed: ${KEY_MENDS}.`);
}

/**
 * Where the key of the database is lost, drops what only that opens: the next start goes on with today's. Returns how
 * many people have to bind anew.
 * @throws AppError "conflict" when nothing is lost, or a process runs.
 */
export function forgetLostKey({ dataDir, secretKey }: KeyOptions): number {
  if (!existsSync(databasePath(dataDir)))
    throw new AppError("conflict", `there is no database in DATA_DIR ${dataDir} yet`);
  const database = holdDatabase(dataDir);
  try {
    const { state } = lookAtKey(database, { dataDir, secretKey });
    if (state === "fits" || state === "unused")
      throw new AppError("conflict", "the key fits this database: no token is lost, and nothing was changed");
    const { drizzle } = database;
    return database.durable(() => {
      forgetPayloads(drizzle);
      forgetWebhookSecrets(drizzle);
      setFact(drizzle, CHECK, null);
      return forgetTokens(drizzle);
    });
  } finally {
    database.close();
  }
}

function fits(encryption: Encryption, check: string): boolean {
  try {
    return encryption.open(check, CONTEXT) === CHECKED;
  } catch {
    return false;
  }
}
