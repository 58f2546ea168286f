import { administers, hearsAll, memberOf } from "../../chat/administrators.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import type { TelegramApi } from "../../telegram/api.ts";
import { type Finding, type Line, lineOf, within } from "./finding.ts";

const MOST = 200;

/** Whether the bot gets all that is said where everything is to be saved. Why Telegram cannot be asked is said by the bot's line. */
export async function checkChats(
  store: ReadOnlyStore | null,
  api: TelegramApi,
  botId: number,
): Promise<Line[]> {
  const given = (store?.knownChats.list({ limit: MOST, after: null }) ?? []).filter(
    ({ mode }) => mode === "all",
  );
  const lines: Line[] = [];
  for (const chat of given) {
    const check = chat.type === "channel" ? "channel" : "group";
    const isBound = store?.bindings.get(chat.telegram_id ?? 0) !== undefined;
    const look = (signal: AbortSignal) => findingOf({ ...chat, isBound }, api, botId, signal);
    lines.push(...(await lineOf(check, () => within("Telegram", look).catch(() => null))));
  }
  return lines;
}

type Given = ReturnType<ReadOnlyStore["knownChats"]["list"]>[number];

async function findingOf(
  { chat_id, title, type, telegram_id, isBound }: Given & { readonly isBound: boolean },
  api: TelegramApi,
  botId: number,
  signal: AbortSignal,
): Promise<Finding> {
  const name = title ?? String(chat_id);
  const asked = { chat_id, user_id: botId };
  const member = await memberOf(api, asked, signal);
  if (type === "channel" && !administers(member)) {
    return { warning: `${name}: the bot gets its posts as an administrator of it alone: make it one` };
  }
  if (!member) return { warning: `${name}: the bot is not in it any more: add it again` };
  if (type !== "channel" && !(await hearsAll(api, asked, signal))) {
    return {
      warning:
        `${name}: the bot does not hear everything there: make it an administrator of the group, or send /setprivacy to ` +
        "@BotFather, choose the bot and Disable, then remove it from the group and add it again",
    };
  }
  if (!isBound) return { warning: `${name}: what is said there waits, as user ${telegram_id} is not bound` };
  return `${name}: all that is said there is saved for user ${telegram_id}`;
}
