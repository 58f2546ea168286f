import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Jobs } from "../store/queue/jobs.ts";
import { contentHash } from "../store/queue/memo-links.ts";
import type { FindEarlier } from "./create-memo.ts";
import { savePlan, type Work } from "./job-context.ts";
import { attachmentName, attachmentNames, memoName, type Plan, revise, savedFiles, takeUp } from "./plan.ts";
import { mainItem } from "./planned-memo.ts";
import { addedBehind } from "./update-memo.ts";
import type { Uploads } from "./upload-files.ts";

/**
 * The plan to carry out, where one was begun and its messages say something else by now: `next` in its place as long as
 * Memos has nothing of it but files. Otherwise it stays as it is, and what is new comes after it. Undefined when the job
 * was settled instead.
 */
export type Renew = (work: Work, plan: Plan, next: Plan) => Promise<Plan | undefined>;

export function createRenew(deps: {
  memos: Pick<MemosClient, "getMemo">;
  jobs: Pick<Jobs, "savePlan">;
  findEarlier: FindEarlier;
  uploads: Pick<Uploads, "remove">;
}): Renew {
  const { memos, jobs, findEarlier, uploads } = deps;

  return (work, plan, next) =>
    plan.before === null ? first(work, plan, next) : revision(work, plan, plan.before, next);

  async function first(work: Work, plan: Plan, next: Plan): Promise<Plan | undefined> {
    const earlier = await findEarlier(work, plan, mainItem);
    if (earlier === "settled") return undefined;
    if (earlier !== "none") return earlier.plan;
    const renewed = takeUp(plan, next);
    await removeLeft(work, plan, renewed);
    // A create of before may still be under way.
    const replaced = [...(plan.replaced ?? []), contentHash(plan.content)];
    return savePlan(jobs, work, { ...renewed, replaced });
  }

  async function revision(work: Work, plan: Plan, before: Plan, next: Plan): Promise<Plan | undefined> {
    const memo = await read(work, work.leased.job.memo_name ?? memoName(plan));
    if (!memo || !isUntouched(memo, plan, before)) return plan;
    const left = await removeLeft(work, plan, revise(before, takeUp(plan, next)));
    // What the memo holds of it already is taken out as if it had been there before.
    return savePlan(jobs, work, revise({ ...before, files: [...before.files, ...left] }, takeUp(plan, next)));
  }

  /** Files that are not wanted any more, and were not there before. */
  async function removeLeft({ leased, token, signal }: Work, plan: Plan, next: Plan) {
    const kept = [...attachmentNames(next), ...(plan.before ? attachmentNames(plan.before) : [])];
    const left = savedFiles(plan).filter((file) => !kept.includes(attachmentName(file)));
    await uploads.remove(leased, { plan, files: left, token }, signal);
    return left;
  }

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }
}

/** Of a revision nothing was written yet: the words come after the files, and the comments after them. */
function isUntouched(memo: Memo, plan: Plan, before: Plan): boolean {
  const said = ({ rest }: Plan) => JSON.stringify(rest.map(({ content }) => content));
  const isAsBefore = addedBehind(memo.content, before.content) !== null;
  return isAsBefore && (plan.content !== before.content || said(plan) === said(before));
}
