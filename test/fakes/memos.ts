/**
 * A fake Memos server: real HTTP on 127.0.0.1, state in memory, and as strict as the releases it imitates
 * (0.22.5, 0.23.1, 0.24.4, 0.25.0, 0.25.3, 0.26.2, 0.27.1, 0.28.0, 0.29.1, 0.30.0). `test/fakes/memos-recorded.test.ts` holds it against answers of
 * the real ones.
 *
 * Imitated is what memoferry calls. Anything else is answered 501 and fails the test that runs. JPEGs are not written
 * anew (see `reencodeJpeg`).
 */
import { createFaults, type FaultRule } from "./faults.ts";
import { createHttpServer } from "./http.ts";
import { json } from "./memos/answers.ts";
import type { Call } from "./memos/call.ts";
import { createEvents } from "./memos/events.ts";
import { readMarkdown } from "./memos/markdown.ts";
import { answer } from "./memos/router.ts";
import { createServing } from "./memos/serving.ts";
import {
  type AttachmentRow,
  type MemoRow,
  minimalContentLimit,
  rfc3339,
  State,
  shortId,
} from "./memos/state.ts";
import type {
  FakeMemosOptions,
  FakeUser,
  FaultAction,
  LoggedRequest,
  MemoState,
  RequestHook,
  StoredAttachment,
  StoredMemo,
  Visibility,
} from "./memos/types.ts";
import { featuresOf } from "./memos/version.ts";
import { failTest, NotImitated } from "./not-imitated.ts";

export type { KeptMemos } from "./memos/state.ts";
export type * from "./memos/types.ts";

export type FakeMemos = Awaited<ReturnType<typeof startFakeMemos>>;

