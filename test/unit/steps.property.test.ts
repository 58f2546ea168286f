import { expect, setDefaultTimeout, test } from "bun:test";
import { accessTokensIn } from "../../src/base/access-token.ts";
import type { TextEntity } from "../../src/domain/text.ts";
import { withoutCode } from "../../src/markdown/code-spans.ts";
import { withEarlySpace } from "../../src/markdown/split/snippet-bug-0-25-3.ts";
import { splitMarkdown } from "../../src/markdown/split/split.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { isCampaign, LIMIT_MS } from "../support/property.ts";
import { stepsOf } from "../support/steps.ts";

setDefaultTimeout(LIMIT_MS);

/** What keeps a reader busy that looks for the end of something, or goes back to where it began. */
const SHAPES = [
  ..."a|` x|`|``` |\\|\\`| |[x](|[|](|<|<b>|<a |</b>|<!--|$|$a |$$|$a$|*a |**|_|~|~~~\n|```\n|```\n\n|> |- |1. |\n".split(
    "|",
  ),
  ..."# |#a|#a |https://x.org/a_ |https://a|www.|&amp;|!|![|a\n|\t|\r\n|👍|家|。|<details>\n|> ```\n|- ```\n|-  |x` ".split(
    "|",
  ),
  ..."`x` |`` ` |$$\n|<p\n|<x |<b |=|[^a]:|a.|<https:|eyJ|eyJaaaaaaaa.|memos_pat_|[x](a(b)|a  | #|\n |~~a|{|a_b|x@y.z |[a]: x\n|a&nbsp;|``` a b\n".split(
    "|",
  ),
  ...["|", "| a |\n", "|-|\n", "| a |\n|-|\n", "\u200b", "\\$", "a b", "&#35;", "***a", "://", "1"],
];
const of = (shape: string, length: number) => shape.repeat(Math.ceil(length / shape.length)).slice(0, length);

/** Those that change as they go on: every length of back-ticks, an item in an item, something long before its end. */
const GROWING: ((length: number) => string)[] = [
  (length) => Array.from({ length: Math.sqrt(length) }, (_, size) => "`".repeat(size)).join("a"),
  (length) => `${of(" ", length / 2)}\`\`\`\n${of("\n", length / 2)}`,
  (length) => `${of("> ", length / 2)}\`\`\`\n${of("> \n", length / 2)}`,
  (length) => `${of(" ", length)}#`,
  (length) => `${of("\\", length)}x`,
  (length) => `<a ${of("href ", length)}`,
  (length) => `https://${of("a.", length)}-`,
  (length) => `x ${of("$$", length / 2)}${of("\n ", length / 2)}`,
];

/** As Telegram marks them: the whole text, and each word, up to a hundred of them. */
function entitiesOf(text: string): TextEntity[][] {
  const whole = { offset: 0, length: text.length };
  const words = Array.from({ length: 100 }, (_, at) => ({
    offset: Math.floor((at * text.length) / 100),
    length: 3,
  }));
  const all = (...types: string[]) => types.map((type) => ({ type, url: "https://x.org/", ...whole }));
  return [
    [],
    [...all("bold", "strikethrough"), ...words.map((word) => ({ type: "hashtag", ...word }))],
    [...all("blockquote", "italic"), ...words.map((word) => ({ type: "code", ...word }))],
    words.map((word, at) => ({ type: at % 2 ? "url" : "text_link", url: `https://x.org/${at}`, ...word })),
    words.map((word, at) => ({ type: at % 2 ? "pre" : "spoiler", ...word })),
  ];
}

const FLAVORS = ["modern", "0.25.3", "gomark"] as const;

/** As typed, and then in one flavour and formatting with some entities. */
function work(text: string, turn: number): void {
  const flavor = FLAVORS[turn % FLAVORS.length];
  const formatting = turn % 2 === 0 ? "as_typed" : "exact";
  const marked = entitiesOf(text);
  accessTokensIn(text);
  withoutCode(text);
  toMarkdown({ text, entities: marked[turn % marked.length] ?? [] }, { flavor, formatting });
  const markdown = toMarkdown({ text, entities: [] });
  splitMarkdown(markdown, { firstBytes: 64, restBytes: 64 }).map(withEarlySpace);
}

const LENGTHS = isCampaign ? [500, 4_000] : [100, 400];

test("work on a text grows with its length and no more, whatever it is", () => {
  const grown: [string, number][] = [];
  const makers = [...SHAPES.map((shape) => (length: number) => of(shape, length)), ...GROWING];
  for (const [at, make] of makers.entries()) {
    for (const turn of isCampaign ? Array(6).keys() : [at]) {
      const [few = 0, many = 0] = LENGTHS.map((length) => stepsOf(() => work(make(length), turn)));
      const [shorter = 0, longer = 0] = LENGTHS;
      grown.push([JSON.stringify(make(30)), many / longer / (few / shorter)]);
    }
  }
  expect(grown.filter(([, times]) => times > 1.6)).toEqual([]);
});
