import { expect, test } from "bun:test";
import { must, storeWorld } from "../support/store.ts";

const page = { limit: 10, after: null };

test("a named token is known until it is revoked, and nothing of it is on the disk", () => {
  using world = storeWorld();
  const { tokens } = world.store;
  const { token } = must(tokens.add("grafana", "metrics", null));
  expect(token).toMatch(/^mft_[\w-]{43}$/);
  const other = must(tokens.add("phone", "capture", 42));
  expect(other.token).not.toBe(token);
  expect(tokens.find(token)).toMatchObject({ name: "grafana", scope: "metrics", telegram_id: null });
  expect(tokens.find(other.token)).toMatchObject({ name: "phone", scope: "capture", telegram_id: 42 });
  for (const wrong of ["", token.slice(0, -1), `${token}x`, token.toUpperCase()])
    expect(tokens.find(wrong)).toBeUndefined();
  expect(world.filesWith(token)).toEqual([]);
  expect(world.filesWith(token.slice("mft_".length))).toEqual([]);

  expect(world.reopen().tokens.find(token)).toBeDefined();
  expect(world.store.tokens.revoke("grafana")).toBe(true);
  expect(world.store.tokens.revoke("grafana")).toBe(false);
  expect(world.store.tokens.find(token)).toBeUndefined();
  expect(world.store.tokens.list(page).map(({ name }) => name)).toEqual(["phone"]);
});

test("a name is given once, and the token that has it stays", () => {
  using world = storeWorld();
  const { tokens } = world.store;
  const { token } = must(tokens.add("phone", "capture", 42));
  expect(tokens.add("phone", "read", null)).toBeNull();
  expect(tokens.find(token)).toMatchObject({ scope: "capture" });
});

test("when it was last used is written once a minute, also after a clock was set back", async () => {
  using world = storeWorld();
  const { tokens } = world.store;
  const { token } = must(tokens.add("grafana", "metrics", null));
  const used = () => tokens.list(page)[0]?.used_at;
  const start = world.clock.now();
  expect(used()).toBeNull();
  tokens.find(token);
  expect(used()).toBe(start);
  await world.clock.advance(59_999);
  tokens.find(token);
  expect(used()).toBe(start);
  await world.clock.advance(1);
  tokens.find(token);
  expect(used()).toBe(start + 60_000);
  world.clock.set(start - 3_600_000);
  tokens.find(token);
  expect(used()).toBe(start - 3_600_000);
});

test("it opens where nothing can be written", () => {
  using world = storeWorld();
  const { tokens, database } = world.store;
  const { token } = must(tokens.add("grafana", "metrics", null));
  database.sqlite.exec("PRAGMA query_only = ON");
  expect(tokens.find(token)).toMatchObject({ name: "grafana" });
  expect(tokens.list(page)[0]?.used_at).toBeNull();
});
