import type { Secret } from "../base/secret.ts";
import type { Visibility } from "../domain/visibility.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { SavingContext } from "./context.ts";

const KEEP_MS = 10 * 60_000;

/**
 * The visibility of a person's new memos: their own choice here, else the default they set in Memos (asked
 * again after ten minutes; the last known where it cannot be read), else PRIVATE.
 */
export function createVisibility({ memos, clock }: Pick<SavingContext, "memos" | "clock">) {
  const known = new Map<string, { visibility: Visibility | null; at: number }>();

  return async (binding: Binding, token: Secret, signal: AbortSignal): Promise<Visibility> => {
    if (binding.visibility !== null) return binding.visibility;
    const key = `${binding.server} ${binding.account}`;
    const last = known.get(key);
    if (last && clock.monotonic() - last.at < KEEP_MS) return last.visibility ?? "PRIVATE";
    try {
      const visibility = await memos.defaultVisibility(token, binding.account, signal);
      known.set(key, { visibility, at: clock.monotonic() });
      return visibility ?? "PRIVATE";
    } catch (error) {
      if (isMemosError(error, "aborted", "token_refused", "version_changed")) throw error;
      return last?.visibility ?? "PRIVATE";
    }
  };
}
