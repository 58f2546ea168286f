/** So many tags every memo can get. */
export const TAGS_LIMIT = 20;

/** What a tag is made of for Memos: anything else ends it. */
const CHARACTER = String.raw`(?:[\p{L}\p{M}\p{N}\p{S}_\-/&]|\u200d)`;

/** A whole tag, with its `#` or without. */
export const TAG = new RegExp(String.raw`^#?(?=.*[\p{L}\p{N}\p{S}])${CHARACTER}{1,100}$`, "u");

/** The tags in a text. */
export const TAGS = new RegExp(String.raw`(?<!\\)#${CHARACTER}+`, "gu");
