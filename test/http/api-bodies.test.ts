import { describe, expect, test } from "bun:test";
import { ACCESS_TOKEN, createTestServer, problemIn } from "./api-server.ts";

const VALID = JSON.stringify({ telegram_id: 42, access_token: ACCESS_TOKEN });

function post(
  body: NonNullable<RequestInit["body"]> | null,
  headers: Record<string, string> = { "content-type": "application/json" },
) {
  return createTestServer().admin("/api/v1/bindings", { method: "POST", body, headers });
}

describe("a request body", () => {
  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/merge-patch+json",
  ]) {
    test(`is taken as ${type}`, async () => {
      expect((await post(VALID, { "content-type": type })).status).toBe(201);
    });
  }

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "text/json",
    "",
  ]) {
    test(`is refused as "${type}"`, async () => {
      expect((await problemIn(await post(VALID, { "content-type": type }))).status).toBe(415);
    });
  }

  test("is refused when compressed", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await post(Bun.gzipSync(VALID), headers)).status).toBe(415);
  });

  for (const body of ["", " ", "{", '{"a":}', "{'a':1}", "nonsense", '{"a":1}x', '{"a":"\u0001"}']) {
    test(`is 400 when it is ${JSON.stringify(body)}`, async () => {
      const problem = await problemIn(await post(body));
      expect(problem.status).toBe(400);
      expect(problem.detail).toMatch(/^The body is (empty|not valid JSON): [^:]+\.$/);
    });
  }

  test("is 400 when it is missing", async () => {
    expect((await problemIn(await post(null))).status).toBe(400);
  });

  test("is 400 when it is not UTF-8", async () => {
    const bytes = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
    expect((await problemIn(await post(bytes))).detail).toContain("UTF-8");
  });

  for (const body of ["null", "[]", "5", '"text"', "true"]) {
    test(`is 422 when it is ${body}`, async () => {
      const problem = await problemIn(await post(body));
      expect(problem).toMatchObject({ status: 422, detail: "The body must be a JSON object." });
    });
  }

  test("may start with a byte order mark", async () => {
    expect((await post(`\uFEFF${VALID}`)).status).toBe(201);
  });

  test("may have exactly 64 KiB and not a byte more", async () => {
    expect((await post(VALID.padEnd(65_536))).status).toBe(201);
    expect((await problemIn(await post(VALID.padEnd(65_537)))).detail).toContain("64 KiB");
  });

  test("is 413 over the limit when it comes in pieces without a length", async () => {
    let pieces = 0;
    const body = new ReadableStream({
      pull(controller) {
        pieces += 1;
        controller.enqueue(new TextEncoder().encode(" ".repeat(10_000)));
      },
    });
    expect((await problemIn(await post(body))).status).toBe(413);
    expect(pieces).toBeLessThan(20);
  });
});
