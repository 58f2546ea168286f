import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { boundPerson, createWorld, memosSaved, until } from "../support/app.ts";
import { freePort, needsReverseProxy, REVERSE_PROXIES, startReverseProxy } from "../support/reverse-proxy.ts";
import { PUBLIC_URL, secretOf } from "../support/webhook.ts";

setDefaultTimeout(60_000);

const WEBHOOK = `${PUBLIC_URL}/telegram/webhook`;
const DASHBOARD = "https://ferry.example.com";
const PROBLEM = "application/problem+json";

/** The configurations in deploy/, run by the real programs. */
async function createProxiedWorld(kind: (typeof REVERSE_PROXIES)["nginx"]) {
  const port = await freePort();
  const proxy = await startReverseProxy(kind, port);
  const world = await createWorld({
    rate: 20,
    telegram: { limits: false, webhookConnect: () => proxy.url, webhookCa: proxy.ca },
    env: {
      RECEIVE: "webhook",
      WEBHOOK_URL: PUBLIC_URL,
      HTTP_PORT: String(port),
      TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  await until("the webhook is set", () => world.telegram.webhook["url"] === WEBHOOK);
  return {
    world,
    proxy,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

for (const [name, kind] of Object.entries(REVERSE_PROXIES)) {
  describe.skipIf(needsReverseProxy(kind).skip)(`behind ${name}`, () => {
    test("deliveries of Telegram come through by TLS under a prefix, and nothing else does", async () => {
      await using place = await createProxiedWorld(kind);
      const { world, proxy } = place;
      const { person } = await boundPerson(world);
      person.say("by the proxy");
      expect((await memosSaved(world, 1)).map(({ content }) => content)).toEqual(["by the proxy"]);

      const method = "POST";
      const paths = ["/", "/healthz", "/api/v1/status", "/telegram/webhook", "/ferry/healthz", "/ferry/"];
      for (const path of [
        ...paths,
        "/ferry/telegram/webhook/more",
        "/ferry/memos/webhook/",
        "/memos/webhook/more",
        "/ferry/telegram/../healthz",
      ]) {
        const { status, type } = await proxy.ask(`https://bot.example.com${path}`);
        expect([path, status, type === PROBLEM]).toEqual([path, 404, false]);
      }
      for (const path of ["/telegram/webhook", "/memos/webhook/a-wrong-secret"]) {
        const answer = await proxy.ask(`${PUBLIC_URL}${path}`, { method, body: "{}" });
        expect(answer).toMatchObject({ status: 401, type: PROBLEM });
      }
      // What is too long reaches memoferry, who tells of it. It closes the connection: nginx makes a 502 of that.
      const headers = { "x-telegram-bot-api-secret-token": secretOf(world) };
      const { status } = await proxy.ask(WEBHOOK, { method, headers, body: Buffer.alloc(1_500_000, " ") });
      expect([413, 502]).toContain(status);
      expect(world.log.map(({ detail }) => detail)).toContainEqual(
        expect.stringContaining("a delivery could not be read"),
      );
    });

    test("the dashboard's name passes all, large files too, and who calls is known whatever they say of themselves", async () => {
      await using place = await createProxiedWorld(kind);
      const { world, proxy } = place;
      expect(await proxy.ask(`${DASHBOARD}/healthz`)).toMatchObject({ status: 200 });
      const caller = { from: "127.0.0.2", headers: { "x-forwarded-for": "203.0.113.7" } };
      for (let count = 0; count < 11; count += 1) await proxy.ask(`${DASHBOARD}/api/v1/status`, caller);
      expect(world.log).toContainEqual(
        expect.objectContaining({ level: "warn", part: "http", address: "127.0.0.2" }),
      );
      const { person } = await boundPerson(world);
      const form = new FormData();
      form.set("telegram_id", String(person.id));
      form.set("file", new File([Buffer.alloc(8_000_000)], "large.bin"));
      const sent = new Response(form);
      const headers = {
        authorization: `Bearer ${world.adminToken}`,
        "content-type": sent.headers.get("content-type") ?? "",
      };
      const body = Buffer.from(await sent.arrayBuffer());
      const answer = await proxy.ask(`${DASHBOARD}/api/v1/memos`, { method: "POST", headers, body });
      expect(answer).toMatchObject({ status: 202 });
    });

    test("the dashboard signs in, and its events come while the connection stays open", async () => {
      await using place = await createProxiedWorld(kind);
      const { world, proxy } = place;
      const { cookie } = await proxy.ask(`${DASHBOARD}/sign-in`, {
        method: "POST",
        headers: { origin: DASHBOARD, "content-type": "application/x-www-form-urlencoded" },
        body: `token=${world.adminToken}`,
      });
      const events = { headers: { cookie } };
      expect(await proxy.ask(`${DASHBOARD}/`, events)).toMatchObject({ status: 200 });
      const seen = await proxy.ask(`${DASHBOARD}/events`, { ...events, until: "data: " });
      expect(seen.type).toContain("text/event-stream");
    });
  });
}
