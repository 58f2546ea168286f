// The left side: the messages of one chat, as Telegram's clients show them.
import { element, fileLink, find, link, player, reconcile, shownTime } from "./dom.js";

/** What the messages can do: press, send, reply, edit, findMemo; and where memos of the stand-in are found. */
let act = null;
let memosUrl = "";
let shownFor = "";

export function showChat({ as, messages, memos, ferry }, actions) {
  act = actions;
  memosUrl = memos.url;
  const bot = ferry.status?.bot;
  if (bot) find("#bot-name").textContent = bot.name;
  find("#bot-line").textContent = bot
    ? `@${bot.username} · a stand-in for Telegram`
    : "a stand-in for Telegram";
  const list = find("#messages");
  if (shownFor !== as) list.replaceChildren();
  const isFirst = shownFor !== as;
  shownFor = as;
  list.querySelector(".empty")?.remove();
  const fresh = reconcile(list, grouped(messages), message);
  if (!isFirst) for (const item of fresh) item.classList.add("new");
  if (messages.length === 0) {
    list.append(
      element(
        "li",
        { class: "empty" },
        "Write something, or try one of the suggestions below. It becomes a memo ",
        element("span", { class: "wide" }, "on the right."),
        element("span", { class: "narrow" }, "under Memos."),
      ),
    );
  }
  if (isFirst) isAtEnd = true;
  if (isAtEnd) toEnd();
}

/** Who writes sees what they wrote. */
export function showEnd() {
  isAtEnd = true;
  toEnd();
}

/** Who has scrolled up to read is left there. */
let isAtEnd = true;
const toEnd = () => {
  const list = find("#messages");
  list.scrollTop = list.scrollHeight;
};
find("#messages").addEventListener("scroll", ({ currentTarget: list }) => {
  isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
});
// A picture arrives, a drawer opens: the end stays in view.
find("#messages").addEventListener("load", () => isAtEnd && toEnd(), true);
new ResizeObserver(() => isAtEnd && toEnd()).observe(find("#messages"));

/** An album is shown as one. */
function grouped(messages) {
  const items = [];
  for (const message of messages) {
    const last = items.at(-1);
    if (message.album !== null && last?.value[0].album === message.album) last.value.push(message);
    else items.push({ key: String(message.id), value: [message] });
  }
  return items;
}

function message(parts) {
  const [first] = parts;
  const bubble = element("div", { class: "bubble" });
  if (first.forwardedFrom)
    bubble.append(element("span", { class: "forwarded" }, `Forwarded from ${first.forwardedFrom}`));
  if (first.replyTo) bubble.append(element("span", { class: "reply" }, first.replyTo.text));
  if (first.voice) bubble.append(player(sentFile(first.voice.file, "", "voice")));
  if (first.place) bubble.append(place(first.place));
  const photos = parts.filter(({ photo }) => photo !== null);
  if (photos.length > 0) bubble.append(album(photos));
  for (const { document } of parts) {
    if (document)
      bubble.append(fileLink(sentFile(document.file, document.name), document.name, document.size));
  }
  for (const { text, entities } of parts) {
    if (text === "") continue;
    const shown = element("span", { class: "text" });
    formatted(shown, text, entities);
    bubble.append(shown);
  }
  const edited = first.edited && first.from === "person" ? "edited " : "";
  const reactions = first.reactions.join("");
  const waitsFor = parts.find((part) => part.waitsFor)?.waitsFor;
  bubble.append(
    element(
      "span",
      { class: "meta" },
      ...(waitsFor ? [element("span", { class: "waits" }, `waits for ${waitsFor}`)] : []),
      `${reactions} ${edited}${shownTime(first.time * 1000)}`.trim(),
    ),
  );
  const line = element("div", { class: "line" }, bubble, actions(parts));
  const item = element("li", { class: `message ${first.from}${waitsFor ? " waiting" : ""}` }, line);
  if (first.buttons.length > 0) item.append(keyboard(first));
  return item;
}

/** What Telegram's apps offer for a message. */
function actions(parts) {
  const [first] = parts;
  const offer = (label, run) => {
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", run);
    return button;
  };
  const own = parts.find(({ canEdit }) => canEdit);
  return element(
    "div",
    { class: "actions" },
    offer("Reply", () => act.reply(first)),
    ...(own ? [offer("Edit", () => act.edit(own))] : []),
  );
}

