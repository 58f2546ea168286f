import type { Visibility } from "../domain/visibility.ts";
import { type MemosAccount, readAccount, readVisibility, within } from "./answers.ts";
import { isMemosError, MemosError, unlessGone } from "./errors.ts";
import { ANSWER_MS } from "./http.ts";
import { userName } from "./requests.ts";
import type { Session } from "./session.ts";
import { hintInWords, tokenHint } from "./token-hints.ts";

export async function whoAmI({ ask, dialect, version, token }: Session): Promise<MemosAccount> {
  try {
    return readAccount(await ask({ ...dialect.whoAmI, limitMs: ANSWER_MS }));
  } catch (error) {
    const hint = isMemosError(error, "token_refused") && tokenHint(token, dialect.tokens, version);
    if (!hint) throw error;
    const text = `${error.message} (${hintInWords(hint, version)})`;
    throw new MemosError(error.kind, text, { ...error, hint });
  }
}

export async function defaultVisibility(
  { ask, dialect }: Session,
  account: string,
): Promise<Visibility | null> {
  const settings = ask({ method: "GET", path: dialect.settingsOf(userName(account)) });
  const answer = await unlessGone(settings, "forbidden");
  return answer
    ? readVisibility(answer["memoVisibility"] ?? within(answer, "generalSetting", "memoVisibility"))
    : null;
}
