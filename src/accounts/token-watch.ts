import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { chatAlone, type Destination, type Owed } from "../domain/outgoing.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { say } from "../replies/messages.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import type { Jobs } from "../store/queue/jobs.ts";
import { askName } from "./account-name.ts";

/** A token is taken for dead only when who-am-I refuses it twice, this long apart. */
const SECOND_REFUSAL_MS = 10_000;

/** What a refused token is to be looked at again for; `error`: who-am-I could not be asked. */
type TokenTrouble =
  | { readonly waiting_for: "binding" }
  | { readonly waiting_for: "retry"; readonly pauseMs: number }
  | { readonly error: unknown };

export type TokenWatch = ReturnType<typeof createTokenWatch>;

/** Finds out whether an access token died: then its binding is paused, its person told once, and nothing else held up. */
export function createTokenWatch(deps: {
  bindings: Pick<
    Bindings,
    "get" | "list" | "counts" | "accessToken" | "accepted" | "refused" | "pause" | "renew" | "told"
  >;
  jobs: Pick<Jobs, "release">;
  memos: Pick<MemosClient, "server" | "whoAmI" | "info">;
  owe: (owed: readonly Owed[]) => void;
  textsFor: TextsFor;
  tokenDied: (texts: Texts, binding: Binding | undefined) => string;
  background: Background;
  clock: Clock;
  log: Log;
}) {
  const { bindings, jobs, memos, owe, textsFor, tokenDied, background, clock, log } = deps;
  /** Whose token is looked at. */
  const watched = new Set<number>();
  /** Those of them who were told so in the answer to a request of theirs. */
  const told = new Set<number>();

  /** Undefined: the token works. */
  async function look(
    telegramId: number,
    cause: Destination,
    signal: AbortSignal,
  ): Promise<TokenTrouble | undefined> {
    const token = bindings.accessToken(telegramId);
    if (!token) return undefined;
    try {
      await memos.whoAmI(token, signal);
      bindings.accepted(telegramId);
      return undefined;
    } catch (error) {
      if (!isMemosError(error, "token_refused")) return { error };
    }
    const pauseMs = bindings.refused(telegramId) + SECOND_REFUSAL_MS - clock.now();
    if (pauseMs > 0) return { waiting_for: "retry", pauseMs };
    if (bindings.pause(telegramId, "Memos refuses the access token")) tell(telegramId, cause);
    return { waiting_for: "binding" };
  }

  /** In their own chat, wherever they wrote. */
  function tell(telegramId: number, cause: Destination): void {
    log.warn("a binding was paused: memos refuses its access token", { telegram_id: telegramId });
    if (told.has(telegramId)) return;
    const texts = textsFor(telegramId);
    const to = cause.chat_id === telegramId ? cause : chatAlone(telegramId);
    owe([say(to, { text: tokenDied(texts, bindings.get(telegramId)) })]);
  }

  return {
    /** Asks Memos now. */
    look,
    /**
     * Memos refused a token: asks who-am-I in the background until it is sure. `isTold`: the person was told of this
     * refusal.
     */
    suspect(telegramId: number, cause: Destination, isTold = true): void {
      if (isTold) told.add(telegramId);
      if (watched.has(telegramId)) return;
      watched.add(telegramId);
      background.repeat("looking at a refused token", async (signal) => {
        const isActive = bindings.get(telegramId)?.state === "active";
        const found = isActive ? await look(telegramId, cause, signal) : undefined;
        if (found && "pauseMs" in found) return found.pauseMs;
        watched.delete(telegramId);
        told.delete(telegramId);
        return null;
      });
    },
    /** Asks again about paused bindings: a token that is taken again resumes by itself. */
    async revive(signal: AbortSignal): Promise<void> {
      if (bindings.counts().paused === 0) return;
      for (const binding of bindings.list()) {
        const { telegram_id, server, state } = binding;
        if (state !== "paused" || server !== memos.server) continue;
        const token = bindings.accessToken(telegram_id);
        if (!token || signal.aborted) continue;
        try {
          const named = await askName({ memos, bindings }, binding, token, signal);
          if (!named) continue;
          bindings.renew(telegram_id, token);
          const released = jobs.release(telegram_id, named);
          log.info("a paused binding works again", { telegram_id, released });
        } catch (error) {
          log.debug("a binding stays paused", { telegram_id, detail: messageOf(error) });
        }
      }
    },
  };
}
