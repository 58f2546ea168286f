import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Call, createClient, request } from "./telegram/client.ts";
import { type FakeTelegram, startFakeTelegram } from "./telegram.ts";

let fake: FakeTelegram;
let call: Call;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
});
afterEach(() => fake.close());

const api = (method: string) => `${fake.url}/bot${fake.token}/${method}`;

describe("the fake's HTTP", () => {
  test("2: answers 401 for a wrong or revoked token on every method", async () => {
    const revoked = fake.token;
    expect((await call("getMe")).ok).toBe(true);
    fake.rotateToken();
    for (const method of ["getMe", "getUpdates", "sendMessage"]) {
      const answer = await request(`${fake.url}/bot${revoked}/${method}`);
      expect(answer.text).toBe('{"ok":false,"error_code":401,"description":"Unauthorized"}');
      expect(answer.status).toBe(401);
    }
    expect((await call("getMe")).ok).toBe(true);
  });

  test("3: takes JSON, multipart and the query string, and that first", async () => {
    const ada = fake.user();
    ada.say("hi");
    const textOf = async (query: string, init?: RequestInit) =>
      (await request(api(`sendMessage${query}`), init)).result["text"];
    expect(await textOf(`?chat_id=${ada.id}&text=by%20query`)).toBe("by query");
    const parts = new FormData();
    parts.set("chat_id", String(ada.id));
    parts.set("text", "by parts");
    expect(await textOf("", { method: "POST", body: parts })).toBe("by parts");
    const both = { chat_id: ada.id, text: "body" };
    const json = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(both),
    };
    expect(await textOf("?text=query", json)).toBe("query");
  });

  test("8: escapes everything beyond ASCII, but no slash", async () => {
    const ada = fake.user();
    ada.say("hi");
    const { text } = await call("sendMessage", { chat_id: ada.id, text: "é/😀" });
    expect(text).toContain('"text":"\\u00e9/\\ud83d\\ude00"');
    expect(text).toMatch(/^[\n -~]*$/);
  });

  test("9: tells the wait of a 429 in header and parameters", async () => {
    fake.fault({ match: { method: "getMe" }, action: { status: 429, retryAfter: 7 } });
    const answer = await call("getMe");
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.body).toEqual({
      ok: false,
      error_code: 429,
      description: "Too Many Requests: retry after 7",
      parameters: { retry_after: 7 },
    });
    expect((await call("getMe")).ok).toBe(true);
  });

  test("10: can send 502 HTML and cut the connection before, within and after an answer", async () => {
    const ada = fake.user();
    ada.say("hi");
    const send = (text: string) => call("sendMessage", { chat_id: ada.id, text });
    const texts = () => fake.botMessages(ada.id).map((message) => message.text);
    const match = { method: "sendMessage" };

    fake.fault({ match, action: "html502" });
    const page = await send("never");
    expect([page.status, page.headers.get("content-type")]).toEqual([502, "text/html"]);
    expect(page.text).toStartWith("<html>");

    fake.fault({ match, action: "drop-before" });
    expect(send("never")).rejects.toThrow();
    await fake.until(() => fake.requests.length === 2);
    expect(texts()).toEqual([]);

    for (const action of ["truncate", "drop-after"] as const) {
      fake.fault({ match, action });
      expect(send(action)).rejects.toThrow();
      await fake.until(() => texts().includes(action));
    }
    expect(texts()).toEqual(["truncate", "drop-after"]);
    expect((await send("fine")).ok).toBe(true);
  });

  test("strikes from the nth request on, as often as told, until cleared", async () => {
    fake.fault({
      match: { path: /getMe$/, nth: 2 },
      times: 2,
      action: { status: 500, description: "restart" },
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await call("getMe")).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    fake.fault({ times: 9, action: { status: 503 } });
    expect((await call("getMe")).status).toBe(503);
    fake.clearFaults();
    expect((await call("getMe")).status).toBe(200);
  });

  test("shows the bot's profile: commands and descriptions", async () => {
    const commands = [{ command: "bind", description: "Bind this chat" }];
    expect((await call("setMyCommands", { commands })).ok).toBe(true);
    expect(fake.commands).toEqual(commands);
    expect((await call("getMyCommands")).list as object[]).toEqual(commands);
    for (const [bad, text] of [
      [[{ command: "Bind", description: "x" }], "BOT_COMMAND_INVALID"],
      [[{ command: "bind", description: " " }], "BOT_COMMAND_DESCRIPTION_INVALID"],
      [{}, "expected an Array of BotCommand"],
      [[{ command: "bind" }], "can't parse BotCommand: Can't find field \"description\""],
    ] as const) {
      expect((await call("setMyCommands", { commands: bad })).description).toBe(`Bad Request: ${text}`);
    }
    await call("setMyShortDescription", { short_description: "Saves memos" });
    expect([...fake.profile.descriptions.values()]).toEqual(["Saves memos"]);
  });
});
