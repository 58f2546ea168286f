import type { Accounts } from "../accounts.ts";
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { OfferedToken, OfferedTokens } from "../store/offered-tokens.ts";
import { boundMessages } from "./bound.ts";
import { type Message, say, withCode } from "./messages.ts";
import type { Texts, TextsFor, TokenPlace } from "./texts.ts";
import { whyRefused } from "./trouble.ts";

/** Checks the access tokens that were sent while Memos was away, once it is back, and binds who sent them. */
export interface TokenChecks extends Service {
  /** A token was offered, or Memos answers again. */
  wake(): void;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

export function createTokenChecks(deps: {
  accounts: Pick<Accounts, "bind">;
  offeredTokens: Pick<OfferedTokens, "list" | "settle">;
  /** Whether ALLOWED_USERS still has this person. */
  isAllowed: (telegramId: number) => boolean;
  noteFailedToken: (telegramId: number, now: number) => void;
  /** False while it is known that Memos does not answer. */
  ready: () => boolean;
  wakeSender: () => void;
  textsFor: TextsFor;
  tokenPlace: () => TokenPlace;
  clock: Clock;
  log: Log;
}): TokenChecks {
  const { accounts, offeredTokens, isAllowed, noteFailedToken, ready, wakeSender } = deps;
  const { textsFor, tokenPlace, clock, log } = deps;
  let wakeUp = new AbortController();
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  let tries = 0;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      wakeUp = new AbortController();
      let left = true;
      try {
        left = await checkAll(signal);
      } catch (error) {
        log.error("offered tokens could not be looked at", { error });
      }
      const pause = left
        ? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10))
        : LONGEST_PAUSE_MS;
      tries += 1;
      await clock.sleep(pause, AbortSignal.any([wakeUp.signal, signal]));
    }
  }

  /** True when some are left to be checked later. */
  async function checkAll(signal: AbortSignal): Promise<boolean> {
    let left = false;
    for (const offered of offeredTokens.list()) {
      if (signal.aborted) return true;
      const said = await check(offered, signal);
      if (said === "later") {
        left = true;
        continue;
      }
      offeredTokens.settle(
        offered,
        said.map((message) => say(offered.chat_id, message, { promise: "notice" })),
      );
      wakeSender();
    }
    return left;
  }

  /** What its owner is told now that it is settled. */
  async function check(offered: OfferedToken, signal: AbortSignal): Promise<Message[] | "later"> {
    const { telegram_id, username, access_token, language, expires_at } = offered;
    const texts = textsFor(telegram_id, language ?? undefined);
    if (!isAllowed(telegram_id)) return [withCode(texts.notAllowed(telegram_id), String(telegram_id))];
    if (access_token === null || expires_at <= clock.now()) return [{ text: texts.offerExpired }];
    if (!ready()) return "later";
    try {
      const request = { telegram_id, access_token, username, telegram_language: language, offered };
      const bound = await accounts.bind(request, signal);
      return boundMessages(texts, bound);
    } catch (error) {
      return refused(error, telegram_id, texts);
    }
  }

  function refused(error: unknown, telegramId: number, texts: Texts): Message[] | "later" {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "conflict") {
      // What took its place speaks for itself.
      log.debug("an offered token was replaced", { telegram_id: telegramId });
      return [];
    }
    if (error.code !== "unprocessable") return "later";
    noteFailedToken(telegramId, clock.now());
    return [{ text: texts.tokenRefused(whyRefused(texts, error), tokenPlace()) }];
  }

  return {
    wake() {
      tries = 0;
      wakeUp.abort();
    },
    start() {
      if (loop) return;
      stopping = new AbortController();
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      loop = null;
    },
  };
}
