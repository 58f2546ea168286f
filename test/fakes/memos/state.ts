/** What the fake server keeps. It outlives the listener, as a database outlives a restart. */
import { randomBytes, randomUUID } from "node:crypto";
import type { MemoState, Visibility } from "./types.ts";
import type { Features } from "./version.ts";

export interface TokenRow {
  id: string;
  token: string;
  description: string;
  /** Milliseconds. */
  createdAt: number;
  expiresAt: number | undefined;
  lastUsedAt: number | undefined;
}

export interface UserRow {
  id: number;
  username: string;
  password: string;
  role: "ADMIN" | "USER";
  state: MemoState;
  createdTs: number;
  updatedTs: number;
  setting: { locale: string; memoVisibility: string; theme: string } | undefined;
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
  createdTs: number;
  /** Order shown: the newest first. Setting a memo's list stamps its files second by second. */
  updatedTs: number;
}

export interface RelationRow {
  memoId: number;
  relatedId: number;
  type: "REFERENCE" | "COMMENT";
}

export interface ReactionRow {
  id: number;
  creatorId: number;
  memoId: number;
  type: string;
  createdTs: number;
}

export interface InstanceSettings {
  contentLengthLimit: number;
  enableDoubleClickEdit: boolean;
  reactions: string[];
  disallowPublicVisibility: boolean;
  displayWithUpdateTime: boolean;
  uploadSizeLimitMb: number;
  filepathTemplate: string;
  storageType: string;
  general: Record<string, string | number | boolean | null>;
}

const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
export const minimalContentLimit = 8192;

export class State {
  features: Features;
  readonly settings: InstanceSettings;
  readonly users: UserRow[] = [];
  readonly memos: MemoRow[] = [];
  readonly attachments: AttachmentRow[] = [];
  relations: RelationRow[] = [];
  reactions: ReactionRow[] = [];
  /** Sign-in tokens of a quarter of an hour, by token. */
  readonly logins = new Map<string, { userId: number; expiresAt: number }>();
  readonly now: () => number;
  /** Every access token that was ever made, and whose: JSON web tokens say it themselves. */
  private readonly issued = new Map<string, number>();
  private lastId = 0;
  private lastUserId = 0;
  private lastReactionId = 0;

