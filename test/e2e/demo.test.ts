import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { stateOf } from "../demo/state.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";

type State = Awaited<ReturnType<typeof stateOf>>;

/** The demo in a process of its own, as `npm run demo` runs it, with only what a terminal gives. */
function spawnDemo(env: Record<string, string>) {
  const { PATH, HOME } = process.env;
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../demo/main.ts")], {
    env: { PATH, HOME, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let printed = "";
  const read = (async () => {
    for await (const bytes of child.stdout) printed += Buffer.from(bytes).toString();
  })();
  return {
    child,
    read,
    printed: () => printed,
    address: () =>
      until("its address", () =>
        printed.includes("Ctrl-C") ? /http:\/\/\S+/.exec(printed)?.[0] : undefined,
      ),
  };
}

/** What the page does, by the same requests. */
function pageOf(url: string, as: string) {
  const get = (path: string) => fetch(new URL(path, url));
  const post = (path: string, body?: FormData | string) =>
    fetch(new URL(path, url), { method: "POST", ...(body === undefined ? {} : { body }) });
  const state = async () => (await get(`/api/state?as=${as}`)).json() as Promise<State>;
  return {
    get,
    post,
    state,
    async send(text: string, { entities = [] as object[], photos = 0, document = "" } = {}) {
      const form = new FormData();
      form.set("message", JSON.stringify({ text, entities }));
      for (let at = 0; at < photos; at++) form.append("photo", new Blob([onePixelJpeg]), `${at}.jpg`);
      if (document) form.append("document", new File(["a,b\n"], document, { type: "text/csv" }));
      const answer = await post(`/api/send?as=${as}`, form);
      expect(`${answer.status} ${await answer.text()}`).toBe("200 {}");
    },
    /** The memo whose content holds this, once it is there. */
    memo: (part: string) =>
      until(`a memo with ${part}`, async () =>
        (await state()).memos.items.find(({ content }) => content.includes(part)),
      ),
    hears: (part: string) =>
      until(part, async () =>
        (await state()).messages.some(({ from, text }) => from === "bot" && text.includes(part)),
      ),
    press: (button: string) =>
      until(`a button ${button}`, async () => {
        const rows = (await state()).messages.flatMap(({ id: message, buttons }) =>
          buttons.map((texts, row) => ({ message, row, column: texts.indexOf(button) })),
        );
        const found = rows.findLast(({ column }) => column >= 0);
        return found && post(`/api/press?as=${as}`, JSON.stringify(found));
      }),
  };
}

describe("npm run demo", () => {
  let demo: ReturnType<typeof spawnDemo>;
  let url: string;
  let ada: ReturnType<typeof pageOf>;
  // Its own, so that what it leaves behind is seen.
  const temporary = mkdtempSync(join(tmpdir(), "memoferry-test-"));

  beforeAll(async () => {
    demo = spawnDemo({ TMPDIR: temporary, DEMO_PORT: "0" });
    url = await demo.address();
    ada = pageOf(url, "ada");
  }, 30_000);

  afterAll(async () => {
    demo.child.kill("SIGTERM");
    await demo.child.exited;
    rmSync(temporary, { recursive: true, force: true });
  });

  test("works in a folder of its own, and prints where its page and its API are", async () => {
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^memoferry-demo-/)]);
    const printed = demo.printed();
    expect(printed.split("\n")[0]).toBe(`memoferry demo: open ${url} in a browser`);
    const [, api = "", auth = ""] = /^ {2}api=(\S+) auth="Authorization: (.+)"$/m.exec(printed) ?? [];
    const answer = await fetch(`${api}/bindings`, { headers: { authorization: auth } });
    const { items } = (await answer.json()) as { items: [{ telegram_id: number }] };
    expect(printed).toContain(`Ada, who is connected: telegram_id ${items[0].telegram_id}\n`);
  });

  test("Ada hears what is sent to her by the API, before she has written anything herself", async () => {
    const [, api = "", auth = ""] = /^ {2}api=(\S+) auth="Authorization: (.+)"$/m.exec(demo.printed()) ?? [];
    const [, id] = /^ {2}Ada.*telegram_id (\d+)$/m.exec(demo.printed()) ?? [];
    const answer = await fetch(`${api}/messages`, {
      method: "POST",
      headers: { authorization: auth, "content-type": "application/json" },
      body: JSON.stringify({ telegram_id: Number(id), text: "backup done" }),
    });
    expect(answer.ok).toBe(true);
    await ada.hears("backup done");
  });

  test("serves a page whose scripts can be read, and which needs nothing from elsewhere", async () => {
    const answer = await ada.get("/");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await answer.text();
    expect(page).not.toMatch(/(?:src|href)="https?:/);
    const parts = [...page.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => String(path));
    for (const path of parts) {
      const source = await (await ada.get(path)).text();
      if (!path.endsWith(".js")) continue;
      const { imports } = new Bun.Transpiler({ loader: "js" }).scan(source);
      for (const { path: other } of imports) parts.push(new URL(other, new URL(path, url)).pathname);
    }
    expect(new Set(parts).size).toBe(readdirSync(join(import.meta.dir, "../demo/page")).length - 1);
    expect((await ada.get("/../main.ts")).status).toBe(404);
  });

  test("a formatted text becomes a memo, rendered; HTML in it is text but for the few tags that Memos draws", async () => {
    await ada.send("hello bold <img src=x> <ins>under</ins> #demo", {
      entities: [{ type: "bold", offset: 6, length: 4 }],
    });
    const memo = await ada.memo("hello");
    expect(memo.content).toStartWith("hello **bold**");
    expect(memo.html).toStartWith("<p>hello <strong>bold</strong> &lt;img src=x&gt; <ins>under</ins>");
    expect(memo).toMatchObject({ tags: ["demo"], visibility: "PRIVATE" });
  });

  test("an album becomes one memo with all its files, which the page can load", async () => {
    await ada.send("four of them", { photos: 4 });
    const memo = await ada.memo("four of them");
    expect(memo.files).toHaveLength(4);
    const [first] = (await ada.state()).messages.filter(({ photo }) => photo !== null);
    for (const path of [
      `/api/memo-file?as=ada&name=${memo.files[0]?.name}`,
      `/api/sent-file?id=${first?.photo}`,
    ]) {
      const picture = await ada.get(path);
      expect(picture.headers.get("content-type")).toBe("image/jpeg");
      expect(Buffer.from(await picture.arrayBuffer()).equals(onePixelJpeg)).toBe(true);
    }
  });

  test("a document keeps its name, and is only ever downloaded", async () => {
    await ada.send("with a list", { document: "packing list.csv" });
    const { files } = await ada.memo("with a list");
    expect(files).toMatchObject([{ filename: "packing list.csv", type: "text/csv", size: 4 }]);
    const answer = await ada.get(`/api/memo-file?as=ada&name=${files[0]?.name}`);
    expect(await answer.text()).toBe("a,b\n");
    expect(answer.headers.get("content-disposition")).toStartWith("attachment");
  });

  test("a pressed button changes the memo", async () => {
    await ada.send("to be public");
    const { name } = await ada.memo("to be public");
    await until("its confirmation", async () =>
      (await ada.state()).messages.some(({ replyTo }) => replyTo?.text === "to be public"),
    );
    expect(await (await ada.press("PUBLIC")).json()).toEqual({ answer: { text: "", isAlert: false } });
    await until("PUBLIC", async () =>
      (await ada.state()).memos.items.some((memo) => memo.name === name && memo.visibility === "PUBLIC"),
    );
  });

  test("a reply is a comment, an edit is followed, and a voice, a place and a forward are sent by one press", async () => {
    await ada.send("about the hut");
    const { name } = await ada.memo("about the hut");
    const message = async (text: string) =>
      (await ada.state()).messages.find((candidate) => candidate.text === text && candidate.canEdit)?.id;
    const form = new FormData();
    const replyTo = await message("about the hut");
    form.set("message", JSON.stringify({ text: "it opens in June", entities: [], replyTo }));
    await ada.post("/api/send?as=ada", form);
    await until("the comment", async () =>
      (await ada.state()).memos.items.some(
        (memo) => memo.name === name && memo.comments[0]?.content === "it opens in June",
      ),
    );
    const edited = { message: replyTo, text: "about the other hut", entities: [] };
    expect((await ada.post("/api/edit?as=ada", JSON.stringify(edited))).status).toBe(200);
    expect((await ada.memo("about the other hut")).name).toBe(name);
    for (const what of ["voice", "place", "forward"]) {
      expect((await ada.post(`/api/play?as=ada&what=${what}`)).status).toBe(200);
    }
    await ada.memo("Hut below the north face");
    await ada.memo("[Weather up high](");
    const voice = await until("the voice", async () =>
      (await ada.state()).memos.items.flatMap(({ files }) => files).find(({ type }) => type === "audio/ogg"),
    );
    const heard = await ada.get(`/api/memo-file?as=ada&name=${voice.name}`);
    expect(heard.headers.get("content-type")).toBe("audio/ogg");
  });

  test("a stranger is told what to do, and binds with a token", async () => {
    const sam = pageOf(url, "sam");
    await sam.send("hello from nobody");
    await sam.hears("do not know you");
    const shown = async () => (await sam.state()).people.find(({ key }) => key === "sam");
    await sam.send(`/bind ${(await shown())?.bindToken}`);
    await sam.hears("account of sam.");
    expect(await shown()).toMatchObject({ isBound: true, bindToken: null });
    await sam.send("now I am somebody");
    expect((await sam.memo("somebody")).content).toBe("now I am somebody");
  });

  test("what is written while Memos is away and memoferry dead is saved later", async () => {
    await ada.post("/api/memos-down");
    await ada.send("while memos was away");
    await until("waiting", async () => (await ada.state()).ferry.status?.jobs.waiting === 1);
    const waits = async () =>
      (await ada.state()).messages
        .filter(({ waitsFor }) => waitsFor)
        .map(({ text, waitsFor }) => [text, waitsFor]);
    const kept = ["while memos was away", "Memos"];
    expect(await waits()).toEqual([kept]);
    await ada.post("/api/kill");
    expect((await ada.state()).ferry.pid).toBeNull();
    await ada.send("while memoferry was dead");
    expect(await waits()).toEqual([kept, ["while memoferry was dead", "memoferry"]]);
    expect((await ada.post("/api/start")).status).toBe(200);
    await ada.post("/api/memos-up");
    await ada.memo("while memos was away");
    await ada.memo("while memoferry was dead");
    await until("nothing waits", async () => (await waits()).length === 0);
  }, 40_000);

  test.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ host: "evil.example" }],
    [{ "sec-fetch-site": "same-site" }],
  ])("a web site that asks with %p is refused", async (headers: Record<string, string>) => {
    for (const [method, path] of [
      ["GET", "/api/state"],
      ["POST", "/api/kill"],
    ] as const)
      expect((await fetch(new URL(path, url), { method, headers })).status).toBe(403);
  });

  test("tells what is wrong with a request", async () => {
    const nobody = await ada.post("/api/press?as=nobody", "{}");
    expect([nobody.status, await nobody.text()]).toEqual([400, 'there is nobody called "nobody" here']);
    expect((await ada.post("/api/press?as=ada", "not JSON")).status).toBe(400);
    expect((await ada.post("/api/send?as=ada", "no form")).status).toBe(400);
    expect((await ada.post("/api/send?as=ada", new FormData())).status).toBe(400);
    expect((await ada.post("/api/edit?as=ada", "{}")).status).toBe(400);
    expect((await ada.post("/api/play?as=ada&what=toString")).status).toBe(400);
    expect((await ada.post("/api/press?as=ada", '{"message":1,"row":0,"column":0}')).status).toBe(409);
  });

  test("killed itself, it leaves nothing behind either", async () => {
    const folder = mkdtempSync(join(tmpdir(), "memoferry-test-"));
    const killed = spawnDemo({ TMPDIR: folder, DEMO_PORT: "0" });
    const { ferry } = await pageOf(await killed.address(), "ada").state();
    const address = ferry.log.flatMap(({ text }) => /url=(http:\S+)/.exec(text)?.[1] ?? []).at(0);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    killed.child.kill("SIGKILL");
    await until("its folder is gone", () => readdirSync(folder).length === 0);
    await until("its memoferry is gone", () =>
      fetch(`${address}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    rmSync(folder, { recursive: true });
  });

  test("Ctrl-C ends it within seconds and leaves nothing behind", async () => {
    const since = performance.now();
    demo.child.kill("SIGINT");
    expect(await demo.child.exited).toBe(0);
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
