import { TAG } from "../domain/tags.ts";

/** The tags somebody typed, with or without `#`; `bad` is the first word that is none. */
export function parseTags(text: string): { readonly tags: string[] } | { readonly bad: string } {
  const words = text
    .toWellFormed()
    .replace(/(?<=\S)#/gu, " #")
    .split(/[\s,;]+/u)
    .filter((word) => word !== "" && word !== "#");
  const tags: string[] = [];
  for (const word of words) {
    const tag = word.replace(/^#+/u, "");
    if (!TAG.test(tag)) return { bad: word };
    if (!tags.includes(tag)) tags.push(tag);
  }
  return { tags };
}

export const shownTags = (tags: readonly string[]) => tags.map((tag) => `#${tag}`).join(" ");

/** A memo's content with these tags on a line of their own. */
export function withTags(content: string, tags: readonly string[], place: "start" | "end"): string {
  const added = shownTags(tags);
  const text = content.trimEnd();
  if (text === "") return added;
  if (place === "start") return `${added}\n\n${text}`;
  const last = text.split("\n").at(-1) ?? "";
  return `${text}${/^\s*(?:#[^\s#]+\s*)+$/u.test(last) ? " " : "\n\n"}${added}`;
}
