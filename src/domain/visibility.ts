/** Who sees a memo, as Memos says it; each is wider than the one before. */
export const VISIBILITIES = ["PRIVATE", "PROTECTED", "PUBLIC"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** Whether fewer see what is the one than what is the other. */
export const isNarrower = (one: Visibility, other: Visibility) =>
  VISIBILITIES.indexOf(one) < VISIBILITIES.indexOf(other);
