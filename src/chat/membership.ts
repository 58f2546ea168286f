import { chatAlone } from "../domain/outgoing.ts";
import { button, say } from "../replies/messages.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { channelName } from "./channels.ts";
import type { ChatContext, Worked } from "./context.ts";

/** What is said in private once the bot was made something else in a channel: to who did it, or to whose memos its posts become. */
export function createMembership({ chats, textsFor, admission }: ChatContext) {
  return async ({ job: { telegram_id, chat_id }, updates }: LeasedJob): Promise<Worked> => {
    const change = updates[0]?.update.my_chat_member;
    if (!change || telegram_id === null || chat_id === null || !admission.isAllowed(telegram_id)) {
      return { owed: [] };
    }
    const texts = textsFor(telegram_id);
    const channel = channelName(texts, change.chat);
    const isGiven = chats.of(chat_id)?.mode === "all";
    const save = button(texts.channelSave, { ask: "bind_chat", chat_id });
    const told = isGiven
      ? { text: texts.channelLost({ channel }) }
      : { text: texts.channelOffer({ channel }), buttons: [[save]] };
    return { owed: [say(chatAlone(telegram_id), told)] };
  };
}
