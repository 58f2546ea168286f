/** What the fake server keeps. It outlives the listener, as a database outlives a restart. */
import { randomBytes } from "node:crypto";
import type { MemoState, Visibility } from "./types.ts";
import type { Features } from "./version.ts";

interface TokenRow {
  token: string;
  /** Milliseconds. */
  expiresAt: number;
}

export interface UserRow {
  id: number;
  username: string;
  role: "ADMIN" | "USER";
  state: MemoState;
  memoVisibility: Visibility | undefined;
  tokens: TokenRow[];
}

export interface Location {
  placeholder: string;
  latitude: number;
  longitude: number;
}

export interface MemoRow {
  id: number;
  uid: string;
  /** Of the memo that this one comments on; that may be gone. */
  parentId: number | undefined;
  creatorId: number;
  content: string;
  visibility: Visibility;
  state: MemoState;
  pinned: boolean;
  createdTs: number;
  updatedTs: number;
  location: Location | undefined;
}

export interface AttachmentRow {
  id: number;
  uid: string;
  creatorId: number;
  memoId: number | undefined;
  filename: string;
  type: string;
  bytes: Uint8Array;
  /** What its file on the disk holds, where another was written over it. */
  writtenOver?: Uint8Array;
  createdTs: number;
  /** Order shown: the newest first. Setting a memo's list stamps its files second by second. */
  updatedTs: number;
}

/** What somebody is told. */
export interface InboxRow {
  id: number;
  kind: "comment" | "mention";
  senderId: number;
  receiverId: number;
  memoId: number;
  /** The memo that is commented on. */
  relatedId: number | undefined;
  createdTs: number;
}

export interface ReactionRow {
  id: number;
  creatorId: number;
  /** What the memo was called. */
  contentId: string;
  type: string;
  createdTs: number;
}

interface InstanceSettings {
  contentLengthLimit: number;
  disallowPublicVisibility: boolean;
  uploadSizeLimitMb: number;
}

/** What a server held at some moment, as JSON: a fake can begin with it. */
export interface KeptMemos {
  /** With their access tokens. */
  readonly users: readonly (Omit<UserRow, "tokens"> & { readonly tokens: readonly string[] })[];
  readonly memos: readonly MemoRow[];
  /** The bytes in base64. */
  readonly attachments: readonly (Omit<AttachmentRow, "bytes"> & { readonly bytes: string })[];
}

const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
export const minimalContentLimit = 8192;

export class State {
  features: Features;
  readonly settings: InstanceSettings;
  readonly users: UserRow[] = [];
  /** In creation order. */
  readonly memos: MemoRow[] = [];
  private readonly byUid = new Map<string, MemoRow>();
  readonly attachments: AttachmentRow[] = [];
  readonly inbox: InboxRow[] = [];
  readonly reactions: ReactionRow[] = [];
  readonly now: () => number;
  /** Every access token that was ever made, and whose: JSON web tokens say it themselves. */
  readonly issued = new Map<string, number>();
  private readonly logins = new Set<string>();
  private lastId = 0;
  private lastUserId = 0;
  private lastReactionId = 0;

  constructor(features: Features, now: () => number, limits: { content: number; uploadMb: number }) {
    this.features = features;
    this.now = now;
    this.settings = {
      contentLengthLimit: limits.content,
      disallowPublicVisibility: false,
      uploadSizeLimitMb: limits.uploadMb,
    };
  }

  restore({ users, memos, attachments }: KeptMemos): void {
    for (const user of users) {
      const tokens = user.tokens.map((token) => ({ token, expiresAt: Number.POSITIVE_INFINITY }));
      this.users.push({ ...user, tokens });
      for (const token of user.tokens) this.issued.set(token, user.id);
    }
    for (const memo of memos) this.addMemo(memo);
    this.attachments.push(...attachments.map((row) => ({ ...row, bytes: Buffer.from(row.bytes, "base64") })));
    this.lastId = Math.max(0, ...[...memos, ...attachments].map(({ id }) => id));
    this.lastUserId = Math.max(0, ...users.map(({ id }) => id));
  }

  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  contentLimit(): number {
    return Math.max(this.settings.contentLengthLimit, minimalContentLimit);
  }

  nextId(): number {
    return ++this.lastId;
  }

  addUser(username: string, role: UserRow["role"]): UserRow {
    const id = ++this.lastUserId;
    const user: UserRow = { id, username, role, state: "NORMAL", memoVisibility: undefined, tokens: [] };
    this.users.push(user);
    return user;
  }

  /** A kind of token by itself: what a sign-in gives counts on every release. */
  addToken(user: UserRow, kind: "signed in" | "made", expiresAt = Number.POSITIVE_INFINITY): string {
    const claims = Buffer.from(JSON.stringify({ sub: String(user.id) })).toString("base64url");
    const head = kind === "signed in" ? "eyJhbGciOiJIUzI1NiJ9" : "eyJhbGciOiJIUzI1NiIsImtpZCI6InYxIn0";
    const isPat = kind === "made" && this.features.tokens === "pat";
    const token = isPat ? `memos_pat_${shortId(32)}` : `${head}.${claims}.${shortId(32)}`;
    user.tokens.push({ token, expiresAt });
    this.issued.set(token, user.id);
    if (kind === "signed in") this.logins.add(token);
    return token;
  }

