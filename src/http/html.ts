/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | null | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function textOf(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A template of HTML. What is put in is escaped, unless it is HTML itself; null and false are nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((text, string, at) => text + textOf(parts[at - 1]) + string));

/** A page. `head`: what stands there beside its title. */
export const htmlPage = (title: string, head: Html, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
${head}
</head>
<body>
${body}
</body>
</html>
`.text;

/** For a head: in dark colours where the browser prefers those. */
export const COLOR_SCHEME = html`<meta name="color-scheme" content="light dark">`;

/**
 * The headers of a page. It loads, runs and sends nothing but what `allowed` names (a Content-Security-Policy without
 * what all have), and no page elsewhere may show it.
 */
export const htmlHeaders = (allowed = "") => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; ${allowed}base-uri 'none'; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  // With `no-referrer` a browser would not say the Origin of a form.
  "referrer-policy": "same-origin",
});
