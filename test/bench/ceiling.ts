// What a client could do at most: it does nothing but post the same memos to the same server, by connections that stay.
import { textOf } from "./fakes.ts";
import { startFakes } from "./processes.ts";

/** A Memos on SQLite is fastest with about four. */
const AT_ONCE = [1, 2, 4, 8, 16];

interface Posted {
  /** Memos a second. */
  readonly perSecond: number;
  /** Of each, in ms. */
  readonly tookMs: readonly number[];
}

async function posted(texts: number, atOnce: number): Promise<Posted> {
  const { calls, env, stop } = await startFakes();
  const [{ token } = { token: "" }] = await calls.people(1);
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const tookMs: number[] = [];
  let last = 0;
  const post = async () => {
    while (last < texts) {
      last += 1;
      const from = performance.now();
      const body = JSON.stringify({ content: textOf(last), visibility: "PRIVATE" });
      const answer = await fetch(`${env["MEMOS_URL"]}/api/v1/memos`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`Memos answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
      tookMs.push(performance.now() - from);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: atOnce }, post));
  const perSecond = (texts / (performance.now() - from)) * 1_000;
  await stop();
  return { perSecond, tookMs };
}

/** At the concurrency that is best, each on a server of its own. */
export async function ceiling(texts: number): Promise<Posted> {
  let best: Posted | undefined;
  for (const atOnce of AT_ONCE) {
    const found = await posted(texts, atOnce);
    if (!best || found.perSecond > best.perSecond) best = found;
  }
  return best ?? { perSecond: Number.NaN, tookMs: [] };
}

/** One after another. */
export const oneByOne = (texts: number): Promise<Posted> => posted(texts, 1);
