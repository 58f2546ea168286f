/** What the server reads out of a memo's Markdown: tags, and roughly the snippet. */

interface MarkdownRules {
  /** Before 0.30 the text of a link was searched for tags. */
  tagsInLinks: boolean;
  tagsInLowerCase: boolean;
  /** 0.25.3 cuts bytes: amid a letter where there is no space, and then no answer with the memo can be encoded. */
  snippetOfBytes: boolean;
}

export interface Reading {
  tags: string[];
  /** False: the snippet is no text that can be sent. */
  isEncodable: boolean;
}

const snippetLength = 64;

const fence = /^(```|~~~)[^\n]*\n[\s\S]*?(?:\n\1[^\n]*|$(?![\s\S]))/gm;
const codeSpan = /(`+)(?!`)([^\n]*?[^`\n])\1(?!`)/g;
const link = /!?\[([^\]\n]*)\]\(([^)\s]+)\)/g;
/** Its text is no text to the parser: it is searched for nothing. */
const autolink = /<[a-z][a-z\d+.-]{1,31}:[^\s<>]*>/gi;
const tag = /(?<!\\)#([\p{L}\p{N}\p{S}\p{M}_\-/&\u200d]{1,100})/gu;
const heading = /^#{1,6}\s+(.*)$/;
const listItem = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/;

export function readMarkdown(content: string, rules: MarkdownRules): Reading {
  const noCode = content.replace(fence, "").replace(codeSpan, "");
  const noAutolinks = noCode.replace(autolink, "");
  const searched = noAutolinks.replace(link, rules.tagsInLinks ? "$1" : "");
  const tags = [...searched.matchAll(tag)].map((match) => match[1] ?? "");
  return {
    tags: [...new Set(rules.tagsInLowerCase ? tags.map((found) => found.toLowerCase()) : tags)],
    isEncodable: !rules.snippetOfBytes || !isCutAmid(plainText(content)),
  };
}

/** The text of which the snippet is the beginning, without tags and code. */
function plainText(content: string): string {
  return content
    .replace(fence, "")
    .replace(codeSpan, "")
    .replace(link, "$1")
    .replace(/(\*\*|__|~~)(\S[^\n]*?)\1/g, "$2")
    .replace(/(?<!\w)([*_])(\S[^\n]*?)\1(?!\w)/g, "$2")
    .replace(/<\/?[a-z][^>\n]*>/gi, "")
    .replace(/\s*#[\p{L}\p{N}_\-/]+/gu, "")
    .split(/\n{2,}/)
    .reduce(joined, "")
    .replace(/ $/, "");
}

function isCutAmid(text: string): boolean {
  const bytes = Buffer.from(text);
  const beginning = bytes.subarray(0, snippetLength);
  const hasSpace = beginning.toString().search(/\s/) > 0;
  return bytes.length > snippetLength && !hasSpace && beginning.toString().endsWith("\ufffd");
}

/** Headings and list items are followed by a space; a list is not parted from the paragraph before it. */
function joined(before: string, block: string): string {
  return block.split("\n").reduce((all, line) => {
    const title = heading.exec(line);
    if (title) return `${all}${title[1]} `;
    const item = listItem.exec(line);
    if (item) return `${all}${item[1]} `;
    const words = line.replace(/^>\s?/, "");
    return all === "" || all.endsWith(" ") ? all + words : `${all} ${words}`;
  }, before);
}
