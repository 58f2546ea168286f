// The right side: the memos of one account, newest first.
import { element, fileLink, find, player, reconcile, shownTime } from "./dom.js";

const SHOWN_PICTURE = /^image\/(?:png|jpeg|gif|webp|avif)$/;

let shownFor = null;

export function showMemos(memos, as) {
  const { items, account, version } = memos;
  find("#memos-line").textContent = `${account.replace("users/", "")} · a stand-in for Memos ${version}`;
  find("#memo-count").textContent = String(items.length);
  const list = find("#memos");
  const isFirst = shownFor !== as;
  if (isFirst) list.replaceChildren();
  shownFor = as;
  list.querySelector(".empty")?.remove();
  const fresh = reconcile(
    list,
    items.map((item) => ({ key: item.name, value: { ...item, as } })),
    memo,
  );
  if (!isFirst) for (const item of fresh) item.classList.add("new");
  if (items.length === 0) {
    const text = memos.away
      ? "Nothing was seen here yet."
      : "No memos yet. What is written to the bot arrives here.";
    list.append(element("p", { class: "empty" }, text));
  }
}

/** Shows where a memo is; false when it is not there. */
export function findMemo(name) {
  const found = [...find("#memos").querySelectorAll("[data-name]")].find(
    ({ dataset }) => dataset.name === name,
  );
  if (!found) return false;
  found.scrollIntoView({ behavior: "smooth", block: "center" });
  found.classList.remove("new", "found");
  // Read, so that the animation begins anew.
  void found.offsetWidth;
  found.classList.add("found");
  return true;
}

function memo({ as, name, visibility, pinned, time, comments, ...written }) {
  const made = element("article", { class: "memo", "aria-label": `Memo, ${visibility}`, "data-name": name });
  const head = element("div", { class: "memo-head" }, element("time", { datetime: time }, when(time)));
  if (pinned) head.append(element("span", { class: "pin" }, "Pinned"));
  head.append(element("span", { class: `badge ${visibility}` }, visibility));
  made.append(head, ...contentOf(as, written));
  for (const comment of comments) {
    const content = contentOf(as, comment);
    made.append(element("div", { class: "comment", "data-name": comment.name }, ...content));
  }
  return made;
}

/** The text and the files of a memo or a comment. */
function contentOf(as, { html, tags, files }) {
  const content = element("div", { class: "md" });
  const made = [content];
  // Made by test/demo/state.ts, which lets no foreign HTML through.
  content.innerHTML = html;
  for (const anchor of content.querySelectorAll("a[href]")) {
    anchor.setAttribute("target", "_blank");
    anchor.setAttribute("rel", "noopener noreferrer");
  }
  markTags(content, tags);
  const source = (file) => `/api/memo-file?${new URLSearchParams({ as, name: file })}`;
  const pictures = files.filter(({ type }) => SHOWN_PICTURE.test(type));
  if (pictures.length > 0) {
    made.push(
      element(
        "div",
        { class: `memo-photos${pictures.length === 1 ? " one" : ""}` },
        ...pictures.map((file) =>
          element(
            "a",
            { href: source(file.name), target: "_blank", title: file.filename },
            element("img", { src: source(file.name), alt: file.filename }),
          ),
        ),
      ),
    );
  }
  for (const file of files) {
    if (file.type === "audio/ogg") made.push(player(source(file.name)));
    if (!SHOWN_PICTURE.test(file.type)) made.push(fileLink(source(file.name), file.filename, file.size));
  }
  return made;
}

function when(time) {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? shownTime(date.getTime(), true)
    : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** Which words are tags is the server's to say. */
function markTags(content, tags) {
  if (tags.length === 0) return;
  const longestFirst = [...tags].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    `#(?:${longestFirst.map((tag) => RegExp.escape?.(tag) ?? escaped(tag)).join("|")})`,
    "u",
  );
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("a, code, pre, math")) texts.push(walker.currentNode);
  }
  for (const text of texts) {
    let rest = text;
    for (let found = pattern.exec(rest.data); found; found = pattern.exec(rest.data)) {
      const tag = rest.splitText(found.index);
      rest = tag.splitText(found[0].length);
      const mark = element("span", { class: "tag" });
      tag.replaceWith(mark);
      mark.append(tag);
    }
  }
}

function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
