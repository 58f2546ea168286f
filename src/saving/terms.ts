import { VERSION } from "../base/version.ts";
import type { LeftOut, Place, Revision, Tried } from "../domain/saved.ts";
import type { MemosServerInfo } from "../memos/client.ts";
import { flavorOf } from "../memos/dialects.ts";
import type { Known } from "../store/queue/jobs.ts";
import { commentIdOf, type Desired, desired, hashOf, idIn, revisionOf, type Terms } from "./desired.ts";
import { messagesAt, type Work } from "./job-context.ts";
import type { FindPlace } from "./reply-target.ts";
import type { Uploads } from "./upload-files.ts";

const OWN_MEMO: Place = { parent: null, quote: "all", refused: null };
/** What ended so would end so again by the same terms. */
const HOPELESS = ["refused_by_memos", "content_too_long"];

export type Aim = ReturnType<typeof aimOf>;

export type FixTerms = ReturnType<typeof createFixTerms>;

/**
 * Decides what the memo of a job follows from, and writes down before the first call what another try could not find out
 * in the same way: mostly nothing, since accept has stored it.
 */
export function createFixTerms(deps: {
  findPlace: FindPlace;
  uploads: Pick<Uploads, "overLimit">;
  now: () => number;
}) {
  const { findPlace, uploads, now } = deps;

  /** `isFresh`: nothing of it can be in Memos. Else the job that what it replies to waits for. */
  return async (
    work: Work,
    info: MemosServerInfo,
    isFresh: boolean,
  ): Promise<Aim | { waits_for: number }> => {
    const { record } = work;
    const asked = work.leased.job.requested_action;
    const before = record.known.settings && record.known.form ? aimOf(work, record.known) : null;
    const place = record.known.tried?.place ?? (await findPlace(work));
    if ("waits_for" in place) return place;
    let known: Known = { ...record.known };
    const change = (patch: Partial<Known>) => {
      known = { ...known, ...patch };
    };
    const tried = (patch: Tried) => change({ tried: { ...known.tried, ...patch } });
    if (known.settings === null) {
      const { tags, formatting, source_line } = work.binding;
      change({ settings: { tags, formatting, source_line, language: work.texts.language } });
    }
    const isAnew =
      asked !== null || (known.memo_name === null && HOPELESS.includes(work.leased.job.reason ?? ""));
    if (known.form === null || isAnew) {
      change({ form: { limit: info.contentLimitBytes, memos: info.version, writer: VERSION } });
    } else if (known.form.writer !== VERSION) change({ form: { ...known.form, writer: VERSION } });
    if (known.tried?.place === undefined && !isSame(place, OWN_MEMO)) tried({ place });
    if (asked !== null && known.tried?.left_out) tried({ left_out: {} });
    const leftOut = leaveOut(work, known, desired(messagesOf(work), termsOf(work, known)));
    if (leftOut) tried({ left_out: leftOut });
    if (!isFresh && before && !isSame(termsOf(work, known), termsOf(work, record.known))) {
      tried({ revisions: distinct(before.revisions()) });
    }
    const isChosen = info.memoIds === "servers" || known.tried?.begun !== undefined;
    const main = hashOf(aimOf(work, known).want.content);
    const begun = known.tried?.begun ?? { at: now(), hashes: [] };
    if (isChosen && !begun.hashes.includes(main))
      tried({ begun: { ...begun, hashes: [...begun.hashes, main] } });
    const { settings, form } = known;
    if (!isSame(known, record.known)) record.note({ settings, form, tried: known.tried });
    return aimOf(work, record.known);
  };

  /** Files that are too large, where they are not in Memos already. */
  function leaveOut(
    work: Work,
    { written, tried }: Known,
    { files }: Desired,
  ): Record<string, LeftOut> | null {
    const found = files.flatMap((file) => {
      const why = written?.files[file.id] === undefined ? uploads.overLimit(work, file) : null;
      return why ? [[file.id, why] as const] : [];
    });
    return found.length > 0 ? { ...tried?.left_out, ...Object.fromEntries(found) } : null;
  }
}

/** What is wanted of a job, and what tries of it may have written since it was last done. */
export function aimOf(work: Work, known: Known) {
  const terms = termsOf(work, known);
  const want = desired(messagesOf(work), terms);
  const ever = once(() => [...prefixes(work, known, terms), want]);
  return {
    want,
    /** After each update since it was last done; the last one is what is wanted now. */
    ever,
    /** What any try may have written, the oldest first. */
    revisions: once(() => distinct([...(known.tried?.revisions ?? []), ...ever().map(revisionOf)])),
    /** Of a comment that is not wanted now. */
    commentName: (key: string) => `memos/${idIn(terms, commentIdOf(terms.identity, terms.n, key))}`,
  };
}

/** What the job wanted after each update but the newest. */
function prefixes({ leased }: Work, { covered }: Known, terms: Terms): Desired[] {
  const since = leased.updates.map(({ seq }) => seq).filter((seq) => seq > covered);
  return since
    .toSorted((a, b) => a - b)
    .slice(0, -1)
    .flatMap((seq) => {
      const messages = messagesAt(leased, seq).map(({ message }) => message);
      return messages.length > 0 ? [desired(messages, terms)] : [];
    });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function termsOf({ identity, bot, texts }: Work, { n, settings, form, tried }: Known): Terms {
  if (!settings || !form) throw new Error("the terms of the job are not fixed yet");
  return {
    identity,
    n,
    settings: { ...settings, language: settings.language ?? texts.language },
    limit: form.limit,
    flavor: flavorOf(form.memos),
    place: tried?.place ?? OWN_MEMO,
    tried: { apart: tried?.apart, left_out: tried?.left_out, ids: tried?.ids },
    bot,
  };
}

const messagesOf = ({ current }: Work) => current.map(({ message }) => message);

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

const distinct = (revisions: readonly Revision[]) =>
  revisions.filter((one, at) => revisions.findIndex((other) => isSame(one, other)) === at);
