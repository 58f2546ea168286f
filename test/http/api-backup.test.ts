import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_TOKEN, createTestServer, problemIn } from "./api-server.ts";

/** A server whose backup is a file of so many bytes, which tells when it is asked for. */
async function withFile(bytes: number) {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-backup-"));
  const content = randomBytes(bytes);
  const path = join(folder, "copy");
  const asked = Promise.withResolvers<void>();
  const made = Promise.withResolvers<void>();
  const parts = createTestServer({
    async backup() {
      asked.resolve();
      await made.promise;
      writeFileSync(path, content);
      return { path, sha256: createHash("sha256").update(content).digest("hex") };
    },
  });
  const { url } = await parts.server.start();
  return {
    ...parts,
    url,
    path,
    content,
    asked: asked.promise,
    make: made.resolve,
    async [Symbol.asyncDispose]() {
      await parts.server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };

const untilGone = async (path: string) => {
  while (existsSync(path)) await Bun.sleep(2);
};

test("a backup is streamed with its digest, and the copy is removed", async () => {
  await using world = await withFile(3_000_000);
  world.make();
  const answer = await fetch(`${world.url}/api/v1/backup`, { method: "POST", headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/vnd.sqlite3");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const digest = createHash("sha256").update(world.content).digest("base64");
  expect(answer.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
  expect(Buffer.from(await answer.arrayBuffer()).equals(world.content)).toBe(true);
  await untilGone(world.path);
});

for (const when of ["while it is made", "while it is sent"] as const) {
  test(`the copy is removed where the caller hangs up ${when}`, async () => {
    await using world = await withFile(30_000_000);
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
    socket.write(`POST /api/v1/backup HTTP/1.1\r\nHost: pi\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
    await world.asked;
    if (when === "while it is sent") {
      world.make();
      await new Promise((resolve) => socket.once("data", resolve));
      socket.destroy();
    } else {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      await closed;
      world.make();
      while (!existsSync(world.path)) await Bun.sleep(2);
    }
    await untilGone(world.path);
  });
}

test("what keeps a backup from being made is told", async () => {
  const { admin } = createTestServer();
  expect(await problemIn(await admin("/api/v1/backup", { method: "POST" }))).toMatchObject({
    status: 503,
    detail: "no room",
  });
});
