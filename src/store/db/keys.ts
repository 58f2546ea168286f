import { AppError } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import { generatedSecret, secretFile } from "./data-dir.ts";
import { type Database, holdDatabase } from "./database.ts";
import { createEncryption, type Encryption } from "./encryption.ts";
import { fact, setFact } from "./rows.ts";

/** Where the key is looked for: SECRET_KEY, or where that is not set DATA_DIR/secret-key. */
export type KeyOptions = { readonly dataDir: string; readonly secretKey: Secret | null };

/** A sealed value tells whether the key is the one that the tokens of a database were sealed with. */
const CHECK = "key_check";
const CONTEXT = "key check";
const CHECKED = "memoferry";
const MISSING = "the file secret-key in DATA_DIR is missing";
const WRONG = "the key is not the one that the access tokens in the database were encrypted with";
const MENDS =
  "bring the old key back, as SECRET_KEY or as the file secret-key in DATA_DIR; if it is lost, `memoferry forget-tokens` " +
  "forgets the access tokens: everybody binds anew, messages that wait stay";

/** Whether the key at hand opens what is sealed in the database; null where nothing ever was. Touches nothing. */
export function lookAtKey(database: Pick<Database, "sqlite">, { dataDir, secretKey }: KeyOptions) {
  const key = secretKey ?? secretFile(dataDir, "secret-key");
  const encryption = createEncryption(key ?? new Secret(""));
  const why = key === null ? MISSING : WRONG;
  const found = { encryption, why, trouble: `${why}: ${MENDS}` };
  const check = fact(database.sqlite, CHECK);
  if (check === undefined) return { ...found, fits: null };
  try {
    return { ...found, fits: encryption.open(check, CONTEXT) === CHECKED };
  } catch {
    return { ...found, fits: false };
  }
}

/**
 * The encryption for this database. A key is made only where nothing was sealed yet: another one would not open it.
 * @throws AppError "key_mismatch" when the key is another; nothing is touched.
 */
export function openEncryption(database: Database, options: KeyOptions): Encryption {
  const { encryption, fits, trouble } = lookAtKey(database, options);
  if (fits === false) throw new AppError("key_mismatch", `${trouble}. Nothing was changed.`);
  if (fits) return encryption;
  const begun = createEncryption(options.secretKey ?? generatedSecret(options.dataDir, "secret-key"));
  setFact(database.sqlite, CHECK, begun.seal(CHECKED, CONTEXT));
  return begun;
}

/**
 * Where the key of the database is lost, drops what only that opens: the next start goes on with today's. Returns how
 * many people have to bind anew.
 * @throws AppError "conflict" when nothing is lost, or a process runs.
 */
export function forgetLostKey(options: KeyOptions): number {
  const { dataDir } = options;
  const database = holdDatabase(dataDir);
  const { sqlite } = database;
  try {
    if (lookAtKey(database, options).fits !== false)
      throw new AppError("conflict", "the key fits this database: no token is lost, and nothing was changed");
    return database.durable(() => {
      sqlite.exec(`
        UPDATE updates SET payload = NULL, payload_form = 'dropped' WHERE payload_form = 'sealed';
        UPDATE jobs SET old_plan = NULL WHERE old_plan LIKE 'sealed:%';
        UPDATE bots SET webhook_secret = NULL;
        DELETE FROM facts WHERE name = '${CHECK}'`);
      return sqlite.run(
        "UPDATE bindings SET access_token = '', state = 'paused', paused_reason = 'the encryption key was lost'",
      );
    });
  } finally {
    database.close();
  }
}
