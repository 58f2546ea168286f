import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { type Attachment, createMemosClient } from "../../src/memos/client.ts";
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function started(version: string): Promise<{ memos: FakeMemos; token: Secret }> {
  const memos = await startFakeMemos({ version });
  open.push(memos);
  return { memos, token: new Secret(memos.addUser("alice").token) };
}

/** A memo with one file, and the file as Memos tells of it. */
async function uploaded(memos: FakeMemos, token: Secret, bytes: Uint8Array): Promise<Attachment> {
  const client = createMemosClient({ baseUrl: memos.url, clock: systemClock });
  const filename = "a b#1?“ü”.txt";
  const file = { id: "file-1", filename, type: "text/plain", size: bytes.length };
  const made = await client.createAttachment(token, {
    ...file,
    async *open() {
      yield bytes;
    },
  });
  const id = "memo-1";
  const draft = {
    id,
    content: "x",
    visibility: "PRIVATE",
    createTime: null,
    attachments: [made.name],
  } as const;
  const memo = await client.createMemo(token, draft);
  const [found] = (await client.getMemo(token, memo.name)).attachments;
  if (!found) throw new Error("the file is not bound");
  return found;
}

async function downloaded(memos: FakeMemos, token: Secret, file: Attachment): Promise<Buffer> {
  const client = createMemosClient({ baseUrl: memos.url, clock: systemClock });
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.download(token, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const failed = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test("half a file fails", async () => {
  const { memos, token } = await started("0.30.0");
  const file = await uploaded(memos, token, Buffer.from("hello".repeat(1_000)));
  memos.fault({ match: { path: /^\/file\// }, action: "truncate" });
  expect(await failed(downloaded(memos, token, file))).toBeInstanceOf(Error);
});

test("a file on S3 is fetched where Memos says, and the access token stays here", async () => {
  const asked: { path: string; authorization: string | null }[] = [];
  const storage = Bun.serve({
    port: 0,
    fetch(request) {
      asked.push({
        path: new URL(request.url).pathname,
        authorization: request.headers.get("authorization"),
      });
      return new Response("hello");
    },
  });
  const proxy = Bun.serve({
    port: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith("/file/")) return fetch(`${memos.url}${pathname}${search}`, request);
      return new Response(null, { status: 307, headers: { location: `${storage.url}bucket/a.mp3` } });
    },
  });
  open.push(storage, proxy);
  const { memos, token } = await started("0.30.0");
  const file = await uploaded(memos, token, Buffer.from("hello"));
  const client = createMemosClient({ baseUrl: String(proxy.url), clock: systemClock });
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.download(token, file)) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe("hello");
  expect(asked).toEqual([{ path: "/bucket/a.mp3", authorization: null }]);
});