  /** Why a token opens nothing, in the order in which 0.22 to 0.24 look at it. */
  refusalOf(token: string): "unknown" | "taken away" | { userId: number; why: "is archived" | "not exists" } {
    const userId = this.issued.get(token);
    const user = this.users.find(({ id }) => id === userId);
    const row = user?.tokens.find((candidate) => candidate.token === token);
    if (userId === undefined || (row && row.expiresAt <= this.now())) return "unknown";
    if (!user) return { userId, why: "not exists" };
    return user.state === "ARCHIVED" ? { userId, why: "is archived" } : "taken away";
  }

  /** Whose token this is, if it counts: known, not run out, its user neither archived nor deleted. */
  userOfToken(token: string): UserRow | undefined {
    const userId = this.issued.get(token);
    const user = this.users.find(({ id }) => id === userId);
    const row = user?.tokens.find((candidate) => candidate.token === token);
    // Those of the other kind are left from before an upgrade.
    const isOfKind = token.startsWith("eyJ") === (this.features.tokens === "jwt") || this.logins.has(token);
    return row && row.expiresAt > this.now() && isOfKind && user?.state === "NORMAL" ? user : undefined;
  }

  userName(user: UserRow): string {
    return `users/${this.features.userNames === "id" ? user.id : user.username}`;
  }

  userNameOfId(id: number): string {
    const user = this.users.find((candidate) => candidate.id === id);
    return user ? this.userName(user) : `users/${id}`;
  }

  addMemo(memo: MemoRow): void {
    this.memos.push(memo);
    this.byUid.set(memo.uid, memo);
  }

  memoByUid(uid: string): MemoRow | undefined {
    return this.byUid.get(uid);
  }

  addReaction(reaction: Omit<ReactionRow, "id" | "createdTs">): ReactionRow {
    const row = { id: ++this.lastReactionId, createdTs: this.seconds(), ...reaction };
    this.reactions.push(row);
    return row;
  }

  reactionsTo(memo: MemoRow): ReactionRow[] {
    return this.reactions.filter(({ contentId }) => contentId === `memos/${this.memoKey(memo)}`);
  }

  /** By what stands behind `memos/` in a name. */
  memoNamed(key: string): MemoRow | undefined {
    return this.features.numbered ? this.memoById(Number(key)) : this.memoByUid(key);
  }

  memoKey(memo: MemoRow): string {
    return this.features.numbered ? String(memo.id) : memo.uid;
  }

  attachmentNamed(key: string): AttachmentRow | undefined {
    return this.attachments.find((row) => this.attachmentKey(row) === key);
  }

  attachmentKey(row: AttachmentRow): string {
    return this.features.numbered ? String(row.id) : row.uid;
  }

  memoById(id: number | undefined): MemoRow | undefined {
    return this.memos.find((memo) => memo.id === id);
  }

  parentOf(memo: MemoRow): MemoRow | undefined {
    return memo.parentId === undefined ? undefined : this.memoById(memo.parentId);
  }

  isComment(memo: MemoRow): boolean {
    return memo.parentId !== undefined;
  }

  /** In creation order. */
  commentsOf(memo: MemoRow): MemoRow[] {
    return this.memos.filter(({ parentId }) => parentId === memo.id);
  }

  /** In the order shown. */
  attachmentsOf(memo: MemoRow): AttachmentRow[] {
    return newestFirst(this.attachments.filter((row) => row.memoId === memo.id));
  }

  deleteAttachment(row: AttachmentRow): void {
    remove(this.attachments, row);
  }

  /** With its files and its direct comments; a comment's own comments stay, without a parent. */
  deleteMemo(memo: MemoRow): void {
    for (const comment of [...this.commentsOf(memo), memo]) {
      this.deleteMemoAlone(comment);
      if (this.features.orphansFail && comment !== memo) continue;
      for (const orphan of this.commentsOf(comment)) orphan.parentId = undefined;
    }
  }

  /** Comments stay, and still name it as their parent. */
  deleteMemoAlone(memo: MemoRow): void {
    remove(this.memos, memo);
    this.byUid.delete(memo.uid);
    for (const row of this.attachments.filter((file) => file.memoId === memo.id)) this.deleteAttachment(row);
  }

  deleteUser(user: UserRow): void {
    remove(this.users, user);
    if (this.features.memosOfDeletedUser !== "deleted") return;
    for (const memo of this.memos.filter((row) => row.creatorId === user.id)) this.deleteMemo(memo);
    for (const row of this.attachments.filter((file) => file.creatorId === user.id))
      this.deleteAttachment(row);
  }
}

export const newestFirst = (rows: AttachmentRow[]) =>
  rows.toSorted((a, b) => b.updatedTs - a.updatedTs || a.id - b.id);

/** Letters and digits as the server's own generated ids have them. */
export function shortId(length = 22): string {
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join("");
}

export const rfc3339 = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

function remove<T>(rows: T[], row: T): void {
  const index = rows.indexOf(row);
  if (index >= 0) rows.splice(index, 1);
}
