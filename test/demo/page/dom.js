// Small helpers. Text goes in as text, never as HTML.

/** @param {string} selector */
export function find(selector) {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * @param {string} tag
 * @param {Record<string, string | null | undefined>} [attributes] null and undefined are left out
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** @param {string} url */
export function link(url, ...children) {
  const safe = /^(?:https?|mailto|tel|tg):/i.test(url) ? url : null;
  return element("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/**
 * In the units that memoferry and Telegram's apps use.
 * @param {number} bytes
 */
export function shownSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** @param {number} ms */
export function shownTime(ms, withSeconds = false) {
  const seconds = withSeconds ? { second: "2-digit" } : {};
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", ...seconds });
}

/** A recording that can be heard. */
export function player(source) {
  return element("audio", { class: "player", controls: "", preload: "metadata", src: source });
}

/** A file to download, with its name and size. */
export function fileLink(href, name, size) {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot + 1, dot + 5).toUpperCase() : "FILE";
  return element(
    "a",
    { class: "file", href, download: name },
    element("span", { class: "icon", "aria-hidden": "true" }, extension),
    element("span", { class: "name" }, name, element("span", { class: "size" }, shownSize(size))),
  );
}

/**
 * Makes the children of `list` those of `items`, in their order. Only what changed is made anew, and a button in it
 * that had the focus has it again.
 * @param {Element} list
 * @param {{ key: string, value: unknown }[]} items
 * @param {(value: any) => HTMLElement} make
 * @returns {HTMLElement[]} those that were not there before
 */
export function reconcile(list, items, make) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const fresh = [];
  let previous = null;
  for (const { key, value } of items) {
    const version = JSON.stringify(value);
    let child = before.get(key);
    before.delete(key);
    if (child?.dataset.version !== version) {
      const made = make(value);
      made.dataset.key = key;
      made.dataset.version = version;
      if (child) swap(child, made);
      else fresh.push(made);
      child = made;
    }
    const place = previous ? previous.nextElementSibling : list.firstElementChild;
    if (place !== child) list.insertBefore(child, place);
    previous = child;
  }
  for (const gone of before.values()) gone.remove();
  return fresh;
}

function swap(old, made) {
  const buttons = [...old.querySelectorAll("button, a, summary")];
  const focused = buttons.indexOf(document.activeElement);
  for (const [at, details] of old.querySelectorAll("details").entries()) {
    if (details.open) made.querySelectorAll("details")[at]?.setAttribute("open", "");
  }
  old.replaceWith(made);
  if (focused < 0) return;
  const now = [...made.querySelectorAll("button, a, summary")];
  (now[focused] ?? now.at(-1))?.focus();
}
