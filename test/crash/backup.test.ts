import { Database } from "bun:sqlite";
import { beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";
import { binaryPath, createProgram } from "../support/binary.ts";
import { expectMemos } from "./expected.ts";
import { withLog } from "./runs.ts";
import { createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

const BACKUPS = 3;

/** A backup by the API, checked by its digest. */
async function fetchedBackup(
  call: (method: string, path: string) => Promise<Response>,
): Promise<ArrayBuffer> {
  const answer = await call("POST", "/api/v1/backup");
  const bytes = await answer.arrayBuffer();
  const digest = createHash("sha256").update(new Uint8Array(bytes)).digest("base64");
  expect([answer.status, answer.headers.get("repr-digest")]).toEqual([200, `sha-256=:${digest}:`]);
  return bytes;
}

test("a backup that is taken while messages come is whole, has every confirmed message, and brings each back once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-backup-"));
  await using world = await createCrashWorld();
  const { telegram, program } = world;
  const [alice, bob] = world.people("alice", "bob");
  await world.bind([alice, bob]);
  // Telegram takes one mark a second in a chat: they would take longer than all the rest.
  world.change("UPDATE bindings SET confirmation = 'off'");
  // Some wait for long: a backup in the middle has messages that were taken and not saved.
  world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: { delayMs: 30 } });
  await using beside = await createProgram({ env: program.env });
  await withLog(world, async () => {
    await program.start();
    const said: string[] = [];
    const copies: { file: string; confirmed: number }[] = [];
    let speaking = true;
    const speak = async () => {
      for (let nth = 0; speaking; nth += 1) {
        said.push(`message ${nth}`);
        alice.person.say(`message ${nth}`);
        bob.person.sendDocument({
          fileName: `${nth}.txt`,
          mimeType: "text/plain",
          bytes: Buffer.from(`${nth}`),
          caption: `message ${nth}`,
        });
        telegram.advance(1_000);
        await until("most of it to be taken", () => telegram.pendingUpdates.length < 20);
      }
    };
    const spoken = speak();
    for (let nth = 0; nth < BACKUPS; nth += 1) {
      const before = telegram.confirmedUpTo;
      await until("more to be taken", () => telegram.confirmedUpTo > before);
      const file = join(folder, `copy-${nth}.db`);
      const confirmed = telegram.confirmedUpTo;
      if (nth === 0) await Bun.write(file, await fetchedBackup(world.call));
      else {
        const { code, text } = await beside.run("backup", file);
        expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining("secret-key") });
        expect(statSync(file).mode & 0o777).toBe(0o600);
      }
      copies.push({ file, confirmed });
    }
    speaking = false;
    await spoken;
    world.memos.clearFaults();
    await world.settled();
    for (const { file, confirmed } of copies) {
      const database = new Database(file, { readonly: true });
      expect(database.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      const [newest] = database
        .query<{ id: number }, []>("SELECT max(CAST(update_id AS INTEGER)) AS id FROM updates")
        .all();
      expect(newest?.id ?? 0).toBeGreaterThanOrEqual(confirmed);
      database.close();
    }
    const half = copies.map(({ file }) => {
      const database = new Database(file, { readonly: true });
      const [open] = database
        .query<{ count: number }, []>("SELECT count(*) AS count FROM jobs WHERE state = 'waiting'")
        .all();
      database.close();
      return open?.count ?? 0;
    });
    expect(Math.max(...half), "some copy has unsaved messages").toBeGreaterThan(0);

    const contents = said.map((content) => ({ content }));
    const documents = said.map((content, nth) => ({
      content,
      files: [{ name: `${nth}.txt`, type: "text/plain", bytes: Buffer.from(`${nth}`) }],
    }));
    for (const { file } of [copies[half.indexOf(Math.max(...half))], copies.at(-1)].flatMap(
      (copy) => copy ?? [],
    )) {
      await program.stop();
      const { code, text } = await beside.run("restore", file, "--force");
      expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining(".replaced-") });
      await program.start();
      await world.settled();
      expectMemos(world, alice.account.name, contents);
      expectMemos(world, bob.account.name, documents);
    }
    // And it goes on from there.
    alice.person.say("after the restore");
    await world.settled();
    expectMemos(world, alice.account.name, [...contents, { content: "after the restore" }]);
  });
  rmSync(folder, { recursive: true });
}, 300_000);

test("a backup replaces nothing, leaves nothing where it fails, and leaves the running program its lock", async () => {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-backup-"));
  await using world = await createCrashWorld();
  await using beside = await createProgram({ env: world.program.env });
  const file = join(folder, "copy.db");
  expect(await beside.run("backup", file)).toMatchObject({
    code: 1,
    text: expect.stringContaining("no database"),
  });
  expect(existsSync(file)).toBe(false);
  await world.program.start();
  expect((await beside.run("backup", join(folder, "no", "such", "folder"))).text).toContain("ENOENT");
  expect((await beside.run("backup", file)).code).toBe(0);
  const { mtimeMs } = statSync(file);
  expect(await beside.run("backup", file)).toMatchObject({
    code: 1,
    text: expect.stringContaining("exists already"),
  });
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  expect((await beside.run("backup")).code).toBe(2);
  expect((await beside.run()).text).toContain("another memoferry is running");
  await world.program.stop();
  expect((await beside.run("backup", join(folder, "stopped.db"))).code).toBe(0);
  await world.program.start();
  await world.program.stop();
  rmSync(folder, { recursive: true });
}, 60_000);
