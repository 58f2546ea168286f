import type { Secret } from "../base/secret.ts";
import { readAccount, readVisibility } from "./answers.ts";
import { download } from "./download.ts";
import { isMemosError, MemosError } from "./errors.ts";
import * as files from "./file-calls.ts";
import { ANSWER_MS, createMemosHttp, type MemosHttpOptions } from "./http.ts";
import { within } from "./json.ts";
import * as memos from "./memo-calls.ts";
import * as search from "./memo-search.ts";
import { uidOf, userName } from "./requests.ts";
import { createSessions } from "./session.ts";
import { hintInWords, tokenHint } from "./token-hints.ts";
import type {
  Attachment,
  AttachmentSearch,
  CommentDraft,
  FileUpload,
  Memo,
  MemoDraft,
  MemoPatch,
  MemoSearch,
} from "./types.ts";

export type * from "./types.ts";

export type MemosClient = ReturnType<typeof createMemosClient>;

/**
 * One Memos server. Everything that fails throws a `MemosError`, except what the source of an upload throws.
 * Each call has its own time limit: 30 s (120 s up to 0.25.2), for uploads 60 s without any byte moving.
 */
export function createMemosClient(options: MemosHttpOptions) {
  const http = createMemosHttp(options);
  const sessions = createSessions(http, options.clock);
  const { run } = sessions;

  return {
    /** Normalised base URL: the identity of the server. */
    server: http.server,

    /** Which Memos this is. Asked again after ten minutes, after `forgetInfo`, and when the server stops knowing a path. */
    info: sessions.info,
    forgetInfo: sessions.forget,

    whoAmI: (token: Secret, signal?: AbortSignal) =>
      run(token, signal, async ({ ask, dialect, version }) => {
        try {
          return readAccount(await ask({ ...dialect.whoAmI, limitMs: ANSWER_MS }));
        } catch (error) {
          const hint = isMemosError(error, "token_refused") && tokenHint(token, dialect.tokens, version);
          if (!hint) throw error;
          const text = `${error.message} (${hintInWords(hint, version)})`;
          throw new MemosError(error.kind, text, { ...error, hint });
        }
      }),

    /** The visibility the user chose in Memos for new memos; null when it cannot be told. The server itself never applies it. */
    defaultVisibility: (token: Secret, account: string, signal?: AbortSignal) =>
      run(token, signal, async ({ ask, dialect }) => {
        try {
          const answer = await ask({ method: "GET", path: dialect.settingsOf(userName(account)) });
          return readVisibility(
            answer["memoVisibility"] ?? within(answer, "generalSetting", "memoVisibility"),
          );
        } catch (error) {
          if (isMemosError(error, "not_found", "forbidden")) return null;
          throw error;
        }
      }),

    /**
     * The memo may exist although this throws, without its files and its time: look for it before deciding, except after
     * `invalid` and `content_too_long`. Under its id (`getMemo`); where the server chooses ids, by `findMade`. Then
     * `finishMemo`. Whether the id was taken over tells the name of the memo. A file that another memo holds moves here.
     */
    createMemo: (token: Secret, draft: MemoDraft, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.createMemo(session, draft)),

    /**
     * Completes what an interrupted create of a memo or comment left: binds files of the draft that are there and not
     * bound to it, and sets the time where the create could not. Changes nothing that is done, so it can be called at any
     * time, any number of times. A file that another memo holds moves here: the draft must not name what was moved away.
     */
    finishMemo: (token: Secret, memo: Memo, draft: CommentDraft, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.finishMemo(session, memo, draft)),

    /** Own memos (no comments), newest first. They are looked at in the server's order, in which pinned ones may come first. */
    findMemos: (token: Secret, account: string, wanted: MemoSearch, signal?: AbortSignal) =>
      run(token, signal, (session) => search.findMemos(session, account, wanted)),

    /**
     * Memos that an earlier try of this create, begun at `since` by this machine's clock, may have made: of the same
     * content and visibility, without files that are not the draft's, and made since then or finished already. One that
     * holds a file of the draft comes first and is surely meant; of the others the oldest. The person may have made one
     * like it by hand, and another message may say the same: leave out what other messages are linked to.
     */
    findMade: (token: Secret, account: string, draft: MemoDraft, since: Date, signal?: AbortSignal) =>
      run(token, signal, (session) => search.findMade(session, account, draft, since)),

    /** A memo or a comment, which tells its `parent`; a comment that lost its parent, or never got it, tells none. */
    getMemo: (token: Secret, name: string, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.getMemo(session, name)),

    updateMemo: (token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.updateMemo(session, name, patch)),

    /** Deletes it with its comments and files, for good. */
    deleteMemo: (token: Secret, name: string, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.deleteMemo(session, name)),

    /** All comments, in the server's order. */
    listComments: (token: Secret, name: string, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.listComments(session, name)),

    /**
     * Kind `not_found` where the parent is gone, `forbidden` where it is not to be read; an archived one takes comments.
     * The comment may exist although this throws, without its files and its time, or standing alone without its parent. A
     * used id is kind `server` (Memos answers 500), so after all but `invalid` and `content_too_long` look: where ids are
     * ours by `getMemo`, and what stands alone is to be deleted before a repeat (Memos cannot mend it); else by
     * `findMadeComments`. Then `finishMemo`.
     */
    createComment: (token: Secret, parent: string, draft: CommentDraft, signal?: AbortSignal) =>
      run(token, signal, (session) => memos.createComment(session, parent, draft)),

    /** As `findMade`, among the comments of `parent`. */
    findMadeComments: (
      token: Secret,
      account: string,
      parent: string,
      draft: CommentDraft,
      since: Date,
      signal?: AbortSignal,
    ) => run(token, signal, (session) => search.findMadeComments(session, account, parent, draft, since)),

    /** Replaces the memo's whole list, in this order. DELETES every file not named; a file that another memo holds moves here. */
    setAttachments: (token: Secret, memo: string, names: readonly string[], signal?: AbortSignal) =>
      run(token, signal, (session) => memos.setAttachments(session, memo, names)),

    getAttachment: (token: Secret, name: string, signal?: AbortSignal) =>
      run(token, signal, (session) => files.getAttachment(session, name)),

    /** Own files of this name and size, the oldest first; those with `memo` are bound already. */
    findAttachments: (token: Secret, wanted: AttachmentSearch, signal?: AbortSignal) =>
      run(token, signal, (session) => files.findAttachments(session, wanted)),

    /**
     * Streams a file. A used id is kind `exists`, but leaves an orphaned copy on the server's disk: GET before a retry;
     * where the server chooses ids, `findAttachments`. The name of the answer counts.
     */
    createAttachment: (token: Secret, file: FileUpload, signal?: AbortSignal) =>
      run(token, signal, (session) => files.createAttachment(session, http, file)),

    deleteAttachment: (token: Secret, name: string, signal?: AbortSignal) =>
      run(token, signal, async ({ ask, at }) => {
        await ask({ method: "DELETE", path: `/api/v1/${(await at.file(name)).name}` });
      }),

    /** The bytes of a file as they come, once; throws `UploadSizeError` when they are not the whole file. */
    async *download(token: Secret, { name, filename, size }: Attachment, signal?: AbortSignal) {
      const path = await run(token, signal, async ({ at }) => {
        return `/file/${(await at.file(name)).name}/${encodeURIComponent(filename || "file")}`;
      });
      yield* download(http, { path, token, size }, signal);
    },

    /** The page of a memo, for people, as the server last spoken with has it. */
    memoUrl: (publicBase: string, memo: string): string =>
      `${publicBase.replace(/\/+$/, "")}/${sessions.last?.numbered ? "m" : "memos"}/${uidOf(memo, "memos")}`,
  };
}
