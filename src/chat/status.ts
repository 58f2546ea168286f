import type { Texts } from "../locales/texts.ts";
import { helpText, type Message, waysIn } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Answers, ChatContext, Health } from "./context.ts";

/** Who misses something after so long knows it. */
const ABSENCE_TOLD_MS = 7 * 86_400_000;

/** What is told of the bot itself. */
export function createStatus({ jobs, deadLetters, urls, health }: ChatContext): Answers {
  return {
    help: ({ from, binding, texts }) =>
      binding
        ? { text: helpText(texts) }
        : waysIn(texts, texts.greeting, { id: from, place: urls.tokenPlace(texts) }),
    status({ from, binding, texts }) {
      const [waiting, failed] = [jobs.unfinishedOf(from), deadLetters.countOf(from)];
      return statusMessage(texts, { binding, waiting, failed }, health());
    },
  };
}

export function statusMessage(
  texts: Texts,
  person: {
    readonly binding: Binding | undefined;
    readonly waiting: number;
    readonly failed: number;
  },
  health: Health,
): Message {
  const { binding, waiting, failed } = person;
  const { absence, now } = health;
  const concerned =
    absence !== null &&
    binding !== undefined &&
    binding.created_at < absence.until &&
    now - absence.until < ABSENCE_TOLD_MS;
  const lines = [
    binding ? texts.statusBound({ name: nameOf(binding) }) : texts.notBound,
    ...(binding?.state === "paused" ? [texts.statusPaused] : []),
    "",
    telegramLine(texts, health),
    memosLine(texts, health.memos),
    "",
    waiting === 0 ? texts.statusNoneWaiting : texts.statusWaiting({ count: waiting }),
    failed === 0 ? texts.failedNone : texts.statusFailed({ count: failed }),
    ...(concerned ? ["", texts.away(datesOf(absence))] : []),
  ];
  return { text: lines.join("\n") };
}

/** Alice Smith (alice) */
function nameOf({ display_name, memos_username }: Binding): string {
  return memos_username === null || memos_username === display_name
    ? display_name
    : `${display_name} (${memos_username})`;
}

function telegramLine(texts: Texts, { receiving, mode }: Health): string {
  if (receiving === null) return texts.statusNotHeard({ whom: "Telegram" });
  return receiving ? texts.statusReceiving[mode] : texts.statusNotReceiving;
}

function memosLine(texts: Texts, { reachable, version }: Health["memos"]): string {
  if (reachable === null || version === null) return texts.statusNotHeard({ whom: "Memos" });
  return reachable ? texts.statusMemosVersion({ version }) : texts.memosDown;
}

/** An absence, as the texts take it. */
export function datesOf({ from, until, lostBefore }: NonNullable<Health["absence"]>) {
  return { from: new Date(from), until: new Date(until), lostBefore: new Date(lostBefore) };
}
