/** The largest file that is sent to Memos. */
export interface UploadLimit {
  /** The first size that is too large is one more. */
  readonly bytes: number;
  /** Whose it is: that of a proxy before Memos is set elsewhere. */
  readonly of: "memos" | "proxy";
}

export type LearnedLimit = ReturnType<typeof createLearnedLimit>;

/** From 0.27 on Memos takes no request over 256 MiB, in base64; before, it would hold even more in memory. */
const LARGEST: UploadLimit = { bytes: 190 * 1024 * 1024, of: "memos" };
/** Its owner may have raised it since. */
const HOLDS_MS = 10 * 60_000;

/** Only admins may read the upload limit of a Memos server: it is learned from refusals, and asked again before long. */
export function createLearnedLimit(monotonic: () => number) {
  let learned: { readonly limit: UploadLimit; readonly at: number } | null = null;
  const known = () => (learned && monotonic() - learned.at < HOLDS_MS ? learned.limit : LARGEST);
  return {
    /** `anew`: a person asked for another try, so what was refused before does not count. */
    of: ({ anew }: { anew: boolean }): UploadLimit => (anew ? LARGEST : known()),
    /** A larger file than this was refused. */
    refused(limit: UploadLimit): void {
      const before = known();
      learned = { limit: limit.bytes < before.bytes ? limit : before, at: monotonic() };
    },
  };
}
