import { hash } from "node:crypto";
import { Elysia } from "elysia";
import { Html, html, htmlHeaders, htmlPage } from "./html.ts";

/** Fields and words of the page; what it saves is sent to `POST /api/v1/memos`. */
const MAIN = html`<main>
<h1>Save to Memos</h1>
<form>
<label for="content">Memo (Markdown)</label>
<textarea id="content" rows="12" required></textarea>
<label for="token">Token of the scope capture</label>
<input id="token" type="password" autocomplete="off" required>
<button>Save</button>
<p id="said" role="status"></p>
</form>
</main>`;

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:auto;padding:1rem}
label,textarea,input{display:block;width:100%;box-sizing:border-box}
textarea,input,button{font:inherit;padding:.5rem;margin-bottom:1rem}`;

/** The key stays the same until the words change: pressed twice, or again after a lost answer, it is one memo. */
export const SCRIPT = `const at = (id) => document.getElementById(id);
const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
let key = newKey();
at("content").value = new URLSearchParams(location.hash.slice(1)).get("content") ?? "";
at("content").addEventListener("input", () => { key = newKey(); });
at("token").value = localStorage.getItem("token") ?? "";
document.forms[0].addEventListener("submit", async (event) => {
  event.preventDefault();
  at("said").textContent = "…";
  try {
    const token = at("token").value.trim();
    const answer = await fetch("api/v1/memos", {
      method: "POST",
      headers: { authorization: "Bearer " + token, "content-type": "application/json" },
      body: JSON.stringify({ content: at("content").value, idempotency_key: key }),
    });
    if (answer.ok) localStorage.setItem("token", token);
    at("said").textContent = answer.ok ? "Saved." : (await answer.json()).detail;
  } catch {
    at("said").textContent = "memoferry does not answer. Press Save again: it will be one memo.";
  }
});`;

const hashOf = (text: string) => `'sha256-${hash("sha256", text, "base64")}'`;

const PAGE = htmlPage(
  "Save to Memos",
  html`<style>${new Html(STYLE)}</style>`,
  html`${MAIN}
<script>${new Html(SCRIPT)}</script>`,
);

const HEADERS = htmlHeaders(
  `style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; connect-src 'self'; form-action 'none'; `,
);

/**
 * `GET /capture`: where the bookmarklet of docs/capture.md leads. What it is given stands behind the `#`, which no server
 * and no log sees, and nothing is saved before a press: no other page can send anything by it.
 */
export const capturePage = () =>
  new Elysia().get("/capture", () => new Response(PAGE, { headers: HEADERS }), { detail: { hide: true } });
