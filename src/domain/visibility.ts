/** Who sees a memo, as Memos says it; each is wider than the one before. */
export const VISIBILITIES = ["PRIVATE", "PROTECTED", "PUBLIC"] as const;
export type Visibility = (typeof VISIBILITIES)[number];
