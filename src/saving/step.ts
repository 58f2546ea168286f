import type { Work } from "./job-context.ts";
import type { Aim } from "./terms.ts";

/** Something was written down that the work begins anew with. */
export const AGAIN = "again";

/** The work on one job, as its steps see it. */
export interface Step {
  readonly work: Work;
  readonly aim: Aim;
  /** Accepted in this run and never tried: nothing of it can be in Memos. */
  readonly isFresh: boolean;
  /** Whether the server chooses the ids. */
  readonly chosen: { readonly memos: boolean; readonly files: boolean };
}

/** Tags that were added at the end since, by a command or by hand, are no change of what was said. */
const LAST_TAG = /\s+#\S+\s*$/u;

/** The tags that stand behind what we wrote by now; null where that is not ours any more. */
export function addedBehind(content: string, isOurs: (content: string) => boolean): string | null {
  for (let written = content; ; written = written.replace(LAST_TAG, "")) {
    if (isOurs(written)) return content.slice(written.length);
    if (!LAST_TAG.test(written)) return null;
  }
}
