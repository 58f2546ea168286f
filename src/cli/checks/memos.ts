import { messageOf } from "../../base/errors.ts";
import { linkTrouble } from "../../chat/memo-urls.ts";
import type { Config } from "../../config/config.ts";
import type { MemosClient } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { accountText } from "../bind.ts";
import { fail, type Line, ok, warning, within } from "./line.ts";

/** Which Memos answers, and whether its links work in the chat. */
export async function checkMemos(
  { memosUrl, memosPublicUrl }: Pick<Config, "memosUrl" | "memosPublicUrl">,
  memos: MemosClient,
): Promise<Line[]> {
  const info = await within(`Memos at ${memosUrl}`, memos.info).catch(failed);
  if ("check" in info) return [info, ...linksLines(memosPublicUrl, memosPublicUrl ?? memosUrl)];
  const found = `${info.version} at ${memosUrl}`;
  return [
    info.note ? warning("memos", `${found}. ${info.note}`) : ok("memos", found),
    ...linksLines(memosPublicUrl, memosPublicUrl ?? info.instanceUrl ?? memosUrl),
  ];
}

function failed(error: unknown): Line {
  return fail("memos", messageOf(error));
}

function linksLines(given: string | null, base: string): Line[] {
  const trouble = linkTrouble(base, given);
  return [trouble === null ? ok("links", `begin with ${base}`) : warning("links", trouble)];
}

const AT_ONCE = 4;

/** Whether each person's access token still opens the account. */
export async function checkBindings(look: ReadOnlyStore | null, memos: MemosClient): Promise<Line[]> {
  const people = look?.bindings.list({ limit: look.bindings.count(), after: null }) ?? [];
  if (!look || people.length === 0) {
    return [ok("bindings", "nobody is bound yet: send the bot /start, or run `memoferry bind`")];
  }
  if (look.key !== "fits") {
    return [
      warning("bindings", `${people.length} not checked: their tokens cannot be opened without the key`),
    ];
  }
  const answers = await within("Memos", memos.info).then(
    () => true,
    () => false,
  );
  if (!answers) return [warning("bindings", `${people.length} not checked: Memos cannot be asked`)];
  const lines: Line[] = [];
  for (let at = 0; at < people.length; at += AT_ONCE) {
    const some = people.slice(at, at + AT_ONCE);
    lines.push(...(await Promise.all(some.map((binding) => bindingLine(binding, look, memos)))));
  }
  return lines;
}

async function bindingLine(binding: Binding, look: ReadOnlyStore, memos: MemosClient): Promise<Line> {
  const { telegram_id, account, display_name, memos_username, server, state, paused_reason } = binding;
  const name = `user ${telegram_id}`;
  let who = accountText(account, display_name);
  const mend = "send the bot /bind with a new access token, or run `memoferry bind`";
  if (server !== memos.server) {
    return fail(
      name,
      `${who} is bound on ${server}, and MEMOS_URL is another server, which gets no token: set MEMOS_URL back, bind anew, ` +
        "or run `memoferry bindings --move` if it is the same server",
    );
  }
  const token = look.bindings.accessToken(telegram_id);
  if (!token) return fail(name, `${who}: the access token was forgotten: ${mend}`);
  try {
    const found = await within("Memos", (signal) => memos.whoAmI(token, signal));
    if (found.name !== account) {
      if (found.username !== memos_username) {
        return fail(name, `${who}: the access token belongs to ${found.name} by now: ${mend}`);
      }
      who += `, named ${found.name} since Memos was upgraded or set back`;
    }
  } catch (error) {
    const text = messageOf(error);
    if (!isMemosError(error, "token_refused")) return warning(name, `${who}: not known: ${text}`);
    return fail(name, `${who}: ${text}: ${mend}`);
  }
  if (state === "active") return ok(name, who);
  const reason = paused_reason === null ? "" : ` (${paused_reason})`;
  return warning(
    name,
    `${who} is paused${reason}, but the token is good: it goes on by itself within an hour of running`,
  );
}
