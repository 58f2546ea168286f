/** What the fake adds to a Memos server: faults, lost answers, restarts, hooks, a log, a person's hand. */
import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { type FakeMemos, type FakeMemosOptions, type FakeUser, startFakeMemos } from "./memos.ts";

const running: FakeMemos[] = [];

afterEach(async () => {
  for (const fake of running.splice(0)) await fake.stop();
});

async function setup(options: FakeMemosOptions = {}) {
  const fake = await startFakeMemos(options);
  running.push(fake);
  const alice = fake.addUser("alice");
  const send = (method: string, path: string, body?: unknown, user: FakeUser = alice) =>
    fetch(fake.url + path, {
      method,
      headers: { authorization: `Bearer ${user.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const create = (id: string, content: string, more: Record<string, unknown> = {}) =>
    send("POST", `/api/v1/memos?memoId=${id}`, { content, ...more });
  const upload = (id: string, filename: string, bytes: Uint8Array, more: Record<string, unknown> = {}) =>
    send("POST", `/api/v1/attachments?attachmentId=${id}`, {
      filename,
      type: "application/octet-stream",
      content: Buffer.from(bytes).toString("base64"),
      ...more,
    });
  return { fake, alice, send, create, upload };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Fulfils when a request failed below HTTP. */
async function broken(request: Promise<Response>): Promise<boolean> {
  try {
    await (await request).text();
    return false;
  } catch {
    return true;
  }
}

describe("a call that memoferry never made", () => {
  const memo = "/api/v1/memos/m1";
  test.each<[string, string, object | undefined, string]>([
    ["GET", "/api/v1/users", undefined, "GET /api/v1/users"],
    ["GET", "/healthz", undefined, "GET /healthz"],
    ["PUT", memo, {}, `PUT ${memo}`],
    ["GET", "/api/v1/memos?filter=x&orderBy=name", undefined, "orderBy of GET /api/v1/memos"],
    ["GET", "/api/v1/memos?pageSize=1", undefined, "a list of everybody's memos"],
    [
      "GET",
      "/api/v1/memos?pageSize=1&filter=creator_id == 1 %26%26 pinned",
      undefined,
      "the filter creator_id == 1 && pinned",
    ],
    ["POST", "/api/v1/memos", { content: "a", relations: [] }, "relations of a memo"],
    ["POST", "/api/v1/memos", { content: 5 }, "a content that is no text"],
    ["POST", "/api/v1/memos", [], "a body that is no JSON object"],
    ["PATCH", `${memo}?updateMask=tags`, { content: "a" }, "tags in a mask"],
    ["POST", "/api/v1/attachments", { filename: "a", externalLink: "b" }, "externalLink of a file"],
    ["POST", "/api/v1/attachments", { filename: "a" }, "a file without a type"],
  ])("%s %s is refused and told", async (method, path, body, what) => {
    const told: string[] = [];
    const { fake, send, create } = await setup({ onNotImitated: ({ message }) => told.push(message) });
    await create("m1", "text");
    const answer = await send(method, path, body);
    const message = `the fake of Memos does not imitate ${what}: memoferry has not done this before`;
    expect([answer.status, await answer.json()]).toMatchObject([501, { message }]);
    expect(told).toEqual([message]);
    expect(fake.memos()).toMatchObject([{ content: "text" }]);
  });
});

describe("faults", () => {
  test("an answer instead leaves nothing done", async () => {
    const { fake, create } = await setup();
    fake.fault({
      match: { method: "POST" },
      times: 1,
      action: { status: 503, body: "<html>", contentType: "text/html", headers: { "retry-after": "7" } },
    });
    const answer = await create("m1", "text");
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("retry-after")]).toEqual([
      503,
      "text/html",
      "7",
    ]);
    expect(await answer.text()).toBe("<html>");
    expect(fake.memos()).toEqual([]);
    expect((await create("m1", "text")).status).toBe(200);
  });

  test("drop-before closes the connection and does nothing", async () => {
    const { fake, create } = await setup();
    fake.fault({ match: { path: /\/memos$/ }, times: 1, action: "drop-before" });
    expect(await broken(create("m1", "text"))).toBe(true);
    expect(fake.memos()).toEqual([]);
    expect(fake.requests.at(-1)).toMatchObject({ status: null, answered: false });
  });

  test("drop-after loses the answer of what was done, and a repeat gets 409", async () => {
    const { fake, create } = await setup();
    fake.fault({ match: { path: /\/memos$/ }, times: 1, action: "drop-after" });
    expect(await broken(create("m1", "text"))).toBe(true);
    expect(fake.memos().map((memo) => memo.content)).toEqual(["text"]);
    expect(fake.requests.at(-1)).toMatchObject({ status: 200, answered: false });
    expect((await create("m1", "text")).status).toBe(409);
  });

  test("truncate sends half of the answer of what was done", async () => {
    const { fake, alice } = await setup();
    fake.fault({ match: {}, action: "truncate" });
    const raw = await rawRequest(
      fake.url,
      `GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`,
    );
    const [head = "", body = ""] = raw.split("\r\n\r\n");
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(head).toStartWith("HTTP/1.1 200");
    expect(body.length).toBe(Math.floor(promised / 2));
    expect(() => JSON.parse(body)).toThrow();
  });

  test("busy answers as a locked database does, and does nothing", async () => {
    const { fake, create } = await setup();
    fake.fault({ match: {}, times: 1, action: "busy" });
    const answer = await create("m1", "text");
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      code: 13,
      message: "database is locked (5) (SQLITE_BUSY)",
      details: [],
    });
    expect(fake.memos()).toEqual([]);
  });

  test("hang never answers, and ends with the client", async () => {
    const { fake, alice } = await setup();
    fake.fault({ match: {}, action: "hang" });
    const controller = new AbortController();
    fake.onRequest = () => controller.abort();
    const request = fetch(`${fake.url}/api/v1/auth/me`, {
      headers: { authorization: `Bearer ${alice.token}` },
      signal: controller.signal,
    });
    expect(await broken(request)).toBe(true);
    expect(fake.requests.at(-1)).toMatchObject({ status: null, answered: false });
  });

  test("a delay does the request at once and answers later", async () => {
    const { fake, create } = await setup();
    fake.fault({ match: {}, action: { delayMs: 30 } });
    const done = Promise.withResolvers<number>();
    fake.onRequest = (_, phase) => {
      if (phase === "after") done.resolve(performance.now());
    };
    const request = create("m1", "text");
    const doneAt = await done.promise;
    expect(fake.memos()).toHaveLength(1);
    expect((await request).status).toBe(200);
    expect(performance.now() - doneAt).toBeGreaterThan(25);
  });

  test("nth counts matching requests only, times says how many fail from there", async () => {
    const { fake, send, create } = await setup();
    const fault = fake.fault({
      match: { method: "POST", path: /memoId=/, nth: 2 },
      times: 2,
      action: { status: 502 },
    });
    const statuses: number[] = [];
    for (const id of ["a", "b", "c", "d"]) {
      statuses.push((await create(id, id)).status);
      expect((await send("GET", "/api/v1/auth/me")).status).toBe(200);
    }
    expect(statuses).toEqual([200, 502, 502, 200]);
    expect(fault.hits).toBe(2);
  });

  test("nth alone fails once; without either every match fails until cleared", async () => {
    const { fake, send } = await setup();
    const status = async () => (await send("GET", "/api/v1/auth/me")).status;
    fake.fault({ match: { nth: 2 }, action: { status: 500 } });
    expect([await status(), await status(), await status()]).toEqual([200, 500, 200]);
    const fault = fake.fault({ match: {}, action: { status: 504 } });
    expect([await status(), await status()]).toEqual([504, 504]);
    fault.clear();
    expect(await status()).toBe(200);
    fake.fault({ match: {}, action: { status: 504 } });
    fake.clearFaults();
    expect(await status()).toBe(200);
  });
});

describe("stopping and starting", () => {
  test("the state and the address outlive the listener", async () => {
    const { fake, create, upload } = await setup();
    const { url } = fake;
    await upload("f1", "a.bin", bytesOf("abc"));
    await create("m1", "text", { attachments: [{ name: "attachments/f1" }] });
    await fake.stop();
    await fake.stop();
    expect(await broken(create("m2", "text"))).toBe(true);
    await fake.start();
    expect(fake.url).toBe(url);
    expect((await create("m1", "text")).status).toBe(409);
    expect(fake.memo("memos/m1")?.attachments.map((file) => file.filename)).toEqual(["a.bin"]);
  });

  test("stopping closes requests that wait for an answer", async () => {
    const { fake, send } = await setup();
    fake.fault({ match: {}, action: "hang" });
    const arrived = Promise.withResolvers<void>();
    fake.onRequest = () => arrived.resolve();
    const request = broken(send("GET", "/api/v1/auth/me"));
    await arrived.promise;
    await fake.stop();
    expect(await request).toBe(true);
  });

  test("a given port is used", async () => {
    const first = await setup();
    const port = Number(new URL(first.fake.url).port);
    await first.fake.stop();
    const second = await setup({ port });
    expect(second.fake.url).toBe(first.fake.url);
  });
});

describe("hooks and log", () => {
  test("before comes with nothing done, after with all done and nothing answered", async () => {
    const { fake, create } = await setup();
    const seen: unknown[] = [];
    fake.onRequest = async (info, phase) => {
      await Promise.resolve();
      seen.push([
        phase,
        info.method,
        info.path,
        info.query["memoId"],
        info.status,
        fake.memos().length,
        fake.requests.at(-1)?.answered,
      ]);
    };
    await create("m1", "text");
    expect(seen).toEqual([
      ["before", "POST", "/api/v1/memos", "m1", undefined, 0, false],
      ["after", "POST", "/api/v1/memos", "m1", 200, 1, false],
    ]);
    expect(fake.requests.at(-1)).toMatchObject({
      method: "POST",
      path: "/api/v1/memos",
      query: { memoId: "m1" },
      status: 200,
      authorization: true,
    });
  });

  test("before is told only when the whole request was received", async () => {
    const { fake, alice } = await setup();
    let calls = 0;
    fake.onRequest = () => {
      calls++;
    };
    const { hostname, port } = new URL(fake.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"fil\r\n`,
    );
    await arrived(fake, 1);
    expect(calls).toBe(0);
    socket.destroy();
  });

  test("a missing token is told in the log", async () => {
    const { fake } = await setup();
    await fetch(`${fake.url}/api/v1/auth/me`);
    expect(fake.requests.at(-1)).toMatchObject({ status: 401, authorization: false });
  });
});

