import { describe, expect, test } from "bun:test";
import type { ApiMessage } from "../../src/domain/outgoing.ts";
import type { UpdateRow } from "../../src/http/updates.ts";
import { createTestServer, problemIn, QUEUE, UPDATE } from "./api-server.ts";

const PATH = "/api/v1/messages";

/** The server, and what it was given. */
function world(row: UpdateRow = UPDATE) {
  const sent: ApiMessage[] = [];
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
      { chat_id: 7, text: "ping", format: "markdown", silent: false, buttons: [], files: [], file_urls: [] },
      { chat_id: -5, ...more, files: [], file_urls: [] },
    ]);
  });

  test("is taken as a form with files, which are not empty", async () => {
    const { admin, sent } = world();
    const post = (file: File) => {
      const form = new FormData();
      for (const [name, value] of [
        ["chat_id", "-5"],
        ["text", "see"],
        ["silent", "true"],
      ] as const)
        form.set(name, value);
      form.set("camera", file);
      return admin(PATH, { method: "POST", body: form });
    };
    expect((await post(new File(["jpeg"], "door.jpg"))).status).toBe(202);
    expect((await problemIn(await post(new File([], "door.jpg")))).detail).toBe(
      "Telegram takes no empty files.",
    );
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ chat_id: -5, text: "see", silent: true });
    expect(sent[0]?.files.map(({ name }) => name)).toEqual(["door.jpg"]);
  });

  test("tells its fate", async () => {
    const { admin } = world();
    expect(await (await admin(`${PATH}/api-2`)).json()).toEqual({
      ...{ id: "api-2", chat_id: 7, received_at: "2026-01-02T03:04:05.000Z" },
      ...{ state: "dead", detail: "Forbidden" },
    });
    const discarded = world({ ...UPDATE, state: "done", outcome: "discarded" });
    expect(await (await discarded.admin(`${PATH}/api-2`)).json()).toMatchObject({ state: "dead" });
    expect((await problemIn(await admin(`${PATH}/api-3`))).status).toBe(404);
    const memo = world({ ...UPDATE, kind: "api_memo" });
    expect((await problemIn(await memo.admin(`${PATH}/api-2`))).status).toBe(404);
  });

  test("says all that is wrong with it", async () => {
    const { send, sent } = world();
    const wrong = {
      ...{ telegram_id: "me", chat_id: 1.5, text: 5, format: "html", silent: "yes" },
      ...{ buttons: [{ text: "x" }], file_urls: "x", idempotency_key: "", to: 5 },
    };
    const problem = await problemIn(await send("POST", PATH, wrong));
    expect(problem.status).toBe(422);
    expect(problem.errors?.map(({ field, detail }) => `${field} ${detail}`)).toEqual([
      "telegram_id must be a positive integer",
      "chat_id must be an integer",
      "text must be a string",
      "format must be one of markdown, plain",
      "silent must be true or false",
      "buttons must be at most 10 objects of text (1 to 100 characters) and url",
      "file_urls must be at most 10 addresses of http or https",
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

describe("a webhook of a monitor", () => {
  const said = async (body: object) => {
    const { send, sent } = world();
    expect((await send("POST", `${PATH}/7/webhook`, body)).status).toBe(202);
    const [{ title, text, format, files = [] } = {}] = sent;
    const names = await Promise.all(files.map(async (file) => `${file.name}: ${await file.text()}`));
    return { title, text, format, ...(names.length > 0 && { names }) };
  };

  test("is understood as Apprise sends it", async () => {
    const body = {
      version: "1.0",
      title: "Backup",
      message: "It *failed*",
      attachments: [],
      type: "failure",
    };
    expect(await said(body)).toEqual({ title: "❌ Backup", text: "It *failed*", format: "plain" });
    const attachments = [{ filename: "a.txt", base64: btoa("hello"), mimetype: "text/plain" }];
    expect(await said({ ...body, attachments })).toMatchObject({ names: ["a.txt: hello"] });
    expect(await said({ ...body, title: "", type: "info" })).toMatchObject({
      title: "",
      text: "It *failed*",
    });
    expect(await said({ title: "", body: "through the API", type: "warning" })).toMatchObject({
      text: "⚠️ through the API",
    });
  });

  test("may have files in it, which make it longer than JSON is elsewhere", async () => {
    const { admin, sent } = world();
    const post = (bytes: number) => {
      const attachments = [{ filename: "door.jpg", base64: "A".repeat(bytes), mimetype: "image/jpeg" }];
      const body = JSON.stringify({ version: "1.0", title: "Door", message: "", attachments, type: "info" });
      const headers = { "content-type": "application/json", "content-length": String(body.length) };
      return admin(`${PATH}/7/webhook`, { method: "POST", headers, body });
    };
    expect((await post(4 * 1024 * 1024)).status).toBe(202);
    expect(sent[0]?.files.map(({ size }) => size)).toEqual([3 * 1024 * 1024]);
    expect((await problemIn(await post(32 * 1024 * 1024))).detail).toBe(
      "The body may have 33554432 bytes at most.",
    );
  });

  test("is understood as Uptime Kuma sends it", async () => {
    const heartbeat = {
      monitorID: 1,
      status: 0,
      time: "2026-01-02 03:04:05.678",
      msg: "timeout",
      important: true,
    };
    const monitor = { id: 1, name: "nas", url: "http://nas.lan/", type: "http" };
    expect(await said({ heartbeat, monitor, msg: "[nas] [🔴 Down] timeout" })).toEqual({
      ...{ title: "", text: "[nas] [🔴 Down] timeout", format: "plain" },
    });
    expect(await said({ heartbeat: null, monitor: null, msg: "Testing" })).toMatchObject({ text: "Testing" });
  });

  test("is understood as Grafana sends it", async () => {
    const alert = { status: "firing", labels: { alertname: "Disk" }, annotations: {}, values: { B: 5 } };
    const body = {
      ...{ receiver: "ferry", status: "firing", alerts: [alert], version: "1", truncatedAlerts: 0, orgId: 1 },
      ...{ title: "[FIRING:1] Disk", state: "alerting", message: "**Firing**\n\nValue: B=5" },
    };
    expect(await said(body)).toEqual({ title: body.title, text: body.message, format: "markdown" });
  });

  test("that says nothing, or is to nobody, is refused", async () => {
    const { send, sent } = world();
    for (const body of [{}, { title: " ", message: 5 }, { "two\nlines": "x" }])
      expect((await problemIn(await send("POST", `${PATH}/7/webhook`, body))).detail).toBe(
        "There is no title, message, body or msg in it.",
      );
    expect((await problemIn(await send("POST", `${PATH}/7/webhook`, []))).status).toBe(422);
    expect((await problemIn(await send("POST", `${PATH}/me/webhook`, { msg: "x" }))).status).toBe(400);
    expect(sent).toEqual([]);
  });
});
