import { messageOf } from "../../base/errors.ts";
import { linkTrouble } from "../../chat/memo-urls.ts";
import type { Config } from "../../config/config.ts";
import type { MemosClient } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { accountText } from "../format.ts";
import { type Finding, failure, type Line, lineOf, within } from "./finding.ts";

/** Which Memos answers. */
export async function checkMemos({ memosUrl }: Config, memos: MemosClient): Promise<Finding> {
  const { version, note } = await within(`Memos at ${memosUrl}`, memos.info);
  const found = `${version} at ${memosUrl}`;
  return note ? { warning: `${found}. ${note}` } : found;
}

/** Whether links to memos work in the chat. */
export async function checkLinks(
  { memosUrl, memosPublicUrl }: Pick<Config, "memosUrl" | "memosPublicUrl">,
  memos: Pick<MemosClient, "info">,
): Promise<Finding> {
  const info = await within("Memos", memos.info).catch(() => null);
  const base = memosPublicUrl ?? info?.instanceUrl ?? memosUrl;
  const warning = linkTrouble(base, memosPublicUrl);
  return warning === null ? `begin with ${base}` : { warning };
}

/** Whether each person's access token still opens the account: a line each. */
export async function checkBindings(store: ReadOnlyStore | null, memos: MemosClient): Promise<Line[]> {
  const people = store?.bindings.list() ?? [];
  const instead = (finding: Finding) => lineOf("bindings", () => finding);
  if (!store || people.length === 0) {
    return instead("nobody is bound yet: send the bot /start, or run `memoferry bind`");
  }
  const unchecked = (why: string) => instead({ warning: `${people.length} not checked: ${why}` });
  if (store.key !== "fits") return unchecked("their tokens cannot be opened without the key");
  const info = await within("Memos", memos.info).catch(() => null);
  if (info === null) return unchecked("Memos cannot be asked");
  const lines: Line[] = [];
  for (const binding of people) {
    lines.push(...(await lineOf(`user ${binding.telegram_id}`, () => bindingFinding(binding, store, memos))));
  }
  return lines;
}

async function bindingFinding(binding: Binding, store: ReadOnlyStore, memos: MemosClient): Promise<Finding> {
  const { telegram_id, account, display_name, memos_username, server, state, paused_reason } = binding;
  let who = accountText(account, display_name);
  const mend = "send the bot /bind with a new access token, or run `memoferry bind`";
  if (server !== memos.server) {
    throw failure(
      `${who} is bound on ${server}, and MEMOS_URL is another server, which gets no token: set MEMOS_URL back, bind anew, ` +
        "or run `memoferry bindings --move` if it is the same server",
    );
  }
  const token = store.bindings.accessToken(telegram_id);
  if (!token) throw failure(`${who}: the access token was forgotten: ${mend}`);
  const found = await within("Memos", (signal) => memos.whoAmI(token, signal)).catch((error: unknown) => {
    if (isMemosError(error, "token_refused")) throw failure(`${who}: ${messageOf(error)}: ${mend}`);
    return messageOf(error);
  });
  if (typeof found === "string") return { warning: `${who}: not known: ${found}` };
  if (found.name !== account) {
    if (found.username !== memos_username) {
      throw failure(`${who}: the access token belongs to ${found.name} by now: ${mend}`);
    }
    who += `, named ${found.name} since Memos was upgraded or set back`;
  }
  if (state === "active") return who;
  const reason = paused_reason === null ? "" : ` (${paused_reason})`;
  return {
    warning: `${who} is paused${reason}, but the token is good: it goes on by itself within an hour of running`,
  };
}
