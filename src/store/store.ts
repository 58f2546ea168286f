import { join } from "node:path";
import { createBell } from "../base/bell.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { type AllowedUsers, createAdmission } from "./accounts/admission.ts";
import { createBindings } from "./accounts/bindings.ts";
import { createInvitations } from "./accounts/invitations.ts";
import { createWaitingTokens } from "./accounts/waiting-tokens.ts";
import { generatedSecret, prepareDataDir, secretFile } from "./db/data-dir.ts";
import { type Database, explainStoreError, openDatabase } from "./db/database.ts";
import { hasKey, openEncryption } from "./db/keys.ts";
import { lockDataDir } from "./db/lock.ts";
import { createAbsences } from "./intake/absences.ts";
import { createBots } from "./intake/bots.ts";
import { createChats } from "./intake/chats.ts";
import { createOutages } from "./intake/outages.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { createDeadLetters } from "./queue/dead-letters.ts";
import { createInbox } from "./queue/inbox.ts";
import { createJobs } from "./queue/jobs.ts";
import { createMemoLinks } from "./queue/memo-links.ts";
import { createMessageJobs } from "./queue/message-jobs.ts";
import { createPruning } from "./queue/pruning.ts";
import { createTransitions, type Turn } from "./queue/transitions.ts";
import { createUpdateList } from "./queue/update-list.ts";
import { createNoteVersion } from "./queue/upgrades.ts";

export interface StoreOptions {
  readonly dataDir: string;
  readonly botId: number;
  readonly secretKey: Secret | null;
  readonly allowedUsers: AllowedUsers;
}

export type Store = ReturnType<typeof openStore>;

/** The database's file in DATA_DIR. */
export const databasePath = (dataDir: string) => join(dataDir, "memoferry.db");

/**
 * Everything that is kept on disk, held by this process alone.
 * @throws AppError when the folder cannot be used, another process holds it, or the database or its key do not fit.
 */
export function openStore(options: StoreOptions, clock: Clock) {
  const { dataDir, botId, secretKey, allowedUsers } = options;
  prepareDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  let database: Database | undefined;
  try {
    database = openDatabase(databasePath(dataDir), clock);
    // Made only for a database that has no key yet: another one would not open it.
    const fromFile = hasKey(database) ? secretFile : generatedSecret;
    const encryption = openEncryption(database, secretKey ?? fromFile(dataDir, "secret-key"));
    const admission = createAdmission(database, allowedUsers);
    const open = database;
    const outbox = createOutbox({ database, clock, botId });
    const turns = createBell<Turn>();
    const transitions = createTransitions({ database, clock, botId, ring: turns.ring });
    const jobs = createJobs({ database, encryption, outbox, transitions, clock, botId });
    const chats = createChats({ drizzle: database.drizzle, transitions, botId });
    const bindings = createBindings({ database, encryption, clock });
    return {
      database,
      /** Rung for each job that may have its turn now, or soon. */
      turns,
      /** Rung with the lane of each message that is owed from now on. */
      owed: database.owed,
      bots: createBots({ database, encryption, clock, botId }),
      inbox: createInbox({ database, encryption, admission, chats, transitions, clock, botId }),
      jobs,
      updates: createUpdateList({ database, jobs, botId }),
      bindings,
      outbox,
      absences: createAbsences({ database, clock, botId }),
      outages: createOutages({ database, clock, botId }),
      noteVersion: createNoteVersion({ database, transitions, botId }),
      memoLinks: createMemoLinks(database, botId),
      deadLetters: createDeadLetters({ database, encryption, jobs, transitions, clock, botId }),
      messageJobs: createMessageJobs({ database, botId }),
      admission,
      pruning: createPruning(database),
      chats,
      invitations: createInvitations({ database, bindings, clock, botId }),
      waitingTokens: createWaitingTokens({ database, encryption, transitions, botId }),
      close(): void {
        open.close();
        unlock();
      },
    };
  } catch (error) {
    database?.close();
    unlock();
    throw explainStoreError(databasePath(dataDir), error);
  }
}
