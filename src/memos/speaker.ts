import type { Clock } from "../clock.ts";
import { type Detected, detect } from "./dialects/detect.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { isMemosError, MemosError } from "./errors.ts";
import type { MemosHttp } from "./http.ts";
import type { MemosServerInfo } from "./types.ts";

/** Knows which dialect the server speaks, and finds out again when that may have changed. */
export interface Speaker {
  info(signal?: AbortSignal): Promise<MemosServerInfo>;
  forget(): void;
  /** The dialect last spoken; undefined before the first call. */
  readonly last: Dialect | undefined;
  /** Runs `work` in the server's dialect; where it fails since that is another one by now, kind `version_changed`. */
  speak<T>(
    signal: AbortSignal | undefined,
    work: (dialect: Dialect, detected: Detected) => Promise<T>,
  ): Promise<T>;
  /** What was made came back under another id than ours, whatever the version promises: so it counts until the process ends. */
  sawOtherId(of: "memos" | "files"): void;
}

/** Servers get upgraded. */
const DETECTION_HOLDS_MS = 24 * 60 * 60 * 1000;

export function createSpeaker(http: MemosHttp, clock: Clock): Speaker {
  let known: { at: number; detected: Promise<Detected> } | undefined;
  let last: Detected | undefined;
  const named = { memos: false, files: false };

  /** One detection serves all who wait for it; who gives up waiting does not end it for the others. */
  async function detected(signal?: AbortSignal): Promise<Detected> {
    if (!known || clock.monotonic() - known.at >= DETECTION_HOLDS_MS) {
      const asked = { at: clock.monotonic(), detected: detect(http) };
      known = asked;
      asked.detected.catch(() => {
        if (known === asked) known = undefined;
      });
    }
    last = await orAborted(known.detected, signal);
    return last;
  }

  return {
    get last() {
      return last?.dialect;
    },

    forget() {
      known = undefined;
    },

    async info(signal) {
      const { dialect, allowsPublic: _, ...found } = await detected(signal);
      return {
        ...found,
        dialect: dialect.name,
        tokens: dialect.tokens,
        memoIds: dialect.choosesMemoIds && !named.memos ? "ours" : "servers",
        fileIds: dialect.choosesAttachmentIds && !named.files ? "ours" : "servers",
        setsTimeOnCreate: dialect.setsTimeOnCreate,
        bindsOnCreate: dialect.bindsOnCreate,
        markdown: dialect.markdown,
      };
    },

    async speak(signal, work) {
      const before = await detected(signal);
      try {
        return await work(before.dialect, before);
      } catch (error) {
        // The server may have been upgraded, or its limit lowered.
        if (isMemosError(error, "token_refused", "content_too_long")) known = undefined;
        if (!mayBeAnotherDialect(error)) throw error;
        known = undefined;
        const now = await detected(signal);
        if (now.dialect === before.dialect) throw error;
        const text = `Memos at ${http.server} was ${before.version} and is ${now.version} by now: the next try is made for that`;
        throw new MemosError("version_changed", text, { status: error.status, grpcCode: error.grpcCode });
      }
    },

    sawOtherId(of) {
      if (last?.dialect[of === "memos" ? "choosesMemoIds" : "choosesAttachmentIds"]) named[of] = true;
    },
  };
}

/** An unknown path, or a field or filter that the server does not have. */
function mayBeAnotherDialect(error: unknown): error is MemosError {
  return (
    isMemosError(error, "unsupported_version") || (isMemosError(error, "invalid") && error.status === 400)
  );
}

function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new MemosError("aborted", "the call to Memos was given up"));
  if (signal.aborted) {
    onAbort();
    return aborted;
  }
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