describe("uploads", () => {
  test("an upload that breaks off leaves nothing", async () => {
    const { fake, alice, send } = await setup();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(bytesOf('{"filename":"a.bin","content":"YWJj'));
        await arrived(fake, 1);
        controller.error(new Error("the source broke"));
      },
    });
    const request = fetch(`${fake.url}/api/v1/attachments?attachmentId=f1`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}` },
      body,
    });
    expect(await broken(request)).toBe(true);
    expect((await send("GET", "/api/v1/attachments/f1")).status).toBe(404);
    expect(fake.attachments()).toEqual([]);
    expect(fake.requests[0]).toMatchObject({ status: null, answered: false });
  });

  test("takes a chunked body of 30 MiB in base64 and gives back the same bytes", async () => {
    const { fake, alice, send } = await setup();
    const piece = new Uint8Array(3 * 1024 * 1024).map((_, index) => index % 251);
    const encoded = bytesOf(Buffer.from(piece).toString("base64"));
    function* parts() {
      yield bytesOf('{"filename":"big.bin","type":"application/octet-stream","content":"');
      for (let index = 0; index < 10; index++) yield encoded;
      yield bytesOf('"}');
    }
    const answer = await fetch(`${fake.url}/api/v1/attachments?attachmentId=big`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}` },
      body: streamOf(parts()),
    });
    expect(answer.status).toBe(200);
    const [stored] = fake.attachments();
    expect(stored?.size).toBe(30 * 1024 * 1024);
    const file = await send("GET", "/file/attachments/big/big.bin");
    const digest = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const expected = new Bun.CryptoHasher("sha256");
    for (let index = 0; index < 10; index++) expected.update(piece);
    expect(digest(await file.bytes())).toBe(expected.digest("hex"));
  });

  test("refuses a body above 256 MiB without keeping it", async () => {
    const { fake, alice } = await setup();
    const piece = new Uint8Array(8 * 1024 * 1024).fill(65);
    function* parts() {
      yield bytesOf('{"filename":"big.bin","type":"a/b","content":"');
      for (let index = 0; index < 33; index++) yield piece;
      yield bytesOf('"}');
    }
    const answer = await fetch(`${fake.url}/api/v1/attachments`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}` },
      body: streamOf(parts()),
    });
    expect(await answer.json()).toEqual({ code: 3, message: "http: request body too large", details: [] });
  });

  test("the size limit can be set", async () => {
    const { fake, upload } = await setup({ uploadSizeLimitMb: 1 });
    expect((await upload("f1", "a.bin", new Uint8Array(1024 * 1024))).status).toBe(200);
    expect((await upload("f2", "a.bin", new Uint8Array(1024 * 1024 + 1))).status).toBe(400);
    fake.setUploadSizeLimit(2);
    expect((await upload("f2", "a.bin", new Uint8Array(1024 * 1024 + 1))).status).toBe(200);
  });

  test("a JPEG comes back changed only when asked for", async () => {
    const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
    const plain = await setup();
    await plain.upload("f1", "a.jpg", jpeg);
    expect(plain.fake.attachments()[0]?.bytes).toEqual(jpeg);
    const changing = await setup({ reencodeJpeg: true });
    await changing.upload("f1", "a.jpg", jpeg);
    await changing.upload("f2", "a.png", bytesOf("no jpeg"));
    const [first, second] = changing.fake.attachments();
    expect(first?.size).toBeGreaterThan(jpeg.length);
    expect(second?.bytes).toEqual(bytesOf("no jpeg"));
  });
});

describe("a person in the web page", () => {
  test("changes content, adds and deletes files, deletes memos", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const { fake, send, create, upload } = await setup({ now: () => now });
    await upload("f1", "ours.txt", bytesOf("ours"));
    await create("m1", "ours #tag", {
      attachments: [{ name: "attachments/f1" }],
      createTime: "2020-01-02T03:04:05Z",
    });
    now += 60_000;
    fake.editContent("memos/m1", "theirs");
    const added = fake.addFile("memos/m1", {
      filename: "theirs.txt",
      type: "text/plain",
      bytes: bytesOf("theirs"),
    });
    expect(fake.memos()).toMatchObject([
      {
        name: "memos/m1",
        creator: "users/alice",
        content: "theirs",
        visibility: "PRIVATE",
        createTime: "2020-01-02T03:04:05Z",
        updateTime: "2026-01-01T00:01:00Z",
      },
    ]);
    const shown: unknown = await (await send("GET", "/api/v1/memos/m1")).json();
    expect(shown).toMatchObject({
      attachments: [{ name: added, filename: "theirs.txt", memo: "memos/m1" }, { name: "attachments/f1" }],
    });
    fake.deleteFile("attachments/f1");
    expect((await send("GET", "/api/v1/attachments/f1")).status).toBe(404);
    fake.deleteMemo("memos/m1");
    expect((await send("GET", "/api/v1/memos/m1")).status).toBe(404);
    expect(fake.attachments()).toEqual([]);
  });

  test("sets the default visibility, archives, revokes a token", async () => {
    const { fake, alice, send, create } = await setup();
    fake.setDefaultVisibility("alice", "PUBLIC");
    const setting: unknown = await (await send("GET", "/api/v1/users/alice/settings/GENERAL")).json();
    expect(setting).toMatchObject({ generalSetting: { memoVisibility: "PUBLIC" } });
    await create("m1", "text");
    fake.setMemoState("memos/m1", "ARCHIVED");
    expect(await (await send("GET", "/api/v1/memos/m1")).json()).toMatchObject({
      state: "ARCHIVED",
      visibility: "PRIVATE",
    });
    fake.revokeToken(alice.token);
    expect((await send("GET", "/api/v1/auth/me")).status).toBe(401);
    expect(
      (await send("GET", "/api/v1/auth/me", undefined, { ...alice, token: fake.addToken("alice") })).status,
    ).toBe(200);
  });

  test("sees comments under their memo, and a failed comment standing alone", async () => {
    const { fake, send, create } = await setup();
    await create("m1", "top");
    await send("POST", "/api/v1/memos/m1/comments?commentId=c1", { content: "comment" });
    const failed = await send("POST", "/api/v1/memos/m1/comments?commentId=c2", {
      content: "lost",
      attachments: [{ name: "attachments/none" }],
    });
    expect(failed.status).toBe(500);
    expect(fake.comments("memos/m1")).toMatchObject([{ name: "memos/c1", parent: "memos/m1" }]);
    expect(fake.memos().map((memo) => memo.name)).toEqual(["memos/m1", "memos/c2"]);
  });

  test("can fail between a comment and its place under the memo", async () => {
    const { fake, send, create } = await setup();
    await create("m1", "top");
    const fault = fake.fault({ match: { path: /comments/ }, times: 1, action: "comment-alone" });
    const comment = () => send("POST", "/api/v1/memos/m1/comments?commentId=c1", { content: "comment" });
    expect((await comment()).status).toBe(500);
    expect(fault.hits).toBe(1);
    expect(fake.comments("memos/m1")).toEqual([]);
    expect(fake.memo("memos/c1")).toMatchObject({ content: "comment", parent: undefined });
    // The id is used.
    expect((await comment()).status).toBe(500);
    await send("DELETE", "/api/v1/memos/c1");
    expect((await comment()).status).toBe(200);
    expect(fake.memo("memos/c1")?.parent).toBe("memos/m1");
  });

  test("the time of the last change stays with a content patch, and moves when the mask names it", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const { fake, send, create } = await setup({ now: () => now });
    await create("m1", "one");
    now += 60_000;
    await send("PATCH", "/api/v1/memos/m1?updateMask=content", { content: "two" });
    expect(fake.memo("memos/m1")).toMatchObject({ content: "two", updateTime: "2026-01-01T00:00:00Z" });
    await send("PATCH", "/api/v1/memos/m1?updateMask=content,update_time", { content: "three" });
    expect(fake.memo("memos/m1")).toMatchObject({ content: "three", updateTime: "2026-01-01T00:01:00Z" });
  });
});

describe("versions and places", () => {
  test("a base path is part of the address, and outside it a proxy answers", async () => {
    const { fake, send } = await setup({ basePath: "/notes/" });
    expect(fake.url).toEndWith("/notes");
    expect((await send("GET", "/api/v1/auth/me")).status).toBe(200);
    expect(fake.requests.at(-1)?.path).toBe("/api/v1/auth/me");
    const outside = await fetch(new URL("/api/v1/instance/profile", fake.url));
    expect([outside.status, outside.headers.get("content-type")]).toEqual([404, "text/html"]);
  });

  test("a server built from source calls itself dev and behaves as 0.30", async () => {
    const { fake } = await setup({ version: "dev" });
    const profile: unknown = await (await fetch(`${fake.url}/api/v1/instance/profile`)).json();
    expect(profile).toEqual({ version: "dev", instanceUrl: fake.url });
    const refused = await fetch(`${fake.url}/api/v1/auth/me`);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([401, "text/plain; charset=utf-8"]);
  });

  test("users are named by number up to 0.26 and by user name from 0.27 on", async () => {
    expect((await setup({ version: "0.26.2" })).alice.name).toBe("users/1");
    expect((await setup({ version: "0.27.1" })).alice.name).toBe("users/alice");
  });

  test("a private instance tells its profile and little else without a login", async () => {
    const { fake, create } = await setup({ privateInstance: true });
    await create("m1", "text", { visibility: "PUBLIC" });
    const status = async (path: string) => (await fetch(fake.url + path)).status;
    expect(await status("/api/v1/instance/profile")).toBe(200);
    expect(await status("/api/v1/instance/settings/MEMO_RELATED")).toBe(200);
    expect(await status("/api/v1/memos/m1")).toBe(401);
    fake.setPrivateInstance(false);
    expect(await status("/api/v1/memos/m1")).toBe(200);
  });

  test("the content limit can be set, but not below the least", async () => {
    const { fake, create } = await setup({ contentLengthLimit: 100 });
    expect((await create("m1", "a".repeat(8192))).status).toBe(200);
    expect((await create("m2", "a".repeat(8193))).status).toBe(400);
    fake.setContentLengthLimit(9000);
    expect((await create("m2", "a".repeat(9000))).status).toBe(200);
  });

  test("an unknown version is refused", async () => {
    expect(startFakeMemos({ version: "0.21.0" })).rejects.toThrow("does not know version 0.21.0");
  });
});

/** One part after the other, each asked for when the last one was sent. */
function streamOf(parts: Iterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done) return controller.close();
      controller.enqueue(value);
    },
  });
}

/** Waits until so many requests began to arrive. */
async function arrived(fake: FakeMemos, count: number): Promise<void> {
  while (fake.requests.length < count) await new Promise((resolve) => setImmediate(resolve));
}

/** Everything that comes back until the server closes the connection. */
function rawRequest(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}