  constructor(features: Features, now: () => number, limits: { content: number; uploadMb: number }) {
    this.features = features;
    this.now = now;
    this.settings = {
      contentLengthLimit: limits.content,
      enableDoubleClickEdit: false,
      reactions: ["👍", "👎", "❤️", "🎉", "😄", "😕", "😢", "😡"],
      disallowPublicVisibility: false,
      displayWithUpdateTime: false,
      uploadSizeLimitMb: limits.uploadMb,
      filepathTemplate: features.localStorage
        ? "assets/{timestamp}_{uuid}_{filename}"
        : "assets/{timestamp}_{filename}",
      storageType: features.localStorage ? "LOCAL" : "DATABASE",
      general: {
        disallowUserRegistration: false,
        disallowPasswordAuth: false,
        additionalScript: "",
        additionalStyle: "",
        customProfile: null,
        weekStartDayOffset: 0,
        disallowChangeUsername: false,
        disallowChangeNickname: false,
      },
    };
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

  nextReactionId(): number {
    return ++this.lastReactionId;
  }

  addUser(username: string, password: string, role: "ADMIN" | "USER"): UserRow {
    const user: UserRow = {
      id: ++this.lastUserId,
      username,
      password,
      role,
      state: "NORMAL",
      createdTs: this.seconds(),
      updatedTs: this.seconds(),
      setting: undefined,
      tokens: [],
    };
    this.users.push(user);
    return user;
  }

  addToken(user: UserRow, description: string, days: number): TokenRow {
    const row: TokenRow = {
      id: randomUUID(),
      token:
        this.features.tokens === "pat"
          ? `memos_pat_${shortId(32)}`
          : `eyJhbGciOiJIUzI1NiIsImtpZCI6InYxIn0.${Buffer.from(JSON.stringify({ sub: String(user.id) })).toString("base64url")}.${shortId(32)}`,
      description,
      createdAt: this.now(),
      expiresAt: days > 0 ? this.now() + days * 86_400_000 : undefined,
      lastUsedAt: undefined,
    };
    user.tokens.push(row);
    this.issued.set(row.token, user.id);
    return row;
  }

  /** Why a token opens nothing, in the order in which 0.22 to 0.24 look at it. */
  refusalOf(token: string): "unknown" | "taken away" | { userId: number; why: "is archived" | "not exists" } {
    const userId = this.issued.get(token);
    const user = this.users.find(({ id }) => id === userId);
    const row = user?.tokens.find((candidate) => candidate.token === token);
    if (userId === undefined || (row?.expiresAt ?? Number.POSITIVE_INFINITY) <= this.now()) return "unknown";
    if (!user) return { userId, why: "not exists" };
    return user.state === "ARCHIVED" ? { userId, why: "is archived" } : "taken away";
  }

  /** Whose token this is, if it counts: known, not run out, its user neither archived nor deleted. */
  userOfToken(token: string): UserRow | undefined {
    const login = this.logins.get(token);
    if (login && login.expiresAt > this.now()) {
      return this.users.find((user) => user.id === login.userId && user.state === "NORMAL");
    }
    for (const user of this.users) {
      const row = user.tokens.find((candidate) => candidate.token === token);
      if (!row || user.state !== "NORMAL") continue;
      // Those of the other kind are left from before an upgrade.
      if (token.startsWith("eyJ") !== (this.features.tokens === "jwt")) return undefined;
      if (row.expiresAt !== undefined && row.expiresAt <= this.now()) return undefined;
      row.lastUsedAt = this.now();
      return user;
    }
    return undefined;
  }

  userName(user: UserRow): string {
    return `users/${this.features.userNames === "id" ? user.id : user.username}`;
  }

  userNameOfId(id: number): string {
    const user = this.users.find((candidate) => candidate.id === id);
    return user ? this.userName(user) : `users/${id}`;
  }

  memoByUid(uid: string): MemoRow | undefined {
    return this.memos.find((memo) => memo.uid === uid);
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
    const relation = this.relations.find((row) => row.memoId === memo.id && row.type === "COMMENT");
    return relation && this.memoById(relation.relatedId);
  }

  isComment(memo: MemoRow): boolean {
    return this.relations.some((row) => row.memoId === memo.id && row.type === "COMMENT");
  }

  /** In creation order. */
  commentsOf(memo: MemoRow): MemoRow[] {
    return this.memos.filter((candidate) =>
      this.relations.some(
        (row) => row.memoId === candidate.id && row.relatedId === memo.id && row.type === "COMMENT",
      ),
    );
  }

  /** In the order shown. */
  attachmentsOf(memo: MemoRow): AttachmentRow[] {
    return newestFirst(this.attachments.filter((row) => row.memoId === memo.id));
  }

  deleteAttachment(row: AttachmentRow): void {
    remove(this.attachments, row);
  }

  /** With its files, its direct comments and all relations; a comment's own comments stay, without a parent. */
  deleteMemo(memo: MemoRow): void {
    for (const comment of this.commentsOf(memo)) {
      if (this.features.orphansFail) this.deleteMemoAlone(comment);
      else this.forget(comment);
    }
    this.forget(memo);
  }

  /** Comments stay, and still name it as their parent. */
  deleteMemoAlone(memo: MemoRow): void {
    const left = this.relations.filter((row) => row.relatedId === memo.id && row.type === "COMMENT");
    this.forget(memo);
    this.relations.push(...left);
  }

  deleteUser(user: UserRow): void {
    remove(this.users, user);
    if (this.features.memosOfDeletedUser !== "deleted") return;
    for (const memo of this.memos.filter((row) => row.creatorId === user.id)) this.deleteMemo(memo);
    for (const row of this.attachments.filter((file) => file.creatorId === user.id))
      this.deleteAttachment(row);
  }

  private forget(memo: MemoRow): void {
    remove(this.memos, memo);
    for (const row of this.attachments.filter((file) => file.memoId === memo.id)) this.deleteAttachment(row);
    this.relations = this.relations.filter((row) => row.memoId !== memo.id && row.relatedId !== memo.id);
    this.reactions = this.reactions.filter((row) => row.memoId !== memo.id);
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
