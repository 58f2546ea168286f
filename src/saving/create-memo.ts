import { isOwn } from "../accounts/account-name.ts";
import type { Memo, MemoDraft, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Bindings } from "../store/accounts/bindings.ts";
import type { Jobs } from "../store/queue/jobs.ts";
import type { Tries } from "./create-attempts.ts";
import { isUncertain, savePlan, type Work, waitForTry } from "./job-context.ts";
import { createKeyedMutex } from "./keyed-mutex.ts";
import { type Plan, withNextId } from "./plan.ts";
import type { Item } from "./planned-memo.ts";

/** What came of a create: the plan as it is by then, and what is in Memos. */
export interface Made {
  readonly plan: Plan;
  readonly memo: Memo;
}

/**
 * Makes a planned memo or comment, or finds the one that an earlier try of ours made. `parent_gone`: there is nothing
 * left to comment on. Undefined when the job was settled instead.
 */
export type Create = (work: Work, plan: Plan, item: Item) => Promise<Made | "parent_gone" | undefined>;

/** What an earlier try of ours made of an item. `settled`: the job was put off or its lease lost. */
export type FindEarlier = (work: Work, plan: Plan, item: Item) => Promise<Made | "none" | "settled">;

export interface CreateDeps {
  readonly memos: MemosClient;
  readonly jobs: Pick<Jobs, "savePlan" | "claim" | "putOff">;
  readonly bindings: Pick<Bindings, "told">;
  readonly tries: Tries;
  readonly now: () => number;
}

/**
 * Where ids are ours, asking twice makes one: the memo is under its id or it is not. Where the server chooses them, the
 * plan says since when there may be one, and that is looked for before another is made.
 */
