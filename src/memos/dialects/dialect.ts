import { isObject, type JsonObject } from "../json.ts";
import type { Markdown, MemoState } from "../types.ts";

/** What one family of Memos versions does in its own way. `client.ts` does the rest, the same for all. */
export interface Dialect {
  /** The first version of the family: `0.25.3`. */
  readonly name: string;
  readonly whoAmI: { method: "GET" | "POST"; path: string; account(answer: JsonObject): unknown };
  readonly tokens: "jwt" | "pat";
  /** Where the settings of an instance stand that are about memos. Anonymous. */
  readonly memoSettings: string;
  /** The setting of one account (`users/alice`): tried in turn until the server knows the path. */
  readonly defaultVisibility: readonly {
    path(account: string): string;
    visibility(answer: JsonObject): unknown;
  }[];
  /** The collection of files, which is also their field in a memo. To our callers all are `attachments/…`. */
  readonly files: "attachments" | "resources";
  /** Memos and files are named by numbers there. To our callers they have the names of later versions: `memos/<uid>`. */
  readonly numbered: boolean;
  /** The page of a memo: `/<page>/<uid>`. */
  readonly page: "m" | "memos";
  readonly state: { field: "state" | "rowStatus"; words: Readonly<Record<MemoState, string>> };
  /** The mask of a patch of the pin. */
  readonly pinMask: string;
  readonly choosesMemoIds: boolean;
  readonly choosesAttachmentIds: boolean;
  readonly setsTimeOnCreate: boolean;
  readonly bindsOnCreate: boolean;
  /** A memo has a place; before, the whole create is refused for it. */
  readonly keepsLocation: boolean;
  /** A missing memo or file is told as such everywhere. Before, some calls died of it: a 500 that may mean anything. */
  readonly tellsMissing: boolean;
  /** How filters name times, to be tried in turn: versions of one family differ. None: they cannot. */
  readonly times: readonly ((time: Date) => string)[];
  /** The query that lists the memos of one account, newest first; pinned ones may come before. */
  ownMemos(account: string, wanted: Wanted): Record<string, string>;
  readonly markdown: Markdown;
  /** The server parses a text at every create and sight of it: a long one takes seconds on a slow machine, an odd one minutes. */
  readonly slowTexts: boolean;
}

export interface Wanted {
  state: MemoState;
  /** Occurs in the content; the server may give more, never less. */
  content?: string | undefined;
  /** A condition on the time it was made, in the words of `times`. */
  made?: string | undefined;
}

export function within(answer: JsonObject, outer: string, inner: string): unknown {
  const value = answer[outer];
  return isObject(value) ? value[inner] : undefined;
}

/** A string of the filter language, whatever is in it. */
export function quoted(text: string): string {
  return `"${text.toWellFormed().replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r")}"`;
}

/** The filter language since 0.24. */
export function contains({ content, made }: Wanted): string[] {
  return [
    ...(made === undefined ? [] : [`(${made})`]),
    ...(content === undefined ? [] : [`content.contains(${quoted(content)})`]),
  ];
}

/** Up to 0.29. */
export const inSeconds = (time: Date) => String(Math.floor(time.getTime() / 1000));
/** From 0.30 on. */
export const asTimestamp = (time: Date) => `timestamp(${quoted(time.toISOString())})`;

/** `users/7` as the number 7; anything else is no account of these versions. */
export function userNumber(account: string): string {
  return /^users\/(\d+)$/.exec(account)?.[1] ?? "0";
}

/** Both words are as the later versions have them. */
export const stateWords = { NORMAL: "NORMAL", ARCHIVED: "ARCHIVED" } as const;

/** gomark, up to 0.25.2: no HTML at all, but spoilers, and every line break is shown. */
export const gomark: Markdown = {
  engine: "gomark",
  underline: "none",
  spoiler: "pipes",
  html: false,
  escapeDollar: true,
  hardBreaks: false,
  userLinks: false,
};
