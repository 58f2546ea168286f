import type { Log } from "../base/log.ts";
import type { MapPoint, ReplyPlace, Tried, Written } from "../domain/saved.ts";
import type { Known } from "../store/queue/jobs.ts";
import { hashOf, type IdSource, memoIdOf, placeHash } from "./desired.ts";

/** What was to be in a memo. */
interface OldContent {
  readonly content: string;
  readonly rest?: readonly OldComment[];
  readonly location?: MapPoint;
  readonly files: readonly OldFile[];
  readonly seq?: number;
}

interface OldComment {
  readonly comment_id: string;
  readonly name?: string | null;
  readonly content: string;
  readonly message_ids?: readonly number[];
}

interface OldFile {
  readonly attachment_id: string;
  readonly name?: string | null;
  readonly left_out?: string | null;
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
  /** What was carried out before; of the oldest version only its words and files. */
  readonly before?: OldContent | { readonly content: string; readonly attachments: readonly string[] } | null;
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
  const { n = 0, settings, reply, public_refused, create_began_at: at, replaced = [] } = plan;
  const done = plan.done ? plan : plan.before && contentOf(plan.before);
  const rest = keyed(plan);
  const apart = new Map(rest.map(({ message_ids = [] }) => [message_ids.join(), message_ids]));
  apart.delete("");
  const main = hashOf(plan.content);
  const planned = {
    main,
    at: placeHash(plan.location),
    rest: Object.fromEntries(rest.map(({ key, content }) => [key, hashOf(content)])),
    files: savedIn(plan).map(({ attachment_id }) => attachment_id),
  };
  const tried: Tried = {
    ...(reply && { place: reply }),
    ...(apart.size > 0 && { in_own_comments: [...apart.values()] }),
    ...(public_refused && { public_refused }),
    // They were made from the name that the account had then.
    ids: Object.fromEntries([
      [memoIdOf(idSource, n), plan.memo_id],
      ...rest.map(({ key, comment_id }) => [memoIdOf(idSource, n, key), comment_id]),
    ]),
    ...(at != null && { begun: at }),
    revisions: [
      ...replaced.map((main) => ({ main, at: null, rest: {}, files: [] })),
      ...(plan.done ? [] : [planned]),
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

function contentOf(before: NonNullable<OldPlan["before"]>): OldContent {
  if (!("attachments" in before)) return before;
  const { content, attachments } = before;
  return {
    content,
    files: attachments.map((name) => ({ attachment_id: name.replace("attachments/", ""), name })),
  };
}

const savedIn = ({ files }: OldContent) => files.filter(({ left_out }) => left_out == null);

function keyed({ rest = [] }: OldContent): (OldComment & { readonly key: string })[] {
  const seen = new Map<string, number>();
  return rest.map((comment) => {
    const ids = (comment.message_ids ?? []).join();
    const at = seen.get(ids) ?? 0;
    seen.set(ids, at + 1);
    return { ...comment, key: `${ids}#${at}` };
  });
}

const writtenOf = (done: OldContent): Written => ({
  main: hashOf(done.content),
  at: placeHash(done.location),
  rest: Object.fromEntries(
    keyed(done).map(({ key, name, comment_id, content }) => [
      key,
      { name: name ?? `memos/${comment_id}`, hash: hashOf(content) },
    ]),
  ),
  files: Object.fromEntries(
    savedIn(done).map(({ attachment_id, name }) => [attachment_id, name ?? `attachments/${attachment_id}`]),
  ),
});
