import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Revision, Tried, WritingRules, Written } from "../domain/saved.ts";
import type { MemosServerInfo } from "../memos/client.ts";
import type { CurrentMessage } from "../messages/versions.ts";
import { messagesAt, type SavingContext, type Work } from "./context.ts";
import { type Desired, desired, idIn, memoIdOf, OWN_MEMO, revisionOf, type Terms } from "./desired.ts";
import { createFindPlace } from "./find-place.ts";

/** One pass over a job: what it is to write, by terms that are on the disk. */
export interface Pass extends Awaited<ReturnType<typeof wantedOf>> {
  readonly work: Work;
  /** Accepted in this run and never tried: nothing of it can be in Memos. */
  readonly isFresh: boolean;
  /** Whether the server names what it makes, and not we. */
  readonly serverNames: { readonly memos: boolean; readonly files: boolean };
  /** The server names memos, and an earlier try may have made this one. */
  readonly begunBefore: boolean;
}

/**
 * Decides what the memo of a job follows from, and writes down before the first call what another try could not find out
 * in the same way: mostly nothing, since accept has stored it.
 */
export function createFixTerms(context: SavingContext) {
  const findPlace = createFindPlace(context);

  /** `waits_for`: the job of the message that it replies to, which is not saved yet. */
  return async (
    work: Work,
    info: MemosServerInfo,
    isFresh: boolean,
  ): Promise<Pass | { readonly waits_for: number }> => {
    const { record, binding, texts } = work;
    const { settings, form, tried, memo_name } = record.known;
    const place = tried?.place ?? (await findPlace(work));
    if ("waits_for" in place) return place;
    const { tags, formatting, source_line } = binding;
    const language = settings?.language ?? texts.language;
    // A job of an older version may lack one of them.
    const fixed = { tags, formatting, source_line, ...settings, language };
    if (!form || !isDeepStrictEqual(fixed, settings)) {
      const rules = form ?? { limit: info.contentLimitBytes, memos: info.version };
      record.note({ settings: fixed, form: rules });
    }
    if (place !== (tried?.place ?? OWN_MEMO)) await changeTerms(work, { place });
    const begunBefore = tried?.begun !== undefined;
    if (info.serverNames.memos && memo_name === null && !begunBefore) {
      record.note({ tried: { ...record.known.tried, begun: context.clock.now() } });
    }
    const serverNames = {
      memos: info.serverNames.memos || begunBefore,
      files: info.serverNames.files || begunBefore,
    };
    return { ...(await wantedOf(work)), work, isFresh, begunBefore, serverNames };
  };
}

/** Ends a pass: the next one, which begins at once, follows what was written down meanwhile. */
export class RestartWithNewTerms extends Error {
  override readonly message = "what a memo follows from changed again and again";
}

/** Writes new terms down and ends the pass. */
export async function restartWith(work: Work, tried: Tried, form?: WritingRules): Promise<never> {
  await changeTerms(work, tried, form);
  throw new RestartWithNewTerms();
}

/** Writes new terms down. What earlier tries may have written by the old terms stays known. */
async function changeTerms(work: Work, tried: Tried, form?: WritingRules): Promise<void> {
  const { record } = work;
  const { revisions } = await wantedOf(work);
  record.note({ tried: { ...record.known.tried, ...tried, revisions }, ...(form && { form }) });
}

/** What is wanted of a job, and what tries of it may have written since it was last done. */
export async function wantedOf({ leased, record, current, idSource, botName }: Work) {
  const { covered, settings, form, tried, written } = record.known;
  if (!settings || !form) throw new Error("the terms of the job are not fixed yet");
  const terms: Terms = { ...record.known, settings, form, idSource, botName };
  const wantedBy = (of: readonly CurrentMessage[]) =>
    desired(
      of.map(({ message }) => message),
      terms,
    );
  // Where it is not known what was written, it may be the version of any update.
  const known = written ? covered : 0;
  const since = leased.updates.map(({ seq }) => seq).filter((seq) => seq > known);
  const earlier = since
    .toSorted((a, b) => a - b)
    .slice(0, -1)
    .map((seq) => messagesAt(leased, seq))
    .filter((messages) => messages.length > 0);
  const now = wantedBy(current);
  const before: Desired[] = [];
  for (const messages of earlier) {
    // Long texts take time: between two of them others have their turn.
    await setImmediate();
    before.push(wantedBy(messages));
  }
  const everWanted = [...before, now];
  const revisions = [
    ...(written ? [writtenRevision(written)] : []),
    ...(tried?.revisions ?? []),
    ...everWanted.map(revisionOf),
  ];
  return {
    want: now,
    /** After each update since it was last done; the last one is what is wanted now. */
    everWanted,
    /** What Memos may hold that is ours: what was written when it was last done, then what tries may have written since. */
    revisions: revisions.filter((one, at) => !revisions.slice(0, at).some((other) => isSame(one, other))),
    /** Of a comment, also of one that is not wanted now; where the ids are ours. */
    commentName: (key: string) => `memos/${idIn(terms, memoIdOf(idSource, terms.id_generation, key))}`,
  };
}

export const writtenRevision = ({ main, at, rest, files }: Written): Revision => ({
  main,
  at,
  rest: Object.fromEntries(Object.entries(rest).map(([key, { hash }]) => [key, hash])),
  files: Object.keys(files),
});

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
