import type { Form, LeftOut, Tried } from "../domain/saved.ts";
import type { MemosServerInfo } from "../memos/client.ts";
import { flavorOf } from "../memos/dialects.ts";
import type { Known } from "../store/queue/jobs.ts";
import { messagesAt, type SavingContext, type Work } from "./context.ts";
import {
  type Desired,
  desired,
  hashOf,
  idIn,
  memoIdOf,
  namedApart,
  OWN_MEMO,
  revisionOf,
  type Terms,
} from "./desired.ts";
import { createFindPlace } from "./find-place.ts";
import type { Uploads } from "./upload-files.ts";

/** What is wanted of a job, and what tries of it may have written since it was last done. */
export type Wanted = ReturnType<typeof wantedOf>;

/** One pass over a job: what it is to write, by terms that are on the disk. */
export interface Pass extends Wanted {
  readonly work: Work;
  /** Accepted in this run and never tried: nothing of it can be in Memos. */
  readonly isFresh: boolean;
  /** Whether the server names what it makes, and not we. */
  readonly serverNames: { readonly memos: boolean; readonly files: boolean };
  /** On such a server an earlier try may have made the memo. */
  readonly begunBefore: boolean;
}

/**
 * Decides what the memo of a job follows from, and writes down before the first call what another try could not find out
 * in the same way: mostly nothing, since accept has stored it.
 */
export function createFixTerms(context: SavingContext, uploads: Pick<Uploads, "overLimit">) {
  const findPlace = createFindPlace(context);

  /** `waits_for`: the job that what it replies to is still to be saved by. */
  return async (
    work: Work,
    info: MemosServerInfo,
    isFresh: boolean,
  ): Promise<Pass | { readonly waits_for: number }> => {
    const { record, binding, texts } = work;
    const { known } = record;
    const place = known.tried?.place ?? (await findPlace(work));
    if ("waits_for" in place) return place;
    const { tags, formatting, source_line } = binding;
    const chosen = known.settings ?? { tags, formatting, source_line, language: null };
    const settings = { ...chosen, language: chosen.language ?? texts.language };
    const form = known.form ?? { limit: info.contentLimitBytes, memos: info.version };
    const placed: Tried = { ...known.tried, ...(place !== OWN_MEMO && { place }) };
    const given = { ...known, settings, form };
    const begunBefore = known.tried?.begun !== undefined;
    const serverNames = {
      memos: info.serverNames.memos || begunBefore,
      files: info.serverNames.files || begunBefore,
    };
    const how = { isFresh, serverNames };
    let wanted = wantedOf(work, { ...given, tried: placed }, how);
    const large = tooLarge(work, wanted.want);
    let tried: Tried = { ...placed, ...(large && { left_out: { ...placed.left_out, ...large } }) };
    if (!isSame(tried, known.tried ?? {})) {
      if (!isFresh)
        tried = { ...tried, revisions: wantedOf(work, given, { isFresh: false, serverNames }).revisions };
      wanted = wantedOf(work, { ...given, tried }, how);
    }
    if (serverNames.memos) tried = { ...tried, begun: begunWith(known, wanted.want) };
    const next = { settings, form, tried };
    const noted = { settings: known.settings, form: known.form, tried: known.tried ?? {} };
    if (!isSame(next, noted)) record.note(next);
    return { ...wanted, work, isFresh, begunBefore, serverNames };
  };

  function begunWith({ tried }: Known, { content }: Desired): NonNullable<Tried["begun"]> {
    const { at, hashes } = tried?.begun ?? { at: context.clock.now(), hashes: [] };
    return { at, hashes: [...new Set([...hashes, hashOf(content)])] };
  }

  /** Files that are too large, where they are not in Memos already. */
  function tooLarge(work: Work, { files }: Desired): Record<string, LeftOut> | null {
    const { written } = work.record.known;
    const found = files.flatMap((file) => {
      const why = written?.files[file.id] === undefined ? uploads.overLimit(file) : null;
      return why ? [[file.id, why] as const] : [];
    });
    return found.length > 0 ? Object.fromEntries(found) : null;
  }
}

/** Ends a pass: the next one, which begins at once, follows what was written down meanwhile. */
export class RestartWithNewTerms extends Error {}

/** Writes new terms down. What tries may have written by the ones of before stays known. */
export function restartWith(pass: Pass, tried: Tried, form?: Form): RestartWithNewTerms {
  const { record } = pass.work;
  const { revisions } = wantedOf(pass.work, record.known, { ...pass, isFresh: false });
  record.note({ tried: { ...record.known.tried, ...tried, revisions }, ...(form && { form }) });
  return new RestartWithNewTerms();
}

/** `isFresh`: no try can have written anything. */
export function wantedOf(
  work: Work,
  known: Known,
  { isFresh, serverNames }: { readonly isFresh: boolean; readonly serverNames: { readonly files: boolean } },
) {
  const terms = termsOf(work, known);
  const messages = work.current.map(({ message }) => message);
  const now = desired(messages, terms);
  const all = [...(isFresh ? [] : prefixes(work, known, terms)), now];
  const ever = serverNames.files ? namedApart(all) : all;
  const revisions = [...(known.tried?.revisions ?? []), ...ever.map(revisionOf)];
  return {
    want: ever.at(-1) ?? now,
    /** After each update since it was last done; the last one is what is wanted now. */
    ever,
    /** What any try may have written, the oldest first. */
    revisions: revisions.filter((one, at) => revisions.findIndex((other) => isSame(one, other)) === at),
    /** Of a comment, also of one that is not wanted now; where the ids are ours. */
    commentName: (key: string) => `memos/${idIn(terms, memoIdOf(terms.idSource, terms.id_generation, key))}`,
  };
}

/** What the job wanted after each update but the newest. */
function prefixes({ leased }: Work, { covered }: Known, terms: Terms): Desired[] {
  const since = leased.updates.map(({ seq }) => seq).filter((seq) => seq > covered);
  return since
    .toSorted((a, b) => a - b)
    .slice(0, -1)
    .map((seq) => messagesAt(leased, seq).map(({ message }) => message))
    .filter((messages) => messages.length > 0)
    .map((messages) => desired(messages, terms));
}

function termsOf({ idSource, botName }: Work, { id_generation, settings, form, tried }: Known): Terms {
  if (!settings || !form) throw new Error("the terms of the job are not fixed yet");
  return {
    idSource,
    id_generation,
    settings,
    limit: form.limit,
    flavor: flavorOf(form.memos),
    tried: tried ?? {},
    botName,
  };
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
