import type { TelegramMessage } from "gramio";
import { confirmation, type Message, mark, say } from "../chat/messages.ts";
import type { Log } from "../log.ts";
import type { Binding } from "../store/bindings.ts";
import type { Jobs } from "../store/jobs.ts";
import { contentHash, type MemoLink } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import { type Plan, remarks } from "./plan.ts";
import { type Done, seqsOf, type Work } from "./work.ts";

/** Writes down that the memo is there, and owes the sender the word about it. */
export type Settle = (work: Work, done: Done) => void;

export interface SettleDeps {
  readonly jobs: Pick<Jobs, "finish" | "get">;
  readonly memoUrl: (name: string) => string | null;
  readonly log: Log;
}

export function createSettle({ jobs, memoUrl, log }: SettleDeps): Settle {
  return ({ leased, identity, messages, texts, binding }, { plan, memo }) => {
    const { job } = leased;
    // By the name it has now: the account may have been named anew on the way.
    const account = jobs.get(job.id)?.account ?? identity.account;
    const link = (message: TelegramMessage): MemoLink => ({
      chat_id: identity.chat_id,
      message_id: message.message_id,
      server: identity.server,
      account,
      memo_name: memo.name,
      content_hash: contentHash(memo.content),
      confirmation: false,
    });
    const lines = remarks(plan, texts);
    const notes = lines.join("\n");
    const told = confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      url: memoUrl(memo.name),
      remarks: notes === "" ? [] : [notes],
    });
    const ended = jobs.finish(leased.lease, {
      outcome: "saved",
      memo_name: memo.name,
      links: messages.filter(({ message_id }) => plan.message_ids.includes(message_id)).map(link),
      covered: seqsOf(leased, plan),
      plan: JSON.stringify({ ...plan, done: true }),
      ...(notes !== "" && { detail: notes }),
      owed:
        job.memo_name === null
          ? confirm(identity.chat_id, plan, told, {
              how: binding.confirmation,
              marked: job.message_id,
              someMissing: notes !== "",
            })
          : missing(identity.chat_id, plan, lines, job.detail),
    });
    if (ended === "lost") log.warn("the lease was lost while saving", { job_id: job.id });
  };
}

/** As the person wants to be told. That a file is missing has to be heard; that all is well may be lost. */
function confirm(
  chat: number,
  plan: Plan,
  message: Message,
  { how, marked, someMissing }: { how: Binding["confirmation"]; marked: number | null; someMissing: boolean },
): Owed[] {
  const done = how === "reaction" && marked !== null ? [mark(chat, marked, "👍")] : [];
  if (how !== "reply" && !someMissing) return done;
  const promise = someMissing ? "notice" : "confirmation";
  return [...done, say(chat, message, { replyTo: plan.message_ids[0] ?? null, promise })];
}

/** A late part changes nothing that was confirmed: only what is missing of it is new. */
function missing(chat: number, plan: Plan, lines: readonly string[], heard: string | null): Owed[] {
  const fresh = lines.filter((line) => !heard?.includes(line));
  if (fresh.length === 0) return [];
  const replyTo = plan.message_ids.at(-1) ?? null;
  return [say(chat, { text: fresh.join("\n") }, { replyTo, promise: "notice" })];
}
