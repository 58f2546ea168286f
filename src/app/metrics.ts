import { logger } from "../base/log.ts";
import { createCounter, createHistogram } from "../base/metrics.ts";
import { fetch } from "../base/runtime-bun.ts";
import { ALLOWED_UPDATES } from "../messages/update.ts";
import type { Attempt } from "../store/queue/jobs.ts";

type Call = { method: string; code: string };

/** From what is saved at once to what waited for a Memos that was away for a day. */
const SAVED_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21_600, 86_400];

/** What only this process knows, counted as it happens; the rest is read at each scrape (`scrape.ts`). */
export function createMetrics() {
  const updates = createCounter<{ kind: string; intake: string }>(
    "memoferry_updates_received_total",
    "Updates that came in from Telegram, redelivered ones too, by kind and by how they came.",
  );
  const attempts = createCounter<{ queue: string; result: string; reason: string }>(
    "memoferry_attempts_total",
    "Tries of jobs, by what came of them: an outcome, dead, or what the job waits for now; and the error code.",
  );
  const created = createCounter<{ kind: string }>(
    "memoferry_memos_created_total",
    "Messages that became a memo or a comment, by kind; edits and late parts are no new ones.",
  );
  const saved = createHistogram(
    "memoferry_save_duration_seconds",
    "Time from the delivery of a message until it was saved.",
    SAVED_SECONDS,
  );
  const files = createCounter(
    "memoferry_uploaded_bytes_total",
    "Size of the files that were brought into Memos.",
  );
  const telegram = createCounter<Call>(
    "memoferry_telegram_calls_total",
    "Calls of the Bot API, by method and HTTP status; none: no answer.",
  );
  const memos = createCounter<Call & { resource: string }>(
    "memoferry_memos_calls_total",
    "Calls of Memos, by HTTP method, resource and status; none: no answer.",
  );
  files.add({}, 0);

  return {
    telegramFetch: counted(({ url, code, ms }) => {
      const method = /(?<!\/file)\/bot[^/]+\/(\w+)$/.exec(url)?.[1] ?? "download";
      telegram.add({ method, code });
      logger("telegram").debug("called", { method, code, ms });
    }),
    memosFetch: counted(({ url, code, ms, method }) => {
      const [path, resource = "file"] = /\/api\/v1\/(\w+)[^?]*/.exec(url) ?? [];
      memos.add({ method, resource, code });
      // A query can hold words that somebody looks for, and the path of a file its name.
      logger("memos").debug("called", { method, path: path ?? "/file/…", code, ms });
    }),
    received(kinds: readonly string[], intake: string): void {
      const known: readonly string[] = ALLOWED_UPDATES;
      for (const kind of kinds) updates.add({ kind: known.includes(kind) ? kind : "other", intake });
    },
    attempted({ job, result, reason, savedAfterMs }: Attempt): void {
      attempts.add({ queue: job.queue, result, reason });
      if (savedAfterMs === null) return;
      created.add({ kind: job.kind });
      saved.observe(savedAfterMs / 1000);
    },
    uploaded: (bytes: number): void => files.add({}, bytes),
    text: () =>
      [updates, attempts, created, saved, files, telegram, memos].map(({ text }) => text()).join(""),
  };
}

/** A `fetch` of which each answer is told. Never the address as a whole: it may hold a token. */
function counted(told: (call: Call & { url: string; ms: number }) => void): typeof fetch {
  const asking = async (...[url, init]: Parameters<typeof fetch>) => {
    const begun = performance.now();
    let code = "none";
    try {
      const answer = await fetch(url, init);
      code = String(answer.status);
      return answer;
    } finally {
      const ms = Math.round(performance.now() - begun);
      told({ url: String(url), method: init?.method ?? "GET", code, ms });
    }
  };
  return Object.assign(asking, fetch);
}
