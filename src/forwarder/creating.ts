import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Jobs } from "../store/jobs.ts";
import { askName } from "./account-name.ts";
import { memoName, type Plan, withNextId } from "./plan.ts";
import type { Tries } from "./tries.ts";
import { createTurns } from "./turns.ts";
import type { Uploads } from "./uploads.ts";
import { type Done, draftOf, isUncertain, savePlan, type Work, waitForTry } from "./work.ts";

/** Makes the memo of a plan, or finds the one that an earlier try of ours made. Undefined when the job was settled. */
export type Create = (work: Work, plan: Plan) => Promise<Done | undefined>;

export interface CreateDeps {
  readonly memos: MemosClient;
  readonly jobs: Pick<Jobs, "savePlan" | "claim" | "putOff">;
  readonly bindings: Pick<Bindings, "told">;
  readonly uploads: Uploads;
  readonly tries: Tries;
  readonly now: () => number;
}

/**
 * Where ids are ours, asking twice makes one: the memo is under its id or it is not. Where the server chooses them, the
 * plan says since when there may be one, and that is looked for before another is made.
 */
export function createCreate(deps: CreateDeps): Create {
  const { memos, jobs, bindings, uploads, tries, now } = deps;
  const turns = createTurns();

  return async (work, first) => {
    const plan = await uploads.all(work, first, null);
    if (!plan) return undefined;
    const { choosesMemoIds } = await memos.info(work.signal);
    if (choosesMemoIds && plan.create_began_at === null) return make(work, plan);
    // One at a time: what is found was made by this job, or by one that has claimed it.
    return turns(`${work.identity.server} ${work.identity.account}`, async () => {
      const earlier = work.resumed ? await findEarlier(work, plan) : "none";
      if (earlier === "settled") return undefined;
      if (earlier !== "none") return finish(work, earlier);
      const begun = choosesMemoIds ? plan : begin(work, plan);
      return begun && make(work, begun);
    });
  };

  /** Where the server chooses ids: the memo is looked for from here on. A try that is repeated keeps the first time. */
  function begin(work: Work, plan: Plan): Plan | undefined {
    if (plan.create_began_at !== null && plan.memo_name === null) return plan;
    return savePlan(jobs, work, { ...plan, memo_name: null, create_began_at: plan.create_began_at ?? now() });
  }

  /** `settled`: the job was put off or its lease lost. */
  async function findEarlier(work: Work, plan: Plan): Promise<Done | "none" | "settled"> {
    const memo = await read(work, memoName(plan));
    if (memo && (await isOurs(work, memo))) return { plan, memo };
    // A name that was known and is gone was deleted.
    if (plan.create_began_at === null || plan.memo_name !== null) return "none";
    const from = tries.settledAt(work.leased.job.id);
    if (now() < from) {
      waitForTry(jobs, work.leased, from);
      return "settled";
    }
    const { token, identity, signal } = work;
    const since = new Date(plan.create_began_at);
    for (const made of await memos.findMade(token, identity.account, draftOf(plan), since, signal)) {
      const claimed = claim(work, plan, made);
      if (claimed !== "taken") return claimed;
    }
    return "none";
  }

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found", "forbidden")) return undefined;
      throw error;
    }
  }

  /** The account may have got another name since it was last asked. */
  async function isOurs({ identity, binding, token, signal }: Work, memo: Memo): Promise<boolean> {
    if (memo.creator === identity.account) return true;
    const named = await askName({ memos, bindings }, binding, token, signal);
    return named?.account === memo.creator;
  }

  function claim(work: Work, plan: Plan, memo: Memo): Done | "taken" | "settled" {
    const named = { ...plan, memo_name: memo.name };
    const what = { server: work.identity.server, name: memo.name };
    const claimed = jobs.claim(work.leased.lease, what, JSON.stringify(named));
    if (claimed === "claimed") return { plan: named, memo };
    return claimed === "lost" ? "settled" : "taken";
  }

  /** What the try that was interrupted could not do. Content and visibility are the person's by now. */
  async function finish({ token, signal }: Work, { plan, memo }: Done): Promise<Done> {
    const draft = draftOf(plan);
    const finished = await memos.finishMemo(token, memo, draft, signal);
    const dated = Date.parse(finished.createTime) === Date.parse(plan.create_time);
    // Begun on a version that sets no time, found on one that sets it by the create alone.
    if (dated || plan.create_began_at === null) return { plan, memo: finished };
    const createTime = new Date(plan.create_time);
    return { plan, memo: await memos.updateMemo(token, finished.name, { createTime }, signal) };
  }

  async function make(work: Work, first: Plan): Promise<Done | undefined> {
    let plan: Plan | undefined = first;
    while (plan) {
      const made = await createOrFind(work, plan);
      if (made === "taken") {
        plan = savePlan(jobs, work, withNextId(plan, work.identity));
        continue;
      }
      if (made === "no_public") {
        plan = savePlan(jobs, work, { ...plan, visibility: "PROTECTED", public_refused: true });
        continue;
      }
      if (made.name === memoName(plan)) return { plan, memo: made };
      const claimed = claim(work, plan, made);
      if (claimed === "taken") throw new Error(`Memos gave a new memo the name of another: ${made.name}`);
      return claimed === "settled" ? undefined : claimed;
    }
    return undefined;
  }

  /** The memo under the planned id: made now, or by an earlier try of ours whose answer was lost. */
  async function createOrFind(work: Work, plan: Plan): Promise<Memo | "taken" | "no_public"> {
    const { token, signal } = work;
    try {
      return await memos.createMemo(token, draftOf(plan), signal);
    } catch (error) {
      tries.failed(work.leased.job.id);
      if (!isUncertain(error)) throw error;
      if (error.reason === "public_disallowed" && plan.visibility === "PUBLIC") return "no_public";
      // Memos commits the memo before its files, and an answer can be lost: only a GET tells what is there.
      const found = await read(work, `memos/${plan.memo_id}`);
      if (!found && error.kind !== "exists") throw error;
      if (!found || !(await isOurs(work, found))) return "taken";
      return memos.finishMemo(token, found, draftOf(plan), signal);
    }
  }
}
