import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Secret } from "../../src/base/secret.ts";
import type { HttpDeps } from "../../src/http/server.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { createTestServer, problemIn } from "./api-server.ts";

/** What webhooks of real servers sent. */
interface Recording {
  version: string;
  secret?: string;
  deliveries: { headers: Record<string, string>; body: string }[];
}
const recorded = JSON.parse(
  readFileSync(new URL("../fixtures/memos/webhooks.json", import.meta.url), "utf8"),
) as Recording[];
const signed = recorded.find(({ secret }) => secret !== undefined);
const OTHER = "whsec_bWVtb2ZlcnJ5LWV4YW1wbGUtc2VjcmV0LWtleQ==";

function setup(signingSecrets: string[] | null = null) {
  const told: string[] = [];
  const memosWebhook: HttpDeps["memosWebhook"] = {
    paths: ["/memos/webhook", "/ferry/memos/webhook"],
    secret: new Secret("ring-ring"),
    signingSecrets: signingSecrets?.map((secret) => new Secret(secret)) ?? null,
    told: (creator, { type, memo }) => told.push(`${type} ${memo} of ${creator}`),
  };
  const server = createTestServer({ memosWebhook });
  const post = (init: RequestInit, path = "/memos/webhook/ring-ring") =>
    server.ask(path, { method: "POST", ...init });
  return { ...server, told, post };
}

const delivery = JSON.stringify({
  activityType: "memos.memo.created",
  creator: "users/1",
  memo: { name: "memos/a" },
});

describe("what Memos' webhooks send", () => {
  for (const { version, secret, deliveries } of recorded) {
    test(`${version}: each is answered at once, and told`, async () => {
      const { post, told, clock } = setup(secret === undefined ? null : [OTHER, secret]);
      for (const sent of deliveries) {
        clock.set(Number(sent.headers["webhook-timestamp"] ?? 0) * 1000 + 200_000);
        const answer = await post(sent);
        expect([answer.status, await answer.json()]).toEqual([200, { code: 0 }]);
      }
      const [alice, bob] = version < "0.27" ? ["users/1", "users/2"] : ["users/alice", "users/bob"];
      const memo = /^memo\.created (memos\/\w{22}) /.exec(told[0] ?? "")?.[1];
      const comment =
        version < "0.27"
          ? []
          : [expect.stringMatching(new RegExp(`^memo.comment.created memos/\\w{22} of ${bob}$`))];
      expect(told).toEqual([
        `memo.created ${memo} of ${alice}`,
        `memo.updated ${memo} of ${alice}`,
        ...comment,
        `memo.deleted ${memo} of ${alice}`,
      ]);
    });
  }

  test("the fake sends the same", async () => {
    const versions = {
      "0.22.5": "users/1",
      "0.24.4": "users/1",
      "0.25.3": "users/1",
      "0.30.0": "users/alice",
    };
    for (const [version, creator] of Object.entries(versions)) {
      const { server, told, clock } = setup(version === "0.30.0" ? [OTHER] : null);
      clock.set(Date.now());
      await using receiver = Bun.serve({ port: 0, fetch: (request) => server.handle(request) });
      const memos = await startFakeMemos({ version });
      memos.addUser("alice");
      memos.addWebhook("alice", `http://127.0.0.1:${receiver.port}/memos/webhook/ring-ring`, OTHER);
      const name = memos.write("alice", "hook me");
      await memos.webhooksPosted();
      expect(told).toEqual([`memo.created ${name} of ${creator}`]);
      await memos.stop();
    }
  });
});

describe("who may ring", () => {
  test("is who has the address, with the prefix too", async () => {
    const { post, told, lines } = setup();
    expect((await post({ body: delivery }, "/ferry/memos/webhook/ring-ring")).status).toBe(200);
    for (const wrong of ["ring-rin", "ring-ringg", "RING-RING", "%20"]) {
      const problem = await problemIn(await post({ body: delivery }, `/memos/webhook/${wrong}`));
      expect(problem.status).toBe(401);
      expect(JSON.stringify(problem)).not.toContain("ring-ring");
    }
    expect((await post({ body: delivery }, "/memos/webhook/")).status).toBe(404);
    expect((await post({ body: delivery }, "/memos/webhook/ring-ring/more")).status).toBe(404);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain("ring-ring");
  });

  test("is not told to the log, also where something fails", async () => {
    const memosWebhook: HttpDeps["memosWebhook"] = {
      paths: ["/memos/webhook"],
      secret: new Secret("ring-ring"),
      signingSecrets: null,
      told: () => {
        throw new TypeError("out of order");
      },
    };
    const { ask, lines } = createTestServer({ memosWebhook });
    expect((await ask("/memos/webhook/ring-ring", { method: "POST", body: delivery })).status).toBe(500);
    expect(lines).toMatchObject([{ level: "error", fields: { route: "/memos/webhook/:secret" } }]);
    expect(JSON.stringify(lines)).not.toContain("ring-ring");
  });

  test("is made to wait after ten wrong secrets, but never with the right one", async () => {
    const { post } = setup();
    const statuses: number[] = [];
    for (let tries = 0; tries < 11; tries += 1)
      statuses.push((await post({ body: "{}" }, "/memos/webhook/no")).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    expect((await post({ body: delivery })).status).toBe(200);
  });

  test("sends no more than a megabyte, and nothing but deliveries", async () => {
    const { post, told } = setup();
    expect((await post({ body: " ".repeat(1024 * 1024 + 1) })).status).toBe(413);
    for (const body of ["", "no JSON", "5", "null", "{}", '{"memo":5}'])
      expect((await post({ body })).status).toBe(400);
    expect((await post({ body: '{"memo":{}}' })).status).toBe(200);
    expect(told).toEqual(["undefined undefined of users/undefined"]);
  });
});

describe("where MEMOS_WEBHOOK_SECRET is set", () => {
  test("a delivery is refused unless it is signed by it, whole, and of the last five minutes", async () => {
    const [first] = signed?.deliveries ?? [];
    const { headers = {}, body = "" } = first ?? {};
    const at = Number(headers["webhook-timestamp"]) * 1000;
    const ask = async (
      now: number,
      sent: { headers?: Record<string, string>; body?: string },
      secret = signed?.secret,
    ) => {
      const { post, clock } = setup([secret ?? ""]);
      clock.set(now);
      return (await post({ headers, body, ...sent })).status;
    };
    expect(await ask(at, {})).toBe(200);
    expect(await ask(at + 300_000, {})).toBe(200);
    expect(await ask(at - 300_000, {})).toBe(200);
    expect(await ask(at + 301_000, {})).toBe(401);
    expect(await ask(at - 301_000, {})).toBe(401);
    expect(await ask(at, {}, OTHER)).toBe(401);
    expect(await ask(at, { body: `${body} ` })).toBe(401);
    expect(await ask(at, { headers: {} })).toBe(401);
    expect(await ask(at, { headers: { ...headers, "webhook-id": "msg_other" } })).toBe(401);
    expect(await ask(at, { headers: { ...headers, "webhook-timestamp": "soon" } })).toBe(401);
    const several = `v1,${"A".repeat(43)}= v1a,nonsense ${headers["webhook-signature"]}`;
    expect(await ask(at, { headers: { ...headers, "webhook-signature": several } })).toBe(200);
  });
});
