import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_STATUSES, type ErrorCode } from "../../src/base/errors.ts";
import { PROBLEMS } from "../../src/http/problem.ts";
import { createTestServer } from "./api-server.ts";

test("docs/problems.md has what the API says of each type, and no other", () => {
  const docs = readFileSync(join(import.meta.dir, "../../docs/problems.md"), "utf8");
  const parts = Object.entries(PROBLEMS).map(
    ([code, meaning]) => `\n## ${code}\n\n${ERROR_STATUSES[code as ErrorCode]}. ${meaning}\n`,
  );
  expect(docs.slice(docs.indexOf("\n## "))).toBe(parts.join(""));
});

test("a type leads to its place on a page that loads and runs nothing", async () => {
  const { ask, admin } = createTestServer();
  const { type } = (await (await admin("/api/v1/nothing")).json()) as { type: string };
  const [path = "", anchor] = type.split("#");
  const page = await ask(path);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("content-security-policy")).toStartWith("default-src 'none'");
  expect(await page.text()).toContain(`<h2 id="${anchor}">404 not_found</h2><p>There is nothing`);
});