/** Starts a server that is ready when this returns. Throws for a version it does not know. */
export async function startFakeMemos(options: FakeMemosOptions = {}) {
  let version = options.version ?? "0.30.0";
  let features = featuresOf(version);
  const state = new State(features, options.now ?? Date.now, {
    content: options.contentLengthLimit ?? minimalContentLimit,
    uploadMb: options.uploadSizeLimitMb ?? 30,
  });
  if (options.kept) state.restore(options.kept);
  const events = createEvents(state);
  const faults = createFaults<FaultAction>();
  const requests: LoggedRequest[] = [];
  const basePath = (options.basePath ?? "").replace(/\/+$/, "");
  let privateInstance = features.gatewayAuth && options.privateInstance === true;
  let onRequest: RequestHook | undefined;

  const url = () => `${server.origin}${basePath}`;
  // A URL is what makes an instance public.
  const instanceUrl = () =>
    privateInstance ? "" : (options.instanceUrl ?? (features.gatewayAuth ? url() : ""));
  const serve = createServing({
    basePath,
    bodyLimitBytes: features.bodyLimitBytes,
    meet: faults.meet,
    log: requests,
    hook: () => onRequest,
    answer: ({ method, path, search, body, authorization, breaksComment }) => {
      const token = bearer(authorization);
      const user = token === undefined ? undefined : state.userOfToken(token);
      const call: Call = { ...common(), user, token, query: search, body, breaksComment };
      try {
        return answer(call, method, path);
      } catch (error) {
        if (!(error instanceof NotImitated)) throw error;
        (options.onNotImitated ?? failTest)(error);
        return json({ code: 12, message: error.message, details: [] }, 501);
      }
    },
    listener(authorization) {
      if (!features.events) return undefined;
      return state.userOfToken(bearer(authorization) ?? "") ?? "nobody";
    },
    listen: events.open,
  });
  const common = () => {
    const reencodeJpeg = options.reencodeJpeg === true;
    const profile = { version, instanceUrl: instanceUrl(), privateInstance, reencodeJpeg };
    return { profile, features, state, events };
  };
  /** As a person on the web page. */
  function written(username: string, path: string, body: object): string {
    const user = userNamed(state, username);
    const bytes = Buffer.from(JSON.stringify(body));
    const query = new URLSearchParams();
    const call: Call = { ...common(), user, token: undefined, query, body: bytes, breaksComment: false };
    const { body: text, status } = answer(call, "POST", path);
    if (status !== 200) throw new Error(`the fake refused ${path}: ${text}`);
    const { name, uid } = JSON.parse(String(text)) as { name: string; uid?: string };
    return uid === undefined ? name : `memos/${uid}`;
  }
  const server = createHttpServer(options.port ?? 0, serve);
  await server.start();

  return {
    /** With base path, no trailing slash. The same after `stop` and `start`. */
    get url() {
      return url();
    },
    get version() {
      return version;
    },
    /**
     * Another release over the same data, as after an upgrade: at once, between two requests. Tokens made before 0.26
     * are refused from then on, as by the real one.
     */
    become(next: string): void {
      version = next;
      features = featuresOf(next);
      state.features = features;
    },
    /** The first user is the administrator. */
    addUser(username: string): FakeUser {
      const user = state.addUser(username, state.users.length === 0 ? "ADMIN" : "USER");
      return { name: state.userName(user), username, token: state.addToken(user, "made") };
    },
    /** As a person does it in the settings of Memos. */
    rename(username: string, next: string): void {
      userNamed(state, username).username = next;
    },
    /** One more token of an existing user. */
    addToken: (username: string, { expiresAt }: { expiresAt?: number } = {}) =>
      state.addToken(userNamed(state, username), "made", expiresAt),
    /** What a sign-in on the web page gives: good for a quarter of an hour. */
    signIn: (username: string) =>
      state.addToken(userNamed(state, username), "signed in", state.now() + signedInMs),
    /** Every access token that was ever made. */
    tokens: (): string[] => [...state.issued.keys()],
    revokeToken(token: string): void {
      for (const user of state.users) user.tokens = user.tokens.filter((row) => row.token !== token);
    },
    setUserState(username: string, wanted: MemoState): void {
      userNamed(state, username).state = wanted;
    },
    deleteUser: (username: string) => state.deleteUser(userNamed(state, username)),
    /**
     * Memos that are no comments, in the order they were created on the server. Here and below all have the names of
     * later versions: `memos/<uid>`, `attachments/<uid>`.
     */
    memos: (): StoredMemo[] =>
      state.memos.filter((row) => !state.isComment(row)).map((row) => storedMemo(state, row)),
    memo(name: string): StoredMemo | undefined {
      const row = state.memoByUid(uidOf(name));
      return row && storedMemo(state, row);
    },
    /** Comments of a memo, in the order they were created on the server. */
    comments: (name: string): StoredMemo[] =>
      state.commentsOf(memoNamed(state, name)).map((row) => storedMemo(state, row)),
    /** Who reacted with what to a memo. */
    reactions: (name: string): string[] =>
      state
        .reactionsTo(memoNamed(state, name))
        .map(({ creatorId, type }) => `${state.userNameOfId(creatorId)} ${type}`),
    /** As a person in the web page. */
    react(username: string, name: string, type: string): void {
      const contentId = `memos/${state.memoKey(memoNamed(state, name))}`;
      written(username, `/api/v1/${contentId}/reactions`, { reaction: { contentId, reactionType: type } });
    },
    unreact(username: string, name: string, type: string): void {
      const { id } = userNamed(state, username);
      const memo = memoNamed(state, name);
      const rows = state.reactionsTo(memo);
      const row = rows.find((reaction) => reaction.creatorId === id && reaction.type === type);
      if (row) state.reactions.splice(state.reactions.indexOf(row), 1);
      events.happened("reaction.deleted", memo);
    },
    /** All files, unbound ones too, in the order they were created on the server. */
    attachments: (): StoredAttachment[] => state.attachments.map((row) => storedAttachment(state, row)),
    requests,
    /** As somebody in the web page. Returns the memo's name. */
    write: (username: string, content: string, visibility: Visibility = "PROTECTED"): string =>
      written(username, "/api/v1/memos", { content, visibility }),
    /** Returns the comment's name. */
    comment: (
      username: string,
      memo: string,
      content: string,
      visibility: Visibility = "PROTECTED",
    ): string =>
      written(username, `/api/v1/memos/${state.memoKey(memoNamed(state, memo))}/comments`, {
        content,
        visibility,
      }),
    /** As after it was set back to a backup of before they came. */
    forgetNotifications: (): void => void state.inbox.splice(0),
    /** Who listens to the stream of events, and what that is given besides. */
    events: {
      listeners: events.listeners,
      heartbeat: events.heartbeat,
      cut: events.cut,
    },
    /** Set on the web page: what happens to a person's memos is posted there. `secret`: from 0.30 on. */
    addWebhook: (username: string, hookUrl: string, secret?: string): void =>
      events.addHook({ userId: userNamed(state, username).id, url: hookUrl, secret }),
    webhooksPosted: events.posted,
    /** As a person in the web page: the content, and the time of the last change. */
    editContent(name: string, content: string): void {
      const memo = memoNamed(state, name);
      Object.assign(memo, { content, updatedTs: state.seconds() });
      events.happened("memo.updated", memo);
    },
    editLocation(name: string, location: NonNullable<StoredMemo["location"]>): void {
      Object.assign(memoNamed(state, name), { location, updatedTs: state.seconds() });
    },
    setMemoState(name: string, wanted: MemoState): void {
      memoNamed(state, name).state = wanted;
      events.happened("memo.updated", memoNamed(state, name));
    },
    deleteMemo(name: string): void {
      events.happened("memo.deleted", memoNamed(state, name));
      state.deleteMemo(memoNamed(state, name));
    },
    /** It stands first among the memo's files, as an upload with `memo` does. */
    addFile(name: string, { filename, bytes }: { filename: string; bytes: Uint8Array }): void {
      const memo = memoNamed(state, name);
      // Newer than what the setter stamped.
      const newest = Math.max(state.seconds(), ...state.attachmentsOf(memo).map((row) => row.updatedTs + 1));
      state.attachments.push({
        id: state.nextId(),
        uid: shortId(),
        creatorId: memo.creatorId,
        memoId: memo.id,
        filename,
        type: "application/octet-stream",
        bytes,
        createdTs: state.seconds(),
        updatedTs: newest,
      });
    },
    deleteFile(name: string): void {
      const row = state.attachments.find((file) => file.uid === uidOf(name));
      if (!row) throw new Error(`no such attachment: ${name}`);
      state.deleteAttachment(row);
    },
    setDefaultVisibility(username: string, visibility: Visibility): void {
      userNamed(state, username).memoVisibility = visibility;
    },
    setContentLengthLimit(bytes: number): void {
      state.settings.contentLengthLimit = bytes;
    },
    /** Up to 0.26: as the admin does it. */
    disallowPublic(isDisallowed = true): void {
      state.settings.disallowPublicVisibility = isDisallowed && features.disallowPublicVisibility;
    },
    /** From 0.30 on: as after a restart without, or with, an instance URL. */
    setPrivateInstance(isPrivate: boolean): void {
      privateInstance = features.gatewayAuth && isPrivate;
    },
    /** Without `times` it strikes once if `nth` is given, else always. */
    fault: (rule: FaultRule<FaultAction>) =>
      faults.add(rule.match?.nth === undefined ? rule : { times: 1, ...rule }),
    clearFaults: () => faults.clear(),
    get onRequest() {
      return onRequest;
    },
    set onRequest(hook: RequestHook | undefined) {
      onRequest = hook;
    },
    /** Refuses connections from now on and closes the open ones; the state stays. Fine to call twice. */
    stop: () => server.stop(),
    /** Listens again, on the same port. */
    start: () => server.start(),
  };
}

