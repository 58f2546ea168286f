import { expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { ALICE, BOB, SERVER, storeWorld } from "../support/store.ts";

const account = (name: string) => ({
  server: SERVER,
  account: `users/${name}`,
  display_name: name,
  memos_username: name,
  memos_version: "0.30.0",
});

test("an account is watched as soon, and as long, as somebody wants its news, by whoever's token is at hand", () => {
  const { store } = storeWorld();
  let rung = 0;
  store.wantedBell.listen(() => (rung += 1));
  const { bindings } = store;
  const alices = bindings.save(ALICE, new Secret("a"), account("alice"));
  bindings.save(BOB, new Secret("b"), account("alice"));
  expect(store.watched(SERVER)).toEqual([]);
  expect(rung).toBe(2);

  bindings.update(BOB, { confirmation: "off" });
  rung = 0;
  bindings.update(BOB, { news: "comments" });
  expect(rung).toBe(1);
  expect(store.watched(SERVER)).toEqual([
    { account: alices.account_key, name: "users/alice", telegram_id: BOB },
  ]);
  expect(store.watched("https://elsewhere.example.org")).toEqual([]);
  bindings.update(ALICE, { news: "all" });
  expect(store.watched(SERVER)).toHaveLength(1);

  rung = 0;
  bindings.pause(BOB, "refused");
  expect(rung).toBe(1);
  expect(store.watched(SERVER)).toEqual([
    { account: alices.account_key, name: "users/alice", telegram_id: ALICE },
  ]);
  bindings.remove(ALICE);
  expect(rung).toBe(2);
  expect(store.watched(SERVER)).toEqual([]);
  bindings.renew(BOB, new Secret("c"));
  expect(rung).toBe(3);
  expect(store.watched(SERVER)).toHaveLength(1);
  store.close();
});
