import { describe, expect, test } from "bun:test";
import type { Context } from "../../src/app/context.ts";
import { createMemosWatch } from "../../src/app/saving.ts";
import { createBackground } from "../../src/base/background.ts";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { createFakeClock } from "../support/clock.ts";
import { draft, serveMemos, token, troubleOf } from "./memos-client-servers.ts";

const file = { id: "f1", filename: "a.bin", type: "text/plain", size: 3 };

/** A server that holds back the answer to all but what detection asks; the first request that it holds. */
function holding(version: string) {
  const held = Promise.withResolvers<Request>();
  const gate = Promise.withResolvers<Response>();
  const server = serveMemos(async (request) => {
    if (request.body) await request.bytes();
    held.resolve(request);
    return gate.promise;
  }, version);
  return { server, held: held.promise, answer: () => gate.resolve(new Response("{}")) };
}

describe("a call that is given up while the server works on it", () => {
  const calls = {
    "a look": (client: Client, signal: AbortSignal) => client.getMemo(token, "memos/x1", signal),
    "an upload": (client: Client, signal: AbortSignal) =>
      client.createAttachment(token, { ...file, open: () => bytesOf("abc") }, signal),
  };
  type Client = ReturnType<typeof createMemosClient>;
  for (const [what, call] of Object.entries(calls)) {
    for (const version of ["0.24.4", "0.25.3", "0.26.2"]) {
      test(`is not hung up on up to 0.26, and a stop waits for its end: ${what} on ${version}`, async () => {
        const { server, held, answer } = holding(version);
        await using _ = server;
        const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
        const controller = new AbortController();
        const failed = troubleOf(call(client, controller.signal));
        const request = await held;
        controller.abort();
        expect((await failed).kind).toBe("aborted");
        let isOver = false;
        const over = client.settled(new AbortController().signal).then(() => {
          isOver = true;
        });
        await client.settled(AbortSignal.timeout(50));
        expect({ isOver, isCut: request.signal.aborted }).toEqual({ isOver: false, isCut: false });
        answer();
        await over;
      });
    }

    test(`is hung up on from 0.27 on: ${what}`, async () => {
      const { server, held } = holding("0.27.1");
      await using _ = server;
      const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
      const controller = new AbortController();
      const failed = troubleOf(call(client, controller.signal));
      const request = await held;
      const cut = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      controller.abort();
      expect((await failed).kind).toBe("aborted");
      await cut;
    });
  }

  test("is hung up on after two minutes all the same", async () => {
    const { server, held } = holding("0.26.2");
    await using _ = server;
    const clock = createFakeClock();
    const client = createMemosClient({ baseUrl: server.url, clock });
    const failed = troubleOf(client.getMemo(token, "memos/x1"));
    const request = await held;
    const cut = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    await clock.advance(30_000);
    expect((await failed).kind).toBe("timeout");
    await clock.advance(100_000);
    expect(request.signal.aborted).toBe(false);
    await clock.advance(10_000);
    await cut;
  });

  test("is hung up on at once while its body is not whole: nothing works on it yet", async () => {
    await using server = serveMemos(async (request) => {
      await request.bytes().catch(() => undefined);
      return new Response("{}");
    }, "0.26.2");
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const controller = new AbortController();
    const open = async function* () {
      yield Buffer.from("a");
      controller.abort();
      await new Promise(() => {});
    };
    const failed = troubleOf(client.createAttachment(token, { ...file, open }, controller.signal));
    expect((await failed).kind).toBe("aborted");
    await client.settled(new AbortController().signal);
  });
});

test("a Memos that only answers for a minute that its database is locked does not count as reachable", async () => {
  const fake = await startFakeMemos({ version: "0.25.3" });
  const clock = createFakeClock();
  const memos = createMemosClient({ baseUrl: fake.url, clock });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const background = createBackground({ clock, log });
  const context = { memos, clock, background, random: () => 0, urls: { warn() {} }, store: {} };
  const watch = createMemosWatch(context as unknown as Context, () => undefined);
  const token = new Secret(fake.addUser("alice").token);
  try {
    const locked = fake.fault({ match: { method: "POST", path: /memos$/ }, times: 100, action: "busy" });
    expect((await troubleOf(memos.createMemo(token, draft))).kind).toBe("busy");
    await clock.advance(61_000);
    // Whoever was told so once may not have tried again.
    expect(watch.health().reachable).toBe(true);
    await troubleOf(memos.createMemo(token, draft));
    await memos.whoAmI(token);
    expect(watch.health()).toMatchObject({
      reachable: false,
      detail: 'Memos has only answered "database is locked" for 1 min: restart Memos',
    });
    locked.clear();
    await memos.createMemo(token, draft);
    expect(watch.health()).toMatchObject({ reachable: true, detail: null });
  } finally {
    await background.stop();
    await fake.stop();
  }
});

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}
