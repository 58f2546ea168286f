import { describe, expect, test } from "bun:test";
import { ACCESS_TOKEN, createTestServer, problemIn } from "./api-server.ts";

const NEW = { telegram_id: 42, access_token: ACCESS_TOKEN };

async function bound(...ids: number[]) {
  const parts = createTestServer();
  for (const telegram_id of ids) {
    const response = await parts.send("POST", "/api/v1/bindings", { ...NEW, telegram_id });
    if (response.status !== 201) throw new Error(`not bound: ${await response.text()}`);
  }
  return parts;
}

describe("creating a binding", () => {
  test("answers 201 with its place and everything but the token", async () => {
    const { send, secrets } = createTestServer();
    const body = { ...NEW, visibility: "PROTECTED", tags: ["inbox"] };
    const response = await send("POST", "/api/v1/bindings", body);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/api/v1/bindings/42");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      telegram_id: 42,
      server: "http://memos.test",
      account: "alice",
      display_name: "Alice",
      guest_of: null,
      username: "alice_t",
      visibility: "PROTECTED",
      tags: ["inbox"],
      state: "active",
      paused_reason: null,
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
    });
    expect(secrets).toEqual([ACCESS_TOKEN]);
  });

  test("trims the token, strips a leading # of tags and drops tags that were given twice", async () => {
    const { send, secrets } = createTestServer();
    const body = { ...NEW, access_token: ` ${ACCESS_TOKEN}\n`, tags: ["#work", "work", "日記", "a/b"] };
    const response = await send("POST", "/api/v1/bindings", body);
    expect(secrets).toEqual([ACCESS_TOKEN]);
    expect(await response.json()).toMatchObject({ tags: ["work", "日記", "a/b"] });
  });

  const failures: [string, string, number][] = [
    ["a token that Memos refuses", "refused", 422],
    ["Memos being down", "down", 503],
    ["an unknown error", "broken", 500],
  ];
  for (const [what, access_token, status] of failures) {
    test(`answers ${status} for ${what}`, async () => {
      const { send } = createTestServer();
      const response = await send("POST", "/api/v1/bindings", { ...NEW, access_token });
      expect(response.status).toBe(status);
      expect((await problemIn(response)).detail).not.toContain("secret innards");
    });
  }

  test("keeps the token out of every answer and log line", async () => {
    const { send, admin, lines } = await bound(42);
    const answers = [
      await admin("/api/v1/bindings"),
      await admin("/api/v1/bindings/42"),
      await send("PATCH", "/api/v1/bindings/42", { access_token: ACCESS_TOKEN }),
      await send("POST", "/api/v1/bindings", NEW),
      await send("POST", "/api/v1/bindings", { ...NEW, telegram_id: ACCESS_TOKEN, visibility: ACCESS_TOKEN }),
      await send("POST", "/api/v1/bindings", { [ACCESS_TOKEN]: 1, tags: [`${ACCESS_TOKEN} x`] }),
      await send("POST", "/api/v1/bindings", `{"access_token": ${ACCESS_TOKEN}}`),
      await send("POST", "/api/v1/bindings", `{"access_token": "${ACCESS_TOKEN}`),
      await send("POST", "/api/v1/bindings", ACCESS_TOKEN),
      await admin(`/api/v1/bindings/${ACCESS_TOKEN}`),
      await admin(`/api/v1/bindings?cursor=${ACCESS_TOKEN}&limit=${ACCESS_TOKEN}`),
      await admin(`/api/v1/${ACCESS_TOKEN}`),
    ];
    for (const answer of answers) expect(await answer.text()).not.toContain(ACCESS_TOKEN);
    expect(JSON.stringify(lines)).not.toContain(ACCESS_TOKEN);
  });
});

