import { chatAlone, type Owed } from "../domain/outgoing.ts";
import type { Absence } from "../domain/receive.ts";
import { help, restOfHelp, say } from "../replies/messages.ts";
import { type Handlers, own } from "./buttons.ts";
import type { Answers, ChatContext } from "./context.ts";
import { whatWaits } from "./waiting.ts";

/** For how long `/status` tells of an absence. */
const ABSENCE_TOLD_MS = 7 * 86_400_000;

/** What is told of the bot itself. */
export function createStatus({
  bots,
  clock,
  jobs,
  deadLetters,
  health,
  urls,
  waysInOf,
  memosDown,
  identity,
}: ChatContext) {
  const commands = {
    help: (said) => (said.binding ? help(said.texts) : waysInOf(said, said.texts.greeting)),
    async status({ from, binding, texts, signal }) {
      const [waiting, failed] = [jobs.unfinishedOf(from), deadLetters.countOf(from)];
      const { receiving, memos } = await health(signal);
      const absence = bots.lastAbsence();
      const isConcerned =
        absence !== null &&
        binding !== undefined &&
        binding.created_at < absence.until &&
        clock.now() - absence.until < ABSENCE_TOLD_MS;
      const lines = [
        binding ? texts.statusBound({ name: binding.display_name }) : texts.notBound,
        ...(binding?.state === "paused" ? [urls.tokenDied(texts, binding)] : []),
        "",
        receiving ? texts.statusReceiving : texts.statusNotReceiving,
        memos.reachable && memos.version !== null
          ? texts.statusMemosVersion({ version: memos.version })
          : memosDown(from, texts),
        "",
        texts.statusWaiting({ count: waiting }),
        ...whatWaits(deadLetters, { from, texts }),
        failed === 0 ? texts.failedNone : `${texts.failedHead({ count: failed })} /failed`,
        ...(isConcerned ? ["", texts.away(datesOf(absence))] : []),
      ];
      return { text: lines.join("\n") };
    },
  } satisfies Answers;
  const buttons = {
    help: own(({ texts, edit }, { all }) => edit(all ? restOfHelp(texts, identity.known()) : help(texts))),
  } satisfies Partial<Handlers>;
  return { commands, buttons };
}

/** Telegram has forgotten what it could not deliver for a day: each bound person is told what to send again. */
export const createAwayWords =
  ({ bindings, admission, textsFor }: Pick<ChatContext, "bindings" | "admission" | "textsFor">) =>
  (absence: Absence): Owed[] =>
    bindings
      .list()
      .filter(({ telegram_id }) => admission.isAllowed(telegram_id))
      .map(({ telegram_id }) =>
        say(chatAlone(telegram_id), { text: textsFor(telegram_id).away(datesOf(absence)) }),
      );

/** An absence, as the texts take it. */
function datesOf({ from, until, lostBefore }: Absence) {
  return { from: new Date(from), until: new Date(until), lostBefore: new Date(lostBefore) };
}
