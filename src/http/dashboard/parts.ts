import { isExported } from "../../domain/exported.ts";
import { UNREADABLE } from "../../domain/job.ts";
import type { BindingRow } from "../bindings.ts";
import { type Html, html } from "../html.ts";
import type { TokenRow } from "../tokens.ts";
import type { UpdateRow } from "../updates.ts";
import { chart } from "./chart.ts";
import { askingButton, button, forms, openers, SCOPE_WORDS } from "./forms.ts";
import { guide } from "./guide.ts";
import { SHOWN, type View } from "./view.ts";
import { ago, bytes, counted } from "./words.ts";

/** What is brought up to date, by the id of its element. Without a binding: how to come to one. */
export function partsOf(view: View): Readonly<Record<string, Html>> {
  if (view.people.length === 0) return { summary: summary(view), guide: guide(view) };
  return {
    summary: summary(view),
    state: state(view),
    messages: messages(view),
    chart: chart(view.hours),
    people: people(view),
    tokens: tokens(view),
    forms: forms(view),
  };
}

/** The page in a sentence, which screen readers say again when it changes. */
function summary({ now, status, readiness, people }: View): Html {
  const { jobs, telegram, memos, last_saved_at } = status;
  const troubles = [
    !readiness.store.ready && "The database cannot be written.",
    !readiness.disk.ready && "The disk is full.",
    telegram.reachable === false && "Nothing comes in from Telegram.",
    memos.reachable === false && "Memos is not reachable.",
    jobs.dead > 0 && `${counted(jobs.dead, "message")} failed.`,
  ].filter((trouble) => trouble !== false);
  const [kind, words] =
    troubles.length > 0
      ? ["bad", troubles.join(" ")]
      : telegram.reachable === null || memos.reachable === null
        ? ["", "Looking at Telegram and Memos …"]
        : people.length === 0
          ? ["", "Nobody is connected yet."]
          : ["good", "All is well."];
  const saved = last_saved_at !== null && html` Last saved ${ago(last_saved_at, now)}.`;
  return html`<p id="summary" role="status" class="${kind}">${words}${saved}</p>`;
}

function state({ now, status, readiness }: View): Html {
  const { receive, telegram, memos, disk, bot } = status;
  const other = receive.mode === "polling" ? "webhook" : "polling";
  const free = disk.free_bytes === null ? "" : `${bytes(disk.free_bytes)} free`;
  return html`<section id="state" aria-labelledby="state-title">
<h2 id="state-title" tabindex="-1">State</h2>
<dl class="cards">
${card(
  "Telegram",
  telegram.reachable,
  ["Receiving", "Not receiving"],
  html`<p>${telegram.detail ?? (bot && `@${bot.username}`)}</p>
<p>By ${receive.mode} since ${ago(receive.since, now)}: ${receive.reason}.</p>
${button("receive", { mode: other }, `Switch to ${other}`)}`,
)}
${card(
  "Memos",
  memos.reachable,
  ["Reachable", "Not reachable"],
  memos.detail === null
    ? html`<p>Version ${memos.version}</p><p>${memos.url}</p>`
    : html`<p>${memos.detail}</p>`,
)}
${card("Store", readiness.store.ready, ["Good", "Trouble"], html`${readiness.store.detail && html`<p>${readiness.store.detail}</p>`}`)}
${card(
  "Disk",
  readiness.disk.ready,
  ["Good", "Full"],
  html`<p>${free}</p>${!disk.taking_updates && html`<p>Nothing is taken in until there is more room.</p>`}`,
)}
</dl>
</section>`;
}

function card(name: string, isGood: boolean | null, [good, bad]: [string, string], content: Html): Html {
  const [kind, word] = isGood === null ? ["", "Not known yet"] : isGood ? ["good", good] : ["bad", bad];
  const wide = name === "Telegram" || name === "Memos" ? " wide" : "";
  return html`<div class="${kind}${wide}"><dt>${name}</dt><dd><strong>${word}</strong>${content}</dd></div>`;
}

function messages(view: View): Html {
  const { status, dead, working, waiting } = view;
  const { jobs } = status;
  const under = [...working, ...waiting];
  return html`<section id="messages" aria-labelledby="messages-title">
<h2 id="messages-title" tabindex="-1">Messages</h2>
<dl class="counts">
<div><dt>Waiting</dt><dd>${jobs.waiting}</dd></div>
<div><dt>At work</dt><dd>${jobs.working}</dd></div>
<div${jobs.dead > 0 && html` class="bad"`}><dt>Failed</dt><dd>${jobs.dead}</dd></div>
<div><dt>Done</dt><dd>${jobs.done}</dd></div>
</dl>
${
  dead.length > 0 &&
  html`<div class="head"><h3>Failed</h3>${dead.length > 1 && button("retry-all", {}, "Retry all")}</div>
${list(dead, SHOWN.updates, (row) => failed(row, view))}`
}
${under.length > 0 && html`<h3>Waiting and at work</h3>${list(under, SHOWN.updates, (row) => pending(row, view))}`}
</section>`;
}

const NOTIFICATION = "notification";

