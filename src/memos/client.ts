import type { Clock } from "../clock.ts";
import { readAccount, readAttachment, readMemo, readVisibility } from "./answers.ts";
import { type Detected, detect } from "./dialects/detect.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { isMemosError, MemosError } from "./errors.ts";
import { createMemosHttp } from "./http.ts";
import type { JsonObject } from "./json.ts";
import type { Memo, MemoPatch, MemosClient, Visibility } from "./types.ts";
import { upload } from "./upload.ts";

export type * from "./types.ts";

export interface MemosClientOptions {
  baseUrl: string;
  clock: Clock;
  fetch?: typeof fetch;
}

/** Servers get upgraded. */
const DETECTION_HOLDS_MS = 24 * 60 * 60 * 1000;
const COMMENTS_PER_PAGE = "100";

export function createMemosClient(options: MemosClientOptions): MemosClient {
  const http = createMemosHttp(options);
  const { call } = http;
  const { clock } = options;
  let known: { at: number; detected: Promise<Detected> } | undefined;

  /** One detection serves all who wait for it; who gives up waiting does not end it for the others. */
  function detected(signal?: AbortSignal): Promise<Detected> {
    if (!known || clock.monotonic() - known.at >= DETECTION_HOLDS_MS) {
      const asked = { at: clock.monotonic(), detected: detect(http) };
      known = asked;
      asked.detected.catch(() => {
        if (known === asked) known = undefined;
      });
    }
    return orAborted(known.detected, signal);
  }

  function forgetInfo(): void {
    known = undefined;
  }

  /** Runs a call in the server's dialect; once more if the server turns out to speak another one by now. */
  async function speak<T>(
    signal: AbortSignal | undefined,
    work: (dialect: Dialect, contentLimitBytes: number) => Promise<T>,
  ): Promise<T> {
    const { dialect, contentLimitBytes } = await detected(signal);
    try {
      return await work(dialect, contentLimitBytes);
    } catch (error) {
      // The server may have been upgraded, or its limit lowered.
      if (isMemosError(error, "token_refused", "content_too_long")) forgetInfo();
      if (!isMemosError(error, "unsupported_version")) throw error;
      forgetInfo();
      const again = await detected(signal);
      if (again.dialect === dialect) throw error;
      return await work(again.dialect, again.contentLimitBytes);
    }
  }

  const client: MemosClient = {
    server: http.server,
    forgetInfo,

    async info(signal) {
      const { dialect, ...info } = await detected(signal);
      return { ...info, dialect: dialect.name };
    },

    whoAmI: (token, signal) =>
      speak(signal, async ({ whoAmI }) => {
        try {
          const answer = await call({ method: whoAmI.method, path: whoAmI.path, token }, signal);
          return readAccount(whoAmI.account(answer));
        } catch (error) {
          if (!isMemosError(error, "token_refused") || !token.reveal().startsWith("eyJ")) throw error;
          const hint = "tokens made before Memos 0.26 no longer work: make a new one in Settings, My Account";
          throw new MemosError(error.kind, `${error.message} (${hint})`, error);
        }
      }),

    defaultVisibility: (token, account, signal) =>
      speak(signal, async ({ defaultVisibility }) => {
        try {
          const path = defaultVisibility.path(userName(account));
          return readVisibility(
            defaultVisibility.visibility(await call({ method: "GET", path, token }, signal)),
          );
        } catch (error) {
          if (isMemosError(error, "not_found", "forbidden")) return null;
          throw error;
        }
      }),

    createMemo: (token, draft, signal) =>
      speak(signal, async ({ files }) => {
        const { location } = draft;
        const isEmpty = draft.content.trim() === "" && draft.attachments.length === 0 && !location;
        // Memos would keep it.
        if (isEmpty) throw new MemosError("invalid", "the memo would be empty");
        const body: JsonObject = {
          ...contentOf(draft),
          [files]: draft.attachments.map((name) => ({ name: checked(name, files) })),
          ...(location && { location }),
        };
        const query = { memoId: checkedId(draft.id) };
        const answer = await call({ method: "POST", path: "/api/v1/memos", query, token, body }, signal);
        return named(readMemo(answer, files), `memos/${draft.id}`);
      }),

    getMemo: (token, name, signal) =>
      speak(signal, async ({ files }) => {
        const answer = await call({ method: "GET", path: memoPath(name), token }, signal);
        return named(readMemo(answer, files), name);
      }),

    updateMemo: (token, name, patch, signal) =>
      speak(signal, async ({ files }) => {
        const { mask, body } = patchOf(patch);
        const query = { updateMask: mask.join(",") };
        const answer = await call({ method: "PATCH", path: memoPath(name), query, token, body }, signal);
        return named(readMemo(answer, files), name);
      }),

    deleteMemo: (token, name, signal) =>
      speak(signal, async () => {
        await call({ method: "DELETE", path: memoPath(name), token }, signal);
      }),

    listComments: (token, name, signal) =>
      speak(signal, async ({ files }) => {
        const comments: Memo[] = [];
        const path = `${memoPath(name)}/comments`;
        let pageToken = "";
        do {
          const query = { pageSize: COMMENTS_PER_PAGE, ...(pageToken && { pageToken }) };
          const answer = await call({ method: "GET", path, query, token }, signal);
          const page = Array.isArray(answer["memos"]) ? answer["memos"] : [];
          comments.push(...page.map((memo) => readMemo(memo, files)));
          const next = answer["nextPageToken"];
          pageToken = typeof next === "string" && next !== pageToken && page.length > 0 ? next : "";
        } while (pageToken);
        return comments;
      }),

    createComment: (token, parent, draft, signal) =>
      speak(signal, async ({ files }, limit) => {
        if (draft.content.trim() === "") throw new MemosError("invalid", "the comment would be empty");
        // Memos answers the same 500 as to everything else that is wrong with a comment.
        if (Buffer.byteLength(draft.content) > limit) {
          throw new MemosError(
            "content_too_long",
            `the comment is longer than the ${limit} bytes that Memos takes`,
          );
        }
        const path = `${memoPath(parent)}/comments`;
        const query = { commentId: checkedId(draft.id) };
        const answer = await call({ method: "POST", path, query, token, body: contentOf(draft) }, signal);
        return named(readMemo(answer, files), `memos/${draft.id}`);
      }),

    setAttachments: (token, memo, names, signal) =>
      speak(signal, async ({ files }) => {
        const body = { [files]: names.map((name) => ({ name: checked(name, files) })) };
        await call({ method: "PATCH", path: `${memoPath(memo)}/${files}`, token, body }, signal);
      }),

    getAttachment: (token, name, signal) =>
      speak(signal, async ({ files }) => {
        const answer = await call({ method: "GET", path: `/api/v1/${checked(name, files)}`, token }, signal);
        return named(readAttachment(answer, files), name);
      }),

    createAttachment: (token, file, signal) =>
      speak(signal, async ({ files }) => {
        const { filename, type, memo } = file;
        const fields = { filename, type, ...(memo !== undefined && { memo: checked(memo, "memos") }) };
        const query = { attachmentId: checkedId(file.id) };
        const answer = await upload(http, { path: `/api/v1/${files}`, query, token, fields }, file, signal);
        return named(readAttachment(answer, files), `${files}/${file.id}`);
      }),

    deleteAttachment: (token, name, signal) =>
      speak(signal, async ({ files }) => {
        await call({ method: "DELETE", path: `/api/v1/${checked(name, files)}`, token }, signal);
      }),

    memoUrl: (publicBase, memo) => `${publicBase.replace(/\/+$/, "")}/${checked(memo, "memos")}`,
  };
  return client;
}

