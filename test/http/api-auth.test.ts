import { describe, expect, test } from "bun:test";
import type { AppError } from "../../src/base/errors.ts";
import { addressesOf } from "../../src/base/hosts.ts";
import { Secret } from "../../src/base/secret.ts";
import { tokenGuard } from "../../src/http/auth.ts";
import { createFailureLimit } from "../../src/http/failure-limit.ts";
import { createFakeClock } from "../support/clock.ts";
import { ADMIN_TOKEN, createTestServer, problemIn } from "./api-server.ts";

const PROTECTED = ["/api/v1", "/api/v1/", "/api/v1/status", "/api/v1/nothing/here", "/metrics"];

describe("the admin token", () => {
  for (const path of PROTECTED) {
    test(`is asked for at ${path}`, async () => {
      const response = await createTestServer().ask(path);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await problemIn(response)).toMatchObject({
        type: "/problems#unauthorized",
        title: "Unauthorized",
      });
    });
  }

  for (const path of ["/healthz", "/readyz", "/", "/nothing", "/api", "/api/v10", "/metricsx"]) {
    test(`is not asked for at ${path}`, async () => {
      expect((await createTestServer().ask(path)).status).not.toBe(401);
    });
  }

  test("is asked for before a wrong method or a wrong body is looked at", async () => {
    const { ask } = createTestServer();
    expect((await ask("/api/v1/status", { method: "DELETE" })).status).toBe(401);
    expect((await ask("/api/v1/bindings", { method: "POST", body: "{" })).status).toBe(401);
    expect((await ask("/api/v1/bindings", { method: "HEAD" })).status).toBe(401);
  });

  for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
    test(`is taken with the scheme "${scheme}"`, async () => {
      const { ask } = createTestServer();
      const headers = { authorization: `${scheme} ${ADMIN_TOKEN}` };
      expect((await ask("/api/v1/status", { headers })).status).toBe(200);
    });
  }

  const wrong = {
    "another token": "Bearer wrong",
    "more than it": `Bearer ${ADMIN_TOKEN}x`,
    "another scheme": `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`,
    "no scheme": ADMIN_TOKEN,
    "an empty one": "Bearer ",
  };
  for (const [what, authorization] of Object.entries(wrong)) {
    test(`is not replaced by ${what}`, async () => {
      const response = await createTestServer().ask("/api/v1/status", { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain(ADMIN_TOKEN.slice(0, -1));
    });
  }
});

/** What an address, and what X-Forwarded-For names, is answered without a token. */
function limiter(trusted: string[] = []) {
  const app = tokenGuard({
    tokens: { find: () => undefined },
    routes: [],
    adminToken: new Secret("right"),
    failures: createFailureLimit({
      isTrustedProxy: addressesOf(trusted),
      clock: createFakeClock(),
      log: { warn() {} },
    }),
  }).onError(({ error }) => new Response((error as AppError).code));
  let address = "";
  app.server = { requestIP: () => ({ address }) } as unknown as typeof app.server;
  const codeFor = async (from: string, forwarded?: string) => {
    address = from;
    const headers = forwarded === undefined ? undefined : { "x-forwarded-for": forwarded };
    return (await app.handle(new Request("http://localhost/metrics", { headers }))).text();
  };
  return { codeFor };
}

describe("the failure limiter", () => {
  const fail = { headers: { authorization: "Bearer wrong" } };

  test("makes an address wait from the eleventh failure in a minute", async () => {
    const { ask, clock, lines } = createTestServer();
    for (let i = 0; i < 10; i++) expect((await ask("/api/v1/status", fail)).status).toBe(401);
    await clock.advance(20_500);
    const response = await ask("/metrics", fail);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("40");
    expect((await problemIn(response)).detail).toContain("40 s");
    await ask("/api/v1/status", fail);
    expect(lines.filter((line) => line.level === "warn")).toEqual([
      {
        level: "warn",
        message: "wrong tokens came too often",
        fields: { address: "unknown", seconds: 40 },
      },
    ]);
  });

  test("never refuses the right token", async () => {
    const { ask, admin } = createTestServer();
    for (let i = 0; i < 20; i++) await ask("/api/v1/status", fail);
    expect((await admin("/api/v1/status")).status).toBe(200);
    expect((await ask("/api/v1/status", fail)).status).toBe(429);
  });

  test("forgets after a minute, however often the address asked meanwhile", async () => {
    const { ask, clock } = createTestServer();
    for (let i = 0; i < 30; i++) await ask("/api/v1/status", fail);
    await clock.advance(59_999);
    expect((await ask("/api/v1/status", fail)).status).toBe(429);
    await clock.advance(1);
    expect((await ask("/api/v1/status", fail)).status).toBe(401);
  });

  test("counts every address for itself", async () => {
    const { codeFor } = limiter();
    for (let i = 0; i < 10; i++) await codeFor("192.0.2.1");
    expect(await codeFor("192.0.2.1")).toBe("rate_limited");
    expect(await codeFor("192.0.2.2")).toBe("unauthorized");
    // Ten thousand are as many as it counts each for itself: later ones count as one.
    for (let i = 3; i <= 10_000; i++) await codeFor(`2001:db8::${i}`);
    for (let i = 1; i <= 10; i++) expect(await codeFor(`2001:db8:1::${i}`)).toBe("unauthorized");
    expect(await codeFor("2001:db8:1::11")).toBe("rate_limited");
    expect(await codeFor("192.0.2.2")).toBe("unauthorized");
  });

  test("counts whom a trusted proxy names, and nobody else's word", async () => {
    const { codeFor } = limiter(["127.0.0.1", "10.0.0.0/8"]);
    const fails = async (from: string, forwarded: string) => {
      for (let i = 0; i < 10; i++) expect(await codeFor(from, forwarded)).toBe("unauthorized");
    };
    // What stands before the proxies' own words the caller may have made up, each time another.
    await fails("127.0.0.1", "203.0.113.1, 192.0.2.1, 10.0.0.5");
    expect(await codeFor("127.0.0.1", "203.0.113.9, 192.0.2.1")).toBe("rate_limited");
    expect(await codeFor("127.0.0.1", "192.0.2.2, ::ffff:10.0.0.5")).toBe("unauthorized");
    // No proxy of ours: what it says of others counts for itself.
    await fails("198.51.100.1", "192.0.2.3");
    expect(await codeFor("198.51.100.1", "192.0.2.4")).toBe("rate_limited");
    // What is no address is the proxy's own, and so is nothing.
    await fails("127.0.0.1", "unknown");
    expect(await codeFor("127.0.0.1")).toBe("rate_limited");
  });
});
