import type { Clock } from "../clock.ts";
import { readAccount, readAttachment, readMemo, readVisibility } from "./answers.ts";
import { download } from "./download.ts";
import { isMemosError, MemosError } from "./errors.ts";
import { createMemosHttp } from "./http.ts";
import type { JsonObject } from "./json.ts";
import { listingsOf } from "./listing.ts";
import { madeOf, wholeSeconds } from "./made.ts";
import {
  eachListed,
  eachPage,
  finish,
  getAttachment,
  getMemo,
  listComments,
  setAttachments,
  updateMemo,
} from "./memo-calls.ts";
import { checkedId, contentOf, named, uidOf, userName } from "./requests.ts";
import { createSpeaker } from "./speaker.ts";
import { createSpeak } from "./speech.ts";
import { hintInWords, tokenHint } from "./token-hints.ts";
import type { Attachment, CommentDraft, Memo, MemosClient } from "./types.ts";
import { upload } from "./upload.ts";

export type * from "./types.ts";

export interface MemosClientOptions {
  baseUrl: string;
  clock: Clock;
  fetch?: typeof fetch;
}

/** As many as the server gives at once. */
const FILES_PER_PAGE = "1000";
/** Times are told in whole seconds, and two clocks are compared by them. */
const CLOCK_MARGIN_MS = 3_000;

