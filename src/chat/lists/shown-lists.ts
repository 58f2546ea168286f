import type { Clock } from "../../base/clock.ts";

/** A list of memos that was shown in the chat: its pages stay as they were while memos are added. */
export interface ShownList {
  /** Short enough for a button. */
  readonly id: number;
  readonly telegram_id: number;
  readonly kind: "search" | "recent" | "today";
  readonly query: string;
  readonly memo_names: readonly string[];
}

/** Of some kilobytes each. */
const MOST_LISTS = 200;

/** The last lists that were shown, in memory. Ids count from the time of the start: a button from before it finds none. */
export function createShownLists(clock: Pick<Clock, "now">) {
  let nextId = clock.now();
  const lists = new Map<number, ShownList>();
  return {
    add(shown: Omit<ShownList, "id">): ShownList {
      const list = { ...shown, id: nextId++ };
      lists.set(list.id, list);
      lists.delete(list.id - MOST_LISTS);
      return list;
    },
    get: (id: number): ShownList | undefined => lists.get(id),
  };
}

export type ShownLists = ReturnType<typeof createShownLists>;
