import { expect, setDefaultTimeout, test } from "bun:test";
import { createWorld } from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

test("token add, list and revoke, beside a running program and alone", async () => {
  await using world = await createWorld();
  const cli = (...args: string[]) => run(world.env, ["token", ...args]);
  const status = async (token: string, path: string) =>
    (await fetch(`${world.app.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

  const { out: token } = await cli("add", "watcher", "--scope", "read");
  expect(token).toMatch(/^mft_/);
  const phone = JSON.parse((await cli("add", "phone", "--scope", "capture", "--for", "42", "--json")).out);
  expect(phone).toMatchObject({ name: "phone", scope: "capture", telegram_id: 42, used_at: null });
  expect(await status(token, "/api/v1/status")).toBe(200);
  expect(await status(phone.token, "/api/v1/status")).toBe(403);
  const table = (await cli("list")).out;
  expect(table).toMatch(/^NAME +SCOPE +FOR +SINCE \(UTC\) +LAST USED \(UTC\)$/m);
  expect(table).toMatch(/^watcher +read +- +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d \d\d:\d\d$/m);
  expect(table).toMatch(/^phone +capture +42 +\S+ +\d{4}-/m);
  expect((await cli("add", "phone", "--scope", "read")).err).toContain("There is a token phone already");
  expect((await cli("add", "x", "--scope", "capture")).err).toContain(
    "is for one person, whom telegram_id (--for) names",
  );
  expect((await cli("add", "x", "--scope", "all")).code).toBe(2);
  expect((await cli("add", "x")).code).toBe(2);
  expect((await cli("lst")).err).toContain("Did you mean list?");

  expect(await cli("revoke", "watcher")).toMatchObject({ code: 0, out: "The token watcher is revoked." });
  expect(await status(token, "/api/v1/status")).toBe(401);
  await world.stopApp();
  expect((await cli("revoke", "watcher")).err).toContain("There is no token watcher.");
  expect((await cli("revoke", "phone")).code).toBe(0);
  expect((await cli("list")).out).toBe("There is no named token.");
  const { out: later } = await cli("add", "later", "--scope", "read");
  await world.startApp();
  expect(await status(later, "/api/v1/status")).toBe(200);
});
