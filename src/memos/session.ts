import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import type { JsonObject } from "./answers.ts";
import { type Detected, detect } from "./detect.ts";
import type { Dialect } from "./dialects.ts";
import { isMemosError, MemosError } from "./errors.ts";
import { ANSWER_MS, type MemosHttp, type MemosRequest, orAborted } from "./http.ts";
import { uidOf, wholeSeconds } from "./requests.ts";

/** One call as somebody. */
type Ask = (
  request: Omit<MemosRequest, "token" | "mayHangUp"> & { body?: JsonObject; limitMs?: number },
) => Promise<JsonObject>;

/** One call of our callers under way: with whose token, in which dialect. */
export interface Session extends Detected {
  readonly http: MemosHttp;
  readonly token: Secret;
  readonly signal: AbortSignal | undefined;
  readonly ask: Ask;
  readonly at: ReturnType<typeof addressesOf>;
  /** A time of this machine's clock, early enough on the server's. */
  onServer(time: Date): Date;
  /** What was made came back under another id than ours, whatever the version promises: it counts until the process ends. */
  sawOtherId(of: "memos" | "files"): void;
}

/** An upgrade between two calls shows by nothing else. */
const DETECTION_HOLDS_MS = 10 * 60_000;
const JUST_BEGUN_MS = 5_000;
/** gomark parses a text at every create and sight of it: a long one takes seconds on a slow machine, an odd one minutes. */
const SLOW_TEXT_MS = 120_000;
/** Times are told in whole seconds, and two clocks are compared by them. */
const CLOCK_MARGIN_MS = 3_000;

/** Knows which dialect the server speaks, and finds out again when that may have changed. */
export function createSessions(http: MemosHttp, clock: Clock, onAnswered: () => void) {
  let known: { readonly at: number; readonly detected: Promise<Detected>; found?: Detected } | undefined;
  let last: Detected | undefined;
  const otherIds = { memos: false, files: false };

  /** One detection serves all who wait for it; who gives up waiting does not end it for the others. */
  async function detected(signal?: AbortSignal): Promise<Detected> {
    if (!known || clock.monotonic() - known.at >= DETECTION_HOLDS_MS) {
      const asked: typeof known = { at: clock.monotonic(), detected: detect(http) };
      known = asked;
      asked.detected.then(
        (found) => {
          asked.found = found;
          last = found;
        },
        () => {
          if (known === asked) known = undefined;
        },
      );
    }
    // Each message asks several times, and mostly there is nothing to wait for.
    if (known.found && !signal?.aborted) return known.found;
    return orAborted(known.detected, signal);
  }

  function open(found: Detected, token: Secret, signal: AbortSignal | undefined): Session {
    const { dialect } = found;
    const isSlow = dialect.markdown === "gomark";
    const ask: Ask = async (request) => {
      try {
        const limitMs = isSlow ? SLOW_TEXT_MS : ANSWER_MS;
        return await http.call({ limitMs, ...request, token, mayHangUp: dialect.bearsHangUps }, signal);
      } catch (error) {
        const isText = isSlow && request.body?.["content"] !== undefined;
        if (!isText || !isMemosError(error, "timeout")) throw error;
        const why = "it reads some texts for minutes: a shorter one, or one without unusual signs, may do";
        throw new MemosError("timeout", `${error.message}; ${why}`, { reason: "slow_text" });
      }
    };
    return {
      ...found,
      http,
      token,
      signal,
      ask,
      at: addressesOf(ask, dialect),
      onServer: (time) =>
        new Date(wholeSeconds(new Date(time.getTime() + Math.min(0, http.clockAheadMs) - CLOCK_MARGIN_MS))),
      sawOtherId(of) {
        if (dialect.takesOurIds[of]) otherIds[of] = true;
      },
    };
  }

  /** What is behind a failure, where that is another thing than it says. */
  async function explained(error: unknown, { dialect, version, ask, signal }: Session): Promise<unknown> {
    const refusal = mayBeOfDeadToken(error, dialect) ? await refusalOf(ask, dialect) : undefined;
    const isOther = !refusal && mayBeAnotherDialect(error);
    // The server may have been upgraded, or its limit lowered.
    if (refusal || isOther || isMemosError(error, "token_refused", "content_too_long")) known = undefined;
    if (!isOther) return refusal ?? error;
    const now = await detected(signal);
    if (now.dialect === dialect) return error;
    const text = `Memos at ${http.server} was ${version} and is ${now.version} by now: the next try is made for that`;
    return new MemosError("version_changed", text, { status: error.status });
  }

  async function info(signal?: AbortSignal) {
    const found = await detected(signal);
    const { tokens, markdown, takesOurIds } = found.dialect;
    return {
      ...found,
      tokens,
      /** What its pages show. */
      markdown,
      /** Whether the server names what it makes, not we: by its version, or since a thing came back under another id. */
      serverNames: {
        memos: !takesOurIds.memos || otherIds.memos,
        files: !takesOurIds.files || otherIds.files,
      },
    };
  }

  return {
    /** The server as it was last spoken with, without asking; null before the first call. */
    known: (): Detected | null => last ?? null,

    info,

    /** `info` as of now. A detection that has just begun serves, one that hangs does not. */
    freshInfo(signal?: AbortSignal) {
      if (!known || known.found || clock.monotonic() - known.at >= JUST_BEGUN_MS) known = undefined;
      return info(signal);
    },

    /** A call of our callers. Where it fails since the server speaks another dialect by now, kind `version_changed`. */
    call<Given extends unknown[], Result>(work: (session: Session, ...given: Given) => Promise<Result>) {
      return async (
        token: Secret,
        ...given: [...Given, signal?: AbortSignal | undefined]
      ): Promise<Result> => {
        const last = given.at(-1);
        const signal = last instanceof AbortSignal ? last : undefined;
        const session = open(await detected(signal), token, signal);
        try {
          const result = await work(session, ...(given as unknown[] as Given));
          onAnswered();
          return result;
        } catch (error) {
          throw await explained(error, session);
        }
      };
    },

    /** The same for a call that is answered bit by bit. */
    follow<Result>(work: (session: Session) => AsyncGenerator<Result, void, undefined>) {
      return async function* (token: Secret, signal?: AbortSignal): AsyncGenerator<Result, void, undefined> {
        const session = open(await detected(signal), token, signal);
        try {
          for await (const result of work(session)) {
            onAnswered();
            yield result;
          }
        } catch (error) {
          throw await explained(error, session);
        }
      };
    },
  };
}

