import { type AnyElysia, Elysia } from "elysia";
import { html, htmlHeaders, htmlPage } from "./html.ts";
import { viewer } from "./viewer-bun.ts";

/** Styles are the viewer's own, put in as it draws. Scripts are this one's alone, and nobody else is called. */
const HEADERS = htmlHeaders(
  "script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'none'; ",
);

/**
 * In colours that can be read: some of the viewer's own are too light. What it loads lies beside it, so that a proxy may
 * put all of it under a prefix.
 */
const PAGE = htmlPage(
  "memoferry API",
  html`<style>
openapi-explorer { --blue: #1d4ed8; --green: #166534; --red: #b91c1c; --orange: #9a3412; --purple: #6d28d9 }
</style>`,
  html`<openapi-explorer spec-url="openapi/json" hide-server-selection primary-color="#1d4ed8" text-color="#1f2937"
  secondary-color="#374151" nav-bg-color="#f3f4f6" nav-text-color="#1f2937" nav-hover-text-color="#1d4ed8">
  <h1 slot="overview-header">memoferry API</h1>
</openapi-explorer>
<script src="openapi/viewer.js"></script>`,
);

/** `/openapi`: a page that shows the document at `/openapi/json`. What they are made of is loaded once it is asked for. */
export function documentation(app: AnyElysia) {
  return new Elysia({ prefix: "/openapi", detail: { hide: true } })
    .get("/", ({ path }) =>
      // Seen from there, what it loads would lie elsewhere.
      path.endsWith("/")
        ? new Response(null, { status: 302, headers: { location: "../openapi" } })
        : new Response(PAGE, { headers: HEADERS }),
    )
    .get("/json", async () => {
      const { openApiDocument } = await import("./openapi.ts");
      return openApiDocument(app);
    })
    .get("/viewer.js", async () => {
      return new Response(await viewer(), { headers: { "content-type": "text/javascript; charset=utf-8" } });
    });
}
