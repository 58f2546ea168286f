import type { MemosClient } from "../../memos/client.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { type Finding, within } from "./finding.ts";

const BY_TIME = "Memos is asked from time to time, every one to ten minutes";

/** How the running memoferry hears of what changes in Memos; null where nobody wants to know. */
export async function checkNews(store: ReadOnlyStore | null, memos: MemosClient): Promise<Finding> {
  const [first] = store?.keyFits === false ? [] : (store?.watched(memos.server) ?? []);
  const token = first && store?.bindings.accessToken(first.telegram_id);
  const info = token && (await within("Memos", memos.info).catch(() => null));
  // Why Memos cannot be asked is said by its line.
  if (!token || !info) return null;
  if (!info.dialect.tellsEvents) return `${BY_TIME}: 0.27 and newer tell what happens at once`;
  const comesIn = await within("Memos", async (signal) => {
    for await (const _ of memos.events(token, signal)) return true;
    return false;
  }).catch(() => false);
  if (comesIn) return "Memos tells what happens at once";
  // Up to 0.28 nothing is said before something happens.
  if (/^0\.2[78]\./.test(info.version))
    return "Memos tells what happens at once, unless a proxy holds it back";
  const mend = "it must not buffer /api/v1/sse (nginx: proxy_buffering off), nor close it before 60 s";
  return { warning: `${BY_TIME}: the stream of events does not come through the proxy before it; ${mend}` };
}