/**
 * Where the server has `memos/<uid>` and `attachments/<uid>`: there, but for 0.22 and 0.23, which number them. The number
 * is asked for each time: a remembered one would hit another memo after a restored backup or an upgrade.
 */
function addressesOf(ask: Ask, { numbered, files }: Dialect) {
  async function addressOf(
    collection: "memos" | "attachments" | "resources",
    asked: string,
  ): Promise<string> {
    if (!numbered) return `${collection}/${asked}`;
    const { name, uid } = await ask({ method: "GET", path: `/api/v1/${collection}:by-uid/${asked}` });
    const isIt = uid === asked && typeof name === "string" && /^\w+\/\d+$/.test(name);
    if (isIt && name.startsWith(collection)) return name;
    const text = `Memos answered with another thing where ${collection}/${asked} was asked for`;
    throw new MemosError("server", text);
  }
  return {
    memo: async (name: string) => addressOf("memos", uidOf(name, "memos")),
    /** As it stands in a list that is set. */
    async file(name: string): Promise<{ name: string; uid?: string }> {
      const uid = uidOf(name, "attachments");
      return { name: await addressOf(files, uid), ...(numbered && { uid }) };
    },
    /** Back from what the server calls a memo. */
    async nameOf(memo: string): Promise<string> {
      if (!numbered) return memo;
      const { uid } = await ask({ method: "GET", path: `/api/v1/${memo}` });
      if (typeof uid !== "string") throw new MemosError("server", "Memos answered something that is no memo");
      return `memos/${uid}`;
    },
  };
}

/** Up to 0.25 only who-am-I tells of every dead token: to much else its owner is a stranger, up to 0.24 a mishap. */
function mayBeOfDeadToken(error: unknown, { tokens }: Dialect): boolean {
  if (isMemosError(error, "forbidden")) return tokens === "jwt" && error.reason === undefined;
  return isMemosError(error) && error.reason === "account_gone";
}

/** What who-am-I says to a refused token; undefined where it says nothing of the kind. */
function refusalOf(ask: Ask, { whoAmI }: Dialect): Promise<MemosError | undefined> {
  return ask({ ...whoAmI, limitMs: ANSWER_MS }).then(
    () => undefined,
    (error: unknown) => (isMemosError(error, "token_refused") ? error : undefined),
  );
}

/** An unknown path, or a field or filter that the server does not have. */
function mayBeAnotherDialect(error: unknown): error is MemosError {
  return (
    isMemosError(error, "unsupported_version") || (isMemosError(error, "invalid") && error.status === 400)
  );
}
