import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { MemoPlace } from "../messages/content-read.ts";
import type { Create } from "./create-memo.ts";
import type { Work } from "./job-context.ts";
import type { KeyedMutex } from "./keyed-mutex.ts";
import {
  attachmentName,
  attachmentNames,
  commentKey,
  commentName,
  type Plan,
  type PlannedComment,
  savedFiles,
} from "./plan.ts";
import { mainItem, restItem } from "./planned-memo.ts";
import type { Uploads } from "./upload-files.ts";

/**
 * Brings a memo up to date with an edit, a late part or a follower of its messages. The memo is the person's by now:
 * what they changed there goes first. Undefined when the job was settled instead.
 */
export type Revise = (
  work: Work,
  plan: Plan,
  name: string,
) => Promise<{ readonly plan: Plan; readonly memo: Memo } | LeftToThem | undefined>;

/**
 * Why what a memo says stays as the person has it. `gone`: they deleted it. `changed`: they changed what the edit would
 * change. `moved`: they did, but its place is where the plan has it.
 */
export type LeftToThem = "gone" | "changed" | "moved";

export interface ReviseDeps {
  readonly memos: MemosClient;
  readonly uploads: Uploads;
  readonly create: Create;
  /** One at a time for each memo: who writes what they have read must not write over what came between. */
  readonly mutex: KeyedMutex;
}

