import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { checkNews } from "../../src/cli/checks/news.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import type { ReadOnlyStore } from "../../src/store/store.ts";
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";

/** What `memoferry check` says of news, where alice wants them. */
async function saidOf(version: string, prepare: (memos: FakeMemos) => void = () => {}, people = 1) {
  const fake = await startFakeMemos({ version });
  const token = new Secret(fake.addUser("alice").token);
  prepare(fake);
  const memos = createMemosClient({ baseUrl: fake.url, clock: systemClock });
  const watched = [{ account: 1, name: "users/alice", telegram_id: 7 }].slice(0, people);
  const store = {
    keyFits: true,
    watched: () => watched,
    bindings: { accessToken: () => token },
  } as unknown as ReadOnlyStore;
  const finding = await checkNews(store, memos);
  await memos.settled();
  await fake.stop();
  return finding;
}

test("check says how the changes in Memos are heard of", async () => {
  expect(await saidOf("0.30.0")).toBe("Memos tells what happens at once");
  expect(await saidOf("0.25.3")).toMatch(/^Memos is asked from time to time, .* 0\.27 and newer tell/);
  const page = { status: 404, body: "<html></html>", contentType: "text/html" };
  const broken = (memos: FakeMemos) => void memos.fault({ match: { path: /sse/ }, action: page });
  expect(await saidOf("0.30.0", broken)).toMatchObject({
    warning: expect.stringContaining("proxy_buffering off"),
  });
  expect(await saidOf("0.27.1", broken)).toBe(
    "Memos tells what happens at once, unless a proxy holds it back",
  );
});

test("and nothing where nobody wants to know, or Memos cannot be asked", async () => {
  expect(await saidOf("0.30.0", undefined, 0)).toBeNull();
  const away = (memos: FakeMemos) => void memos.fault({ action: { status: 502 } });
  expect(await saidOf("0.30.0", away)).toBeNull();
});
