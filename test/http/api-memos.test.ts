import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/base/errors.ts";
import type { ApiMemo } from "../../src/domain/incoming.ts";
import { createTestServer, problemIn, QUEUE, UPDATE } from "./api-server.ts";

const PATH = "/api/v1/memos";

/** The server, and what it was given. */
function world(answer: () => string = () => "api-1") {
  const taken: ApiMemo[] = [];
  const server = createTestServer({
    async acceptMemo(memo) {
      taken.push(memo);
      return answer();
    },
  });
  const post = (body: RequestInit["body"], headers: Record<string, string> = {}) =>
    server.admin(PATH, { method: "POST", ...(body && { body }), headers });
  return { ...server, taken, post };
}

function form(fields: Record<string, string>, ...files: File[]): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const file of files) data.append("files", file);
  return data;
}

const wrongFields = async (answer: Response) =>
  (await problemIn(answer)).errors?.map(({ field, detail }) => `${field} ${detail}`);

describe("a memo by the API", () => {
  test("is taken as JSON, and answered with where its fate is found", async () => {
    const { send, taken } = world();
    const memo = { telegram_id: 7, content: "# Milk", visibility: "PUBLIC", idempotency_key: "k" };
    const answer = await send("POST", PATH, memo);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/api/v1/updates/api-1");
    expect(await answer.json()).toEqual({ id: "api-1" });
    expect(taken as unknown[]).toEqual([{ ...memo, files: [] }]);
  });

  test("is taken as a form, with files under whatever names", async () => {
    const { post, taken } = world();
    const body = form(
      { telegram_id: "7", content: "two" },
      new File(["a"], "a.txt"),
      new File(["b"], "b.txt"),
    );
    body.append("photo", new File(["c"], "c.png", { type: "image/png" }));
    // As a browser sends a field in which none was chosen.
    body.append("more", new File([], ""));
    expect((await post(body)).status).toBe(202);
    const [memo] = taken;
    expect(memo).toMatchObject({ telegram_id: 7, content: "two" });
    const files = memo?.files.map(async (file) => [file.name, await file.text()]);
    expect(await Promise.all(files ?? [])).toEqual([
      ["a.txt", "a"],
      ["b.txt", "b"],
      ["c.png", "c"],
    ]);
  });

  test("has lines that end in one way, no empty ones around them, and no zeros", async () => {
    const { send, taken } = world();
    await send("POST", PATH, { telegram_id: 7, content: " \n\n  a\r\nb\rc\0 \n" });
    expect(taken[0]).toMatchObject({ content: "  a\nb\nc" });
  });

  test("needs words or files", async () => {
    const { send, post, taken } = world();
    for (const body of [{ telegram_id: 7 }, { telegram_id: 7, content: " \n" }])
      expect((await problemIn(await send("POST", PATH, body))).status).toBe(422);
    expect((await post(form({ telegram_id: "7" }, new File([], "empty.txt")))).status).toBe(202);
    expect(taken).toHaveLength(1);
  });

  test("says all that is wrong with it", async () => {
    const { send, post, taken } = world();
    const wrong = { telegram_id: -1, content: 5, visibility: "SECRET", idempotency_key: "" };
    expect(await wrongFields(await send("POST", PATH, { ...wrong, tags: [] }))).toEqual([
      "telegram_id must be a positive integer",
      "content must be a string, in Markdown",
      "visibility must be one of PRIVATE, PROTECTED, PUBLIC",
      "idempotency_key must be a string of 1 to 255 characters",
      "tags is unknown here; known are telegram_id, content, visibility, idempotency_key, files",
    ]);
    const lots = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field${at}`, at]));
    expect(await wrongFields(await send("POST", PATH, lots))).toHaveLength(20);
    const many = Array.from({ length: 21 }, () => new File(["x"], "x"));
    expect(await wrongFields(await post(form({ telegram_id: "7" }, ...many)))).toEqual([
      "files must be at most 20 files",
    ]);
    const json = await send("POST", PATH, { telegram_id: 7, content: "x", files: ["x"] });
    expect((await problemIn(json)).detail).toBe("files can only be sent as multipart/form-data.");
    expect((await problemIn(await send("POST", PATH, { content: "x" }))).detail).toBe(
      "telegram_id is missing.",
    );
    expect(await wrongFields(await post(form({ telegram_id: "me", content: "x" })))).toEqual([
      "telegram_id must be a positive integer",
    ]);
    expect(taken).toEqual([]);
  });

  test("with a token of the scope capture is its person's", async () => {
    const { ask, taken } = world();
    const post = (memo: object) =>
      ask(PATH, {
        method: "POST",
        headers: { authorization: "Bearer capture", "content-type": "application/json" },
        body: JSON.stringify(memo),
      });
    expect((await post({ content: "x" })).status).toBe(202);
    expect((await post({ content: "x", telegram_id: 42 })).status).toBe(202);
    expect(taken.map(({ telegram_id }) => telegram_id)).toEqual([42, 42]);
    expect((await problemIn(await post({ content: "x", telegram_id: 43 }))).status).toBe(403);
    expect(taken).toHaveLength(2);
    const asked = ({ chat_id }: { chat_id: number | null }) => {
      const { ask } = createTestServer({ updates: { ...QUEUE, get: () => ({ ...UPDATE, chat_id }) } });
      return ask("/api/v1/updates/api-1", { headers: { authorization: "Bearer capture" } });
    };
    expect((await asked({ chat_id: 42 })).status).toBe(200);
    for (const chat_id of [43, null]) expect((await asked({ chat_id })).status).toBe(403);
  });

  test("that is no form in spite of its type, or is too large, is refused", async () => {
    const { post, taken } = world();
    for (const type of ["multipart/form-data; boundary=x", "multipart/form-data"]) {
      const broken = await post("nothing", { "content-type": type });
      expect((await problemIn(broken)).detail).toBe("The body is not the form that its type says.");
    }
    const large = await post(new Uint8Array(33 * 1024 * 1024), {
      "content-type": "multipart/form-data; boundary=x",
    });
    expect((await problemIn(large)).detail).toBe("The body may have 33554432 bytes at most.");
    expect(taken).toEqual([]);
  });

  test("that cannot be taken says why", async () => {
    const { send } = world(() => {
      throw new AppError("unprocessable", "The Telegram user 7 is not bound: bind them first.");
    });
    const problem = await problemIn(await send("POST", PATH, { telegram_id: 7, content: "x" }));
    expect(problem).toMatchObject({
      status: 422,
      detail: "The Telegram user 7 is not bound: bind them first.",
    });
  });
});
