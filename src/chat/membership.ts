import { chatAlone } from "../domain/outgoing.ts";
import { isInGroup } from "../messages/addressed.ts";
import { button, type Message, say } from "../replies/messages.ts";
import { isOut } from "../store/intake/chats.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { administers, hearsAll, isAdministrator, readsAll } from "./administrators.ts";
import { channelName } from "./channels.ts";
import type { ChatContext, Worked } from "./context.ts";

/**
 * What is said in private once the bot was made something else in a channel or a group: to who did it, or to whose memos
 * what is said there becomes.
 */
export function createMembership({ api, botId, chats, identity, textsFor, admission }: ChatContext) {
  return async (
    { job: { telegram_id, chat_id }, updates }: LeasedJob,
    signal: AbortSignal,
  ): Promise<Worked> => {
    const change = updates[0]?.update.my_chat_member;
    if (!change || telegram_id === null || chat_id === null || !admission.isAllowed(telegram_id)) {
      return { owed: [] };
    }
    const texts = textsFor(telegram_id);
    const tell = (told: Message): Worked => ({ owed: [say(chatAlone(telegram_id), told)] });
    const isGiven = chats.of(chat_id)?.mode === "all";
    if (isInGroup(change)) {
      const group = change.chat.title ?? "";
      const { old_chat_member: before, new_chat_member: now } = change;
      if (isOut(now.status)) return tell({ text: texts.groupLost({ group }) });
      if (!isGiven) {
        const mayGive = await isAdministrator(api, { chat_id, user_id: telegram_id }, signal);
        return mayGive ? tell({ text: texts.groupAdded({ group }) }) : { owed: [] };
      }
      if (!(await hearsAll(api, { chat_id, user_id: botId }, signal))) {
        return tell({ text: texts.hearsLittle({ group, bot: identity.name().username ?? "" }) });
      }
      // As a plain member it did not hear everything, and its owner was told so then.
      const isNews = !isOut(before?.status) && !administers(before) && !(await readsAll(api, signal));
      return isNews ? tell({ text: texts.hearsAll({ group }) }) : { owed: [] };
    }
    const channel = channelName(texts, change.chat);
    const save = button(texts.channelSave, { ask: "bind_chat", chat_id });
    const told = isGiven
      ? { text: texts.channelLost({ channel }) }
      : { text: texts.channelOffer({ channel }), buttons: [[save]] };
    return tell(told);
  };
}