/** Not what Telegram refused to bring to a person, nor what could not be read. */
const canBeRetried = ({ kind, reason }: UpdateRow) => kind !== NOTIFICATION && reason !== UNREADABLE;

function failed(row: UpdateRow, view: View): Html {
  const { seq, update_id, detail, reason } = row;
  const about = `${nameOf(row)} ${sender(row, view)}`;
  return html`<li id="update-${seq}" class="wide"><div>${headOf(row, view)}<p>${detail ?? reason}</p></div>
<div class="do">${canBeRetried(row) && button("retry", { update_id }, "Retry", about)}
${askingButton(`discard-${seq}`, {
  action: "discard",
  fields: { update_id },
  label: "Discard",
  about,
  question: `Discard this message? It ${row.kind === NOTIFICATION ? "is not sent" : "does not become a memo"}.`,
})}</div></li>`;
}

function pending(row: UpdateRow, view: View): Html {
  const { seq, state, waiting_for, detail, reason, attempts } = row;
  const why = state === "working" ? "At work" : (WAITS[waiting_for ?? ""] ?? "Waits");
  const more = detail ?? reason;
  return html`<li id="update-${seq}"><div>${headOf(row, view)}<p>${why}${more && ` (${more})`}${
    attempts > 0 && `, ${counted(attempts, "failed try").replace("trys", "tries")}`
  }</p></div></li>`;
}

const WAITS: Readonly<Record<string, string>> = {
  "": "Queued",
  album: "Waits for the rest of its album",
  retry: "Tried again soon",
  memos: "Waits for Memos",
  telegram: "Waits for Telegram",
  binding: "Waits until its account is bound",
  disk: "Waits for room on the disk",
};

const KINDS: Readonly<Record<string, string>> = {
  edited_message: "Edit",
  channel_post: "Post",
  edited_channel_post: "Edit of a post",
  callback_query: "Button",
};

const headOf = (row: UpdateRow, view: View) =>
  html`<strong>${nameOf(row)}</strong> ${sender(row, view)}, <span class="quiet">${ago(row.received_at, view.now)}</span>`;

const nameOf = ({ kind }: UpdateRow) =>
  KINDS[kind] ?? `${kind[0]?.toUpperCase()}${kind.slice(1).replaceAll("_", " ")}`;

function sender({ kind, chat_id }: UpdateRow, { people }: View): string {
  if (chat_id === null) return "";
  if (isExported(chat_id)) return "from an export";
  const person = people.find(({ telegram_id }) => telegram_id === chat_id);
  const chat = chat_id < 0 ? `the group ${chat_id}` : chat_id;
  return `${kind === NOTIFICATION ? "to" : "from"} ${person?.display_name ?? chat}`;
}

function people({ people }: View): Html {
  return html`<section id="people" aria-labelledby="people-title">
<div class="head"><h2 id="people-title" tabindex="-1">People</h2><div class="do">${openers.invite}${openers.bind}</div></div>
${list(people, SHOWN.people, person)}
</section>`;
}

function person(row: BindingRow): Html {
  const { telegram_id, display_name, username, account, guest_of, state, paused_reason } = row;
  return html`<li id="person-${telegram_id}"><div><strong>${display_name}</strong> ${username !== null && `@${username} `}<span class="quiet">${telegram_id} → ${account}${guest_of !== null && `, guest of ${guest_of}`}</span>
${state === "paused" && html`<p class="bad">Paused: ${paused_reason}</p>`}</div>
<div class="do">${askingButton(`unbind-${telegram_id}`, {
    action: "unbind",
    fields: { telegram_id: String(telegram_id) },
    label: "Remove",
    about: display_name,
    question: `Remove ${display_name}? What they send is not saved any more. Their memos stay.`,
  })}</div></li>`;
}

function tokens({ tokens, now }: View): Html {
  return html`<section id="tokens" aria-labelledby="tokens-title">
<div class="head"><h2 id="tokens-title" tabindex="-1">Tokens</h2><div class="do">${openers.addToken}</div></div>
${tokens.length === 0 ? html`<p class="quiet">None: only the admin token opens the API.</p>` : list(tokens, SHOWN.tokens, (row) => token(row, now))}
</section>`;
}

function token({ id, name, scope, telegram_id, used_at }: TokenRow, now: number): Html {
  return html`<li id="token-${id}"><div><strong>${name}</strong> may ${SCOPE_WORDS[scope]}${telegram_id !== null && ` (${telegram_id})`},
<span class="quiet">${used_at === null ? "never used" : html`used ${ago(used_at, now)}`}</span></div>
<div class="do">${askingButton(`revoke-${id}`, {
    action: "revoke-token",
    fields: { name },
    label: "Revoke",
    about: name,
    question: `Revoke ${name}? Whatever uses it is refused from now on.`,
  })}</div></li>`;
}

/** The rest is for the command line, and for the API. */
function list<Row>(rows: readonly Row[], most: number, item: (row: Row) => Html): Html {
  return html`<ul class="rows">${rows.slice(0, most).map(item)}</ul>
${rows.length > most && html`<p class="quiet">These are the first ${most}; <code>memoferry</code> on the command line lists all.</p>`}`;
}
