// The examples of docs/capture.md and docs/notifications.md, as they stand there.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCRIPT } from "../../src/http/capture-page.ts";
import { api, boundPerson, createWorld, memosSaved, type World } from "../support/app.ts";
import { blocksOf, shell } from "../support/docs.ts";

let world: World;
let id: number;
let captureToken: string;
const folder = mkdtempSync(join(tmpdir(), "memoferry-capture-"));

beforeAll(async () => {
  // Telegram takes a message a second in a chat.
  world = await createWorld({ rate: 20 });
  const { person } = await boundPerson(world);
  id = person.id;
  person.say("/start");
  captureToken = await namedToken({ name: "phone", scope: "capture", telegram_id: id });
  await namedToken({ name: "nas", scope: "notify" });
  writeFileSync(join(folder, "report.pdf"), "%PDF-1.7");
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** As the docs have it: in a file that is called like its scope. */
async function namedToken(wanted: { name: string; scope: string; telegram_id?: number }): Promise<string> {
  const { token } = (await api(world, "POST", "/api/v1/tokens", wanted)).body as { token: string };
  writeFileSync(join(folder, `${wanted.scope}-token`), `${token}\n`);
  return token;
}

const here = (example: string) =>
  example.replaceAll("http://127.0.0.1:8081", world.app.url).replaceAll("123456789", String(id));

/** The memos that came since. */
async function savedBy(work: () => Promise<unknown>, count = 1) {
  const before = world.memos.memos().length;
  await work();
  return (await memosSaved(world, before + count)).slice(before);
}

const run = (example: string) => shell(here(example), folder);

test("a line, what a command prints with a file, and its fate, from a shell", async () => {
  const [line = "", piped = "", asked = "", ...others] = blocksOf("docs/capture.md", "sh");
  expect(others).toEqual([]);
  const [first] = await savedBy(() => run(line));
  expect(first?.content).toBe("The backup is done #server");
  const [second] = await savedBy(async () => {
    // The machine's own says something else each time.
    const disk = "df() { echo 'Filesystem  Size'; }";
    expect(await run(`${disk}\n${piped}`)).toBe(await run(`${disk}\n${piped}`));
  });
  expect(second?.content).toContain("Filesystem");
  expect(second?.attachments.map(({ filename }) => filename)).toEqual(["report.pdf"]);
  let fate = "";
  const [third] = await savedBy(async () => {
    fate = await run(asked);
  });
  expect(third?.content).toBe("Water the plants");
  expect(JSON.parse(fate)).toMatchObject({ source: "api", kind: "api_memo", chat_id: id });
});

test("words and files from an iPhone", async () => {
  const rows = [
    ...readFileSync(join(import.meta.dirname, "../../docs/capture.md"), "utf8").matchAll(
      /^\| `(\w+)` \| (Text|File) \| (.*) \|$/gm,
    ),
  ];
  expect(rows.map(([, key, type]) => `${key} ${type}`)).toEqual([
    ...["content Text"],
    ...["content Text", "file File"],
  ]);
  const headers = { authorization: `Bearer ${captureToken}` };
  const post = (body: string | FormData, more = {}) =>
    fetch(`${world.app.url}/api/v1/memos`, { method: "POST", headers: { ...headers, ...more }, body });
  const values: Record<string, string | Blob> = {
    Text: "shared",
    File: new File(["jpeg"], "IMG_1.HEIC", { type: "image/heic" }),
  };
  const json = rows.slice(0, 1).map(([, key = "", type = ""]) => [key, values[type]]);
  const form = new FormData();
  for (const [, key = "", type = ""] of rows.slice(1)) form.append(key, values[type] ?? "");
  const saved = await savedBy(async () => {
    const one = await post(JSON.stringify(Object.fromEntries(json)), { "content-type": "application/json" });
    expect([one.status, (await post(form)).status]).toEqual([202, 202]);
  }, 2);
  expect(saved.map(({ content }) => content)).toEqual(["shared", "shared"]);
  expect(saved[1]?.attachments.map(({ filename, type }) => [filename, type])).toEqual([
    ["IMG_1.HEIC", "image/heic"],
  ]);
});

/** As much of a browser as the page's script needs. */
function browser(address: string) {
  const element = () => {
    const listeners: Record<string, (event: { preventDefault(): void }) => unknown> = {};
    return {
      value: "",
      textContent: "",
      listeners,
      addEventListener: (type: string, listener: (typeof listeners)[string]) => {
        listeners[type] = listener;
      },
    };
  };
  const fields = { content: element(), token: element(), said: element() };
  const form = element();
  const stored = new Map<string, string>();
  const document = { forms: [form], getElementById: (name: keyof typeof fields) => fields[name] };
  const localStorage = {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => stored.set(name, value),
  };
  const here = new URL(address);
  const send = (path: string, init: RequestInit) => fetch(new URL(path, here), init);
  new Function("document", "location", "localStorage", "fetch", SCRIPT)(document, here, localStorage, send);
  return { fields, stored, submit: () => form.listeners["submit"]?.({ preventDefault() {} }) };
}

test("the page that is looked at, from a browser", async () => {
  const [bookmark = ""] = blocksOf("docs/capture.md", "js");
  let opened = "";
  const page = { title: "A [page]", href: "https://example.org/?a=1&b=2" };
  new Function("open", "document", "location", "getSelection", here(bookmark).replace("javascript:", ""))(
    (address: string) => {
      opened = address;
    },
    page,
    page,
    () => "what was selected",
  );
  const shown = await fetch(opened);
  expect(shown.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(shown.headers.get("access-control-allow-origin")).toBeNull();
  expect(await shown.text()).toContain(`<script>${SCRIPT}</script>`);

  const { fields, stored, submit } = browser(opened);
  fields.token.value = "another-token";
  await submit();
  expect(fields.said.textContent).toStartWith("This is neither the admin token");
  expect(stored.size).toBe(0);
  fields.token.value = captureToken;
  const content = "[A [page]](https://example.org/?a=1&b=2)\n\nwhat was selected";
  const [memo] = await savedBy(async () => {
    await submit();
    // Pressed twice, it is one memo.
    await submit();
  });
  expect(memo?.content).toBe(content);
  expect(fields.said.textContent).toBe("Saved.");
  expect(stored.get("token")).toBe(captureToken);
  const [other] = await savedBy(async () => {
    fields.content.value = "another";
    fields.content.listeners["input"]?.({ preventDefault() {} });
    await submit();
  });
  expect(other?.content).toBe("another");
});

test("a message with a button, the fate of another, and what a monitor sends, from a shell", async () => {
  const [button = "", asked = "", withFile = "", monitor = "", ...others] = blocksOf(
    "docs/notifications.md",
    "sh",
  );
  expect(others).toEqual([]);
  await run(button);
  const fate = JSON.parse(await run(asked));
  expect(fate).toMatchObject({ chat_id: id, detail: null });
  await run(withFile);
  await run(monitor);
  await world.quiet();
  const messages = world.telegram.botMessages(id).slice(-5);
  expect(messages.map(({ text, document }) => text ?? document?.file_name)).toEqual([
    ...["Backup of nas is done", "It is 5 *C* outside", "The report of today", "report.pdf"],
    "❌ Backup\nIt failed",
  ]);
  expect(messages[0]?.reply_markup).toEqual({
    inline_keyboard: [[{ text: "Log", url: "https://nas.example.org/log" }]],
  });
});

test("a file by its address: in the own network only where that is allowed", async () => {
  for (const ALLOW_PRIVATE_URLS of ["no", "yes"]) {
    await using other = await createWorld({ env: { ALLOW_PRIVATE_URLS } });
    const { person } = await boundPerson(other);
    person.say("/start");
    await other.quiet();
    const file_urls = [`${other.app.url}/healthz`];
    const { status, text } = await api(other, "POST", "/api/v1/messages", {
      telegram_id: person.id,
      file_urls,
    });
    if (ALLOW_PRIVATE_URLS === "no") {
      expect([status, text]).toEqual([422, expect.stringContaining("ALLOW_PRIVATE_URLS")]);
      continue;
    }
    expect(status).toBe(202);
    await other.quiet();
    expect(other.telegram.botMessages(person.id).at(-1)?.document?.file_name).toBe("healthz");
  }
});
