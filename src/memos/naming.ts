/** Whose ids a server gave to what we made. Null: nothing was made yet. */
export interface Naming {
  readonly memos: "ours" | "servers" | null;
  readonly files: "ours" | "servers" | null;
}

/** What was seen of the naming of each server in each version. What a server does counts more than its version. */
export interface NamingMemory {
  recall(server: string, version: string): Naming;
  note(server: string, version: string, naming: Naming): void;
}

export const NOTHING_SEEN: Naming = { memos: null, files: null };

/** For who makes nothing, or does not outlive what it made. */
export const forgetful: NamingMemory = { recall: () => NOTHING_SEEN, note: () => undefined };
