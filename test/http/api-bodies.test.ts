import { describe, expect, test } from "bun:test";
import { ACCESS_TOKEN, createTestServer, problemIn } from "./api-server.ts";

const VALID = JSON.stringify({ telegram_id: 42, access_token: ACCESS_TOKEN });

function post(body: NonNullable<RequestInit["body"]> | null, type = "application/json") {
  const headers = { "content-type": type };
  return createTestServer().admin("/api/v1/bindings", { method: "POST", body, headers });
}

describe("a request body", () => {
  for (const type of ["application/json; charset=utf-8", "Application/Merge-Patch+JSON", ""]) {
    test(`is JSON where it is called "${type}"`, async () => {
      expect((await post(VALID, type)).status).toBe(201);
    });
  }

  for (const type of [
    "application/x-www-form-urlencoded",
    "text/plain;charset=UTF-8",
    "application/jsonx",
    "x",
  ]) {
    test(`is 415 where it is called ${type}`, async () => {
      const problem = await problemIn(await post(VALID, type));
      expect(problem.status).toBe(415);
      expect(problem.detail).toContain("Content-Type: application/json");
    });
  }

  for (const body of ["", " ", "{", '{"a":}', "{'a':1}", "nonsense", '{"a":1}x', '{"a":"\u0001"}', null]) {
    test(`is 400 when it is ${JSON.stringify(body)}`, async () => {
      const problem = await problemIn(await post(body));
      expect(problem).toMatchObject({ status: 400, detail: "The body is not valid JSON." });
    });
  }

  for (const body of ["null", "[]", "5", '"text"', "true"]) {
    test(`is 422 when it is ${body}`, async () => {
      const problem = await problemIn(await post(body));
      expect(problem).toMatchObject({ status: 422, detail: "The body must be a JSON object." });
    });
  }
});

test("an empty body of an invitation is none, however it is sent", async () => {
  for (const body of [null, "", new ReadableStream({ start: (stream) => stream.close() })]) {
    const answer = await createTestServer().admin("/api/v1/invitations", { method: "POST", body });
    expect(answer.status).toBe(201);
  }
  const blank = await createTestServer().admin("/api/v1/invitations", { method: "POST", body: " " });
  expect((await problemIn(blank)).status).toBe(400);
});
