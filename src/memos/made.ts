import type { CommentDraft, Memo } from "./types.ts";

/** As Memos keeps times. In milliseconds since the epoch. */
export const wholeSeconds = (time: Date) => Math.floor(time.getTime() / 1000) * 1000;

/**
 * Those of the memos that an earlier try of this create, begun at `begun` by the server's clock, may have made: what was
 * made has the server's time, what was finished the draft's. One that holds a file of the draft is surely of it and
 * stands first, the others the oldest first.
 */
export function madeOf(draft: CommentDraft, memos: readonly Memo[], begun: Date): Memo[] {
  const content = draft.content.toWellFormed();
  const dated = draft.createTime && wholeSeconds(draft.createTime);
  const holds = (memo: Memo) => memo.attachments.some(({ name }) => draft.attachments.includes(name));
  const time = ({ createTime }: Memo) => Date.parse(createTime);
  return memos
    .filter(
      (memo) =>
        memo.content === content &&
        (draft.attachments.length === 0 || memo.attachments.length === 0 || holds(memo)) &&
        (time(memo) >= begun.getTime() || time(memo) === dated),
    )
    .toSorted((a, b) => Number(holds(b)) - Number(holds(a)) || time(a) - time(b));
}
