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
