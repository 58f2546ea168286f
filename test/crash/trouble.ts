import type { FaultAction as MemosFault } from "../fakes/memos/types.ts";
import type { FaultAction as TelegramFault } from "../fakes/telegram.ts";
import type { CrashWorld } from "./world.ts";

/** What a network and a server do to a call now and then. Lost answers come after the deed. */
const MEMOS_FAULTS: readonly MemosFault[] = [
  "drop-before",
  "drop-after",
  "truncate",
  "busy",
  { delayMs: 150 },
  { status: 500, body: { code: 13, message: "internal", details: [] } },
  { status: 502, body: "<html>bad gateway</html>", contentType: "text/html" },
  { status: 503, headers: { "retry-after": "1" } },
  {
    status: 429,
    body: { code: 8, message: "slow down", details: [] },
    headers: { "retry-after": "1" },
  },
];
const TELEGRAM_FAULTS: readonly TelegramFault[] = [
  "drop-before",
  "drop-after",
  "truncate",
  "html502",
  { delayMs: 150 },
  { status: 500, error_code: 500, description: "Internal Server Error" },
  { status: 429, error_code: 429, description: "Too Many Requests: retry after 1", retryAfter: 1 },
];

/**
 * Makes the servers misbehave, or restart, or Telegram give out update ids anew, now and then. True where an answer of
 * Telegram may be lost.
 */
export async function disturb({ memos, telegram }: CrashWorld, random: () => number): Promise<boolean> {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  if (random() < 0.3)
    memos.fault({ match: { path: /memos|attachments/ }, times: 1, action: pick(MEMOS_FAULTS) });
  const isLost = random() < 0.3;
  if (isLost) telegram.fault({ times: 1, action: pick(TELEGRAM_FAULTS) });
  // Ids start anew only after a week without updates: then none waits.
  if (random() < 0.05 && telegram.pendingUpdates.length === 0) telegram.restartUpdateIds();
  for (const server of [memos, telegram]) {
    if (random() >= 0.05) continue;
    await server.stop();
    await server.start();
  }
  return isLost;
}
