import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import type { CompileContext, HtmlExtension, Token } from "micromark-util-types";

/** Tags without attributes that Memos shows as HTML, as far as memoferry or people write them. */
const ALLOWED_TAG = /<\/?(?:ins|details|summary|b|i|s|u|em|strong|del|sub|sup|kbd|br)\s*\/?>/gi;

/** Raw HTML becomes visible text, except the tags above: nothing in a memo can run or load anything. */
function writeHtml(this: CompileContext, token: Token): undefined {
  const text = this.sliceSerialize(token);
  let at = 0;
  for (const tag of text.matchAll(ALLOWED_TAG)) {
    this.raw(this.encode(text.slice(at, tag.index)));
    this.raw(tag[0]);
    at = tag.index + tag[0].length;
  }
  this.raw(this.encode(text.slice(at)));
}

const someHtml: HtmlExtension = { exit: { htmlFlowData: writeHtml, htmlTextData: writeHtml } };

/** A memo's content as HTML that is safe to put into the page. Single newlines stay: the style sheet shows them. */
export function renderMarkdown(content: string): string {
  return micromark(content, {
    extensions: [gfm(), math()],
    // The last one wins.
    htmlExtensions: [gfmHtml(), mathHtml({ output: "mathml", throwOnError: false }), someHtml],
  }).replaceAll("<br />\n", "<br />");
}