export function createRevise({ memos, uploads, create, mutex }: ReviseDeps): Revise {
  return (work, plan, name) => mutex(name, () => revise(work, plan, name));

  async function revise(work: Work, plan: Plan, name: string): ReturnType<Revise> {
    const before = plan.before ?? plan;
    const found = await read(work, name);
    if (!found) return "gone";
    const added = addedBehind(found.content, before.content) ?? addedBehind(found.content, plan.content);
    const comments = await readComments(work, before, plan);
    const overwrite = work.leased.job.requested_action === "overwrite";
    const isTheirs =
      (added === null && plan.content !== before.content) ||
      comments.some(({ change }) => change === "theirs");
    // All of it is looked at before any of it is written: half an edit is none.
    if (isTheirs && !overwrite) return (await follow(work, plan, found)) ? "moved" : "changed";
    const withFiles = await bringFiles(work, plan, found);
    if (!withFiles) return undefined;
    const { plan: brought } = withFiles;
    const behind = added ?? (overwrite ? "" : null);
    const memo = await write(work, brought, withFiles.memo, behind);
    // A file that turned out to be too large is named in one more.
    const changes =
      brought.rest.length === plan.rest.length ? comments : await readComments(work, before, brought);
    const rest = await bringRest(work, brought, changes, plan.reply.parent ?? name);
    return rest && { plan: rest, memo };
  }

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  /** A place that is shared live goes on under the words that are the person's by now, unless it is theirs as well. */
  async function follow({ token, signal }: Work, plan: Plan, memo: Memo): Promise<boolean> {
    const { location: from } = plan.before ?? plan;
    const { location: to } = plan;
    if (!from || !to || isSamePlace(from, to)) return false;
    // The answer to the write below may have been lost.
    if (isSamePlace(memo.location, to)) return true;
    if (!isSamePlace(memo.location, from)) return false;
    await memos.updateMemo(token, memo.name, { location: to }, signal);
    return true;
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
    // What was there before and is gone was deleted by the person.
    const held = found.attachments.map((file) => file.name);
    const attachments = attachmentNames(uploaded).filter(
      (name) => fresh.includes(name) || held.includes(name),
    );
    const draft = { ...mainItem.draft(uploaded), attachments, createTime: null };
    const memo = fresh.length === 0 ? found : await memos.finishMemo(token, found, draft, signal);
    const kept = attachmentNames(uploaded);
    for (const file of savedFiles(before)) {
      // A message that is not at hand any more keeps its files.
      if (kept.includes(attachmentName(file)) || !plan.message_ids.includes(file.message_id)) continue;
      await memos.deleteAttachment(token, attachmentName(file), signal).catch((error: unknown) => {
        if (!isMemosError(error, "not_found")) throw error;
      });
    }
    return { plan: uploaded, memo };
  }

  /** In one call, and none where nothing is new. `added` stands behind the content; null: the content is the person's. */
  async function write({ token, signal }: Work, plan: Plan, memo: Memo, added: string | null): Promise<Memo> {
    const before = plan.before ?? plan;
    const content = plan.content + (added ?? "");
    const newContent = added !== null && plan.content !== before.content && memo.content !== content;
    const newPlace = !isSamePlace(plan.location, before.location);
    if (!newContent && !newPlace) return memo;
    return memos.updateMemo(
      token,
      memo.name,
      { ...(newContent && { content }), ...(newPlace && { location: plan.location ?? null }) },
      signal,
    );
  }

  /** What is to be done with the comments that go on with it. Those that say the same are left alone, whatever became of them. */
  async function readComments(work: Work, before: Plan, plan: Plan): Promise<CommentChange[]> {
    const changes: CommentChange[] = [];
    const keys = before.rest.map((_, at) => commentKey(before.rest, at));
    for (const at of plan.rest.keys()) {
      const earlier = before.rest[keys.indexOf(commentKey(plan.rest, at))];
      if (!earlier) changes.push({ change: "new", at });
      else await look(earlier, at);
    }
    const left = new Set(plan.rest.keys().map((at) => commentKey(plan.rest, at)));
    for (const [at, earlier] of before.rest.entries()) {
      if (!left.has(keys[at] ?? "")) await look(earlier, null);
    }
    return changes;

    async function look(earlier: PlannedComment, at: number | null): Promise<void> {
      const content = at === null ? null : (plan.rest[at]?.content ?? earlier.content);
      if (content === earlier.content) return;
      const name = commentName(earlier);
      const found = await read(work, name);
      const isOurs = found !== undefined && (found.content === earlier.content || found.content === content);
      // What is not needed any more stays where the person has changed it.
      if (content === null || at === null) {
        if (isOurs) changes.push({ change: "surplus", name });
        return;
      }
      if (!found) changes.push({ change: "new", at });
      else if (found.content !== content) changes.push({ change: isOurs ? "ours" : "theirs", name, content });
    }
  }

  /** The comments that go on with it: changed, added, and taken away. */
  async function bringRest(
    work: Work,
    first: Plan,
    changes: readonly CommentChange[],
    parent: string,
  ): Promise<Plan | undefined> {
    const { token, signal } = work;
    let plan = first;
    for (const change of changes) {
      switch (change.change) {
        case "ours":
        case "theirs":
          await memos.updateMemo(token, change.name, { content: change.content }, signal);
          break;
        case "surplus":
          await memos.deleteMemo(token, change.name, signal);
          break;
        case "new": {
          const made = await create(work, plan, restItem(change.at, parent));
          if (made === undefined) return undefined;
          // The memo was deleted this moment.
          if (made === "parent_gone") return plan;
          plan = made.plan;
          break;
        }
        default:
          change satisfies never;
      }
    }
    return plan;
  }
}

/** `theirs`: it is not as it was last written, so the person changed it. `new`: it is not there, or not any more. */
type CommentChange =
  | { readonly change: "ours" | "theirs"; readonly name: string; readonly content: string }
  | { readonly change: "surplus"; readonly name: string }
  | { readonly change: "new"; readonly at: number };

/** Tags that were added at the end since, by a command or by hand, are no change of what was said. */
const ADDED_TAGS = /^\s+#\S+(?:\s+#\S+)*\s*$/u;

/** The tags that stand behind what we wrote by now; null where that is not ours any more. */
export function addedBehind(content: string, written: string): string | null {
  if (content === written) return "";
  const added = content.startsWith(written) ? content.slice(written.length) : "";
  return ADDED_TAGS.test(added) ? added : null;
}

function isSamePlace(left: MemoPlace | undefined, right: MemoPlace | undefined): boolean {
  return (
    left?.latitude === right?.latitude &&
    left?.longitude === right?.longitude &&
    left?.placeholder === right?.placeholder
  );
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