describe("the fields of a binding", () => {
  const refused: [string, object, string][] = [
    ["a telegram_id as text", { telegram_id: "42" }, "telegram_id"],
    ["a telegram_id of zero", { telegram_id: 0 }, "telegram_id"],
    ["a telegram_id over 2^53-1", { telegram_id: 2 ** 53 }, "telegram_id"],
    ["an empty token", { access_token: "  " }, "access_token"],
    ["a token that is no text", { access_token: 5 }, "access_token"],
    ["a token over 4096 characters", { access_token: "x".repeat(4097) }, "access_token"],
    ["a token with a space", { access_token: "Bearer abc" }, "access_token"],
    ["a token with a line break", { access_token: "ab\ncd" }, "access_token"],
    ["an unknown visibility", { visibility: "private" }, "visibility"],
    ["tags that are no array", { tags: "work" }, "tags"],
    ["21 tags", { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, "tags"],
    ["an empty tag", { tags: [""] }, "tags"],
    ["a tag with two #", { tags: ["##work"] }, "tags"],
    ["a tag with a space", { tags: ["two words"] }, "tags"],
    ["a tag with a point", { tags: ["work", "to.do"] }, "tags"],
    ["a tag of dashes alone", { tags: ["---"] }, "tags"],
    ["a tag over 100 characters", { tags: ["x".repeat(101)] }, "tags"],
    ["an unknown field", { colour: "red" }, "colour"],
    ["__proto__ as field", JSON.parse('{"__proto__":{"telegram_id":1}}'), "__proto__"],
  ];
  for (const [what, fields, field] of refused) {
    test(`may not be ${what}`, async () => {
      const body = { ...NEW, ...fields };
      if (field === "__proto__") Object.defineProperty(body, field, { value: 1, enumerable: true });
      const { send, secrets } = createTestServer();
      const response = await send("POST", "/api/v1/bindings", body);
      expect(response.status).toBe(422);
      const problem = await problemIn(response);
      expect(problem.errors?.map((error) => error.field)).toEqual([field]);
      expect(problem.detail).toStartWith(field);
      expect(secrets).toEqual([]);
    });
  }

  const taken: [string, object][] = [
    ["the largest telegram_id", { telegram_id: 2 ** 53 - 1 }],
    ["a token of 4096 characters", { access_token: "x".repeat(4096) }],
    ["a visibility of null", { visibility: null }],
    ["20 tags", { tags: Array.from({ length: 20 }, (_, i) => `t${i}`) }],
    ["a tag of 100 emoji", { tags: ["🎈".repeat(100)] }],
  ];
  for (const [what, fields] of taken) {
    test(`may be ${what}`, async () => {
      const response = await createTestServer().send("POST", "/api/v1/bindings", { ...NEW, ...fields });
      expect(response.status).toBe(201);
    });
  }

  test("are all told at once", async () => {
    const { send } = createTestServer();
    const body = { access_token: "", tags: 1, extra: 1, more: 2 };
    const problem = await problemIn(await send("POST", "/api/v1/bindings", body));
    expect(problem.errors?.map((error) => error.field)).toEqual([
      "telegram_id",
      "access_token",
      "tags",
      "extra",
      "more",
    ]);
    expect(problem.detail).toContain("telegram_id is missing; access_token must be a string");
  });
});

describe("one binding", () => {
  test("is changed in the named fields only", async () => {
    const { send } = await bound(42);
    await send("PATCH", "/api/v1/bindings/42", { tags: ["a"] });
    const response = await send("PATCH", "/api/v1/bindings/42", { visibility: "PUBLIC" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ visibility: "PUBLIC", tags: ["a"] });
  });

  test("loses what a patch says is null", async () => {
    const { send } = await bound(42);
    await send("PATCH", "/api/v1/bindings/42", { visibility: "PUBLIC", tags: ["a"] });
    const response = await send("PATCH", "/api/v1/bindings/42", { visibility: null, tags: null });
    expect(await response.json()).toMatchObject({ visibility: null, tags: [] });
    const refused = await send("PATCH", "/api/v1/bindings/42", { access_token: null });
    expect((await problemIn(refused)).errors?.map(({ field }) => field)).toEqual(["access_token"]);
  });

  test("gets a new access token", async () => {
    const { send, secrets } = await bound(42);
    const response = await send("PATCH", "/api/v1/bindings/42", { access_token: " another " });
    expect(response.status).toBe(200);
    expect(secrets).toEqual([ACCESS_TOKEN, "another"]);
  });

  test("is deleted once", async () => {
    const { admin } = await bound(42);
    const response = await admin("/api/v1/bindings/42", { method: "DELETE" });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect((await admin("/api/v1/bindings/42", { method: "DELETE" })).status).toBe(404);
  });

  for (const id of ["abc", "0", "1.5", "1e3", "9007199254740992", "%zz"]) {
    test(`has no id like ${id}`, async () => {
      const { admin } = createTestServer();
      expect((await problemIn(await admin(`/api/v1/bindings/${id}`))).status).toBe(400);
    });
  }
});

describe("the list of bindings", () => {
  const get = async (admin: ReturnType<typeof createTestServer>["admin"], query: string) => {
    const response = await admin(`/api/v1/bindings${query}`);
    const { items, next } = (await response.json()) as {
      items: { telegram_id: number }[];
      next: string | null;
    };
    return { ids: items.map((item) => item.telegram_id), next };
  };

  test("goes page by page, in order, each once", async () => {
    const { admin } = await bound(5, 3, 2 ** 53 - 1, 1, 4);
    const first = await get(admin, "?limit=2");
    expect(first.ids).toEqual([1, 3]);
    const second = await get(admin, `?limit=2&cursor=${first.next}`);
    expect(second.ids).toEqual([4, 5]);
    expect(await get(admin, `?limit=2&cursor=${second.next}`)).toEqual({ ids: [2 ** 53 - 1], next: null });
  });

  test("goes on where it was, whoever comes and goes meanwhile", async () => {
    const { admin, send } = await bound(1, 3, 5);
    const { next } = await get(admin, "?limit=2");
    await admin("/api/v1/bindings/1", { method: "DELETE" });
    await admin("/api/v1/bindings/3", { method: "DELETE" });
    for (const telegram_id of [2, 4]) await send("POST", "/api/v1/bindings", { ...NEW, telegram_id });
    expect((await get(admin, `?limit=2&cursor=${next}`)).ids).toEqual([4, 5]);
  });

  test("has no next page when the last one is exactly full", async () => {
    const { admin } = await bound(1, 2);
    expect(await get(admin, "?limit=2")).toEqual({ ids: [1, 2], next: null });
  });

  for (const query of ["limit=0", "limit=201", "limit=1.5", "limit=", "limit=1e2"]) {
    test(`answers 400 to ?${query}`, async () => {
      const { admin } = createTestServer();
      expect((await problemIn(await admin(`/api/v1/bindings?${query}`))).status).toBe(400);
    });
  }

  for (const cursor of ["", "zzz", "1.5", btoa("after:x")]) {
    test(`answers 400 to the cursor "${cursor}"`, async () => {
      const { admin } = createTestServer();
      const response = await admin(`/api/v1/bindings?cursor=${encodeURIComponent(cursor)}`);
      expect((await problemIn(response)).detail).toContain("cursor");
    });
  }
});