const signedInMs = 15 * 60_000;

/** Scheme in any case, exactly two fields. */
function bearer(header: string | undefined): string | undefined {
  const fields = (header ?? "").split(/\s+/).filter((field) => field !== "");
  return fields.length === 2 && fields[0]?.toLowerCase() === "bearer" ? fields[1] : undefined;
}

const uidOf = (name: string) => name.slice(name.indexOf("/") + 1);

function memoNamed(state: State, name: string): MemoRow {
  const row = state.memoByUid(uidOf(name));
  if (!row) throw new Error(`no such memo: ${name}`);
  return row;
}

function userNamed(state: State, username: string) {
  const user = state.users.find((row) => row.username === username || state.userName(row) === username);
  if (!user) throw new Error(`no such user: ${username}`);
  return user;
}

function storedMemo(state: State, row: MemoRow): StoredMemo {
  const parent = state.parentOf(row);
  return {
    name: `memos/${row.uid}`,
    creator: state.userNameOfId(row.creatorId),
    content: row.content,
    visibility: row.visibility,
    state: row.state,
    pinned: row.pinned,
    createTime: rfc3339(row.createdTs),
    updateTime: rfc3339(row.updatedTs),
    tags: readMarkdown(row.content, state.features.markdown).tags,
    location: row.location,
    attachments: state.attachmentsOf(row).map((file) => storedAttachment(state, file)),
    parent: parent && `memos/${parent.uid}`,
  };
}

function storedAttachment(state: State, row: AttachmentRow): StoredAttachment {
  const memo = state.memoById(row.memoId);
  return {
    name: `attachments/${row.uid}`,
    creator: state.userNameOfId(row.creatorId),
    filename: row.filename,
    type: row.type,
    size: row.bytes.length,
    bytes: row.writtenOver ?? row.bytes,
    createTime: rfc3339(row.createdTs),
    memo: memo && `memos/${memo.uid}`,
  };
}
