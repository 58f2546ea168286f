/** What the server reads out of a memo's Markdown: tags, properties, title and, roughly, the snippet. */

export interface MarkdownRules {
  /** Before 0.30 the text of a link, and even its address, was searched for tags. */
  tagsInLinks: boolean;
  snippetKeepsTagsAndCode: boolean;
  /** 0.25.3 cuts bytes: amid a letter where there is no space, and then no answer with the memo can be encoded. */
  snippetOfBytes: boolean;
  /** A memo "has code" also where the code stands within a line. */
  spansAreCode: boolean;
}

export interface Reading {
  tags: string[];
  property: { hasLink: boolean; hasTaskList: boolean; hasCode: boolean; hasIncompleteTasks: boolean };
  title: string;
  /** Undefined: it is no text that can be sent. */
  snippet: string | undefined;
}

const snippetLength = 64;

const fence = /^(```|~~~)[^\n]*\n[\s\S]*?(?:\n\1[^\n]*|$(?![\s\S]))/gm;
const codeSpan = /(`+)(?!`)([^\n]*?[^`\n])\1(?!`)/g;
const link = /!?\[([^\]\n]*)\]\(([^)\s]+)\)/g;
/** Its text is no text to the parser: it is searched for nothing. */
const autolink = /<[a-z][a-z\d+.-]{1,31}:[^\s<>]*>/gi;
const plainLink = /(?<!!)\[[^\]\n]*\]\([^)\s]+\)/;
const tag = /(?<!\\)#([\p{L}\p{N}\p{S}\p{M}_\-/&\u200d]{1,100})/gu;
const task = /^\s*(?:[-*+]|\d+[.)])\s+\[([ xX])\]\s+/gm;
const heading = /^#{1,6}\s+(.*)$/;
const listItem = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/;

export function readMarkdown(content: string, rules: MarkdownRules): Reading {
  const noCode = content.replace(fence, "").replace(codeSpan, "");
  const noAutolinks = noCode.replace(autolink, "");
  const searched = rules.tagsInLinks ? noAutolinks : noAutolinks.replace(link, "");
  const tasks = [...noCode.matchAll(task)];
  return {
    tags: [...new Set([...searched.matchAll(tag)].map((match) => match[1] ?? ""))],
    property: {
      hasLink: plainLink.test(noCode),
      hasTaskList: tasks.length > 0,
      hasCode: (rules.spansAreCode ? noCode : content.replace(fence, "")) !== content,
      hasIncompleteTasks: tasks.some((match) => match[1] === " "),
    },
    title: /^#\s+([^\n]+)/.exec(content)?.[1]?.trim() ?? "",
    snippet: snippetOf(content, rules),
  };
}

function snippetOf(
  content: string,
  { snippetKeepsTagsAndCode: keepsTagsAndCode, snippetOfBytes }: MarkdownRules,
): string | undefined {
  const plain = content
    .replace(fence, "")
    .replace(codeSpan, keepsTagsAndCode ? "$2" : "")
    .replace(link, "$1")
    .replace(/(\*\*|__|~~)(\S[^\n]*?)\1/g, "$2")
    .replace(/(?<!\w)([*_])(\S[^\n]*?)\1(?!\w)/g, "$2")
    .replace(/<\/?[a-z][^>\n]*>/gi, "");
  const untagged = keepsTagsAndCode ? plain : plain.replace(/\s*#[\p{L}\p{N}_\-/]+/gu, "");
  const text = untagged
    .split(/\n{2,}/)
    .reduce(joined, "")
    .replace(/ $/, "");
  if (snippetOfBytes && isCutAmid(text)) return undefined;
  const points = [...text];
  if (points.length <= snippetLength) return /^\s*$/.test(text) ? text.replace(/[ \t\n]/g, "") : text;
  const cut = points.slice(0, snippetLength).join("");
  const lastSpace = cut.lastIndexOf(" ");
  return `${lastSpace > 0 ? cut.slice(0, lastSpace) : cut} ...`;
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
