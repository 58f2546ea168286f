import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import { Secret } from "../../base/secret.ts";
import { type Bindings, createBindings } from "../accounts/bindings.ts";
import { type Bots, createBots } from "../intake/bots.ts";
import { createOutbox } from "../outbox/outbox.ts";
import { createJobs, type Jobs } from "../queue/jobs.ts";
import { createTransitions } from "../queue/transitions.ts";
import { databasePath, type StoreOptions } from "../store.ts";
import { secretFile } from "./data-dir.ts";
import { openDatabaseReadOnly } from "./database.ts";
import { createEncryption } from "./encryption.ts";
import { lookAtKey } from "./keys.ts";
import { isLocked } from "./lock.ts";
import { quickCheck } from "./quick-check.ts";

/** What can be read of a store that a process may be writing. */
export interface ReadOnlyStore {
  readonly bindings: Pick<Bindings, "get" | "list" | "count" | "accessToken" | "servers">;
  readonly jobs: Pick<Jobs, "unfinishedOf" | "counts">;
  readonly bots: Pick<Bots, "find">;
  /** Whether SECRET_KEY or the key file opens its tokens; without that `accessToken` throws. */
  readonly key: "fits" | "unused" | "missing" | "wrong";
  /** What is wrong with the file: "ok", or SQLite's own words. Reads all of it. */
  soundness(): string;
  close(): void;
}

/**
 * Opens the store to look at it: takes no lock, makes and changes nothing. Null when there is no database yet.
 * @throws AppError when the database cannot be read.
 */
export function openReadOnlyStore(
  { dataDir, botId, secretKey }: Omit<StoreOptions, "allowedUsers">,
  clock: Clock,
): ReadOnlyStore | null {
  const path = databasePath(dataDir);
  if (!existsSync(path)) return null;
  const database = openDatabaseReadOnly(path, { inUse: isLocked(dataDir) });
  try {
    const found = lookAtKey(database, secretKey ?? secretFile(dataDir, "secret-key"));
    // Without the right key nothing sealed opens, and nothing is ever sealed here.
    const encryption =
      found.state === "fits"
        ? found.encryption
        : createEncryption(new Secret(randomBytes(32).toString("hex")));
    const outbox = createOutbox({ database, clock, botId });
    const transitions = createTransitions({ database, clock, botId, ring: () => undefined });
    const jobs = createJobs({ database, encryption, outbox, transitions, clock, botId });
    return {
      bindings: createBindings({ database, encryption, clock }),
      jobs,
      bots: createBots({ database, encryption, clock, botId }),
      key: found.state,
      soundness: () => quickCheck(database.sqlite),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
