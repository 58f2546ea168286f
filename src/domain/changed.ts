/**
 * Something may have changed in Memos: a bell, never the truth. Whoever hears it asks Memos. `memos`: any of them may have,
 * such as while nobody listened.
 */
export type Changed = {
  /** The key of the account for which it was heard; it may be of a memo of others that they may see. */
  readonly account: number;
} & (
  | { readonly what: "notifications" | "memos" }
  | { readonly what: "memo" | "reactions"; readonly name: string }
);

/** An account of which somebody wants to know what changes, and the person whose token is asked with. */
export interface WatchedAccount {
  readonly account: number;
  /** What Memos calls it. */
  readonly name: string;
  readonly telegram_id: number;
}
