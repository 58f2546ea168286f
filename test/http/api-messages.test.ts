import { describe, expect, test } from "bun:test";
import type { Outgoing } from "../../src/http/messages.ts";
import type { UpdateRow } from "../../src/http/updates.ts";
import { createTestServer, problemIn, QUEUE } from "./api-server.ts";

const PATH = "/api/v1/messages";

const ROW: UpdateRow = {
  ...{ seq: 1, update_id: "api-2", source: "api", kind: "notification", chat_id: 7, message_id: null },
  ...{ received_at: Date.parse("2026-01-02T03:04:05.000Z"), state: "dead", outcome: null, waiting_for: null },
  ...{ attempts: 0, reason: "refused", detail: "Forbidden", memo_name: null },
};

/** The server, and what it was given. */
function world(row: UpdateRow = ROW) {
  const sent: Outgoing[] = [];
  const server = createTestServer({
    async notify(message) {
      sent.push(message);
      return "api-2";
    },
    updates: { ...QUEUE, get: (id) => (id === row.update_id ? row : undefined) },
  });
  return { ...server, sent };
}

describe("a notification", () => {
  test("is taken, and answered with where its fate is found", async () => {
    const { send, sent } = world();
    const answer = await send("POST", PATH, { telegram_id: 7, text: "ping" });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`${PATH}/api-2`);
    expect(await answer.json()).toEqual({ id: "api-2" });
    const buttons = [{ text: "Open", url: "https://x.org/" }];
    const more = { text: "pong", format: "plain", silent: true, buttons, idempotency_key: "k" };
    expect((await send("POST", PATH, { chat_id: -5, ...more })).status).toBe(202);
    expect(sent as unknown[]).toEqual([
      { chat_id: 7, text: "ping", format: "markdown", silent: false, buttons: [], files: [] },
      { chat_id: -5, ...more, files: [] },
    ]);
  });

  test("tells its fate", async () => {
    const { admin } = world();
    expect(await (await admin(`${PATH}/api-2`)).json()).toEqual({
      ...{ id: "api-2", chat_id: 7, received_at: "2026-01-02T03:04:05.000Z" },
      ...{ state: "dead", detail: "Forbidden" },
    });
    expect((await problemIn(await admin(`${PATH}/api-3`))).status).toBe(404);
    const memo = world({ ...ROW, kind: "api_memo" });
    expect((await problemIn(await memo.admin(`${PATH}/api-2`))).status).toBe(404);
  });

  test("says all that is wrong with it", async () => {
    const { send, sent } = world();
    const wrong = {
      ...{ telegram_id: "7", chat_id: 1.5, text: "", format: "html", silent: "yes" },
      ...{ buttons: [{ text: "x" }], idempotency_key: "", to: 5 },
    };
    const problem = await problemIn(await send("POST", PATH, wrong));
    expect(problem.status).toBe(422);
    expect(problem.errors?.map(({ field, detail }) => `${field} ${detail}`)).toEqual([
      "telegram_id must be a positive integer, at most 9007199254740991",
      "chat_id must be an integer",
      "text must be a string that is not empty",
      "format must be one of markdown, plain",
      "silent must be true or false",
      "buttons must be at most 10 objects of text (1 to 100 characters) and url",
      "idempotency_key must be a string of 1 to 255 characters",
      expect.stringContaining("to is unknown here"),
    ]);
    for (const whom of [{}, { telegram_id: 7, chat_id: 8 }])
      expect((await problemIn(await send("POST", PATH, { ...whom, text: "x" }))).detail).toBe(
        "Either telegram_id or chat_id is needed.",
      );
    expect(sent).toEqual([]);
  });
});
