import type { About } from "../../domain/outgoing.ts";

/** Kept beside the parameters of a message, under the key `NOTE`, which Telegram never sees. */
export interface Note {
  readonly about?: About;
  /** The row of the sum that told what this mark stands for. */
  readonly sum?: number;
  /** Parameters of the message that takes its place once it was given up. */
  readonly instead?: Record<string, unknown>;
}

export const NOTE = "memoferry";

/** Condition on a row of the outbox: the word that a message was saved. */
export const IS_ABOUT_MEMO = `(method = 'sendMessage' AND json_extract(params, '$.${NOTE}.about') = 'memo')`;

/** The column `params` of a message. */
export function packParams(params: Record<string, unknown>, note: Note): string {
  return JSON.stringify(Object.keys(note).length === 0 ? params : { ...params, [NOTE]: note });
}

export function unpackParams(packed: string): { params: Record<string, unknown>; note: Note } {
  const { [NOTE]: note, ...params } = JSON.parse(packed) as Record<string, unknown>;
  return { params, note: (note ?? {}) as Note };
}
