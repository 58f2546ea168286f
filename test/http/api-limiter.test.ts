import { expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { createAuth } from "../../src/http/auth.ts";
import { Problem } from "../../src/http/problem.ts";
import { createFrozenClock } from "./api-server.ts";

function createLimiter() {
  const clock = createFrozenClock();
  const check = createAuth({ adminToken: new Secret("right"), clock, log: { warn() {} } });
  const request = new Request("http://localhost/api/v1/status");
  /** The code of the refusal of a request without a token. */
  const fail = (address: string): string => {
    try {
      check(request, address);
    } catch (error) {
      if (error instanceof Problem) return error.code;
      throw error;
    }
    return "passed";
  };
  return { clock, fail };
}

test("counts every address for itself", () => {
  const { fail } = createLimiter();
  for (let i = 0; i < 11; i++) fail("192.0.2.1");
  expect(fail("192.0.2.1")).toBe("rate_limited");
  expect(fail("192.0.2.2")).toBe("unauthorized");
});

test("remembers a thousand addresses and forgets the oldest failure beyond", () => {
  const { fail, clock } = createLimiter();
  for (let i = 0; i < 11; i++) fail("oldest");
  clock.advance(1);
  for (let i = 0; i < 11; i++) fail("second");
  for (let i = 0; i < 998; i++) fail(`address ${i}`);
  expect(fail("oldest")).toBe("rate_limited");
  expect(fail("one too many")).toBe("unauthorized");
  expect(fail("second")).toBe("rate_limited");
  expect(fail("oldest")).toBe("unauthorized");
});
