import { describe, expect, test } from "bun:test";
import { ACCESS_TOKEN, createTestServer, problemIn } from "./api-server.ts";

const CHANNEL = "/api/v1/chats/-1001893344556";

async function withAda() {
  const server = createTestServer();
  await server.send("POST", "/api/v1/bindings", { telegram_id: 42, access_token: ACCESS_TOKEN });
  return { ...server, patch: (body: object, path = CHANNEL) => server.send("PATCH", path, body) };
}

describe("/api/v1/chats", () => {
  test("lists groups and channels, page by page", async () => {
    const { admin } = createTestServer();
    const page = (await (await admin("/api/v1/chats?limit=1")).json()) as { items: object[]; next: string };
    expect(page.items).toEqual([
      {
        chat_id: -1001893344556,
        type: "channel",
        title: "Kitchen Notes",
        mode: "addressed",
        telegram_id: null,
        author_line: false,
        topic_tags: "off",
        confirmation: null,
        bot_status: "administrator",
      },
    ]);
    const rest = await (await admin(`/api/v1/chats?cursor=${page.next}`)).json();
    expect(rest).toMatchObject({ items: [{ chat_id: -4812345678, type: null, title: null }], next: null });
  });

  test("gives all that is said in one to who is bound, and to nobody again", async () => {
    const { patch } = await withAda();
    const given = await patch({ telegram_id: 42, confirmation: "off" });
    expect(await given.json()).toMatchObject({ mode: "all", telegram_id: 42, confirmation: "off" });
    expect(await (await patch({ author_line: true })).json()).toMatchObject({
      mode: "all",
      author_line: true,
    });
    expect(await (await patch({ mode: "addressed" })).json()).toMatchObject({ telegram_id: 42 });
    expect(await (await patch({ telegram_id: null })).json()).toMatchObject({
      mode: "addressed",
      telegram_id: null,
    });
  });

  test("refuses an owner who is not bound, and all for nobody", async () => {
    const { patch } = await withAda();
    for (const [body, why] of [
      [{ telegram_id: 43 }, "There is no binding of the Telegram user 43."],
      [{ mode: "all" }, "Of the mode all somebody has to be the owner: name a telegram_id."],
      [{ telegram_id: -1 }, "telegram_id must be the Telegram id of who is bound, or null."],
      [{ mode: "some" }, "mode must be one of addressed, all."],
      [{ confirmation: "yes" }, "confirmation must be one of reply, reaction, off, or null."],
      [{ author_line: "yes" }, "author_line must be true or false."],
    ] as const) {
      const response = await patch(body);
      expect([response.status, (await problemIn(response)).detail]).toEqual([422, why]);
    }
  });

  test("knows none that the bot has not heard of", async () => {
    const { patch } = await withAda();
    for (const [path, status] of [
      ["/api/v1/chats/-1009", 404],
      ["/api/v1/chats/x", 400],
    ] as const) {
      expect((await patch({ mode: "all" }, path)).status).toBe(status);
    }
  });
});
