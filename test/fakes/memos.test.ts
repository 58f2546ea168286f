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
});

describe("a person in the web page", () => {
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
