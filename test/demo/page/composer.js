// Where a person writes. Formatting is kept as Telegram keeps it: a text, and ranges in it.
import { formatted } from "./chat.js";
import { element, find } from "./dom.js";
import { toPhoto } from "./photos.js";

/** How formatting looks while it is written, and what it is called in Telegram. */
const TYPES = {
  B: "bold",
  STRONG: "bold",
  I: "italic",
  EM: "italic",
  U: "underline",
  S: "strikethrough",
  STRIKE: "strikethrough",
  DEL: "strikethrough",
  CODE: "code",
  PRE: "pre",
  BLOCKQUOTE: "blockquote",
  A: "text_link",
};
/** What browsers toggle by themselves. */
const COMMANDS = { bold: "bold", italic: "italic", underline: "underline", strikethrough: "strikeThrough" };
const SHORTCUTS = {
  b: "bold",
  i: "italic",
  u: "underline",
  e: "code",
  "shift+x": "strikethrough",
  "shift+m": "code",
  "shift+p": "spoiler",
};

/** `send` a new message, or `edit` one. */
export function createComposer({ send, edit }) {
  const editor = find("#editor");
  const tray = find("#tray");
  const input = find("#file-input");
  const asFiles = find("#as-files");
  /** @type {File[]} */
  let files = [];
  /** The message that is answered or edited, as `{ kind, message }`; null for a new one. */
  let about = null;

  /** Shows above the text what it is about: its own text waits in the editor where that one is edited. */
  function begin(next) {
    const wasEdit = about?.kind === "edit";
    about = next;
    find("#about").hidden = next === null;
    if (wasEdit) editor.replaceChildren();
    if (next === null) return;
    const { kind, message } = next;
    find("#about-kind").textContent = kind === "edit" ? "Edit" : "Reply to";
    find("#about-text").textContent = message.text || message.forwardedFrom || "a message without text";
    if (kind === "edit") {
      editor.replaceChildren();
      formatted(editor, message.text, message.entities);
    }
    editor.focus();
    const selection = window.getSelection();
    selection.selectAllChildren(editor);
    selection.collapseToEnd();
  }

  function attach(added) {
    files = [...files, ...added];
    showTray();
    editor.focus();
  }

  function showTray() {
    tray.hidden = files.length === 0;
    find(".as-files").hidden = !files.some(isPicture);
    find("#tray-files").replaceChildren(
      ...files.map((file) => {
        const remove = element("button", { type: "button", "aria-label": `Remove ${file.name}` }, "×");
        remove.addEventListener("click", () => {
          files = files.filter((other) => other !== file);
          showTray();
          editor.focus();
        });
        return element("li", { title: file.name }, preview(file), remove);
      }),
    );
  }

  async function submit() {
    const { text, entities } = read(editor);
    const sent = files;
    if (text.trim() === "" && sent.length === 0) return;
    const [target, html] = [about, editor.innerHTML];
    if (target?.kind === "edit") {
      begin(null);
      if (!(await edit({ message: target.message.id, text, entities }))) begin(target);
      return;
    }
    const pictures = asFiles.checked ? [] : sent.filter(isPicture);
    const photos = [];
    const documents = sent.filter((file) => !pictures.includes(file)).map((file) => [file.name, file]);
    for (const picture of pictures) {
      const photo = await toPhoto(picture);
      // Not every browser reads every picture: as a file it goes unchanged.
      if (photo) photos.push([picture.name, photo]);
      else documents.push([picture.name, picture]);
    }
    editor.replaceChildren();
    files = [];
    showTray();
    begin(null);
    if (await send({ text, entities, photos, documents, replyTo: target?.message.id })) return;
    begin(target);
    // What could not be sent is not lost.
    if (editor.childNodes.length === 0) editor.innerHTML = html;
    files = [...sent, ...files];
    showTray();
  }

  function format(type) {
    editor.focus();
    const command = COMMANDS[type];
    // The old way is the only one that all browsers can undo.
    if (command) document.execCommand(command);
    else wrap(editor, type);
  }

  find("#composer").addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && about !== null) begin(null);
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (event.shiftKey) document.execCommand("insertLineBreak");
      else void submit();
      return;
    }
    if (!event.ctrlKey && !event.metaKey) return;
    const type = SHORTCUTS[`${event.shiftKey ? "shift+" : ""}${event.key.toLowerCase()}`];
    if (!type) return;
    event.preventDefault();
    format(type);
  });
  // Empty again, it shows the placeholder.
  editor.addEventListener("input", () => {
    if (editor.textContent === "" && editor.innerHTML === "<br>") editor.replaceChildren();
  });
  editor.addEventListener("paste", (event) => {
    event.preventDefault();
    const pasted = [...event.clipboardData.files];
    if (pasted.length > 0) attach(pasted);
    else document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  for (const button of document.querySelectorAll("[data-format]")) {
    // The selection stays in the editor.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => format(button.dataset.format));
  }
  find("#about-cancel").addEventListener("click", () => {
    begin(null);
    editor.focus();
  });
  find("#attach").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    attach([...input.files]);
    input.value = "";
  });

  const isFileDrag = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!isFileDrag(event)) return;
    event.preventDefault();
    find("#drop").hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("#drop").hidden = true;
  });
  document.addEventListener("drop", (event) => {
    find("#drop").hidden = true;
    if (!isFileDrag(event)) return;
    event.preventDefault();
    attach([...event.dataTransfer.files]);
  });

  return {
    reply: (message) => begin({ kind: "reply", message }),
    edit: (message) => begin({ kind: "edit", message }),
    /** Nothing of one chat goes on in another. */
    forget: () => begin(null),
    focus: () => editor.focus({ preventScroll: true }),
  };
}

