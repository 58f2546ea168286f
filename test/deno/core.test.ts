// The program on Deno between both stand-ins, with no more than the permissions of `deno task start`.
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import { ADMIN_TOKEN, createCrashWorld } from "../crash/world.ts";
import { until } from "../support/app.ts";
import { coreSet } from "../support/core-set.ts";
import { noise, sameBytes } from "../support/noise.ts";
import { notesInFake } from "../support/notes.ts";
import { onDeno } from "./program.ts";

async function started() {
  const world = await createCrashWorld({ ...onDeno, telegram: { inline: true } });
  const [alice] = world.people("alice");
  await world.bind([alice]);
  await world.program.start();
  return { ...alice, world, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

coreSet(async () => {
  const stage = await started();
  const { telegram, dataDir, settled: quiet, bindNow } = stage.world;
  const bind = (id: number, token: string) => bindNow({ id }, token);
  const world = { telegram, dataDir, until, quiet, bind };
  return { ...stage, world, notes: notesInFake(stage.world.memos) };
});

test("four files of 20 MB are saved whole", async () => {
  await using stage = await started();
  const { person, world } = stage;
  const files = [1, 2, 3, 4].map((seed) => noise(20_000_000, seed));
  for (const [at, bytes] of files.entries()) person.sendDocument({ bytes, fileName: `${at}.bin` });
  await world.settled(300_000);
  const saved = world.memos.memos().flatMap(({ attachments }) => attachments);
  expect(saved.map(({ filename }) => filename)).toEqual(["0.bin", "1.bin", "2.bin", "3.bin"]);
  for (const [at, bytes] of files.entries()) expect(sameBytes(saved[at]?.bytes, bytes)).toBe(true);
});

test("the API tells its state, gives a backup, and locks out who guesses its token", async () => {
  await using stage = await started();
  const { person, world } = stage;
  const { program, call } = world;
  person.say("to be kept");
  await world.settled();
  const get = (path: string) => fetch(`${program.url}${path}`);
  expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
  expect((await get("/readyz")).status).toBe(200);
  expect((await world.api("/api/v1/status")).jobs).toEqual({ waiting: 0, working: 0, done: 1, dead: 0 });
  expect(await (await call("GET", "/metrics")).text()).toContain("memoferry_memos_created_total");
  expect((await get("/openapi/")).url).toBe(`${program.url}/openapi`);
  expect((await get("/openapi/json")).status).toBe(200);
  expect(await (await get("/openapi/viewer.js")).text()).toContain("openapi-explorer");

  const answer = await call("POST", "/api/v1/backup");
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const digest = createHash("sha256").update(bytes).digest("base64");
  expect(answer.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
  const path = join(world.dataDir, "copy.db");
  writeFileSync(path, bytes);
  const copy = openSqlite(path);
  expect(copy.get("PRAGMA journal_mode")).toEqual({ journal_mode: "delete" });
  expect(copy.all("SELECT state, outcome FROM jobs")).toEqual([{ state: "done", outcome: "saved" }]);
  copy.close();
  expect((await call("DELETE", `/api/v1/bindings/${person.id}`)).status).toBe(204);

  // Whose body is not read, its connection ends.
  const socket = connect(Number(new URL(program.url).port), "127.0.0.1");
  socket.write("POST /nothing HTTP/1.1\r\nHost: pi\r\nContent-Length: 1000000\r\n\r\n");
  await once(socket.resume(), "close");

  const statuses: number[] = [];
  for (let at = 0; at < 11; at += 1) statuses.push((await get("/api/v1/status")).status);
  expect(statuses).toEqual([...Array(10).fill(401), 429]);
  await program.stop();
  expect(program.text).toBe("");
});

test("the dashboard shows what comes in, and its forms are taken", async () => {
  await using stage = await started();
  const { person, world } = stage;
  const { url } = world.program;
  const send = (path: string, fields: Record<string, string>, headers = {}) =>
    fetch(`${url}${path}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers,
      redirect: "manual",
    });
  expect((await send("/sign-in", { token: "another" })).status).toBe(403);
  const signedIn = await send("/sign-in", { token: ADMIN_TOKEN });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  for (const name of ["dashboard.css", "dashboard.js", "dashboard.svg", "idiomorph.js"])
    expect((await (await fetch(`${url}/${name}`)).text()).length).toBeGreaterThan(100);
  const events = await fetch(`${url}/events`, { headers: { cookie } });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain("0 messages");
  person.say("to be kept");
  await until("the message comes", async () => (await reader?.read())?.value?.includes("1 message<"));
  expect(await (await send("/invite", { account_of: "" }, { cookie })).text()).toContain("QR code");
  // Ends with the program.
  await world.program.stop();
  while (!(await reader?.read())?.done);
  expect(world.program.text).toBe("");
});

test("what others do in Memos is heard of by its events, and their stream ends with the program", async () => {
  await using world = await createCrashWorld(onDeno);
  const [{ person, account }, bob] = world.people("alice", "bob");
  await world.bind([{ person, account }]);
  world.change("UPDATE bindings SET news = 'comments'");
  await world.program.start();
  const { memos, telegram, program } = world;
  person.say("/start");
  await world.settled();
  await until("the stream of events", () => memos.events.listeners().length === 1);
  const isBegun = () => world.rows("SELECT 1 FROM bindings WHERE news_after IS NOT NULL").length === 1;
  await until("what is there counts as told", isBegun);
  memos.comment(bob.account.username, memos.write("alice", "Groceries"), "How many eggs?");
  const isTold = () => telegram.botMessages(person.id).some(({ text }) => text?.endsWith("How many eggs?"));
  await until("the comment is told", isTold);
  await program.stop();
  await until("the stream ends", () => memos.events.listeners().length === 0);
  expect(program.text).toBe("");
});