export function createCreate(deps: CreateDeps): { create: Create; findEarlier: FindEarlier } {
  const { memos, jobs, bindings, tries, now } = deps;
  const mutex = createKeyedMutex();
  // One at a time: what is found was made by this job, or by one that has claimed it.
  const inTurn = <T>({ identity }: Work, look: () => Promise<T>) =>
    mutex(`${identity.server} ${identity.account}`, look);

  return {
    async create(work, plan, item) {
      const { memoIds } = await memos.info(work.signal);
      if (memoIds === "ours" && item.of(plan).began_at === null) return make(work, plan, item);
      return inTurn(work, async () => {
        const earlier = work.resumed ? await findEarlier(work, plan, item) : "none";
        if (earlier === "settled") return undefined;
        if (earlier !== "none") return finish(work, earlier, item);
        const begun = memoIds === "ours" ? plan : begin(work, plan, item);
        return begun && make(work, begun, item);
      });
    },
    findEarlier: (work, plan, item) => inTurn(work, () => findEarlier(work, plan, item)),
  };

  /** Where the server chooses ids: the memo is looked for from here on. A try that is repeated keeps the first time. */
  function begin(work: Work, plan: Plan, item: Item): Plan | undefined {
    const { began_at, name } = item.of(plan);
    if (began_at !== null && name === null) return plan;
    return savePlan(jobs, work, item.known(plan, { name: null, began_at: began_at ?? now() }));
  }

  async function findEarlier(work: Work, plan: Plan, item: Item): Promise<Made | "none" | "settled"> {
    const { name, began_at, parent } = item.of(plan);
    const memo = await readPlaced(work, item.nameIn(plan), parent);
    if (memo && memo !== "hidden" && (await isOurs(work, memo))) return { plan, memo };
    // A name that was known and is gone was deleted.
    if (began_at === null || name !== null) return "none";
    const waitMs = tries.settledInMs(work.leased.job.id);
    if (waitMs > 0) {
      waitForTry(jobs, work.leased, waitMs);
      return "settled";
    }
    for (const made of await findMade(work, item.draft(plan), parent, new Date(began_at))) {
      const claimed = claim(work, plan, item, made);
      if (claimed !== "taken") return claimed;
    }
    return "none";
  }

  async function findMade(
    { token, identity, signal }: Work,
    draft: MemoDraft,
    parent: string | null,
    since: Date,
  ): Promise<Memo[]> {
    if (parent === null) return memos.findMade(token, identity.account, draft, since, signal);
    try {
      return await memos.findMadeComments(token, identity.account, parent, draft, since, signal);
    } catch (error) {
      // With the memo its comments are gone.
      if (isMemosError(error, "not_found")) return [];
      throw error;
    }
  }

  /** What is under a name, in its place: a comment that failed half-way stands alone, and only making it again mends that. */
  async function readPlaced(work: Work, name: string, parent: string | null) {
    const memo = await read(work, name);
    if (!memo || memo === "hidden" || parent === null || memo.parent === parent) return memo;
    if (memo.parent === undefined && (await isOurs(work, memo))) {
      await memos.deleteMemo(work.token, name, work.signal);
    }
    return undefined;
  }

  /** `hidden`: it is somebody else's. */
  async function read({ token, signal }: Work, name: string): Promise<Memo | "hidden" | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "forbidden")) return "hidden";
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  function isOurs({ binding, token, signal }: Work, memo: Memo): Promise<boolean> {
    return isOwn({ memos, bindings }, { binding, token, memo }, signal);
  }

  function claim(work: Work, plan: Plan, item: Item, memo: Memo): Made | "taken" | "settled" {
    const named = item.known(plan, { name: memo.name });
    const what = { server: work.identity.server, name: memo.name };
    const claimed = jobs.claim(work.leased.lease, what, JSON.stringify(named));
    if (claimed === "claimed") return { plan: named, memo };
    return claimed === "lost" ? "settled" : "taken";
  }

  /** What the try that was interrupted could not do. Content and visibility are the person's by now. */
  async function finish({ token, signal }: Work, { plan, memo }: Made, item: Item): Promise<Made> {
    const draft = item.draft(plan);
    const finished = await memos.finishMemo(token, memo, draft, signal);
    const dated = Date.parse(finished.createTime) === draft.createTime?.getTime();
    // Begun on a version that sets no time, found on one that sets it by the create alone.
    if (dated || draft.createTime === null || item.of(plan).began_at === null)
      return { plan, memo: finished };
    const { createTime } = draft;
    return { plan, memo: await memos.updateMemo(token, finished.name, { createTime }, signal) };
  }

  async function make(work: Work, first: Plan, item: Item): Promise<Made | "parent_gone" | undefined> {
    let plan: Plan | undefined = first;
    while (plan) {
      const made = await createOrFind(work, plan, item);
      if (made === "parent_gone") return made;
      if (made === "taken") {
        plan = savePlan(jobs, work, withNextId(plan, work.identity));
        continue;
      }
      if (made === "no_public") {
        plan = savePlan(jobs, work, { ...plan, visibility: "PROTECTED", public_refused: true });
        continue;
      }
      if (made.name === item.nameIn(plan)) return { plan, memo: made };
      const claimed = claim(work, plan, item, made);
      if (claimed === "taken") throw new Error(`Memos gave a new memo the name of another: ${made.name}`);
      return claimed === "settled" ? undefined : claimed;
    }
    return undefined;
  }

  /** The memo under the planned id: made now, or by an earlier try of ours whose answer was lost. */
  async function createOrFind(
    work: Work,
    plan: Plan,
    item: Item,
  ): Promise<Memo | "taken" | "no_public" | "parent_gone"> {
    const { token, signal } = work;
    const { parent, id } = item.of(plan);
    const draft = item.draft(plan);
    try {
      if (parent === null) return await memos.createMemo(token, draft, signal);
      return await memos.createComment(token, parent, draft, signal);
    } catch (error) {
      tries.failed(work.leased.job.id, error);
      if (!isUncertain(error)) throw error;
      if (parent !== null && error.kind === "not_found") return "parent_gone";
      if (error.reason === "public_disallowed" && draft.visibility === "PUBLIC") return "no_public";
      // Memos commits the memo before its files, and an answer can be lost: only a GET tells what is there.
      const found = await readPlaced(work, `memos/${id}`, parent);
      // Also where the id exists and the memo does not: Memos is in trouble then, and another id would make a second one.
      if (!found) throw error;
      if (found === "hidden" || !(await isOurs(work, found))) return "taken";
      return memos.finishMemo(token, found, draft, signal);
    }
  }
}