function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new MemosError("aborted", "the call to Memos was given up"));
  if (signal.aborted) {
    onAbort();
    return aborted;
  }
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}

/** Memos takes unknown visibilities for PRIVATE without a word, and refuses half a surrogate pair. */
function contentOf(draft: { content: string; visibility: Visibility; createTime?: Date | null }): JsonObject {
  return {
    content: draft.content.toWellFormed(),
    visibility: checkedVisibility(draft.visibility),
    ...(draft.createTime && { createTime: timestamp(draft.createTime) }),
  };
}

/** The mask is in snake_case; Memos ignores other names in it, and refuses unknown fields in the body. */
function patchOf(patch: MemoPatch): { mask: string[]; body: JsonObject } {
  const mask: string[] = [];
  const body: JsonObject = {};
  if (patch.content !== undefined) {
    // Alone, `content` would leave the time of the last change as it was.
    mask.push("content", "update_time");
    body["content"] = patch.content.toWellFormed();
  }
  if (patch.visibility !== undefined) {
    mask.push("visibility");
    body["visibility"] = checkedVisibility(patch.visibility);
  }
  if (patch.pinned !== undefined) {
    mask.push("pinned");
    body["pinned"] = patch.pinned;
  }
  if (patch.createTime !== undefined) {
    mask.push("create_time");
    body["createTime"] = timestamp(patch.createTime);
  }
  if (patch.state !== undefined) {
    mask.push("state");
    body["state"] = patch.state;
  }
  if (mask.length === 0) throw new MemosError("invalid", "nothing to change in the memo");
  return { mask, body };
}

function checkedVisibility(visibility: string): Visibility {
  const known = readVisibility(visibility);
  if (known === null)
    throw new MemosError("invalid", `Memos has no visibility ${JSON.stringify(visibility)}`);
  return known;
}

/** Whole seconds, as Memos keeps them. */
function timestamp(time: Date): string {
  if (Number.isNaN(time.getTime())) throw new MemosError("invalid", "the memo's time is no valid time");
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

function checkedId(id: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(id)) return id;
  throw new MemosError("invalid", `${JSON.stringify(id)} is no id that Memos takes`);
}

/** A resource name of this collection, safe to stand in a path. */
function checked(name: string, collection: string): string {
  if (name.startsWith(`${collection}/`) && /^[\w-]+$/.test(name.slice(collection.length + 1))) return name;
  throw new MemosError("invalid", `${JSON.stringify(name)} is no name of the form ${collection}/…`);
}

/** User names of old instances may hold anything. */
function userName(account: string): string {
  const name = account.startsWith("users/") ? account.slice("users/".length) : "";
  if (name && name !== "." && name !== "..") return `users/${encodeURIComponent(name)}`;
  throw new MemosError("invalid", `${JSON.stringify(account)} is no name of the form users/…`);
}

function memoPath(name: string): string {
  return `/api/v1/${checked(name, "memos")}`;
}

/** An answer about another thing than the one asked for: something between us mixes answers up, or ignores our ids. */
function named<T extends { name: string }>(thing: T, name: string): T {
  if (thing.name === name) return thing;
  throw new MemosError("server", `Memos answered with ${thing.name} where ${name} was asked for`);
}
