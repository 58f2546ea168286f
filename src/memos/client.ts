import { createBell } from "../base/bell.ts";
import type { Secret } from "../base/secret.ts";
import { type Attachment, readAccount, readVisibility, within } from "./answers.ts";
import { changedMemos, events } from "./changes.ts";
import { unlessGone } from "./errors.ts";
import * as files from "./file-calls.ts";
import { ANSWER_MS, createMemosHttp, type MemosHttpOptions } from "./http.ts";
import * as memos from "./memo-calls.ts";
import * as news from "./notifications.ts";
import * as reactions from "./reactions.ts";
import { uidOf, userName } from "./requests.ts";
import { createSessions } from "./session.ts";

export type { Attachment, Memo, MemosAccount } from "./answers.ts";
export type { MemosEvent } from "./changes.ts";
export type { MemoSearch } from "./memo-calls.ts";
export type { Notification } from "./notifications.ts";
export type { Reaction } from "./reactions.ts";
export type * from "./types.ts";

export type MemosClient = ReturnType<typeof createMemosClient>;
export type MemosServerInfo = Awaited<ReturnType<MemosClient["info"]>>;

/**
 * One Memos server. Everything that fails throws a `MemosError`, except what the source of an upload throws.
 * Calls take the access token first, and a signal last that gives them up. Each has its own time limit: 30 s (120 s up
 * to 0.25.2), for uploads 60 s without any byte moving.
 */
export function createMemosClient(options: MemosHttpOptions) {
  const http = createMemosHttp(options);
  const answeredBell = createBell<void>();
  const { call, follow, ...server } = createSessions(http, options.clock, answeredBell.ring);
  const filePath = call(files.pathOf);
  const wroteBell = createBell<string>();

  /** A call that changes a memo: it is told once it is done. */
  function writing<Given extends unknown[], Result>(
    write: (...given: Given) => Promise<Result>,
    nameOf: (result: Result, given: Given) => string,
  ) {
    return async (...given: Given): Promise<Result> => {
      const result = await write(...given);
      wroteBell.ring(nameOf(result, given));
      return result;
    };
  }

  const getMemo = call(memos.getMemo);

  return {
    /** Its base URL, which is its identity. */
    server: http.server,

    lockedForMs: http.lockedForMs,
    settled: http.settled,

    /** Rung for each call, but `info`, that Memos has answered as it should. */
    answeredBell,
    /** Rung with the name of each memo that we have made, changed or deleted. */
    wroteBell,

    /** `info`: which Memos this is. Asked again after ten minutes, by `freshInfo`, and when the server stops knowing a path. */
    ...server,

    whoAmI: call(async ({ ask, dialect }) =>
      readAccount(await ask({ ...dialect.whoAmI, limitMs: ANSWER_MS })),
    ),

    /** The visibility the user chose in Memos for new memos; null when it cannot be told. The server itself never applies it. */
    defaultVisibility: call(async ({ ask, dialect }, account: string) => {
      const settings = ask({ method: "GET", path: dialect.settingsOf(userName(account)) });
      const answer = (await unlessGone(settings, "forbidden")) ?? {};
      return readVisibility(answer["memoVisibility"] ?? within(answer, "generalSetting", "memoVisibility"));
    }),

    /**
     * May have made the memo although it throws, but for `invalid` and `content_too_long`: look for it under its id, or by
     * `findMade` where the server chooses ids, then `finishMemo`. A file that another memo holds moves here.
     */
    createMemo: writing(call(memos.createMemo), ({ name }) => name),

    /** Binds what an interrupted create left unbound, and sets its time, once or again. Others' files move here. */
    finishMemo: call(memos.finishMemo),

    /** Own memos (no comments), newest first. They are looked at in the server's order, in which pinned ones may come first. */
    findMemos: call(memos.findMemos),

    /**
     * Memos, or comments of `parent`, of this content that a create begun at `since` by this machine's clock may have made,
     * the oldest first. Leave out those that other messages are linked to; one may have been made by hand.
     */
    findMade: call(memos.findMade),

    /** A memo or a comment, which tells its `parent`; a comment that lost its parent, or never got it, tells none. */
    getMemo,
    /** The same; undefined where it is gone, or is not theirs to read. */
    lookUpMemo: (...args: Parameters<typeof getMemo>) => unlessGone(getMemo(...args), "forbidden"),
    updateMemo: writing(call(memos.updateMemo), ({ name }) => name),
    /** Deletes it with its comments and files, for good. */
    deleteMemo: writing(call(memos.deleteMemo), (_, [, name]) => name),

    /** All comments, in the server's order. */
    listComments: call(memos.listComments),

    /**
     * Kind `not_found` where the parent is gone, `forbidden` where it is not to be read, `server` for a used id. May have
     * made the comment, too, even without its parent: what stands alone is to be deleted before a repeat.
     */
    createComment: call(memos.createComment),

    /** Replaces the memo's whole list, in this order. DELETES every file not named; a file that another memo holds moves here. */
    setAttachments: writing(call(memos.setAttachments), (_, [, memo]) => memo),

    getAttachment: call(files.getAttachment),

    /** Own files of such a name and size, the oldest first; those with `memo` are bound already. */
    findAttachments: call(files.findAttachments),

    /** A used id is kind `exists`, but leaves a copy on the disk: look before a retry. The answer's name counts. */
    createAttachment: call(files.createAttachment),
    deleteAttachment: call(files.deleteAttachment),

    /** The bytes of a file as they come, once; throws `UploadSizeError` when they are not the whole file. */
    async *download(token: Secret, file: Attachment, signal?: AbortSignal) {
      const path = await filePath(token, file, signal);
      const mayHangUp = server.known()?.dialect.bearsHangUps ?? false;
      yield* http.download({ path, token, mayHangUp, size: file.size }, signal);
    },

    /** What the account is told in Memos, after the one of a number. */
    notifications: call(news.notifications),

    reactions: call(reactions.reactions),
    addReaction: call(reactions.addReaction),
    removeReaction: call(reactions.removeReaction),

    changedMemos: call(changedMemos),
    /** What happens, as it happens; null is a sign of life. Only where the dialect `tellsEvents`. */
    events: follow(events),

    /** The page of a memo, for people, as the server last spoken with has it. */
    memoUrl: (publicBase: string, memo: string): string =>
      `${publicBase.replace(/\/+$/, "")}/${server.known()?.dialect.numbered ? "m" : "memos"}/${uidOf(memo, "memos")}`,
  };
}
