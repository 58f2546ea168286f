import { existsSync } from "node:fs";
import { createBell } from "../base/bell.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { type AllowedUsers, createAdmission } from "./accounts/admission.ts";
import { createBindings } from "./accounts/bindings.ts";
import { createInvitations } from "./accounts/invitations.ts";
import { createReminders } from "./accounts/reminders.ts";
import { createSignOuts } from "./accounts/sign-outs.ts";
import { createTokens } from "./accounts/tokens.ts";
import { createWatched } from "./accounts/watched.ts";
import { createBackups } from "./db/backup.ts";
import { databasePath } from "./db/data-dir.ts";
import { holdDatabase, lookAtDatabase } from "./db/database.ts";
import { lookAtKey, openEncryption } from "./db/keys.ts";
import { explainStoreError, requireDatabaseOfLog } from "./db/sqlite.ts";
import { createUploads } from "./db/uploads.ts";
import { createBots } from "./intake/bots.ts";
import { createChatList } from "./intake/chat-list.ts";
import { createChats } from "./intake/chats.ts";
import { createOutages } from "./intake/outages.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { createPosts } from "./publishing/posts.ts";
import { createPublishRules } from "./publishing/publish-rules.ts";
import { createApiInbox } from "./queue/api-inbox.ts";
import { createApiMemos } from "./queue/api-memos.ts";
import { createDeadLetters } from "./queue/dead-letters.ts";
import { createInbox } from "./queue/inbox.ts";
import { createJobQuestions } from "./queue/job-questions.ts";
import { type Attempt, createJobs } from "./queue/jobs.ts";
import { createMessageJobs } from "./queue/message-jobs.ts";
import { createNews } from "./queue/news.ts";
import { createNoteFound } from "./queue/note-found.ts";
import { createNotifications } from "./queue/notifications.ts";
import { createPruning } from "./queue/pruning.ts";
import { createTransitions, type Turn } from "./queue/transitions.ts";
import { createUpdateList } from "./queue/update-list.ts";

export interface StoreOptions {
  readonly dataDir: string;
  readonly botId: number;
  readonly secretKey: Secret | null;
  readonly allowedUsers: AllowedUsers;
}

export type Store = ReturnType<typeof openStore>;

/**
 * Everything that is kept on disk, held by this process alone.
 * @throws AppError when the folder cannot be used, another process holds it, or the database or its key do not fit.
 */
export function openStore(options: StoreOptions, clock: Clock) {
  const { dataDir, botId, allowedUsers } = options;
  const database = holdDatabase(dataDir, clock);
  try {
    const context = { database, encryption: openEncryption(database, options), clock, botId };
    const admission = createAdmission(database, allowedUsers, clock);
    const turnBell = createBell<Turn>();
    const transitions = createTransitions(context, turnBell.ring);
    const outbox = createOutbox(context, transitions);
    const attemptBell = createBell<Attempt>();
    const jobs = createJobs(context, { outbox, transitions, attempted: attemptBell.ring });
    const chats = createChats(context, transitions);
    const wantedBell = createBell<void>();
    const bindings = createBindings(context, wantedBell.ring);
    const uploads = createUploads(dataDir);
    const apiInbox = createApiInbox(context, { chats, transitions, uploads });
    return {
      database,
      /** Rung for each job that may have its turn now, or soon. */
      turnBell,
      /** Rung for what came of each try of a job. */
      attemptBell,
      /** Rung for each message that is owed from now on. */
      owedBell: database.owedBell,
      /** Rung where jobs that were taken for done are not. */
      undoneBell: database.undoneBell,
      /** Rung when the disk failed, so that nothing is taken. */
      failedBell: database.failedBell,
      /** Rung when another account may be watched from now on, or one no more. */
      wantedBell,
      watched: createWatched(context),
      bots: createBots(context),
      inbox: createInbox(context, { admission, chats, transitions }),
      apiMemos: createApiMemos(context, { admission, inbox: apiInbox }),
      notifications: createNotifications(context, { chats, inbox: apiInbox }),
      removeUploads: apiInbox.removeUploads,
      uploads,
      jobs,
      updates: createUpdateList(context, transitions),
      bindings,
      outbox,
      outages: createOutages(context),
      deadLetters: createDeadLetters(context, transitions),
      messageJobs: createMessageJobs(context),
      news: createNews(context, { chats, transitions }),
      noteFound: createNoteFound(context, { chats, transitions }),
      admission,
      posts: createPosts(context, { chats, transitions, wanted: wantedBell.ring }),
      publishRules: createPublishRules(context, { chats, wanted: wantedBell.ring }),
      pruning: createPruning(database),
      chats,
      knownChats: createChatList(context),
      invitations: createInvitations(context, bindings),
      reminders: createReminders(context),
      backups: createBackups(options),
      tokens: createTokens(context),
      signOuts: createSignOuts(database),
      close: database.close,
    };
  } catch (error) {
    database.close();
    throw explainStoreError(database.path, error);
  }
}

export type ReadOnlyStore = NonNullable<ReturnType<typeof openReadOnlyStore>>;

/**
 * What can be read of a store that a process may be writing: takes no lock, and changes nothing. Null when there is no
 * database yet.
 * @throws AppError when the database cannot be read.
 */
export function openReadOnlyStore(options: StoreOptions, clock: Clock) {
  const { dataDir, botId, allowedUsers } = options;
  const path = databasePath(dataDir);
  requireDatabaseOfLog(path);
  if (!existsSync(path)) return null;
  const database = lookAtDatabase(path);
  try {
    // Where the key is not the right one, no access token opens.
    const { encryption, fits, trouble } = lookAtKey(database, options);
    const context = { database, encryption, clock, botId };
    return {
      bindings: createBindings(context),
      watched: createWatched(context),
      // Another process has those that are at work.
      jobs: createJobQuestions(context, new Set()),
      bots: createBots(context),
      knownChats: createChatList(context),
      isAllowed: createAdmission(database, allowedUsers, clock).isAllowed,
      /** Null where nothing was ever encrypted. */
      keyFits: fits,
      /** What to say where it does not fit. */
      keyTrouble: trouble,
      /** What is wrong with the file: "ok", or SQLite's own words. Reads all of it. */
      soundness: () =>
        String(database.sqlite.get<{ quick_check: string }>("PRAGMA quick_check")?.quick_check),
      close: database.close,
    };
  } catch (error) {
    database.close();
    throw explainStoreError(path, error);
  }
}