function place({ title, address }) {
  return element("span", { class: "place" }, element("b", {}, title), element("span", {}, address));
}

function album(photos) {
  const many = photos.length > 1 ? ` many${photos.length % 2 ? " odd" : ""}` : "";
  return element(
    "div",
    { class: `photos${many}` },
    ...photos.map(({ photo }) =>
      element(
        "a",
        { href: sentFile(photo), target: "_blank" },
        element("img", { src: sentFile(photo), alt: "Photo" }),
      ),
    ),
  );
}

/** Photos and voices have no names. */
const sentFile = (id, name = "", kind = "") => `/api/sent-file?${new URLSearchParams({ id, name, kind })}`;

function keyboard({ id, buttons }) {
  return element(
    "div",
    { class: "keyboard" },
    ...buttons.map((row, rowAt) =>
      element(
        "div",
        {},
        ...row.map((text, columnAt) => {
          const button = element("button", { type: "button" }, text);
          button.addEventListener("click", async () => {
            button.setAttribute("aria-busy", "true");
            await act.press(id, rowAt, columnAt);
            button.removeAttribute("aria-busy");
          });
          return button;
        }),
      ),
    ),
  );
}

// --- Formatting

/** A text with its entities, as elements. */
export function formatted(target, text, entities) {
  fill(target, text, { start: 0, end: text.length }, spans(entities));
}

function spans(entities) {
  return entities
    .map((entity) => ({ entity, start: entity.offset, end: entity.offset + entity.length }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Entities may nest and overlap: an overlap is cut where the outer one ends. */
function fill(parent, text, { start, end }, list) {
  let at = start;
  const rest = [...list];
  for (let span = rest.shift(); span; span = rest.shift()) {
    const from = Math.max(span.start, at);
    const to = Math.min(span.end, end);
    if (from >= to) continue;
    parent.append(text.slice(at, from));
    const inner = rest.filter((other) => other.start < to);
    const shown = shownEntity(span.entity, text.slice(from, to));
    fill(shown, text, { start: from, end: to }, inner);
    parent.append(shown);
    for (const other of inner) rest.splice(rest.indexOf(other), 1);
    rest.unshift(...inner.filter((other) => other.end > to).map((other) => ({ ...other, start: to })));
    // The newline that ends a block is not a line of its own.
    at = /^(?:PRE|BLOCKQUOTE)$/.test(shown.nodeName) && text[to] === "\n" ? to + 1 : to;
  }
  parent.append(text.slice(at, end));
}

const SIMPLE = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };

function shownEntity(entity, text) {
  switch (entity.type) {
    case "pre":
      return element("pre", { title: entity.language });
    case "blockquote":
    case "expandable_blockquote":
      return element("blockquote");
    case "spoiler":
      return spoiler();
    case "text_link":
      return memoLink(entity.url) ?? link(entity.url);
    case "url":
      return memoLink(text) ?? link(/^[a-z]+:/i.test(text) ? text : `http://${text}`);
    case "email":
      return link(`mailto:${text}`);
    case "bot_command":
      return command(text);
    default:
      return element(SIMPLE[entity.type] ?? "span");
  }
}

/** The stand-in has no pages of its own: its memos are shown beside the chat. */
function memoLink(url) {
  if (memosUrl === "" || !url.startsWith(`${memosUrl}/memos/`)) return null;
  const made = element("a", { href: url });
  made.addEventListener("click", (event) => {
    event.preventDefault();
    act.findMemo(url.slice(memosUrl.length + 1));
  });
  return made;
}

function command(text) {
  const made = element("button", { type: "button", class: "command" });
  made.addEventListener("click", () => act.send({ text, entities: [] }));
  return made;
}

function spoiler() {
  const made = element("span", { class: "spoiler", role: "button", tabindex: "0", title: "Spoiler: show" });
  const open = () => {
    made.classList.add("open");
    made.removeAttribute("role");
    made.removeAttribute("tabindex");
  };
  made.addEventListener("click", open);
  made.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" || key === " ") open();
  });
  return made;
}
