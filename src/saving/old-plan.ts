import type { Log } from "../base/log.ts";
import type { MapPoint, ReplyPlace, Tried, Written } from "../domain/saved.ts";
import type { Known } from "../store/queue/jobs.ts";
import { hashOf, type IdSource, memoIdOf, placeHash } from "./desired.ts";
import { writtenRevision } from "./fix-terms.ts";

/** What was to be in a memo. */
interface OldContent {
  readonly content: string;
  readonly rest?: readonly {
    readonly comment_id: string;
    readonly name?: string | null;
    readonly content: string;
    readonly message_ids?: readonly number[];
  }[];
  readonly location?: MapPoint;
  readonly files?: readonly {
    readonly attachment_id: string;
    readonly name?: string | null;
    readonly left_out?: string | null;
  }[];
  /** Names of files, by the oldest version. */
  readonly attachments?: readonly string[];
  readonly seq?: number;
}

/** What older versions wrote down before they called Memos; the oldest had the fewest of these. */
interface OldPlan extends OldContent {
  readonly memo_id: string;
  readonly memo_name?: string | null;
  readonly create_began_at?: number | null;
  readonly n?: number;
  readonly public_refused?: true;
  readonly reply?: ReplyPlace;
  /** Hashes of what plans said that this one took the place of. */
  readonly replaced?: readonly string[];
  readonly settings?: Known["settings"];
  readonly done?: boolean;
  /** What was carried out before. */
  readonly before?: OldContent | null;
}

/**
 * What a job that an older version began is known by. It stays until 0.3.0. What cannot be read is found out anew from
 * the messages.
 */
export function readOldPlan(
  job: Pick<Known, "old_plan" | "memo_name"> & { readonly id: number },
  idSource: IdSource,
  log: Log,
): Partial<Known> {
  try {
    return read(JSON.parse(job.old_plan ?? "") as OldPlan, job.memo_name, idSource);
  } catch (error) {
    log.warn("what an older version had begun cannot be read", { job_id: job.id, error });
    return {};
  }
}

function read(plan: OldPlan, memoName: string | null, idSource: IdSource): Partial<Known> {
  const { n = 0, settings, reply, public_refused, create_began_at: begun, replaced = [] } = plan;
  const done = plan.done ? plan : plan.before;
  const rest = keyed(plan);
  const sets = new Map(rest.map(({ message_ids }) => [message_ids.join(), message_ids]));
  sets.delete("");
  const tried: Tried = {
    ...(reply && { place: reply }),
    ...(sets.size > 0 && { in_own_comments: [...sets.values()] }),
    ...(public_refused && { public_refused }),
    // They were made from the name that the account had then.
    ids: Object.fromEntries([
      [memoIdOf(idSource, n), plan.memo_id],
      ...rest.map(({ key, comment_id }) => [memoIdOf(idSource, n, key), comment_id]),
    ]),
    ...(begun != null && { begun }),
    revisions: [
      ...replaced.map((main) => ({ main, at: null, rest: {}, files: [] })),
      ...(plan.done ? [] : [writtenRevision(writtenOf(plan))]),
    ],
  };
  return {
    id_generation: n,
    ...(settings && { settings }),
    tried,
    memo_name: memoName ?? plan.memo_name ?? (done ? `memos/${plan.memo_id}` : null),
    // The oldest did not note it; without an update after it, what it took in is known by its words alone.
    ...(done && { written: writtenOf(done), covered: done.seq ?? 1 }),
  };
}

/** The comments with the keys that they have today. */
function keyed({ rest = [] }: OldContent) {
  const seen = new Map<string, number>();
  return rest.map(({ message_ids = [], ...comment }) => {
    const ids = message_ids.join();
    const at = seen.get(ids) ?? 0;
    seen.set(ids, at + 1);
    return { ...comment, message_ids, key: `${ids}#${at}` };
  });
}

function writtenOf(content: OldContent): Written {
  const { files = [], attachments = [] } = content;
  const comments = keyed(content).map(({ key, name, comment_id, content }) => {
    return [key, { name: name ?? `memos/${comment_id}`, hash: hashOf(content) }] as const;
  });
  const saved = files.filter(({ left_out }) => left_out == null);
  return {
    main: hashOf(content.content),
    at: placeHash(content.location),
    rest: Object.fromEntries(comments),
    files: Object.fromEntries([
      ...attachments.map((name) => [name.replace("attachments/", ""), name]),
      ...saved.map(({ attachment_id: id, name }) => [id, name ?? `attachments/${id}`]),
    ]),
  };
}
