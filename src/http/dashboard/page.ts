import { COLOR_SCHEME, type Html, html, htmlPage } from "../html.ts";
import type { Invitation } from "../invitations.ts";
import type { AddedToken } from "../tokens.ts";
import { partsOf } from "./parts.ts";
import { qrCode } from "./qr.ts";
import type { View } from "./view.ts";

const close = html`<a class="button" href="./">Close</a>`;

const HEAD = html`${COLOR_SCHEME}
<link rel="icon" href="dashboard.svg" type="image/svg+xml">
<link rel="stylesheet" href="dashboard.css">
<script defer src="idiomorph.js"></script>
<script type="module" src="dashboard.js"></script>`;

/** `banner`: what stands above, beside the name. */
const page = (content: Html, banner: Html | false = false): string =>
  htmlPage(
    "memoferry",
    HEAD,
    html`<header><h1><img src="dashboard.svg" alt="" width="28" height="28">memoferry</h1>${banner}</header>
${content}`,
  );

/** For who is not signed in. */
export const signInPage = (why = ""): string =>
  page(html`<main class="narrow">
${news(trouble(why))}
<section aria-labelledby="sign-in">
<h2 id="sign-in">Sign in</h2>
<form method="post" action="sign-in">
<input hidden autocomplete="username" value="admin">
<label>Admin token<input name="token" type="password" required autofocus autocomplete="current-password"></label>
<p class="quiet">It is in <code>ADMIN_TOKEN</code>, or in the file <code>admin-token</code> of the data folder.</p>
<p class="do"><button class="main">Sign in</button></p>
</form>
</section>
</main>`);

/** `told`: what came of a form. */
export function dashboardPage(view: View, told: Html | string = ""): string {
  const { version, commit, bot } = view.status;
  return page(
    html`<main data-live>
<p id="offline" class="bad" role="status" hidden>memoferry does not answer. Trying again …</p>
${news(typeof told === "string" ? trouble(told, close) : told)}
${Object.values(partsOf(view))}
</main>
<footer>
<p>memoferry ${version}${commit !== null && ` (${commit})`} · <a href="openapi">API</a></p>
</footer>`,
    html`<p>${bot && html`<a href="https://t.me/${bot.username}">@${bot.username}</a>`}</p>
<form method="post" action="sign-out"><button>Sign out</button></form>`,
  );
}

/** A place for what is told once; it takes the focus. */
const news = (told: Html | false) => html`<div id="news" tabindex="-1">${told}</div>`;

const trouble = (text: string, close: Html | false = false) =>
  text !== "" && html`<div class="trouble"><p class="bad" role="alert">${text}</p>${close}</div>`;

export const invitationNews = ({ url }: Invitation): Html =>
  html`<section aria-labelledby="news-title"><h2 id="news-title">Invitation</h2>
<div class="beside"><div><p>For one person, until it is used or 24 hours have passed. They open it on their phone, or point its camera at the code.</p>
<p><a href="${url}">${url}</a></p></div>${qrCode(url)}</div>
<p>${close}</p></section>`;

export const tokenNews = ({ name, token }: AddedToken): Html =>
  html`<section aria-labelledby="news-title"><h2 id="news-title">The token ${name}</h2>
<p>Copy it now: it is not shown again.</p>
<p><code class="once">${token}</code></p>
<p>${close}</p></section>`;
