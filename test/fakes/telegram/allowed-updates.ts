import { decodeJson } from "./json.ts";

/** Kinds that the server of our time knows. */
const updateKinds = (
  "message edited_message channel_post edited_channel_post business_connection business_message " +
  "edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count " +
  "inline_query chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media " +
  "poll poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost managed_bot " +
  "subscription stopped_message_generation"
).split(" ");

const onlyOnRequest = new Set(["chat_member", "message_reaction", "message_reaction_count"]);

export type AllowedUpdates = ReturnType<typeof createAllowedUpdates>;

/** The bot's choice of update kinds: kept over restarts, shared by getUpdates and setWebhook. */
export function createAllowedUpdates() {
  /** Undefined while the default holds. */
  let list: string[] | undefined;
  return {
    get list() {
      return list;
    },
    /** Takes over a new list. Absent or malformed text changes nothing; a list without known names means the default. */
    update(text: string): void {
      const names = decodeJson(text);
      if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) return;
      const wanted = new Set(names.map((name) => String(name).toLowerCase()));
      const known = updateKinds.filter((kind) => wanted.has(kind));
      list = known.length > 0 ? known : undefined;
    },
    allows: (kind: string) => (list ? list.includes(kind) : !onlyOnRequest.has(kind)),
  };
}
