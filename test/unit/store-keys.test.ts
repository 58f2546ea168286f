import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { createEncryption } from "../../src/store/db/encryption.ts";
import { forgetLostKey } from "../../src/store/db/keys.ts";
import { ALICE, BOB, command, must, type StoreWorld, storeWorld } from "../support/store.ts";

const KEY = new Secret("a key from the environment");
const OTHER = new Secret("quite another key than that");
const TOKEN = "memos_pat_of_the_binding_itself";
const PAT = "memos_pat_sent_in_the_chat";

const tokenOf = (world: StoreWorld, telegramId = ALICE) =>
  world.store.bindings.accessToken(telegramId)?.reveal();

/** Rows that only the right key can read, and the value that tells which key that is. */
const sealedRows = (world: StoreWorld) => [
  world.all("SELECT telegram_id, access_token, state FROM bindings ORDER BY telegram_id"),
  world.all("SELECT seq, payload, payload_form FROM updates ORDER BY seq"),
  world.all("SELECT id, old_plan FROM jobs ORDER BY id"),
  world.all("SELECT value FROM facts WHERE name = 'key_check'"),
];

const OLD_PLAN = "sealed:0123456789";

/** Two bindings, a sealed update and a sealed plan of an older version. */
function fill(world: StoreWorld): void {
  world.bind();
  world.bind(BOB, "users/bob");
  world.accept([command(`/bind ${PAT}`)]);
  const leased = world.lease("commands");
  world.store.jobs.handBack(leased.lease);
  world.store.database.sqlite.run("UPDATE jobs SET old_plan = ?", OLD_PLAN);
}

describe("the encryption", () => {
  const encryption = createEncryption(KEY);

  test("opens what it sealed, whatever it was", () => {
    for (const text of ["", "x", TOKEN, "größer 🦣 \0 \n", "a".repeat(100_000)]) {
      expect(encryption.open(encryption.seal(text, "here"), "here")).toBe(text);
    }
  });

  test("seals the same text differently each time, and shows nothing of it", () => {
    const [one, two] = [encryption.seal(TOKEN, "here"), encryption.seal(TOKEN, "here")];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, "base64").includes(TOKEN)).toBe(false);
  });

  test("opens in the context of the sealing only", () => {
    expect(() => encryption.open(encryption.seal(TOKEN, "row 1"), "row 2")).toThrow();
  });

  test("refuses what was changed or cut, at any byte", () => {
    const sealed = Buffer.from(encryption.seal("token", "here"), "base64");
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = must(changed[at]) ^ 1;
      expect(() => encryption.open(changed.toString("base64"), "here")).toThrow();
    }
    for (const length of [0, 5, 12, 16, 20, 27, sealed.length - 1]) {
      expect(() => encryption.open(sealed.subarray(0, length).toString("base64"), "here")).toThrow();
    }
  });
});

describe("access tokens at rest", () => {
  test("are sealed: no file holds them, and they come back over a restart", () => {
    using world = storeWorld();
    world.bind();
    expect(world.filesWith(TOKEN)).toEqual([]);
    world.reopen();
    expect(tokenOf(world)).toBe(TOKEN);
  });

  test("open for their own person only: a row copied over another gives nothing", () => {
    using world = storeWorld();
    world.bind();
    world.bind(BOB, "users/bob");
    world.store.database.sqlite.run(
      "UPDATE bindings SET access_token = (SELECT access_token FROM bindings WHERE telegram_id = ?) WHERE telegram_id = ?",
      ALICE,
      BOB,
    );
    expect(() => world.store.bindings.accessToken(BOB)).toThrow();
  });

  test("are no part of what is told of a binding", () => {
    using world = storeWorld();
    world.bind();
    const told = JSON.stringify([world.store.bindings.get(ALICE), world.store.bindings.list()]);
    expect(told).toContain("users/alice");
    expect(told).not.toContain("access_token");
  });
});

