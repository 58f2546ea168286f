import type { Visibility } from "../domain/visibility.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { SavingContext, Work } from "./context.ts";
import { OWN_MEMO } from "./desired.ts";
import { changeTerms, type Pass } from "./fix-terms.ts";

const DEFAULT_HOLDS_MS = 10 * 60_000;

/** Makes a memo, or finds out that other terms are needed. */
export function createCreateMemo({ memos, clock }: SavingContext) {
  /** What people have set in Memos, by account. */
  const defaults = new Map<string, { readonly visibility: Visibility; readonly at: number }>();

  /** Their own choice here, else what they set in Memos, as far as that can be read. */
  async function visibilityOf({ binding, token, signal }: Work): Promise<Visibility> {
    if (binding.visibility !== null) return binding.visibility;
    const key = `${binding.server} ${binding.account}`;
    const last = defaults.get(key);
    if (last && clock.monotonic() - last.at < DEFAULT_HOLDS_MS) return last.visibility;
    try {
      const visibility = (await memos.defaultVisibility(token, binding.account, signal)) ?? "PRIVATE";
      defaults.set(key, { visibility, at: clock.monotonic() });
      return visibility;
    } catch (error) {
      if (isMemosError(error, "aborted", "token_refused", "version_changed")) throw error;
      return last?.visibility ?? "PRIVATE";
    }
  }

  return async (pass: Pass, attachments: readonly string[]): Promise<Memo> => {
    const { work, want } = pass;
    const { token, signal, record } = work;
    const { id, parent, content, createTime, location } = want;
    const wanted = await visibilityOf(work);
    const visibility = record.known.tried?.public_refused && wanted === "PUBLIC" ? "PROTECTED" : wanted;
    const draft = { id, content, visibility, createTime, attachments, ...(location && { location }) };
    const making =
      parent === null
        ? memos.createMemo(token, draft, signal)
        : memos.createComment(token, parent, draft, signal);
    const memo = await record.touch(making).catch((error: unknown) => {
      if (parent !== null && isMemosError(error, "not_found"))
        throw changeTerms(work, { place: { ...OWN_MEMO, refused: "gone" } });
      const isPublicRefused = isMemosError(error) && error.reason === "public_disallowed";
      throw isPublicRefused && visibility === "PUBLIC" ? changeTerms(work, { public_refused: true }) : error;
    });
    if (memo.name !== `memos/${id}` && !record.claim(memo.name))
      throw new Error(`Memos gave a new memo the name of another: ${memo.name}`);
    return memo;
  };
}
