import { join } from "node:path";
import { type Bell, createBell } from "../base/bell.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { type Admission, type AllowedUsers, createAdmission } from "./accounts/admission.ts";
import { type Bindings, createBindings } from "./accounts/bindings.ts";
import { createInvitations, type Invitations } from "./accounts/invitations.ts";
import { createWaitingTokens, type WaitingTokens } from "./accounts/waiting-tokens.ts";
import { generatedSecret, prepareDataDir, secretFile } from "./db/data-dir.ts";
import { type Database, explainStoreError, openDatabase } from "./db/database.ts";
import { hasKey, openEncryption } from "./db/keys.ts";
import { lockDataDir } from "./db/lock.ts";
import { type Absences, createAbsences } from "./intake/absences.ts";
import { type Bots, createBots } from "./intake/bots.ts";
import { type Chats, createChats } from "./intake/chats.ts";
import { createOutages, type Outages } from "./intake/outages.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import { createDeadLetters, type DeadLetters } from "./queue/dead-letters.ts";
import { createInbox, type Inbox } from "./queue/inbox.ts";
import { createJobs, type Jobs } from "./queue/jobs.ts";
import { createMemoLinks, type MemoLinks } from "./queue/memo-links.ts";
import { createMessageJobs, type MessageJobs } from "./queue/message-jobs.ts";
import { createPruning, type Pruning } from "./queue/pruning.ts";
import { createTransitions, type Turn } from "./queue/transitions.ts";
import { createUpdateList, type UpdateList } from "./queue/update-list.ts";
import { createNoteVersion } from "./queue/upgrades.ts";

export interface StoreOptions {
  readonly dataDir: string;
  readonly botId: number;
  readonly secretKey: Secret | null;
  readonly allowedUsers: AllowedUsers;
}

/** Everything that is kept on disk, held by this process alone. */
export interface Store {
  readonly database: Database;
  /** Rung for each job that may have its turn now, or soon. */
  readonly turns: Bell<Turn>;
  /** Rung with the lane of each message that is owed from now on. */
  readonly owed: Bell<string>;
  readonly bots: Bots;
  readonly inbox: Inbox;
  readonly jobs: Jobs;
  readonly updates: UpdateList;
  readonly bindings: Bindings;
  readonly outbox: Outbox;
  readonly absences: Absences;
  readonly outages: Outages;
  readonly noteVersion: ReturnType<typeof createNoteVersion>;
  readonly memoLinks: MemoLinks;
  readonly deadLetters: DeadLetters;
  readonly messageJobs: MessageJobs;
  readonly admission: Admission;
  readonly pruning: Pruning;
  readonly chats: Chats;
  readonly invitations: Invitations;
  readonly waitingTokens: WaitingTokens;
  close(): void;
}

/** The database's file in DATA_DIR. */
export const databasePath = (dataDir: string) => join(dataDir, "memoferry.db");

/**
 * @throws AppError when the folder cannot be used, another process holds it, or the database or its key do not fit.
 */
export function openStore(options: StoreOptions, clock: Clock): Store {
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
    const turns: Store["turns"] = createBell();
    const transitions = createTransitions({ database, clock, botId, ring: turns.ring });
    const jobs = createJobs({ database, encryption, outbox, transitions, clock, botId });
    const chats = createChats({ drizzle: database.drizzle, transitions, botId });
    const bindings = createBindings({ database, encryption, clock });
    return {
      database,
      turns,
      owed: database.owed,
      bots: createBots({ database, encryption }),
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
      close() {
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
