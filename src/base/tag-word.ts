const LONGEST = 60;

/** A tag made of a name: what Memos takes for the end of one becomes a hyphen. Empty where nothing of it can be in a tag. */
export function tagWord(name: string): string {
  const words = name.toWellFormed().match(/(?:[\p{L}\p{M}\p{N}\p{S}_/-]|\u200d)+/gu) ?? [];
  const cut = [...words.join("-").replace(/-*\/[-/]*/g, "/")].slice(0, LONGEST).join("");
  const tag = cut.replace(/^[-/]+|[-/]+$/g, "");
  return /[\p{L}\p{N}\p{S}]/u.test(tag) ? tag : "";
}
