import { textOf } from "../base/read-values.ts";
import { isObject } from "./answers.ts";
import { MemosError } from "./errors.ts";
import type { Session } from "./session.ts";

/** Somebody's reaction to a memo. */
export interface Reaction {
  /** Where it is deleted. */
  readonly name: string;
  /** `users/alice`, comparable with the name of a `MemosAccount`. */
  readonly creator: string;
  /** An emoji, or whatever Memos was once given. */
  readonly type: string;
}

/** What 0.22 calls them: it knows no others. */
const WORDS: Readonly<Record<string, string>> = {
  "👍": "THUMBS_UP",
  "👎": "THUMBS_DOWN",
  "❤️": "HEART",
  "🔥": "FIRE",
  "👏": "CLAPPING_HANDS",
  "😂": "LAUGH",
  "👌": "OK_HAND",
  "🚀": "ROCKET",
  "👀": "EYES",
  "🤔": "THINKING_FACE",
  "🤡": "CLOWN_FACE",
  "❓": "QUESTION_MARK",
};

export async function reactions({ ask, at }: Session, memo: string): Promise<Reaction[]> {
  const { reactions: rows } = await ask({ method: "GET", path: `/api/v1/${await at.memo(memo)}/reactions` });
  return (Array.isArray(rows) ? rows : []).map((row): Reaction => {
    if (!isObject(row)) throw new MemosError("server", "Memos answered something that is no reaction");
    const { name, id, creator, reactionType } = row;
    const type = textOf(reactionType);
    return {
      name: textOf(name) || `reactions/${id}`,
      creator: textOf(creator),
      type: Object.entries(WORDS).find(([, word]) => word === type)?.[0] ?? type,
    };
  });
}

/** Done if it was there. Kind `invalid` where the version does not know it. */
export async function addReaction(
  session: Session,
  account: string,
  memo: string,
  type: string,
): Promise<void> {
  if (await own(session, account, memo, type)) return;
  const { ask, at, dialect } = session;
  const contentId = await at.memo(memo);
  const reactionType = dialect.reactionsAreWords ? WORDS[type] : type;
  if (reactionType === undefined) throw new MemosError("invalid", `this Memos has no reaction ${type}`);
  const body = { reaction: { contentId, reactionType } };
  try {
    await ask({ method: "POST", path: `/api/v1/${contentId}/reactions`, body });
  } catch (error) {
    // The same one twice is a 500.
    if (!(await own(session, account, memo, type))) throw error;
  }
}

/** Done if it was not there. */
export async function removeReaction(
  session: Session,
  account: string,
  memo: string,
  type: string,
): Promise<void> {
  const found = await own(session, account, memo, type);
  if (found) await session.ask({ method: "DELETE", path: `/api/v1/${found.name}` });
}

async function own(session: Session, account: string, memo: string, type: string) {
  const all = await reactions(session, memo);
  return all.find((one) => one.creator === account && one.type === type);
}
