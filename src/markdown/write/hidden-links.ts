// Links that a person sees in Telegram by their preview alone: a post carries one behind a letter without a shape, or
// only in the options of its preview. In Memos nobody would find them.
import type { FormattedText } from "../../domain/text.ts";

/** Nothing of it is seen: spaces, joiners, marks of direction, blank letters. */
export const isInvisible = (text: string) =>
  /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text);

/** The text with those addresses behind it, each after `between`. `preview`: the address that its preview shows. */
export function withHiddenLinks(input: FormattedText, between: string, preview = ""): FormattedText {
  const links = input.entities.flatMap((entity) => {
    if (entity?.type !== "url" && entity?.type !== "text_link") return [];
    const label = input.text.slice(entity.offset, entity.offset + entity.length);
    const url = entity.type === "url" ? label : entity.url;
    return label === "" || typeof url !== "string" ? [] : [{ url: url.trim(), isSeen: !isInvisible(label) }];
  });
  const seen = new Set(links.filter(({ isSeen }) => isSeen).map(({ url }) => plainForm(url)));
  let { text } = input;
  const entities = [...input.entities];
  let isBlank = isInvisible(text);
  for (const url of [...links.map(({ url }) => url), preview.trim()]) {
    // Others have no preview: an empty link to a person only calls them.
    if (!/^https?:/i.test(url) || seen.has(plainForm(url))) continue;
    seen.add(plainForm(url));
    if (!isBlank) text += between;
    isBlank = false;
    entities.push({ type: "text_link", url, offset: text.length, length: url.length });
    text += url;
  }
  return { text, entities };
}

/** Telegram's clients write the scheme to an address that has none, and the slash behind a bare host. */
const plainForm = (url: string) =>
  url
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/$/, "");