export function createMemosClient(options: MemosClientOptions): MemosClient {
  const http = createMemosHttp(options);
  const { call } = http;
  const { clock } = options;
  const speaker = createSpeaker(http, clock);

  const speak = createSpeak(http, speaker);

  /** Our own memo, whatever it is called; anything else means that answers are mixed up between us. */
  function created(memo: Memo, draft: { id: string; content: string }): Memo {
    if (memo.name === `memos/${draft.id}`) return memo;
    if (memo.content !== draft.content.toWellFormed()) return named(memo, `memos/${draft.id}`);
    speaker.sawOtherId("memos");
    return memo;
  }

  /** A time of this machine's clock, early enough on the server's. */
  async function onServer(time: Date, signal: AbortSignal | undefined): Promise<Date> {
    // An answer is needed to know its clock.
    await speaker.info(signal);
    return new Date(
      wholeSeconds(new Date(time.getTime() + Math.min(0, http.clockAheadMs) - CLOCK_MARGIN_MS)),
    );
  }

  const client: MemosClient = {
    server: http.server,
    info: speaker.info,
    forgetInfo: speaker.forget,

    whoAmI: (token, signal) =>
      speaker.speak(signal, async ({ whoAmI, tokens }, { version }) => {
        try {
          const answer = await call({ method: whoAmI.method, path: whoAmI.path, token }, signal);
          return readAccount(whoAmI.account(answer));
        } catch (error) {
          const hint = isMemosError(error, "token_refused") && tokenHint(token, tokens, version);
          if (!hint) throw error;
          const text = `${error.message} (${hintInWords(hint, version)})`;
          throw new MemosError(error.kind, text, { ...error, hint });
        }
      }),

    defaultVisibility: (token, account, signal) =>
      speak(token, signal, async ({ ask, dialect }) => {
        let unknown: MemosError | undefined;
        for (const { path, visibility } of dialect.defaultVisibility) {
          try {
            return readVisibility(visibility(await ask({ method: "GET", path: path(userName(account)) })));
          } catch (error) {
            if (isMemosError(error, "not_found", "forbidden")) return null;
            if (!isMemosError(error, "unsupported_version")) throw error;
            unknown = error;
          }
        }
        throw unknown ?? new MemosError("unsupported_version", "Memos tells no default visibility");
      }),

    async createMemo(token, draft, signal) {
      refuseEmpty(draft);
      const query = { memoId: checkedId(draft.id) };
      return speak(token, signal, async (speech) => {
        const { ask, dialect, at } = speech;
        const files = dialect.bindsOnCreate ? await Promise.all(draft.attachments.map(at.file)) : [];
        const body: JsonObject = { ...contentOf(draft, dialect), [dialect.files]: files };
        const answer = await ask({ method: "POST", path: "/api/v1/memos", query, body });
        return finish(speech, created(readMemo(answer, dialect), draft), draft);
      });
    },

    finishMemo: (token, memo, draft, signal) => speak(token, signal, (speech) => finish(speech, memo, draft)),

    async findMemos(token, account, search, signal) {
      const { limit, look = () => true } = search;
      const found = new Map<string, Memo>();
      let unpinned = 0;
      const take = (memo: Memo) => {
        const taken = look(memo);
        if (taken === "stop") return false;
        if (!taken) return true;
        if (!memo.pinned && !found.has(memo.name)) unpinned++;
        found.set(memo.name, memo);
        // Pinned ones that are older may have come first.
        return unpinned < limit;
      };
      await speak(token, signal, async (speech) => {
        const listings = listingsOf(speech.dialect, account, search);
        for (const [at, listing] of listings.entries()) {
          try {
            return await eachListed(speech, account, { search, listing }, take);
          } catch (error) {
            if (at === listings.length - 1 || !isMemosError(error, "invalid")) throw error;
          }
        }
      });
      return [...found.values()]
        .toSorted((a, b) => Date.parse(b.createTime) - Date.parse(a.createTime))
        .slice(0, limit);
    },

    async findMade(token, account, draft, since, signal) {
      const begun = await onServer(since, signal);
      const search = {
        since: draft.createTime && draft.createTime < begun ? draft.createTime : begun,
        content: draft.content.toWellFormed(),
        limit: Number.POSITIVE_INFINITY,
      };
      for (const state of ["NORMAL", "ARCHIVED"] as const) {
        const memos = await client.findMemos(token, account, { ...search, state }, signal);
        const made = madeOf(draft, memos.toReversed(), begun).filter(
          ({ visibility }) => visibility === draft.visibility,
        );
        if (made.length > 0) return made;
      }
      return [];
    },

    getMemo: (token, name, signal) => speak(token, signal, (speech) => getMemo(speech, name)),

    updateMemo: (token, name, patch, signal) =>
      speak(token, signal, (speech) => updateMemo(speech, name, patch)),

    deleteMemo: (token, name, signal) =>
      speak(token, signal, async (speech) => {
        const path = `/api/v1/${await speech.at.memo(name)}`;
        // 0.23.1 leaves the comments of a deleted memo behind, and fails at every sight of them.
        const comments = speech.dialect.numbered ? await listComments(speech, name) : [];
        for (const comment of comments) {
          const comment_ = `/api/v1/${await speech.at.memo(comment.name)}`;
          await speech.ask({ method: "DELETE", path: comment_ }).catch((error: unknown) => {
            // Others' comments are theirs.
            if (!isMemosError(error, "forbidden", "not_found")) throw error;
          });
        }
        await speech.ask({ method: "DELETE", path });
      }),

    listComments: (token, name, signal) => speak(token, signal, (speech) => listComments(speech, name)),

    async createComment(token, parent, draft, signal) {
      refuseEmpty(draft);
      const query = { commentId: checkedId(draft.id) };
      return speak(token, signal, async (speech) => {
        // Memos answers the same 500 as to everything else that is wrong with a comment.
        if (Buffer.byteLength(draft.content) > speech.limitBytes) {
          throw new MemosError(
            "content_too_long",
            `the comment is longer than the ${speech.limitBytes} bytes that Memos takes`,
          );
        }
        // Looked at first: some versions make the comment before they miss the memo, and leave it standing alone.
        const { visibility } = await getMemo(speech, parent);
        const path = `/api/v1/${await speech.at.memo(parent)}/comments`;
        const seen = visibility === "PUBLIC" && !speech.allowsPublic ? "PROTECTED" : visibility;
        // Its files are bound later: one that is missing would leave the comment standing alone, too.
        const body = contentOf({ ...draft, visibility: seen }, speech.dialect);
        const answer = await speech.ask({ method: "POST", path, query, body });
        const comment = created(readMemo(answer, speech.dialect), draft);
        return { ...(await finish(speech, comment, draft)), parent };
      });
    },

    async findMadeComments(token, account, parent, draft, since, signal) {
      const begun = await onServer(since, signal);
      const comments = await client.listComments(token, parent, signal);
      return madeOf(
        draft,
        comments.filter(({ creator }) => creator === account),
        begun,
      );
    },

    setAttachments: (token, memo, names, signal) =>
      speak(token, signal, (speech) => setAttachments(speech, memo, names)),

    getAttachment: (token, name, signal) => speak(token, signal, (speech) => getAttachment(speech, name)),

    findAttachments: (token, { filename, size, since }, signal) =>
      speak(token, signal, async (speech) => {
        const begun = (await onServer(since, signal)).getTime();
        const found: Attachment[] = [];
        const { files } = speech.dialect;
        await eachPage(speech, files, { pageSize: FILES_PER_PAGE }, files, (page) => {
          for (const value of page) {
            const file = readAttachment(value, speech.dialect);
            const fits = file.filename === filename && file.size === size;
            if (fits && Date.parse(file.createTime) >= begun) found.push(file);
          }
          return undefined;
        });
        const named = await Promise.all(
          found.map(async (file) =>
            file.memo === undefined ? file : { ...file, memo: await speech.at.nameOf(file.memo) },
          ),
        );
        return named.toSorted((a, b) => Date.parse(a.createTime) - Date.parse(b.createTime));
      }),

    async createAttachment(token, file, signal) {
      const { filename, type } = file;
      const query = { attachmentId: checkedId(file.id) };
      return speak(token, signal, async ({ dialect, at }) => {
        const memo = file.memo === undefined ? undefined : await at.memo(file.memo);
        const fields = { filename, type, ...(memo !== undefined && { memo }) };
        const request = { path: `/api/v1/${dialect.files}`, query, token, fields };
        const answer = await upload(http, request, file, signal);
        const stored = readAttachment(answer, dialect);
        const attachment = stored.memo === undefined ? stored : { ...stored, memo: file.memo ?? stored.memo };
        if (attachment.name === `attachments/${file.id}`) return attachment;
        if (attachment.filename !== filename) return named(attachment, `attachments/${file.id}`);
        speaker.sawOtherId("files");
        return attachment;
      });
    },

    deleteAttachment: (token, name, signal) =>
      speak(token, signal, async ({ ask, at }) => {
        await ask({ method: "DELETE", path: `/api/v1/${(await at.file(name)).name}` });
      }),

    async *download(token, { name, filename, size }, signal) {
      const path = await speak(token, signal, async ({ at }) => {
        return `/file/${(await at.file(name)).name}/${encodeURIComponent(filename || "file")}`;
      });
      yield* download(http, { path, token, size }, signal);
    },

    memoUrl: (publicBase, memo) =>
      `${publicBase.replace(/\/+$/, "")}/${speaker.last?.page ?? "memos"}/${uidOf(memo, "memos")}`,
  };
  return client;
}

/** Memos would keep it. */
function refuseEmpty({ content, attachments, location }: CommentDraft): void {
  if (content.trim() === "" && attachments.length === 0 && !location) {
    throw new MemosError("invalid", "the memo would be empty");
  }
}
