import type { Log } from "../base/log.ts";
import type { Place, Revision, Tried, Written } from "../domain/saved.ts";
import type { MemoPlace } from "../messages/content-read.ts";
import type { Known } from "../store/queue/jobs.ts";
import { commentIdOf, hashOf, type Identity, memoIdOf, placeHash } from "./desired.ts";

/** What older versions wrote down before they called Memos; the oldest had the fewest of these. */
interface OldPlan {
  readonly memo_id: string;
  readonly memo_name?: string | null;
  readonly create_began_at?: number | null;
  readonly n?: number;
  readonly public_refused?: true;
  readonly reply?: Place;
  readonly content: string;
  readonly rest?: readonly OldComment[];
  readonly location?: MemoPlace;
  readonly files: readonly OldFile[];
  /** Files that went to another memo. */
  readonly given_away?: readonly OldFile[];
  /** Hashes of what plans said that this one took the place of. */
  readonly replaced?: readonly string[];
  readonly seq?: number;
  readonly settings?: Known["settings"];
  readonly done?: boolean;
  /** What was carried out before; of the oldest version only its words and files. */
  readonly before?: OldPlan | { readonly content: string; readonly attachments: readonly string[] } | null;
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

/**
 * What a job that an older version began is known by. It stays until 0.3.0. What cannot be read is found out anew from
 * the messages.
 */
export function readOldPlan(
  job: Pick<Known, "old_plan" | "memo_name"> & { readonly id: number },
  identity: Identity,
  log: Log,
): Partial<Known> {
  try {
    return read(JSON.parse(job.old_plan ?? "") as OldPlan, job.memo_name, identity);
  } catch (error) {
    log.warn("what an older version had begun cannot be read", { job_id: job.id, error });
    return {};
  }
}

function read(plan: OldPlan, memoName: string | null, identity: Identity): Partial<Known> {
  const before = plan.done ? plan : plan.before;
  const apart = apartIn(plan);
  const n = plan.n ?? 0;
  const known = { n, ...(plan.settings && { settings: plan.settings }) };
  const tried: Tried = {
    ...(plan.reply && { place: plan.reply }),
    ...(apart.length > 0 && { apart }),
    ...(plan.public_refused && { public_refused: true }),
    ids: idsOf(plan, identity, n),
    ...(plan.create_began_at != null && {
      begun: { at: plan.create_began_at, hashes: [hashOf(plan.content), ...(plan.replaced ?? [])] },
    }),
    revisions: [...(plan.replaced ?? []).map(onlyMain), ...(plan.done ? [] : [revisionOf(plan)])],
  };
  if (!before) return { ...known, tried, memo_name: memoName ?? plan.memo_name ?? null };
  return {
    ...known,
    tried,
    memo_name: memoName ?? plan.memo_name ?? `memos/${plan.memo_id}`,
    written: "memo_id" in before ? writtenOf(before) : writtenOfOldest(before),
    // The oldest did not note it; without an update after it, what it took in is known by its words alone.
    covered: ("memo_id" in before ? before.seq : undefined) ?? 1,
  };
}

const nameOf = ({ attachment_id, name }: OldFile) => name ?? `attachments/${attachment_id}`;
const savedIn = ({ files }: OldPlan) => files.filter(({ left_out }) => left_out == null);

function keyed(rest: readonly OldComment[]): (OldComment & { readonly key: string })[] {
  const seen = new Map<string, number>();
  return rest.map((comment) => {
    const ids = (comment.message_ids ?? []).join();
    const at = seen.get(ids) ?? 0;
    seen.set(ids, at + 1);
    return { ...comment, key: `${ids}#${at}` };
  });
}

function apartIn({ rest = [] }: OldPlan): (readonly number[])[] {
  const sets = rest.flatMap(({ message_ids = [] }) => (message_ids.length > 0 ? [message_ids] : []));
  return sets.filter((ids, at) => sets.findIndex((other) => other.join() === ids.join()) === at);
}

/** Ids that were made from the name that the account had then. */
function idsOf({ memo_id, rest = [] }: OldPlan, identity: Identity, n: number): Record<string, string> {
  const pairs = [
    [memoIdOf(identity, n), memo_id] as const,
    ...keyed(rest).map(({ key, comment_id }) => [commentIdOf(identity, n, key), comment_id] as const),
  ];
  return Object.fromEntries(pairs.filter(([today, then]) => today !== then));
}

const onlyMain = (main: string): Revision => ({ main, at: null, rest: {}, files: [] });

const revisionOf = (plan: OldPlan): Revision => ({
  main: hashOf(plan.content),
  at: placeHash(plan.location),
  rest: Object.fromEntries(keyed(plan.rest ?? []).map(({ key, content }) => [key, hashOf(content)])),
  files: savedIn(plan).map(({ attachment_id }) => attachment_id),
});

const writtenOf = (plan: OldPlan): Written => ({
  main: hashOf(plan.content),
  at: placeHash(plan.location),
  rest: Object.fromEntries(
    keyed(plan.rest ?? []).map(({ key, name, comment_id, content }) => [
      key,
      { name: name ?? `memos/${comment_id}`, hash: hashOf(content) },
    ]),
  ),
  files: Object.fromEntries(savedIn(plan).map((file) => [file.attachment_id, nameOf(file)])),
});

const writtenOfOldest = (before: { content: string; attachments: readonly string[] }): Written => ({
  main: hashOf(before.content),
  at: null,
  rest: {},
  files: Object.fromEntries(before.attachments.map((name) => [name.replace("attachments/", ""), name])),
});
