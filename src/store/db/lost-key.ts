import { existsSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { databasePath, type StoreOptions } from "../store.ts";
import { generatedSecret, prepareDataDir, secretFile } from "./data-dir.ts";
import { openDatabase } from "./database.ts";
import { lookAtKey, replaceLostKey } from "./keys.ts";
import { lockDataDir } from "./lock.ts";

/**
 * Goes on with today's key where the one of the database is lost. What only that key opens is dropped; returns how
 * many people have to bind anew.
 * @throws AppError "conflict" when nothing is lost, or a process runs.
 */
export function forgetLostKey({ dataDir, secretKey }: Pick<StoreOptions, "dataDir" | "secretKey">): number {
  const path = databasePath(dataDir);
  if (!existsSync(path)) throw new AppError("conflict", `there is no database in DATA_DIR ${dataDir} yet`);
  prepareDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  try {
    const database = openDatabase(path);
    try {
      const { state } = lookAtKey(database, secretKey ?? secretFile(dataDir, "secret-key"));
      if (state === "fits" || state === "unused") {
        throw new AppError(
          "conflict",
          "the key fits this database: no token is lost, and nothing was changed",
        );
      }
      return replaceLostKey(database, secretKey ?? generatedSecret(dataDir, "secret-key"));
    } finally {
      database.close();
    }
  } finally {
    unlock();
  }
}
