import type { Clock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { type Addresses, type Ask, addressesOf } from "./addresses.ts";
import { readAccount, readAttachment, readMemo, readVisibility, sortedBy } from "./answers.ts";
import type { Detected } from "./dialects/detect.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { download } from "./download.ts";
import { isMemosError, MemosError } from "./errors.ts";
import { ANSWER_MS, createMemosHttp } from "./http.ts";
import type { JsonObject } from "./json.ts";
import { fits, listingsOf } from "./listing.ts";
import { madeOf, wholeSeconds } from "./made.ts";
import { forgetful, type NamingMemory } from "./naming.ts";
import { checkedId, contentOf, named, patchOf, timestamp, uidOf, userName } from "./requests.ts";
import { createSpeaker } from "./speaker.ts";
import { hintInWords, tokenHint } from "./token-hints.ts";
import type {
  Attachment,
  CommentDraft,
  Memo,
  MemoDraft,
  MemoPatch,
  MemoSearch,
  MemosClient,
} from "./types.ts";
import { upload } from "./upload.ts";

export type * from "./types.ts";

export interface MemosClientOptions {
  baseUrl: string;
  clock: Clock;
  fetch?: typeof fetch;
  /** Default: nothing is remembered, so nothing is proven before something was made. */
  naming?: NamingMemory;
}

const COMMENTS_PER_PAGE = "100";
const MEMOS_PER_PAGE = "100";
/** As many as the server gives at once. */
const FILES_PER_PAGE = "1000";
const SLOW_TEXT_MS = 120_000;
/** Times are told in whole seconds, and two clocks are compared by them. */
const CLOCK_MARGIN_MS = 3_000;

/** One call under way: with whose token, in which dialect. */
interface Speech {
  readonly token: Secret;
  readonly signal: AbortSignal | undefined;
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly limitBytes: number;
  readonly allowsPublic: boolean;
  readonly at: Addresses;
}

export function createMemosClient(options: MemosClientOptions): MemosClient {
  const http = createMemosHttp(options);
  const { call } = http;
  const { clock } = options;
  const speaker = createSpeaker(http, clock, options.naming ?? forgetful);

  function speak<T>(
    token: Secret,
    signal: AbortSignal | undefined,
    work: (speech: Speech) => Promise<T>,
  ): Promise<T> {
    return speaker.speak(signal, async (dialect, { contentLimitBytes, allowsPublic }: Detected) => {
      const ask = asker(dialect, token, signal);
      const at = addressesOf(ask, dialect);
      try {
        return await work({ token, signal, ask, dialect, limitBytes: contentLimitBytes, allowsPublic, at });
      } catch (error) {
        if (mayBeOfDeadToken(error, dialect)) await knownAccount(dialect.whoAmI, token, signal);
        throw error;
      }
    });
  }

  /** Asks with the token, and gives a server that parses texts the time for it. */
  function asker({ slowTexts }: Dialect, token: Secret, signal: AbortSignal | undefined): Ask {
    const limitMs = slowTexts ? SLOW_TEXT_MS : ANSWER_MS;
    return async (request) => {
      try {
        return await call({ ...request, token, limitMs }, signal);
      } catch (error) {
        const isText = slowTexts && request.body?.["content"] !== undefined;
        if (!isText || !isMemosError(error, "timeout")) throw error;
        const why = "it reads some texts for minutes: a shorter one, or one without unusual signs, may do";
        throw new MemosError("timeout", `${error.message}; ${why}`, { reason: "slow_text" });
      }
    };
  }

  /** Throws when the token is refused. */
  async function knownAccount(
    { method, path }: Dialect["whoAmI"],
    token: Secret,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await call({ method, path, token }, signal);
    } catch (error) {
      if (isMemosError(error, "token_refused")) throw error;
    }
  }

  function get({ ask }: Speech, path: string, query: Record<string, string> = {}) {
    return ask({ method: "GET", path: `/api/v1/${path}`, query });
  }

  /** A memo as it is read; there its parent is told. */
  async function whole({ dialect, at }: Speech, value: unknown): Promise<Memo> {
    const memo = readMemo(value, dialect);
    return memo.parent === undefined ? memo : { ...memo, parent: await at.nameOf(memo.parent) };
  }

  async function getMemo(speech: Speech, name: string): Promise<Memo> {
    return named(await whole(speech, await get(speech, await speech.at.memo(name))), name);
  }

  async function getAttachment(speech: Speech, name: string): Promise<Attachment> {
    const { dialect, at } = speech;
    const found = named(readAttachment(await get(speech, (await at.file(name)).name), dialect), name);
    return found.memo === undefined ? found : { ...found, memo: await at.nameOf(found.memo) };
  }

  async function updateMemo(speech: Speech, name: string, patch: MemoPatch): Promise<Memo> {
    const { ask, dialect, at } = speech;
    const { mask, body } = patchOf(patch, dialect);
    if (mask.length === 0) return getMemo(speech, name);
    const path = `/api/v1/${await at.memo(name)}`;
    const query = { updateMask: mask.join(",") };
    return named(await whole(speech, await ask({ method: "PATCH", path, query, body })), name);
  }

  async function setAttachments(speech: Speech, memo: string, names: readonly string[]): Promise<void> {
    const { ask, dialect, at } = speech;
    const path = `/api/v1/${await at.memo(memo)}/${dialect.files}`;
    const body = { [dialect.files]: await Promise.all(names.map(at.file)) };
    try {
      await ask({ method: "PATCH", path, body });
    } catch (error) {
      await missed(speech, error, async () => {
        await getMemo(speech, memo);
        for (const name of names) await getAttachment(speech, name);
      });
    }
  }

  /** Throws what is behind a 500: that something is missing, where looking for it finds it so. */
  async function missed({ dialect }: Speech, error: unknown, look: () => Promise<unknown>): Promise<never> {
    if (!dialect.tellsMissing && isMemosError(error, "server")) await look();
    throw error;
  }

  /**
   * Binds the planned files that are there and not bound to it, also those of other memos. Drops no other, and brings
   * none back.
   */
  async function bindMissing(speech: Speech, memo: Memo, names: readonly string[]): Promise<Memo> {
    const bound = memo.attachments.map(({ name }) => name);
    const found: string[] = [];
    for (const name of names) {
      if (!bound.includes(name) && (await exists(speech, name))) found.push(name);
    }
    if (found.length === 0) return memo;
    // The setter deletes what it is not told: the list is read right before.
    const current = (await getMemo(speech, memo.name)).attachments.map(({ name }) => name);
    const ours = names.filter((name) => found.includes(name) || current.includes(name));
    const others = current.filter((name) => !names.includes(name));
    await setAttachments(speech, memo.name, [...ours, ...others]);
    return getMemo(speech, memo.name);
  }

  async function exists(speech: Speech, name: string): Promise<boolean> {
    try {
      await getAttachment(speech, name);
      return true;
    } catch (error) {
      if (isMemosError(error, "not_found")) return false;
      throw error;
    }
  }

  /** What the create could not do. */
  async function finish(speech: Speech, memo: Memo, draft: Pick<MemoDraft, "attachments" | "createTime">) {
    const finished = await bindMissing(speech, memo, draft.attachments);
    const { createTime } = draft;
    if (!createTime || speech.dialect.setsTimeOnCreate) return finished;
    if (finished.createTime === timestamp(createTime)) return finished;
    return updateMemo(speech, memo.name, { createTime });
  }

  /** Our own memo, whatever it is called; anything else means that answers are mixed up between us. */
  function created({ dialect }: Speech, memo: Memo, draft: { id: string; content: string }): Memo {
    if (memo.name === `memos/${draft.id}`) {
      // It does what its version cannot: it was upgraded.
      if (!dialect.choosesMemoIds) speaker.forget();
      speaker.sawId("memos", "ours");
      return memo;
    }
    if (memo.content !== draft.content.toWellFormed()) return named(memo, `memos/${draft.id}`);
    speaker.sawId("memos", "servers");
    return memo;
  }

  /** All that is listed there, page by page; false ends it. */
  async function eachPage(
    speech: Speech,
    path: string,
    query: Record<string, string>,
    field: string,
    take: (items: unknown[]) => boolean | undefined,
  ): Promise<void> {
    let pageToken = "";
    do {
      const answer = await get(speech, path, { ...query, ...(pageToken && { pageToken }) });
      const page = Array.isArray(answer[field]) ? answer[field] : [];
      if (take(page) === false) return;
      const next = answer["nextPageToken"];
      pageToken = typeof next === "string" && next !== pageToken && page.length > 0 ? next : "";
    } while (pageToken);
  }

  /** Own memos that fit, in the server's order, until `look` has seen enough. */
  async function eachListed(
    speech: Speech,
    account: string,
    { search, listing }: { search: Omit<MemoSearch, "limit">; listing: Record<string, string> },
    look: (memo: Memo) => boolean,
  ): Promise<void> {
    const { since } = search;
    await eachPage(speech, "memos", { ...listing, pageSize: MEMOS_PER_PAGE }, "memos", (page) => {
      for (const value of page) {
        const memo = readMemo(value, speech.dialect);
        // Pinned ones may stand before newer ones.
        if (since && !memo.pinned && Date.parse(sortedBy(value)) < wholeSeconds(since)) return false;
        if (fits(memo, account, search) && !look(memo)) return false;
      }
      return undefined;
    });
  }

  async function listComments(speech: Speech, name: string): Promise<Memo[]> {
    const comments: Memo[] = [];
    const path = `${await speech.at.memo(name)}/comments`;
    try {
      await eachPage(speech, path, { pageSize: COMMENTS_PER_PAGE }, "memos", (page) => {
        comments.push(...page.map((memo) => ({ ...readMemo(memo, speech.dialect), parent: name })));
        return undefined;
      });
    } catch (error) {
      await missed(speech, error, () => getMemo(speech, name));
    }
    return comments;
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
      const answer = await speak(token, signal, async ({ ask, dialect, at }) => {
        const files = dialect.bindsOnCreate ? await Promise.all(draft.attachments.map(at.file)) : [];
        const body: JsonObject = { ...contentOf(draft, dialect), [dialect.files]: files };
        return ask({ method: "POST", path: "/api/v1/memos", query, body });
      });
      // Apart from the create: this may be run again.
      return speak(token, signal, async (speech) =>
        finish(speech, created(speech, readMemo(answer, speech.dialect), draft), draft),
      );
    },

    finishMemo: (token, memo, draft, signal) => speak(token, signal, (speech) => finish(speech, memo, draft)),

    lookThrough: (token, account, search, look, signal) =>
      speak(token, signal, async (speech) => {
        const listings = listingsOf(speech.dialect, account, search);
        for (const [at, listing] of listings.entries()) {
          try {
            await eachListed(speech, account, { search, listing }, look);
            return;
          } catch (error) {
            if (at === listings.length - 1 || !isMemosError(error, "invalid")) throw error;
          }
        }
      }),

    async findMemos(token, account, { limit, ...search }, signal) {
      const found = new Map<string, Memo>();
      let unpinned = 0;
      await client.lookThrough(
        token,
        account,
        search,
        (memo) => {
          if (!memo.pinned && !found.has(memo.name)) unpinned++;
          found.set(memo.name, memo);
          // Pinned ones that are older may have come first.
          return unpinned < limit;
        },
        signal,
      );
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
      const answer = await speak(token, signal, async (speech) => {
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
        return speech.ask({ method: "POST", path, query, body });
      });
      return speak(token, signal, async (speech) => ({
        ...(await finish(speech, created(speech, readMemo(answer, speech.dialect), draft), draft)),
        parent,
      }));
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
      const answer = await speak(token, signal, async ({ dialect, at }) => {
        const memo = file.memo === undefined ? undefined : await at.memo(file.memo);
        const fields = { filename, type, ...(memo !== undefined && { memo }) };
        return upload(http, { path: `/api/v1/${dialect.files}`, query, token, fields }, file, signal);
      });
      return speak(token, signal, async ({ dialect }) => {
        const stored = readAttachment(answer, dialect);
        const attachment = stored.memo === undefined ? stored : { ...stored, memo: file.memo ?? stored.memo };
        const isOurs = attachment.name === `attachments/${file.id}`;
        if (!isOurs && attachment.filename !== filename) return named(attachment, `attachments/${file.id}`);
        speaker.sawId("files", isOurs ? "ours" : "servers");
        return attachment;
      });
    },

    deleteAttachment: (token, name, signal) =>
      speak(token, signal, async ({ ask, at }) => {
        await ask({ method: "DELETE", path: `/api/v1/${(await at.file(name)).name}` });
      }),

    async *download(token, { name, filename, size }, signal) {
      const paths = await speak(token, signal, async ({ dialect, at }) => {
        const path = `/file/${(await at.file(name)).name}`;
        const whole = `${path}/${encodeURIComponent(filename || "file")}`;
        // 0.22.0 has it without its name.
        return dialect.numbered ? [whole, path] : [whole];
      });
      yield* download(http, { paths, token, size }, signal);
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

/** Up to 0.25 only who-am-I tells of every dead token: to much else its owner is a stranger, up to 0.24 a mishap. */
function mayBeOfDeadToken(error: unknown, { tokens }: Dialect): boolean {
  if (isMemosError(error, "forbidden")) return tokens === "jwt" && error.reason === undefined;
  return isMemosError(error) && error.reason === "account_gone";
}
