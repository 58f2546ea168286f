import type { Owed } from "../domain/outgoing.ts";
import type { Absence } from "../domain/receive.ts";
import type { Texts } from "../locales/texts.ts";
import { helpText, say, waysIn } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Answers, ChatContext, Health } from "./context.ts";

/** Who misses something after so long knows it. */
const ABSENCE_TOLD_MS = 7 * 86_400_000;

/** What is told of the bot itself. */
export function createStatus({ jobs, deadLetters, urls, health }: ChatContext) {
  return {
    help: ({ from, binding, texts }) =>
      binding
        ? { text: helpText(texts) }
        : waysIn(texts, texts.greeting, { id: from, place: urls.tokenPlace(texts) }),
    status({ from, binding, texts }) {
      const [waiting, failed] = [jobs.unfinishedOf(from), deadLetters.countOf(from)];
      const { absence, now, ...known } = health();
      const isConcerned =
        absence !== null &&
        binding !== undefined &&
        binding.created_at < absence.until &&
        now - absence.until < ABSENCE_TOLD_MS;
      const lines = [
        binding ? texts.statusBound({ name: nameOf(binding) }) : texts.notBound,
        ...(binding?.state === "paused" ? [texts.statusPaused] : []),
        "",
        telegramLine(texts, known),
        memosLine(texts, known.memos),
        "",
        waiting === 0 ? texts.statusNoneWaiting : texts.statusWaiting({ count: waiting }),
        failed === 0 ? texts.failedNone : texts.statusFailed({ count: failed }),
        ...(isConcerned ? ["", texts.away(datesOf(absence))] : []),
      ];
      return { text: lines.join("\n") };
    },
  } satisfies Answers;
}

/** Alice Smith (alice) */
function nameOf({ display_name, memos_username }: Binding): string {
  return memos_username === null || memos_username === display_name
    ? display_name
    : `${display_name} (${memos_username})`;
}

function telegramLine(texts: Texts, { receiving, mode }: Pick<Health, "receiving" | "mode">): string {
  if (receiving === null) return texts.statusNotHeard({ whom: "Telegram" });
  return receiving ? texts.statusReceiving[mode] : texts.statusNotReceiving;
}

function memosLine(texts: Texts, { reachable, version }: Health["memos"]): string {
  if (reachable === null || version === null) return texts.statusNotHeard({ whom: "Memos" });
  return reachable ? texts.statusMemosVersion({ version }) : texts.memosDown;
}

/** Telegram has forgotten what it could not deliver for a day: each bound person is told what to send again. */
export const createAwayWords =
  ({ bindings, admission, textsFor }: Pick<ChatContext, "bindings" | "admission" | "textsFor">) =>
  (absence: Absence): Owed[] =>
    bindings
      .list()
      .filter(({ telegram_id }) => admission.isAllowed(telegram_id))
      .map(({ telegram_id }) => say(telegram_id, { text: textsFor(telegram_id).away(datesOf(absence)) }));

/** An absence, as the texts take it. */
function datesOf({ from, until, lostBefore }: Absence) {
  return { from: new Date(from), until: new Date(until), lostBefore: new Date(lostBefore) };
}
