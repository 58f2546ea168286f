import type { JsonObject } from "../json.ts";

/** What one family of Memos versions does in its own way. `client.ts` does the rest, the same for all. */
export interface Dialect {
  /** The first version of the family: `0.26`. */
  readonly name: string;
  /** Who-am-I; also the path by which a server without a readable version is recognised. */
  readonly whoAmI: { method: "GET" | "POST"; path: string; account(answer: JsonObject): unknown };
  /** Anonymous. */
  readonly contentLimit: { path: string; bytes(answer: JsonObject): unknown };
  /** The setting of one account (`users/alice`). */
  readonly defaultVisibility: { path(account: string): string; visibility(answer: JsonObject): unknown };
  /** The collection of files, which is also their field in a memo. */
  readonly files: "attachments";
}
