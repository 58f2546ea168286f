// In the browser: forms are sent and the page brought up to date without leaving it. Without this script, forms work all
// the same.

const SOON_MS = 3_000;

/** Fields that people fill in. */
const isTyped = (node) => node.matches?.("input:not([type=hidden])");

/** Brings a part up to date, and leaves alone what is typed, where the focus is, and what is unfolded. */
const morph = (old, fresh) =>
  Idiomorph.morph(old, fresh, {
    callbacks: {
      beforeNodeMorphed: (node) => !isTyped(node),
      beforeAttributeUpdated: (name) => name !== "open",
    },
  });

/** Shows the page that was answered. Where nobody answered, or a proxy did, what is shown stays; false then. */
async function show(answer) {
  const fresh = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const isPage = fresh.querySelector("main") !== null;
  if (isPage) morph(document.body, fresh.body);
  setOffline(!isPage);
  listen();
  return isPage;
}

async function load() {
  if (!(await show(await fetch("./").catch(() => null)))) setTimeout(load, SOON_MS);
}

let source;

/** Live while it is looked at, and somebody is signed in. */
function listen() {
  const isLive = document.querySelector("[data-live]") !== null && !document.hidden;
  if (isLive === (source !== undefined)) return;
  source?.close();
  source = undefined;
  if (!isLive) return;
  source = new EventSource("events");
  source.onopen = () => setOffline(false);
  source.onmessage = ({ data }) => {
    for (const [id, html] of Object.entries(JSON.parse(data))) {
      const old = document.getElementById(id);
      if (!old) return void load();
      morph(old, html);
    }
  };
  source.onerror = ({ target }) => {
    setOffline(true);
    // By itself it tries again only where nobody answered, but not after a 401, or a 502 of a proxy.
    if (target.readyState !== EventSource.CLOSED) return;
    source = undefined;
    setTimeout(load, SOON_MS);
  };
}

function setOffline(isOffline) {
  const line = document.getElementById("offline");
  if (line) line.hidden = !isOffline;
}

document.addEventListener("visibilitychange", listen);

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const part = form.closest("section")?.id;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  form.ariaBusy = null;
  form.closest("[popover]")?.hidePopover();
  if (answer?.ok) form.reset();
  await show(answer);
  focusOn(part);
});

/** On what is told; else, where the button that was pressed is gone, at the beginning of its part. */
function focusOn(part) {
  const news = document.getElementById("news");
  if (news?.childElementCount > 0) return news.focus();
  if (document.activeElement !== document.body) return;
  const heading = document.getElementById(part)?.querySelector("h2");
  (heading ?? document.querySelector("main h2"))?.focus();
}

listen();
