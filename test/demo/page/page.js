// Asks for the state twice a second, and shows it.
import { showChat, showEnd } from "./chat.js";
import { createComposer } from "./composer.js";
import { element, find, shownTime } from "./dom.js";
import { findMemo, showMemos } from "./memos.js";
import { samplesFor } from "./samples.js";

const POLL_MS = 500;
const GONE_MS = 2000;
const TOAST_MS = 7000;

let as = new URLSearchParams(location.hash.slice(1)).get("as") ?? "";
let known = "";
/** The state that is shown now; null before the first. */
let current = null;
let timer = 0;
let asking = null;
let isGone = false;

const composer = createComposer({ send, edit });

async function refresh() {
  clearTimeout(timer);
  asking ??= ask().finally(() => {
    asking = null;
  });
  await asking;
  clearTimeout(timer);
  timer = setTimeout(refresh, isGone ? GONE_MS : POLL_MS);
}

async function ask() {
  const asked = as;
  try {
    const answer = await fetch(`/api/state?${new URLSearchParams({ as, known })}`);
    if (answer.status === 200) {
      const state = await answer.json();
      if (asked !== as) return;
      known = state.revision;
      as = state.as;
      show(state);
    } else if (isGone && current) {
      show(current);
    }
    isGone = false;
  } catch {
    // The demo was ended.
    isGone = true;
    known = "";
    const status = find("#status");
    status.textContent = "The demo has ended. Start it again with npm run demo.";
    status.classList.add("off");
  }
}

function show(state) {
  current = state;
  const { ferry, memos, people } = state;
  showStatus(state);
  showChat(state, { press, send, reply: composer.reply, edit: composer.edit, findMemo: openMemo });
  showMemos(memos, as);
  showPeople(people);
  showSamples(people.find(({ key }) => key === as));
  showLog(ferry.log);
}

function showStatus({ ferry, memos }) {
  const status = find("#status");
  const jobs = ferry.status?.jobs;
  const counts = jobs
    ? [
        [jobs.waiting + jobs.working, "waiting"],
        [jobs.done, "done"],
        [jobs.dead, "failed"],
      ]
        .filter(([count, name]) => count > 0 || name === "done")
        .map(([count, name]) => `${count} ${name}`)
    : [];
  const head = ferry.pid === null ? "memoferry was killed" : `memoferry runs, process ${ferry.pid}`;
  setText(status, [head, ...counts].join(" · "));
  status.classList.toggle("off", ferry.pid === null);

  const ferryLever = find("#lever-ferry");
  setText(ferryLever, ferry.pid === null ? "Start memoferry again" : "Kill memoferry");
  ferryLever.title = ferry.pid === null ? "" : "SIGKILL: it gets no time for anything";
  ferryLever.classList.toggle("pulled", ferry.pid === null);
  find("#lever-memos").setAttribute("aria-checked", String(memos.away !== null));

  note(
    "#chat-note",
    ferry.pid === null
      ? "memoferry is not running. Write on: Telegram keeps your messages until it is back."
      : null,
  );
  note(
    "#memos-note",
    memos.away && "Memos is away. Write on: memoferry keeps your messages and saves them when Memos is back.",
  );
}

function note(selector, text) {
  const target = find(selector);
  target.hidden = !text;
  setText(target, text ?? "");
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function showPeople(people) {
  const group = find("#people");
  group.hidden = people.length < 2;
  for (const { key, name, isBound } of people) {
    const id = `person-${key}`;
    if (!document.getElementById(id)) {
      const input = element("input", { type: "radio", name: "person", id, value: key });
      input.addEventListener("change", () => {
        as = key;
        known = "";
        composer.forget();
        history.replaceState(null, "", `#as=${key}`);
        void refresh();
      });
      group.append(element("label", {}, input, element("span")));
    }
    const input = document.getElementById(id);
    input.checked = key === as;
    input.parentElement.title = isBound ? "has a Memos account" : "unknown to the bot";
    setText(input.nextElementSibling, isBound ? name : `${name}, a stranger`);
  }
}

let samplesOf = "";
function showSamples(person) {
  const shown = person && `${person.key} ${person.isBound}`;
  if (!person || samplesOf === shown) return;
  samplesOf = shown;
  find("#samples").replaceChildren(
    ...samplesFor(person).map(({ label, make, play }) => {
      const button = element("button", { type: "button" }, label);
      button.addEventListener("click", async () => {
        button.disabled = true;
        try {
          if (play) await sendTo("play", { as, what: play });
          else await send(await make());
        } finally {
          button.disabled = false;
        }
      });
      return button;
    }),
  );
}

let logShown = "";
function showLog(lines) {
  const now = JSON.stringify(lines.at(-1) ?? "") + lines.length;
  if (now === logShown) return;
  logShown = now;
  const list = find("#log");
  list.replaceChildren(
    ...lines.map(({ time, level, text }) =>
      element("li", { class: level }, `${shownTime(Date.parse(time), true)}  ${text}`),
    ),
  );
  list.scrollTop = list.scrollHeight;
}

/** Sends as the person chosen; false when that failed, which was told. */
async function send({ text, entities, photos = [], documents = [], replyTo }) {
  const form = new FormData();
  // As JSON: a form would turn each newline into two characters, and move the entities.
  form.set("message", JSON.stringify({ text, entities, replyTo }));
  for (const [name, blob] of photos) form.append("photo", blob, name);
  for (const [name, blob] of documents) form.append("document", blob, name);
  return sendTo("send", { as }, form);
}

/** What was edited stays where it is. */
async function edit(change) {
  return (await post(`/api/edit?${new URLSearchParams({ as })}`, JSON.stringify(change))) !== null;
}

/** What a person does is seen at the end of the chat; false when it failed, which was told. */
async function sendTo(path, query, body) {
  const answer = await post(`/api/${path}?${new URLSearchParams(query)}`, body);
  showEnd();
  return answer !== null;
}

async function press(message, row, column) {
  const body = JSON.stringify({ message, row, column });
  const answer = await post(`/api/press?${new URLSearchParams({ as })}`, body);
  if (answer?.answer?.text) tell(answer.answer.text);
}

/** The answer's JSON, or null after telling what went wrong. */
async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body });
    if (!answer.ok) {
      tell(await answer.text());
      return null;
    }
    return await answer.json();
  } catch {
    tell("The demo does not answer any more.");
    return null;
  } finally {
    void refresh();
  }
}

function tell(text) {
  const toast = element("button", { type: "button", title: "Close" }, text);
  toast.addEventListener("click", () => toast.remove());
  setTimeout(() => toast.remove(), TOAST_MS);
  find("#toasts").append(toast);
}

function pane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === name));
  }
}

function openMemo(name) {
  pane("memos");
  if (!findMemo(name)) tell("That memo is not here any more.");
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => pane(button.dataset.show));
}
find("#lever-memos").addEventListener("click", () => {
  void post(current?.memos.away ? "/api/memos-up" : "/api/memos-down");
});
find("#lever-ferry").addEventListener("click", async ({ currentTarget }) => {
  currentTarget.disabled = true;
  await post(current?.ferry.pid === null ? "/api/start" : "/api/kill");
  currentTarget.disabled = false;
});
composer.focus();
void refresh();
