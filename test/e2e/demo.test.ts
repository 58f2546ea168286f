import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DemoProcess, spawnDemo, startDemoProcess } from "../demo/process.ts";
import type { DemoState } from "../demo/state.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";

/** What the page does, by the same requests. */
function pageOf(demo: DemoProcess, as: string) {
  const post = (path: string, body?: FormData | string) =>
    fetch(new URL(path, demo.url), { method: "POST", ...(body === undefined ? {} : { body }) });
  const state = async (): Promise<DemoState> =>
    (await fetch(new URL(`/api/state?as=${as}`, demo.url))).json() as Promise<DemoState>;
  return {
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
    async press(button: string, inMessage: (text: string) => boolean = () => true) {
      const found = await until(`a button ${button}`, async () =>
        (await state()).messages
          ?.filter(({ text }) => inMessage(text))
          .flatMap(({ id, buttons }) =>
            buttons.flatMap((row, rowAt) =>
              row.flatMap(({ text }, column) =>
                text === button ? [{ message: id, row: rowAt, column }] : [],
              ),
            ),
          )
          .at(-1),
      );
      return post(`/api/press?as=${as}`, JSON.stringify(found));
    },
  };
}

describe("npm run demo", () => {
  let demo: DemoProcess;
  let ada: ReturnType<typeof pageOf>;
  // Its own, so that what it leaves behind is seen.
  const temporary = mkdtempSync(join(tmpdir(), "memoferry-test-"));

  beforeAll(async () => {
    demo = await startDemoProcess({ TMPDIR: temporary });
    ada = pageOf(demo, "ada");
  }, 30_000);

  afterAll(async () => {
    await demo[Symbol.asyncDispose]();
    rmSync(temporary, { recursive: true, force: true });
  });

  test("works in a folder of its own", () => {
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^memoferry-demo-/)]);
  });

  test("prints the address and how to end it, and nothing else", () => {
    expect(demo.printed()).toBe(`memoferry demo: open ${demo.url} in a browser\nCtrl-C ends it.\n`);
  });

  test("serves a page that needs nothing from elsewhere", async () => {
    const answer = await fetch(demo.url);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await answer.text();
    expect(page).toContain("<title>memoferry demo</title>");
    const parts = [...page.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => String(path));
    for (const path of parts) {
      const part = await fetch(new URL(path, demo.url));
      const source = await part.text();
      expect(part.status).toBe(200);
      for (const [, module] of source.matchAll(/from "\.\/([\w-]+\.js)"/g)) {
        expect((await fetch(new URL(`/${module}`, demo.url))).status).toBe(200);
      }
    }
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  test("a formatted text becomes a memo, rendered", async () => {
    await ada.send("First line\nhello bold #demo", { entities: [{ type: "bold", offset: 17, length: 4 }] });
    const memo = await ada.memo("hello");
    expect(memo.content).toBe("First line\nhello **bold** #demo");
    expect(memo.html).toBe("<p>First line\nhello <strong>bold</strong> #demo</p>");
    expect(memo.tags).toEqual(["demo"]);
    expect(memo.visibility).toBe("PRIVATE");
  });

  test("HTML in a memo is shown as text, except the few tags that Memos draws", async () => {
    await ada.send('typed <img src=x onerror="alert(1)"> and <ins>under</ins>\n\n<script>alert(2)</script>');
    const { html } = await ada.memo("typed");
    expect(html).toContain("<ins>under</ins>");
    expect(html).not.toContain("<img");
    expect(html).not.toContain("<script");
  });

  test("an album becomes one memo with all its files, which the page can load", async () => {
    await ada.send("four of them", { photos: 4 });
    const memo = await ada.memo("four of them");
    expect(memo.files).toHaveLength(4);
    const albums = (await ada.state()).messages?.filter(({ photo }) => photo !== null) ?? [];
    expect(new Set(albums.map(({ album }) => album)).size).toBe(1);
    for (const url of [
      `/api/memo-file?as=ada&name=${memo.files[0]?.name}`,
      `/api/sent-file?id=${albums[0]?.photo}`,
    ]) {
      const picture = await fetch(new URL(url, demo.url));
      expect(picture.headers.get("content-type")).toBe("image/jpeg");
      expect(Buffer.from(await picture.arrayBuffer()).equals(onePixelJpeg)).toBe(true);
    }
  });

  test("a document keeps its name, and is only ever downloaded", async () => {
    await ada.send("with a list", { document: "packing list.csv" });
    const { files } = await ada.memo("with a list");
    expect(files).toMatchObject([{ filename: "packing list.csv", type: "text/csv", size: 4 }]);
    const answer = await fetch(new URL(`/api/memo-file?as=ada&name=${files[0]?.name}`, demo.url));
    expect(await answer.text()).toBe("a,b\n");
    expect(answer.headers.get("content-disposition")).toStartWith("attachment");
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  });

  test("a pressed button changes the memo", async () => {
    await ada.send("to be public");
    const { name } = await ada.memo("to be public");
    await until("its confirmation", async () =>
      (await ada.state()).messages?.some(({ replyTo }) => replyTo?.text === "to be public"),
    );
    const pressed = await ada.press("PUBLIC");
    expect(await pressed.json()).toEqual({ answer: { text: "", isAlert: false } });
    await until("PUBLIC", async () =>
      (await ada.state()).memos.items.some((memo) => memo.name === name && memo.visibility === "PUBLIC"),
    );
  });

  test("a stranger is told what to do, and binds with a token", async () => {
    const sam = pageOf(demo, "sam");
    await sam.send("hello from nobody");
    await until("an answer", async () =>
      (await sam.state()).messages?.some(
        ({ from, text }) => from === "bot" && text.includes("do not know you"),
      ),
    );
    const { people, memos } = await sam.state();
    expect(memos.items).toEqual([]);
    const token = people.find(({ key }) => key === "sam")?.bindToken;
    await sam.send(`/bind ${token}`);
    await until("the greeting", async () =>
      (await sam.state()).messages?.some(({ text }) => text.startsWith("Hello sam!")),
    );
    await sam.send("now I am somebody");
    await sam.memo("somebody");
    expect((await sam.state()).messages?.some(({ text }) => text.includes(String(token)))).toBe(false);
  });

  test("what is written while Memos is away and memoferry dead is saved later", async () => {
    await ada.post("/api/memos-down");
    await ada.send("while memos was away");
    await until("waiting", async () => (await ada.state()).ferry.status?.jobs.waiting === 1);
    expect((await ada.state()).memos.away).not.toBeNull();
    await ada.post("/api/kill");
    expect((await ada.state()).ferry.pid).toBeNull();
    await ada.send("while memoferry was dead");
    expect((await ada.post("/api/start")).status).toBe(200);
    await ada.post("/api/memos-up");
    await ada.memo("while memos was away");
    await ada.memo("while memoferry was dead");
    expect((await ada.state()).memos.away).toBeNull();
  }, 40_000);

  test("a state that the page knows already is not sent again", async () => {
    const ask = (known: string) => fetch(new URL(`/api/state?as=ada&known=${known}`, demo.url));
    await until("a quiet moment", async () => {
      const { revision } = (await (await ask("")).json()) as { revision: string };
      return (await ask(revision)).status === 204;
    });
  });

  test("other web sites cannot use it", async () => {
    const { port } = new URL(demo.url);
    const refused: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "http://127.0.0.1:1" },
      { origin: "null" },
      { host: `evil.example:${port}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of refused) {
      for (const method of ["GET", "POST"]) {
        const path = method === "GET" ? "/api/state" : "/api/kill";
        expect((await fetch(new URL(path, demo.url), { method, headers })).status).toBe(403);
      }
    }
    const own = { origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" };
    expect((await fetch(new URL("/api/state", demo.url), { headers: own })).status).toBe(200);
    expect((await ada.state()).ferry.pid).not.toBeNull();
  });

  test("tells what is wrong with a request", async () => {
    const nobody = await ada.post("/api/press?as=nobody", "{}");
    expect([nobody.status, await nobody.text()]).toEqual([400, 'there is nobody called "nobody" here']);
    expect((await ada.post("/api/press?as=ada", "not JSON")).status).toBe(400);
    expect((await ada.post("/api/press?as=ada", '{"message":1,"row":0,"column":0}')).status).toBe(409);
    expect((await fetch(new URL("/../main.ts", demo.url))).status).toBe(404);
  });

  test("Ctrl-C ends it within seconds and leaves nothing behind", async () => {
    const since = performance.now();
    expect(await demo.interrupt()).toBe(0);
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test("takes any free port when the usual one is in use, and says so when it is the one asked for", async () => {
  const taken = new Set<ReturnType<typeof Bun.serve>>();
  const occupy = (port: number) => {
    const server = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response("somebody else") });
    taken.add(server);
    return server.port;
  };
  try {
    try {
      occupy(8090);
    } catch {
      // In use already: as good.
    }
    await using demo = await startDemoProcess({ DEMO_PORT: "" });
    expect(new URL(demo.url).port).not.toBe("8090");
    expect(await (await fetch(demo.url)).text()).toContain("memoferry demo");

    const child = spawnDemo({ DEMO_PORT: String(occupy(0)) });
    expect(await new Response(child.stderr).text()).toMatch(/^memoferry demo: DEMO_PORT: \d+ cannot be used/);
    expect(await child.exited).toBe(1);
  } finally {
    for (const server of taken) await server.stop(true);
  }
}, 30_000);
