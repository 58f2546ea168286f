import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { UploadSizeError } from "../../src/memos/errors.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { fileOf } from "./memos-client-core.ts";
import { serve } from "./memos-client-servers.ts";

test("a file on S3 is fetched where Memos says, and the access token stays here", async () => {
  const memos = await startFakeMemos();
  const token = new Secret(memos.addUser("alice").token);
  const asked: { path: string; authorization: string | null }[] = [];
  await using storage = serve((request) => {
    asked.push({ path: new URL(request.url).pathname, authorization: request.headers.get("authorization") });
    return new Response("hello");
  });
  await using proxy = serve((request) => {
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith("/file/")) return fetch(`${memos.url}${pathname}${search}`, request);
    return new Response(null, { status: 307, headers: { location: `${storage.url}/bucket/a.mp3` } });
  });
  const client = createMemosClient({ baseUrl: proxy.url, clock: systemClock });
  const file = await client.createAttachment(token, fileOf(Buffer.from("hello")));
  const chunks = await Array.fromAsync(client.download(token, file));
  expect(Buffer.concat(chunks).toString()).toBe("hello");
  expect(asked).toEqual([{ path: "/bucket/a.mp3", authorization: null }]);
  await memos.stop();
});

test.each([
  [404, "not_found"],
  [401, "forbidden"],
  [403, "forbidden"],
  [500, "server"],
])("a download that is answered %i is %s", async (status, kind) => {
  const memos = await startFakeMemos();
  const token = new Secret(memos.addUser("alice").token);
  const client = createMemosClient({ baseUrl: memos.url, clock: systemClock });
  const file = await client.createAttachment(token, fileOf(Buffer.from("hello")));
  memos.fault({ match: { path: /^\/file\// }, action: { status } });
  expect(await Array.fromAsync(client.download(token, file)).catch((error) => error)).toMatchObject({ kind });
  await memos.stop();
});

test.each(["", "hell", "<html>a page in its place</html>"])(
  "%j is not the file of five bytes",
  async (body) => {
    const memos = await startFakeMemos();
    const token = new Secret(memos.addUser("alice").token);
    await using proxy = serve((request) => {
      const { pathname, search } = new URL(request.url);
      return pathname.startsWith("/file/")
        ? new Response(body)
        : fetch(`${memos.url}${pathname}${search}`, request);
    });
    const client = createMemosClient({ baseUrl: proxy.url, clock: systemClock });
    const file = await client.createAttachment(token, fileOf(Buffer.from("hello")));
    const failure = await Array.fromAsync(client.download(token, file)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UploadSizeError);
    await memos.stop();
  },
);
