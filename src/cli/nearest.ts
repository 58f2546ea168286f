import { editDistance } from "../edit-distance.ts";

/** The known word that was probably meant: it begins like the written one, or is a slip or two away from it. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const begun = known.filter((candidate) => word.length >= 2 && candidate.startsWith(word));
  if (begun.length === 1) return begun[0];
  return known
    .map((candidate) => ({ candidate, slips: editDistance(word, candidate) }))
    .filter(({ candidate, slips }) => slips <= (candidate.length > 5 ? 2 : 1))
    .sort((a, b) => a.slips - b.slips)[0]?.candidate;
}
