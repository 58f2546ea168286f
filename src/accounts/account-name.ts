import type { Secret } from "../base/secret.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";

interface Deps {
  readonly memos: Pick<MemosClient, "whoAmI" | "info">;
  readonly bindings: Pick<Bindings, "told">;
}

/**
 * What the server calls the account of this token by now; the binding, its jobs and its links go on under that name.
 * Upgrades name accounts anew, and people do; but a token is one account's for life. Undefined when the person was
 * bound anew meanwhile.
 */
export async function askName(
  { memos, bindings }: Deps,
  { telegram_id, account }: Pick<Binding, "telegram_id" | "account">,
  token: Secret,
  signal: AbortSignal,
): Promise<Binding | undefined> {
  const { name, username } = await memos.whoAmI(token, signal);
  const { version } = await memos.info(signal);
  return bindings.told(telegram_id, account, {
    account: name,
    memos_username: username,
    memos_version: version,
  });
}

/** The binding as it is; named anew where another version than the one that named the account is there now. */
export async function namedNow(
  deps: Deps,
  binding: Binding,
  token: Secret,
  signal: AbortSignal,
): Promise<Binding | undefined> {
  const { version } = await deps.memos.info(signal);
  return version === binding.memos_version ? binding : askName(deps, binding, token, signal);
}

/** Whether a memo is of this account, under whatever name. */
export async function isOwn(
  deps: Deps,
  { binding, token, memo }: { binding: Binding; token: Secret; memo: Pick<Memo, "creator"> },
  signal: AbortSignal,
): Promise<boolean> {
  if (memo.creator === binding.account) return true;
  return (await askName(deps, binding, token, signal))?.account === memo.creator;
}
