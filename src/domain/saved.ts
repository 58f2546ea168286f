import type { Formatting } from "./markdown-flavor.ts";
import type { Visibility } from "./visibility.ts";

/** What a person had chosen when the first message of a job came. */
export interface MemoSettings {
  /** Added to every memo of this person. */
  readonly tags: readonly string[];
  /** Whether Markdown that was typed counts. */
  readonly formatting: Formatting;
  /** Whether it is said where forwarded messages come from; of captured ones it always is. */
  readonly source_line: boolean;
  /** Whether it is said who wrote it: where others write as well. */
  readonly author_line?: true;
  /** Asked for with it; without, it follows the person. */
  readonly visibility?: Visibility;
  /** Of the words that nobody wrote; null only in jobs of an older version, until their next try. */
  readonly language: string | null;
}

/** How contents are written and cut: fixed when something comes to a job that has nothing open. */
export interface WritingRules {
  /** The longest content in bytes of UTF-8. */
  readonly limit: number;
  /** The release of Memos whose pages it is written for. */
  readonly memos: string;
}

/** What a message answers, and so where it belongs. */
export interface ReplyPlace {
  /** The memo that it becomes a comment on; null: it is a memo of its own. */
  readonly parent: string | null;
  /** How much of the other message stands above it. `chosen`: the part that was quoted by hand. */
  readonly quote: "all" | "chosen";
  /** Why it could not become a comment. */
  readonly refused: "gone" | "not_yours" | null;
}

/** Why a message, or a file of it, is not in Memos yet, as its sender was told. */
export interface Waits {
  /** Who does not do their part; `disk`: a file lies where this machine cannot read it. */
  readonly why: "telegram" | "memos" | "disk" | "memoferry";
  /** Memos' own words. */
  readonly ownWords: string | null;
  /** In ms since 1970. */
  readonly since: number;
}

/** Why a file stays in Telegram. `export`: what it came from was made without it. */
export interface LeftOut {
  readonly why: "bots" | "memos" | "proxy" | "lost" | "gone" | "disk" | "refused" | "export";
  /** Its size, where that is known. */
  readonly bytes: number | null;
}

/** A memo as it was wanted after one of the updates of its job: hashes, never what was said. */
export interface Revision {
  readonly main: string;
  /** Of its place on the map. */
  readonly at: string | null;
  /** By the key of the comment. */
  readonly rest: Readonly<Record<string, string>>;
  /** Ids of files, as they follow from the messages. */
  readonly files: readonly string[];
}

/** What the last finished run wrote, and under which names. */
export interface Written extends Omit<Revision, "rest" | "files"> {
  readonly rest: Readonly<Record<string, { readonly name: string; readonly hash: string }>>;
  /** Names of files, by id. */
  readonly files: Readonly<Record<string, string>>;
}

/** What tries of a job have to know of each other, and later ones of the first. */
export interface Tried {
  readonly place?: ReplyPlace | undefined;
  /** On a server that chooses ids: since when there may be a memo, in ms since 1970. */
  readonly begun?: number;
  /** Messages whose words stand in comments of their own: they came when the memo was the person's already. */
  readonly in_own_comments?: readonly (readonly number[])[];
  /** Its person was told that nothing of it is saved yet. */
  readonly waits?: Waits;
  /** Files that were not to be had yet, by id: the rest is saved without them. */
  readonly lacks?: Readonly<Record<string, Waits>>;
  /** By id. */
  readonly left_out?: Readonly<Record<string, LeftOut>>;
  /** It was to be PUBLIC, which this instance allows nobody. */
  readonly public_refused?: true;
  /** What tries wrote by other rules, or by the plan of an older version. */
  readonly revisions?: readonly Revision[];
  /** Ids that an older version gave, in place of those that would follow today. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Whether files of a saved memo are not in it. */
export const lacksFiles = (tried: Tried | null): boolean =>
  Object.keys({ ...tried?.left_out, ...tried?.lacks }).length > 0;

/** The place of a memo, as Memos takes it. */
export interface MapPoint {
  readonly placeholder: string;
  readonly latitude: number;
  readonly longitude: number;
}