const isPicture = (file) => file.type.startsWith("image/") && file.type !== "image/svg+xml";

function preview(file) {
  if (!isPicture(file)) return element("span", { class: "doc" }, file.name.slice(0, 40));
  const url = URL.createObjectURL(file);
  const image = element("img", { src: url, alt: file.name });
  image.addEventListener("load", () => URL.revokeObjectURL(url));
  return image;
}

/** Puts the selection into an element of this type, or takes it out of the one it is in. */
function wrap(editor, type) {
  const selection = window.getSelection();
  if (!selection?.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!editor.contains(range.commonAncestorContainer)) return;
  const selector = type === "code" ? "code" : ".spoiler";
  const start = range.commonAncestorContainer;
  const around = (start.nodeType === Node.ELEMENT_NODE ? start : start.parentElement).closest(selector);
  if (around && editor.contains(around)) {
    around.replaceWith(...around.childNodes);
    return;
  }
  if (range.collapsed) return;
  const made = type === "code" ? element("code") : element("span", { class: "spoiler" });
  made.append(range.extractContents());
  range.insertNode(made);
  selection.selectAllChildren(made);
}

/** What an entity has beside its place. */
function detailOf(node, text) {
  if (node.nodeName === "PRE" && node.title) return { language: node.title };
  return node.nodeName === "A" ? { url: node.getAttribute("href") ?? text } : {};
}

/** The text and its entities, offsets in UTF-16 as JavaScript counts. */
export function read(editor) {
  let text = "";
  const entities = [];
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      text += node.data.replaceAll("\u00a0", " ");
      return;
    }
    if (node.nodeName === "BR") {
      text += "\n";
      return;
    }
    // Some browsers begin a line with a block.
    if (node !== editor && /^(?:DIV|P)$/.test(node.nodeName) && text !== "" && !text.endsWith("\n"))
      text += "\n";
    const offset = text.length;
    for (const child of node.childNodes) visit(child);
    const length = text.length - offset;
    const type = node.classList.contains("spoiler") ? "spoiler" : TYPES[node.nodeName];
    if (type && length > 0) entities.push({ type, offset, length, ...detailOf(node, text.slice(offset)) });
    // A block ends its line.
    if (/^(?:PRE|BLOCKQUOTE)$/.test(node.nodeName) && node.nextSibling) text += "\n";
  };
  visit(editor);
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}
