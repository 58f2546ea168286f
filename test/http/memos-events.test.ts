import { expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient, type MemosEvent } from "../../src/memos/client.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { serveMemos, token, troubleOf } from "./memos-client-servers.ts";

/** Events of a server that answers the stream so; what it gave until it ended, and why it did. */
async function heardOf(answer: () => Response, clock = createFakeClock()) {
  await using server = serveMemos(answer);
  const client = createMemosClient({ baseUrl: server.url, clock });
  const heard: (MemosEvent | null)[] = [];
  const listening = (async () => {
    for await (const event of client.events(token)) heard.push(event);
  })();
  return {
    heard,
    trouble: await listening.then(
      () => null,
      (error: unknown) => error,
    ),
  };
}

const stream = (...pieces: string[]) =>
  new Response(
    new ReadableStream({
      async start(controller) {
        for (const piece of pieces) {
          controller.enqueue(new TextEncoder().encode(piece));
          await Bun.sleep(1);
        }
        controller.close();
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );

test("events are read however they are cut, and what is none is passed over", async () => {
  const { heard, trouble } = await heardOf(() =>
    stream(
      ": connected\n\nda",
      'ta: {"type":"memo.created","na',
      'me":"memos/a"}\n\ndata:{"type":"memo.comment.created","name":"memos/b","parent":"memos/c"}\r\n\r\n',
      "event: other\ndata: no JSON\n\ndata: 5\n\n: heartbeat\n\n",
    ),
  );
  expect(trouble).toBeNull();
  expect(heard.filter((event) => event !== null)).toEqual([
    { type: "memo.created", memo: "memos/a" },
    { type: "memo.comment.created", memo: "memos/b" },
  ]);
  expect(heard[0]).toBeNull();
});

test("what is no stream is no stream, whatever it is", async () => {
  const html = { headers: { "content-type": "text/html" } };
  const cases: [Response, string][] = [
    [new Response("<html>a page</html>", html), "not_memos"],
    [new Response("<html>not found</html>", { ...html, status: 404 }), "not_memos"],
    [Response.json({ code: 5, message: "Not Found", details: [] }, { status: 404 }), "unsupported_version"],
    [new Response("bad gateway", { status: 502 }), "server"],
    [Response.json({ error: "authentication required" }, { status: 401 }), "not_memos"],
    [Response.json({ memos: [] }), "not_memos"],
    [Response.redirect("https://login.example.org/", 302), "not_memos"],
  ];
  for (const [answer, kind] of cases) {
    const { heard, trouble } = await heardOf(() => answer);
    expect(heard).toEqual([]);
    expect(trouble).toMatchObject({ kind });
  }
});

test("a stream that is silent for 90 seconds is dead, one with heartbeats lives on", async () => {
  const clock = createFakeClock();
  const memos = await startFakeMemos();
  memos.addUser("admin");
  const { token: bobs } = memos.addUser("bob");
  const client = createMemosClient({ baseUrl: memos.url, clock });
  const heard: (MemosEvent | null)[] = [];
  const listening = (async () => {
    for await (const event of client.events(new Secret(bobs))) heard.push(event);
  })();
  const trouble = troubleOf(listening);
  const heardSo = async (count: number) => {
    while (heard.length < count) await Bun.sleep(1);
  };
  await heardSo(1);
  for (let beats = 2; beats <= 5; beats += 1) {
    await clock.advance(80_000);
    memos.events.heartbeat();
    await heardSo(beats);
  }
  await clock.advance(89_000);
  await settled();
  expect(memos.events.listeners()).toEqual(["bob"]);
  await clock.advance(1_000);
  expect((await trouble).kind).toBe("timeout");
  while (memos.events.listeners().length > 0) await Bun.sleep(1);
  await memos.stop();
});
