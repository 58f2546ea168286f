import type { TelegramMessage } from "../../src/domain/telegram.ts";
import type { Actor, FakeTelegram } from "../fakes/telegram.ts";
import type { ExpectedMemo, SentFile } from "./expected.ts";

/** What came of one person's messages in one chat so far, and has to be in Memos at the end. */
export interface Conversation {
  readonly actor: Actor;
  readonly telegram: FakeTelegram;
  /** In their order. */
  readonly memos: Said[];
}

/** A person's conversation in one chat, and where it is kept. */
export interface Talk extends Conversation {
  readonly account: { readonly name: string };
  readonly traffic: readonly TrafficKind[];
}

/** A message that becomes a memo, with all that was done about it since. */
export interface Said {
  /** The first one, where they are more. */
  readonly message: TelegramMessage;
  /** What it says, in parts that are edited by themselves: the first one is the message's own. */
  words: string[];
  /** What stands between the parts. Default: a blank line. */
  readonly between?: string;
  files: SentFile[];
  place?: { readonly latitude: number; readonly longitude: number };
  readonly comments: { readonly message: TelegramMessage; content: string; files: SentFile[] }[];
  /** What the memo may say as well while an edit of its message is on its way. */
  readonly earlier: string[];
  /** What it can be edited by. */
  readonly edited?: "text" | "caption";
  /** The edit that shows another photo: what it is called in the message. */
  readonly isPhoto?: boolean;
  readonly isAlbum?: boolean;
  /** Shared as it moves. */
  readonly isLive?: boolean;
  /** Its visibility and pin were changed by a button or a command, which may have come too early, or met trouble. */
  touched?: boolean;
}

/** One kind of what people do in the chat. */
export interface TrafficKind {
  readonly name: string;
  /** How often, against the other kinds. */
  readonly weight: number;
  /** Does it, and notes what has to come of it. `mark` is like no other text of the run, as is its number. */
  act(conversation: Conversation, mark: string, random: () => number, number: number): void;
}

export const contentOf = ({ words, between = "\n\n" }: Said) => words.join(between);

export function expectedOf(said: Said): ExpectedMemo {
  const { files, comments, touched, place } = said;
  return {
    content: contentOf(said),
    files,
    comments: comments.map(({ content, files }) => ({ content, files })),
    ...(touched && { settings: "any" as const }),
    ...(place && { place }),
  };
}

/** Notes a new message. */
export function said(
  message: TelegramMessage,
  more: Partial<Omit<Said, "message" | "words">> & { words: string[] },
): Said {
  return { files: [], comments: [], earlier: [], ...more, message };
}

/** It says something else from now on. */
export function change(one: Said, words: string[]): void {
  one.earlier.push(contentOf(one));
  one.words = words;
}

/** One of the items, or undefined where there is none. */
export function oneOf<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}

/** One kind of traffic, chosen by the weights. */
export function chosen(kinds: readonly TrafficKind[], random: () => number): TrafficKind {
  let left = random() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of kinds) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  throw new Error("there is no traffic");
}
