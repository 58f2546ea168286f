import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { draftOf, fileOf } from "./memos-client-core.ts";
import { serveMemos, troubleOf } from "./memos-client-servers.ts";

test("a server that was restarted between two calls is simply spoken to again", async () => {
  const fake = await startFakeMemos();
  const token = new Secret(fake.addUser("alice").token);
  const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
  await client.createMemo(token, draftOf());
  await fake.stop();
  expect((await troubleOf(client.createMemo(token, draftOf()))).kind).toBe("unreachable");
  await fake.start();
  await client.createMemo(token, draftOf());
  await client.createAttachment(token, fileOf(new Uint8Array(100_000)));
  expect(fake.memos()).toHaveLength(2);
  await fake.stop();
});

test("an answer that a proxy compressed is read", async () => {
  const proxy = serveMemos(() => {
    const memo = {
      name: "memos/x1",
      creator: "users/alice",
      visibility: "PRIVATE",
      createTime: "2024-01-01T00:00:00Z",
    };
    const body = Bun.gzipSync(JSON.stringify({ ...memo, content: "zip" }));
    return new Response(body, {
      headers: { "Content-Encoding": "gzip", "Content-Type": "application/json" },
    });
  });
  const client = createMemosClient({ baseUrl: proxy.url, clock: systemClock });
  expect((await client.getMemo(new Secret("t"), "memos/x1")).content).toBe("zip");
  await proxy[Symbol.asyncDispose]();
});

test("the page of a memo is under the public address", () => {
  const client = createMemosClient({ baseUrl: "http://memos:5230", clock: systemClock });
  expect(client.memoUrl("https://notes.example/memos/", "memos/abc-1")).toBe(
    "https://notes.example/memos/memos/abc-1",
  );
  expect(client.memoUrl("https://notes.example", "memos/abc-1")).toBe("https://notes.example/memos/abc-1");
});
