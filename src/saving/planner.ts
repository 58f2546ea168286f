import type { Secret } from "../base/secret.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { MemosClient } from "../memos/client.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import { type Jobs, type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import type { Job } from "../store/queue/transitions.ts";
import { makePlan } from "./build-plan.ts";
import type { Settle } from "./complete-job.ts";
import { savePlan, type Work } from "./job-context.ts";
import { type Plan, type PlannedReply, revise, takeUp, withNextId } from "./plan.ts";
import type { Remember } from "./rebuild-plan.ts";
import type { Renew } from "./replace-plan.ts";
import type { FindPlace } from "./reply-target.ts";
import type { LearnedLimit } from "./upload-limit.ts";

/** Decides what is to be done for a job, and writes it down before the first call. */
export interface Planner {
  /** The plan to carry out. Undefined when the job was settled instead: there is nothing to do, or not yet. */
  plan(work: Work): Promise<Plan | undefined>;
  /** The same once more: there is no memo any more that it could comment on. */
  withoutParent(work: Work, plan: Plan): Promise<Plan | undefined>;
  /** The same once more, cut to what the server takes by now. */
  toFit(work: Work, plan: Plan): Promise<Plan | undefined>;
  /** The same once more: the memo is the person's by now, so what came since goes into comments. */
  withApart(work: Work, plan: Plan): Promise<Plan | undefined>;
}

export interface PlannerDeps {
  readonly memos: MemosClient;
  readonly jobs: Pick<Jobs, "savePlan" | "putOff">;
  readonly uploadLimit: LearnedLimit;
  /** What Telegram lets a bot download, in bytes. */
  readonly downloadBytes: number;
  /** The visibility of a person's new memos. */
  readonly visibilityOf: (binding: Binding, token: Secret, signal: AbortSignal) => Promise<Visibility>;
  readonly findPlace: FindPlace;
  readonly remember: Remember;
  readonly renew: Renew;
  readonly settle: Settle;
}

/** A plan that ended so would end so again, even if what stood in its way has changed. */
const HOPELESS = ["refused_by_memos", "content_too_long"];

export function createPlanner(deps: PlannerDeps): Planner {
  const { memos, jobs, uploadLimit, downloadBytes, visibilityOf, findPlace } = deps;
  const { remember, renew, settle } = deps;

  return {
    async plan(work) {
      const { job } = work.leased;
      const stored = storedPlan(work.leased);
      // A plan that was begun is carried out as it is, unless its messages say something else before anything came of it.
      if (stored && !stored.done && !isHopeless(job)) {
        if (newestOf(work.leased) <= stored.seq) return stored;
        return renew(work, stored, await make(work, { reply: stored.reply, before: stored }));
      }
      if (job.requested_action === "save_again") return again(work, stored);
      if (stored?.done) return next(work, stored);
      const reply = stored?.reply ?? (await place(work));
      if (!reply) return undefined;
      const fresh = await make(work, { reply, before: stored });
      if (stored) return savePlan(jobs, work, takeUp(stored, fresh));
      const onlyEdits = work.current.every(({ wasSent }) => !wasSent);
      if (job.memo_name === null && !onlyEdits) return savePlan(jobs, work, fresh);
      return recall(work, fresh);
    },

    async withoutParent(work, plan) {
      const reply: PlannedReply = { parent: null, quote: "all", refused: "gone" };
      return savePlan(jobs, work, takeUp(plan, await make(work, { reply, before: plan })));
    },

    async toFit(work, plan) {
      const fresh = await make(work, { reply: plan.reply, before: plan });
      return savePlan(jobs, work, plan.before ? revise(plan.before, fresh) : takeUp(plan, fresh));
    },

    async withApart(work, plan) {
      const before = plan.before ?? plan;
      const added = plan.message_ids.filter((id) => !before.message_ids.includes(id));
      const fresh = await make(work, { reply: plan.reply, before, added });
      return savePlan(jobs, work, revise(before, fresh));
    },
  };

  /** Undefined where what it replies to is still to be saved itself. */
  async function place(work: Work): Promise<PlannedReply | undefined> {
    const found = await findPlace(work);
    if (!("waits_for" in found)) return found;
    jobs.putOff(work.leased.lease, {
      waiting_for: "retry",
      reason: "target_waits",
      detail: "waits until the message it replies to is saved",
      behind: found.waits_for,
    });
    return undefined;
  }

  /** An edit or a late part, if there is anything new in it. */
  async function next(work: Work, stored: Plan): Promise<Plan | undefined> {
    const plan = revise(stored, await make(work, { reply: stored.reply, before: stored }));
    if (!isSame(plan, stored)) return savePlan(jobs, work, plan);
    settle.nothing(work, stored, "unchanged");
    return undefined;
  }

  /** The memo was deleted, and is wanted again: under another id, and with all that is true today. */
  async function again(work: Work, stored: Plan | null): Promise<Plan | undefined> {
    const reply = await place(work);
    if (!reply) return undefined;
    const fresh = await make(work, { reply, before: null });
    const numbered = { ...fresh, n: stored?.n ?? 0 };
    return savePlan(jobs, work, withNextId(numbered, work.identity));
  }

  /** An edit of a message whose plan is not known any more. */
  async function recall(work: Work, fresh: Plan): Promise<Plan | undefined> {
    const before = await remember(work, fresh);
    if (before === "gone") {
      settle.kept(work, fresh, "gone");
      return undefined;
    }
    if (before === "too_old") {
      settle.nothing(work, null, "too_old");
      return undefined;
    }
    if (before !== "never") return savePlan(jobs, work, revise(before, fresh));
    // Telegram also sends edits for mere previews: only what its sender wanted to be saved becomes a memo.
    const sentAt = Math.min(...work.current.map(({ message }) => message.date)) * 1000;
    if (sentAt >= work.binding.created_at) return savePlan(jobs, work, fresh);
    settle.nothing(work, null, "never_saved");
    return undefined;
  }

  async function make(
    work: Work,
    from: { reply: PlannedReply; before: Plan | null; added?: readonly number[] },
  ): Promise<Plan> {
    const { identity, binding, token, bot, current, texts, signal, leased } = work;
    const { reply, before, added = [] } = from;
    const { contentLimitBytes, markdown } = await memos.info(signal);
    const apart = (before?.rest ?? [])
      .map(({ message_ids }) => message_ids)
      .filter(
        (ids, at, all) => ids.length > 0 && all.findIndex((other) => other.join() === ids.join()) === at,
      );
    return makePlan({
      identity,
      messages: current.map(({ message }) => message),
      seq: newestOf(leased),
      visibility: before?.visibility ?? (await visibilityOf(binding, token, signal)),
      reply,
      settings: before?.settings ?? {
        tags: binding.tags,
        formatting: binding.formatting,
        source_line: binding.source_line,
        language: texts.language,
      },
      limits: {
        downloadBytes,
        upload: uploadLimit.of({ anew: leased.job.requested_action !== null }),
        contentBytes: contentLimitBytes,
      },
      markdown,
      texts,
      bot,
      apart: added.length > 0 ? [...apart, added] : apart,
    });
  }
}

/** As it was when the job was leased. */
export function storedPlan({ job }: LeasedJob): Plan | null {
  return job.plan === null ? null : (JSON.parse(job.plan) as Plan);
}

const isHopeless = ({ memo_name, reason }: Job) => memo_name === null && HOPELESS.includes(reason ?? "");

function isSame(plan: Plan, before: Plan): boolean {
  const what = ({ content, location, files, unknown, rest, message_ids }: Plan) =>
    JSON.stringify([
      content,
      location,
      unknown,
      files.filter((file) => file.left_out === null).map((file) => file.attachment_id),
      rest.map((comment) => comment.content),
      message_ids,
    ]);
  return what(plan) === what(before);
}