describe("the key", () => {
  test("that is wrong is refused with both mends, and nothing is changed", () => {
    using world = storeWorld({ secretKey: KEY });
    fill(world);
    const before = sealedRows(world);
    const attempt = () => world.reopen({ secretKey: OTHER });
    expect(attempt).toThrow(/is not the one that the access tokens.*forget-tokens/);
    expect(attempt).toThrow(expect.objectContaining({ code: "key_mismatch" }));
    world.reopen();
    expect(sealedRows(world)).toEqual(before);
    expect(tokenOf(world)).toBe(TOKEN);
  });

  test("whose file was lost is not replaced in silence", () => {
    using world = storeWorld();
    fill(world);
    const key = readFileSync(join(world.dataDir, "secret-key"));
    world.store.close();
    rmSync(join(world.dataDir, "secret-key"));
    expect(() => world.reopen()).toThrow(/secret-key in DATA_DIR is missing.*forget-tokens/);
    writeFileSync(join(world.dataDir, "secret-key"), key);
    world.reopen();
    expect(tokenOf(world)).toBe(TOKEN);
  });

  test("is no longer asked for once the tokens are forgotten: bindings pause, messages stay", () => {
    using world = storeWorld({ secretKey: KEY });
    fill(world);
    world.store.close();
    expect(forgetLostKey({ dataDir: world.dataDir, secretKey: OTHER })).toBe(2);
    world.reopen({ secretKey: OTHER });
    const { bindings } = world.store;
    expect(bindings.accessToken(ALICE)).toBeUndefined();
    expect(bindings.get(ALICE)).toMatchObject({
      state: "paused",
      paused_reason: "the encryption key was lost",
    });
    expect(world.all("SELECT payload, payload_form FROM updates")).toEqual([
      { payload: null, payload_form: "dropped" },
    ]);
    expect(world.all("SELECT state, old_plan FROM jobs")).toEqual([{ state: "waiting", old_plan: null }]);
    world.bind();
    expect(tokenOf(world)).toBe(TOKEN);
    expect(bindings.get(ALICE)?.state).toBe("active");
    // Tokens that were forgotten stay so, and the key can be given as the file too.
    writeFileSync(join(world.dataDir, "secret-key"), `${OTHER.reveal()}\n`);
    world.reopen({ secretKey: null });
    expect(world.store.bindings.accessToken(BOB)).toBeUndefined();
    expect(tokenOf(world)).toBe(TOKEN);
  });
});

describe("a binding", () => {
  test("that is made again keeps its settings and is active with the new token", () => {
    using world = storeWorld();
    world.bind();
    const { bindings } = world.store;
    bindings.update(ALICE, { visibility: "PUBLIC", tags: ["a"] });
    bindings.refused(ALICE);
    expect(bindings.pause(ALICE, "Memos refuses it")).toBe(true);
    world.bind();
    expect(bindings.get(ALICE)).toMatchObject({
      visibility: "PUBLIC",
      tags: ["a"],
      state: "active",
      paused_reason: null,
    });
  });

  test("is paused by the first that says so, who tells the person", () => {
    using world = storeWorld();
    world.bind();
    const { bindings } = world.store;
    expect([bindings.pause(ALICE, "x"), bindings.pause(ALICE, "x"), bindings.pause(BOB, "x")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("remembers when its token was first refused, until it is taken again", async () => {
    using world = storeWorld();
    world.bind();
    const { bindings } = world.store;
    const first = world.clock.now();
    expect(bindings.refused(ALICE)).toBe(first);
    await world.clock.advance(60_000);
    expect(bindings.refused(ALICE)).toBe(first);
    bindings.accepted(ALICE);
    expect(bindings.refused(ALICE)).toBe(first + 60_000);
  });

  test("is listed by pages in order of the Telegram id, and removed once", () => {
    using world = storeWorld();
    for (const id of [3, 1, 2]) world.bind(id, `users/${id}`);
    const { bindings } = world.store;
    const ids = (page: { limit: number; after: number | null }) =>
      bindings.list(page).map((row) => row.telegram_id);
    expect(ids({ limit: 2, after: null })).toEqual([1, 2]);
    expect(ids({ limit: 2, after: 2 })).toEqual([3]);
    expect([bindings.remove(2), bindings.remove(2)]).toEqual([true, false]);
    expect(bindings.list()).toHaveLength(2);
    expect(bindings.accessToken(2)).toBeUndefined();
    expect(bindings.update(2, { tags: [] })).toBeUndefined();
  });
});
