import { createHash } from "node:crypto";
import type { Log } from "../log.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import type { Job } from "../store/jobs.ts";
import type { Account, Stranded, StrandedMessages } from "../store/stranded.ts";
import { button, type Message } from "./messages.ts";
import type { Press } from "./press-data.ts";
import type { Texts } from "./texts.ts";
import { cut, oneLine } from "./writer.ts";

/** Telegram cuts the texts of buttons where the screen ends. */
const NAME_ON_BUTTON = 24;

export const nameOnButton = ({ display_name }: Pick<Binding, "display_name">) =>
  cut(oneLine(display_name), NAME_ON_BUTTON);

type StrandedPress = Extract<Press, { ask: "stranded_save" | "stranded_discard" }>;

/** Asks what becomes of the messages that wait for an account from before; those that were begun stay with it. */
export function strandedMessage(texts: Texts, bound: Binding, waiting: StrandedMessages): Message {
  const { name, free, begun, job_id } = waiting;
  const stay = begun > 0 ? [texts.waitFromOther(name, begun)] : [];
  if (free === 0) return { text: stay.join("") };
  const to = markOf(bound);
  return {
    text: [texts.stranded(name, free), ...stay].join("\n"),
    buttons: [
      [
        button(texts.saveTo(nameOnButton(bound)), { ask: "stranded_save", job_id, to }),
        button(texts.discard, { ask: "stranded_discard", job_id, to }),
      ],
    ],
  };
}

/** Carries out the answer to that question. */
export interface StrandedAnswers {
  /** Null when it is settled already, or the person is bound to yet another account since. */
  answer(asked: StrandedPress, from: number, texts: Texts): Message | null;
}

export function createStrandedAnswers(deps: {
  stranded: Stranded;
  bindings: Pick<Bindings, "get">;
  jobs: { get(jobId: number): Job | undefined };
  /** Messages were given to an account, where it is their turn. */
  wake: () => void;
  log: Log;
}): StrandedAnswers {
  const { stranded, bindings, jobs, wake, log } = deps;
  return {
    answer(asked, from, texts) {
      const binding = bindings.get(from);
      const job = jobs.get(asked.job_id);
      if (!binding || markOf(binding) !== asked.to || job?.telegram_id !== from) return null;
      const { server, account } = job;
      if (server === null || account === null || markOf({ server, account }) === asked.to) return null;
      const of = { server, account };
      const left = () => stranded.of(from, binding).find((other) => markOf(other) === markOf(of));
      const name = left()?.name ?? account;
      const saves = asked.ask === "stranded_save";
      const count = saves ? stranded.move(from, of, binding) : stranded.discard(from, of, `telegram:${from}`);
      if (count === 0) return null;
      if (saves) wake();
      log.info(saves ? "waiting messages go to another account" : "waiting messages were discarded", {
        telegram_id: from,
        account,
        messages: count,
        ...(saves && { to: binding.account }),
      });
      const stay = left();
      const done = saves
        ? texts.strandedSaved(binding.display_name, count)
        : texts.strandedDiscarded(name, count);
      return { text: [done, ...(stay ? [texts.waitFromOther(name, stay.begun)] : [])].join("\n") };
    },
  };
}

/** Tells in a button which account it was about: a few letters, since there is room for no name. */
export function markOf({ server, account }: Account): string {
  return createHash("sha256").update(`${server} ${account}`).digest("hex").slice(0, 12);
}
