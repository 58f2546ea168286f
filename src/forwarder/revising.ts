import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Create } from "./creating.ts";
import { mainItem, restItem } from "./item.ts";
import {
  attachmentName,
  attachmentNames,
  commentKey,
  commentName,
  type Plan,
  type PlannedComment,
  savedFiles,
} from "./plan.ts";
import type { Uploads } from "./uploads.ts";
import type { Work } from "./work.ts";

/**
 * Brings a memo up to date with an edit, a late part or a follower of its messages. The memo is the person's by now:
 * what they changed there goes first. `gone`: they deleted it. `changed`: they changed what the edit would change.
 * Undefined when the job was settled instead.
 */
export type Revise = (
  work: Work,
  plan: Plan,
  name: string,
) => Promise<{ readonly plan: Plan; readonly memo: Memo } | "gone" | "changed" | undefined>;

export interface ReviseDeps {
  readonly memos: MemosClient;
  readonly uploads: Uploads;
  readonly create: Create;
  /** The memo is not to be deleted any more, although somebody pressed [Delete] a moment ago. */
  readonly keep: (memo: { server: string; memo_name: string }) => void;
}

export function createRevise({ memos, uploads, create, keep }: ReviseDeps): Revise {
  return async (work, plan, name) => {
    const { identity } = work;
    const before = plan.before ?? plan;
    const found = await read(work, name);
    if (!found) return "gone";
    const added = addedSince(found.content, before, plan);
    const overwrite = work.leased.job.wish === "overwrite";
    if (added === null && plan.content !== before.content && !overwrite) return "changed";
    keep({ server: identity.server, memo_name: name });
    const withFiles = await bringFiles(work, plan, found);
    if (!withFiles) return undefined;
    const memo = await write(work, withFiles.plan, withFiles.memo, added ?? "");
    const rest = await bringRest(work, withFiles.plan, plan.reply.parent ?? name);
    return rest && { plan: rest, memo };
  };

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  /** Adds new files and takes away those that the edit took away; what the person added or deleted stays so. */
  async function bringFiles(
    work: Work,
    plan: Plan,
    found: Memo,
  ): Promise<{ plan: Plan; memo: Memo } | undefined> {
    const { token, signal } = work;
    const before = plan.before ?? plan;
    const known = attachmentNames(before);
    const untouched = sameNames(
      found.attachments.map((file) => file.name),
      known,
    );
    // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
    const uploaded = await uploads.all({ ...work, resumed: true }, plan, untouched ? null : found.name);
    if (!uploaded) return undefined;
    const fresh = attachmentNames(uploaded).filter((name) => !known.includes(name));
    const draft = { ...mainItem.draft(uploaded), createTime: null };
    const memo = fresh.length === 0 ? found : await memos.finishMemo(token, found, draft, signal);
    const kept = attachmentNames(uploaded);
    for (const file of savedFiles(before)) {
      // A message that left the plan took its files along.
      if (kept.includes(attachmentName(file)) || !plan.message_ids.includes(file.message_id)) continue;
      await memos.deleteAttachment(token, attachmentName(file), signal).catch((error: unknown) => {
        if (!isMemosError(error, "not_found")) throw error;
      });
    }
    return { plan: uploaded, memo };
  }

  /** In one call, and none where nothing is new. */
  async function write({ token, signal }: Work, plan: Plan, memo: Memo, added: string): Promise<Memo> {
    const before = plan.before ?? plan;
    const content = plan.content + added;
    const newContent = plan.content !== before.content && memo.content !== content;
    const newPlace = JSON.stringify(plan.location) !== JSON.stringify(before.location);
    if (!newContent && !newPlace) return memo;
    return memos.updateMemo(
      token,
      memo.name,
      { ...(newContent && { content }), ...(newPlace && { location: plan.location ?? null }) },
      signal,
    );
  }

  /** The comments that go on with it: changed, added, and taken away where the person has not changed them. */
  async function bringRest(work: Work, first: Plan, parent: string): Promise<Plan | undefined> {
    let plan = first;
    const before = first.before ?? first;
    for (const at of first.rest.keys()) {
      const key = commentKey(first.rest, at);
      const earlier = before.rest.find((_, index) => commentKey(before.rest, index) === key);
      if (earlier) {
        await changeComment(work, earlier, plan.rest[at]?.content ?? earlier.content);
        continue;
      }
      const made = await create(work, plan, restItem(at, parent));
      if (made === undefined) return undefined;
      // The memo was deleted this moment.
      if (made === "parent_gone") return plan;
      plan = made.plan;
    }
    const left = new Set(first.rest.keys().map((at) => commentKey(first.rest, at)));
    for (const [at, earlier] of before.rest.entries()) {
      if (!left.has(commentKey(before.rest, at))) await changeComment(work, earlier, null);
    }
    return plan;
  }

  async function changeComment(work: Work, earlier: PlannedComment, content: string | null): Promise<void> {
    const { token, signal } = work;
    if (content === earlier.content) return;
    const name = commentName(earlier);
    const found = await read(work, name);
    // Deleted or changed in Memos: theirs goes first.
    if (found?.content !== earlier.content) return;
    if (content === null) await memos.deleteMemo(token, name, signal);
    else await memos.updateMemo(token, name, { content }, signal);
  }
}

/** Tags that were added at the end since, by a command or by hand, are no change of what was said. */
const ADDED_TAGS = /^\s+#\S+(?:\s+#\S+)*\s*$/u;

/** What stands behind our content by now; null where that is not ours any more. */
function addedSince(content: string, before: Plan, plan: Plan): string | null {
  for (const written of [before.content, plan.content]) {
    if (content === written) return "";
    const added = content.startsWith(written) ? content.slice(written.length) : "";
    if (ADDED_TAGS.test(added)) return added;
  }
  return null;
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
