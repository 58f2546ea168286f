import { and, eq } from "drizzle-orm";
import type { Drizzle } from "../db/database.ts";
import { fact, setFact } from "../db/facts.ts";
import { chats } from "../db/schema.ts";
import type { Transitions } from "../queue/transitions.ts";

/**
 * What is remembered of groups. One that becomes a supergroup is another chat from then on, in which message ids begin
 * anew: whatever was said before keeps its chat and its id, and only what is done from now on is done in the new one.
 */
export interface Groups {
  /** Within the caller's transaction: what waits goes on in its order, before what is sent in the supergroup. */
  migrated(from: number, to: number): void;
  /** The chat that goes on: of a group that became a supergroup that one, of any other the chat itself. */
  home(chatId: number): number;
  /** True at most once an hour and group. */
  claimHint(chatId: number, now: number): boolean;
}

/** A private chat's id is above 0. */
export const isGroup = ({ chat_id }: { readonly chat_id: number | null }) => (chat_id ?? 0) < 0;

const HOUR_MS = 3_600_000;

export function createGroups(deps: {
  drizzle: Drizzle;
  transitions: Pick<Transitions, "moveLane">;
  botId: number;
}): Groups {
  const { drizzle, transitions, botId } = deps;
  const nameOf = (chatId: number) => `supergroup_of:${chatId}`;

  function home(chatId: number): number {
    // Only groups and channels have ids below 0.
    const became = chatId < 0 ? fact(drizzle, nameOf(chatId)) : undefined;
    return became === undefined ? chatId : Number(became);
  }

  return {
    home,

    migrated(from, to) {
      if (home(from) === to) return;
      setFact(drizzle, nameOf(from), String(to));
      transitions.moveLane(String(from), String(to));
    },

    claimHint(chatId, now) {
      const chat_id = home(chatId);
      const hinted = drizzle
        .select({ at: chats.hinted_at })
        .from(chats)
        .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, chat_id)))
        .get()?.at;
      // A time ahead of now is a clock that was set back: it counts as long ago.
      if (hinted != null && hinted <= now && hinted > now - HOUR_MS) return false;
      drizzle
        .insert(chats)
        .values({ bot_id: botId, chat_id, hinted_at: now })
        .onConflictDoUpdate({ target: [chats.bot_id, chats.chat_id], set: { hinted_at: now } })
        .run();
      return true;
    },
  };
}
