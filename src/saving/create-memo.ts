import type { Visibility } from "../domain/visibility.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { SavingContext, Work } from "./context.ts";
import { type Pass, restartWith } from "./fix-terms.ts";

const PRIVATE_HOLDS_MS = 10 * 60_000;

/** Makes a memo, or finds out that other terms are needed. */
export function createCreateMemo({ memos, store: { bindings }, concurrency, clock }: SavingContext) {
  /** Until when the accounts need not be asked about whose memos Memos was last told to make PRIVATE. */
  const privateUntil = new Map<string, number>();

  /**
   * What was asked for with this one, else their own choice here, else what they set in Memos: as it is now, since a
   * memo must not be more public than that. What cannot be read is PRIVATE.
   */
  async function visibilityOf(
    { binding, token, signal, record }: Work,
    hasFiles: boolean,
  ): Promise<Visibility> {
    // It may have been changed while the files went through.
    const current = (hasFiles ? bindings.get(binding.telegram_id) : undefined) ?? binding;
    const chosen = record.known.settings?.visibility ?? current.visibility;
    if (chosen !== null) return chosen;
    const key = `${binding.server} ${binding.account}`;
    if (clock.monotonic() < (privateUntil.get(key) ?? 0)) return "PRIVATE";
    try {
      const set = (await memos.defaultVisibility(token, binding.account, signal)) ?? "PRIVATE";
      if (set === "PRIVATE") privateUntil.set(key, clock.monotonic() + PRIVATE_HOLDS_MS);
      return set;
    } catch (error) {
      if (isMemosError(error, "aborted", "token_refused", "version_changed")) throw error;
      return "PRIVATE";
    }
  }

  return async (pass: Pass, attachments: readonly string[]): Promise<Memo> => {
    const { work, want } = pass;
    const { token, signal, record } = work;
    const { id, parent, content, createTime, location } = want;
    const wanted = await visibilityOf(work, attachments.length > 0);
    const visibility = record.known.tried?.public_refused && wanted === "PUBLIC" ? "PROTECTED" : wanted;
    const draft = { id, content, visibility, createTime, attachments, ...(location && { location }) };
    const making = () =>
      parent === null
        ? memos.createMemo(token, draft, signal)
        : memos.createComment(token, parent, draft, signal);
    const memo = await record.touch(concurrency.measure(making)).catch(async (error: unknown) => {
      // Whether the memo that it answers is really gone is found out where its place is.
      if (parent !== null && isMemosError(error, "not_found")) await restartWith(work, { place: undefined });
      const isPublicRefused = isMemosError(error) && error.reason === "public_disallowed";
      if (isPublicRefused && visibility === "PUBLIC") await restartWith(work, { public_refused: true });
      throw error;
    });
    if (memo.name !== `memos/${id}` && !record.claim(memo.name))
      throw new Error(`Memos gave a new memo the name of another: ${memo.name}`);
    return memo;
  };
}
