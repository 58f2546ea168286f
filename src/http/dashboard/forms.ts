import { SCOPES } from "../../domain/scope.ts";
import { type Html, html } from "../html.ts";
import type { View } from "./view.ts";

/** A button that sends at once. `about`: what it is for, where only its place in a list says so. */
export const button = (action: string, fields: Record<string, string>, label: string, about = ""): Html =>
  html`<form method="post" action="${action}">${hidden(fields)}<button>${label}${unseen(about)}</button></form>`;

/** A button that asks before it sends. */
export const askingButton = (
  id: string,
  given: { action: string; fields: Record<string, string>; label: string; about: string; question: string },
): Html =>
  html`<button type="button" popovertarget="${id}">${given.label}…${unseen(given.about)}</button>
${popover(
  id,
  given.question,
  html`<form method="post" action="${given.action}">${hidden(given.fields)}<p class="do"><button class="danger">${given.label}</button>${cancel(id, true)}</p></form>`,
)}`;

const hidden = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);

/** For screen readers: what only the place of a button shows. */
const unseen = (text: string) => text !== "" && html`<span class="unseen"> ${text}</span>`;

/** `isFirst`: what a hasty Return presses. */
const cancel = (id: string, isFirst = false) =>
  html`<button type="button" popovertarget="${id}" popovertargetaction="hide"${isFirst && AUTOFOCUS}>Cancel</button>`;

const AUTOFOCUS = html` autofocus`;

/** Opened by a button that names it; needs no script. */
const popover = (id: string, title: string, content: Html) =>
  html`<div popover id="${id}" role="dialog" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</div>`;

const opener = (id: string, label: string) =>
  html`<button type="button" popovertarget="${id}">${label}…</button>`;

export const openers = {
  bind: opener("bind", "Bind"),
  invite: opener("invite", "Invite"),
  addToken: opener("add-token", "New token"),
};

/** What buttons of several parts open. */
export function forms({ people }: Pick<View, "people">): Html {
  const active = people.filter(({ state }) => state === "active");
  const scopes = SCOPES.map((scope) => html`<option value="${scope}">${SCOPE_WORDS[scope]}</option>`);
  return html`<div id="forms">${popover(
    "bind",
    "Bind a person",
    html`<p>They are told in their chat, if they have written to the bot before.</p>
${bindForm("bind")}`,
  )}
${popover(
  "invite",
  "Invite a person",
  html`<p>A link for one person, good for 24 hours. Into an account of their own they bring an access token.</p>
<form method="post" action="invite">
<label>They save into<select name="account_of" autofocus><option value="">an account of their own</option>
${active.map(({ telegram_id, display_name }) => html`<option value="${telegram_id}">the account of ${display_name} (${telegram_id})</option>`)}
</select></label>
<p class="do"><button class="main">Make a link</button>${cancel("invite")}</p></form>`,
)}
${popover(
  "add-token",
  "New token",
  html`<p>For a script or a program that must not hold the admin token.</p>
<form method="post" action="add-token">
<label>Name<input name="name" autofocus required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" title="letters, digits, dots, dashes and underscores" autocomplete="off" spellcheck="false"></label>
<label>It may<select name="scope">${scopes}</select></label>
<label>For whom, where it makes memos<select name="telegram_id"><option value="">–</option>
${people.map(({ telegram_id, display_name }) => html`<option value="${telegram_id}">${display_name} (${telegram_id})</option>`)}
</select></label>
<p class="do"><button class="main">Make a token</button>${cancel("add-token")}</p></form>`,
)}</div>`;
}

/** By what somebody else tells of themselves: the bot's `/id`, and an access token made in Memos. */
export const bindForm = (id: string | null): Html =>
  html`<form method="post" action="bind">
<label>Telegram id<input name="telegram_id"${id !== null && AUTOFOCUS} required inputmode="numeric" pattern=" *[0-9]+ *" title="a number" autocomplete="off"></label>
<label>Access token of Memos<input name="access_token" type="password" required autocomplete="off"></label>
<p class="do"><button class="main">Bind</button>${id !== null && cancel(id)}</p></form>`;

export const SCOPE_WORDS: Readonly<Record<(typeof SCOPES)[number], string>> = {
  notify: "send notifications",
  capture: "make memos for one person",
  metrics: "read the metrics",
  read: "read all, and change nothing",
};
