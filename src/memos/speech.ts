import type { Secret } from "../secret.ts";
import { type Addresses, type Ask, addressesOf } from "./addresses.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { isMemosError, MemosError } from "./errors.ts";
import { ANSWER_MS, type MemosHttp } from "./http.ts";
import type { Speaker } from "./speaker.ts";

/** One call under way: with whose token, in which dialect. */
export interface Speech {
  readonly token: Secret;
  readonly signal: AbortSignal | undefined;
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly limitBytes: number;
  readonly allowsPublic: boolean;
  readonly at: Addresses;
}

/** Runs `work` with a token in the server's dialect. */
export type Speak = <T>(
  token: Secret,
  signal: AbortSignal | undefined,
  work: (speech: Speech) => Promise<T>,
) => Promise<T>;

const SLOW_TEXT_MS = 120_000;

export function createSpeak({ call }: MemosHttp, speaker: Speaker): Speak {
  return (token, signal, work) =>
    speaker.speak(signal, async (dialect, { contentLimitBytes, allowsPublic }) => {
      const ask = asker(dialect, token, signal);
      const at = addressesOf(ask, dialect);
      try {
        return await work({ token, signal, ask, dialect, limitBytes: contentLimitBytes, allowsPublic, at });
      } catch (error) {
        if (mayBeOfDeadToken(error, dialect)) await knownAccount(dialect.whoAmI, token, signal);
        throw error;
      }
    });

  /** Asks with the token, and gives a server that parses texts the time for it. */
  function asker({ slowTexts }: Dialect, token: Secret, signal: AbortSignal | undefined): Ask {
    const limitMs = slowTexts ? SLOW_TEXT_MS : ANSWER_MS;
    return async (request) => {
      try {
        return await call({ ...request, token, limitMs }, signal);
      } catch (error) {
        const isText = slowTexts && request.body?.["content"] !== undefined;
        if (!isText || !isMemosError(error, "timeout")) throw error;
        const why = "it reads some texts for minutes: a shorter one, or one without unusual signs, may do";
        throw new MemosError("timeout", `${error.message}; ${why}`, { reason: "slow_text" });
      }
    };
  }

  /** Throws when the token is refused. */
  async function knownAccount(
    { method, path }: Dialect["whoAmI"],
    token: Secret,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await call({ method, path, token }, signal);
    } catch (error) {
      if (isMemosError(error, "token_refused")) throw error;
    }
  }
}

/** Up to 0.25 only who-am-I tells of every dead token: to much else its owner is a stranger, up to 0.24 a mishap. */
function mayBeOfDeadToken(error: unknown, { tokens }: Dialect): boolean {
  if (isMemosError(error, "forbidden")) return tokens === "jwt" && error.reason === undefined;
  return isMemosError(error) && error.reason === "account_gone";
}
