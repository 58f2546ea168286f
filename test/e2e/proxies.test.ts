import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { startFakeMemos } from "../fakes/memos.ts";
import {
  bindPerson,
  botTexts,
  createProgramWorld,
  type ProgramWorld,
  passTime,
  rows,
  sentName,
  settled,
  until,
} from "../support/app.ts";
import { type Between, startProxy } from "../support/proxy.ts";

setDefaultTimeout(60_000);
const rate = 20;

/** Compressed, whether it pays or not. */
const gzipped: Between = async (forward, request) => {
  expect(request.headers.get("accept-encoding")).toContain("gzip");
  const answer = await forward();
  const headers = new Headers(answer.headers);
  headers.set("content-encoding", "gzip");
  headers.delete("content-length");
  return new Response(gzipSync(await answer.bytes()), { status: answer.status, headers });
};

/** Below a path of its own; what else is asked for is none of its pages. */
const PREFIX = "/notes/memos";
const prefixed: Between = (forward, { url }) => {
  const { pathname, search } = new URL(url);
  return pathname.startsWith(`${PREFIX}/`)
    ? forward(`${pathname.slice(PREFIX.length)}${search}`)
    : new Response("<html>", { status: 404, headers: { "content-type": "text/html" } });
};

/** A sign-in page takes its place. */
const redirects: Between = (_, { url }) =>
  new Response(null, { status: 302, headers: { location: `/login?next=${encodeURIComponent(url)}` } });
const loginPage: Between = () =>
  new Response("<!DOCTYPE html><title>Sign in</title>", { headers: { "content-type": "text/html" } });

const documents = (world: ProgramWorld, person: { readonly id: number }) =>
  world.telegram.botMessages(person.id).flatMap((message) => {
    const { document } = message as { document?: { file_name?: string; file_size?: number } };
    return document ? [`${sentName({ filename: document.file_name ?? "" })} ${document.file_size}`] : [];
  });

describe("behind a proxy", () => {
  for (const [what, between, prefix] of [
    ["that compresses answers", gzipped, ""],
    ["with a path prefix", prefixed, PREFIX],
  ] as const) {
    for (const version of ["0.24.4", "0.30.0"]) {
      test(`${what}, Memos ${version} takes texts, files, edits and replies, and gives them back`, async () => {
        const memos = await startFakeMemos({ version });
        await using proxy = startProxy(memos.url, between);
        const env = { MEMOS_PUBLIC_URL: "https://example.org/notes/memos" };
        const close = () => memos.stop();
        await using world = await createProgramWorld(proxy.url + prefix, { rate, env }, { close });
        const person = await bindPerson(world, "alice", memos.addUser("alice").token);
        const bytes = Buffer.alloc(300_000, "a file that compresses well ");
        const sent = person.sendDocument({ fileName: "a b.txt", bytes, caption: "with a file" });
        await until("saved", () => botTexts(world, person).length === 1);
        const [memo] = memos.memos();
        const told = world.telegram.botMessages(person.id)[0];
        expect(told?.entities?.find(({ type }) => type === "text_link")?.url).toBe(
          `https://example.org/notes/memos/memos/${memo?.name.slice("memos/".length)}`,
        );
        person.edit(sent.message_id, { caption: "with a file, edited" });
        person.reply(sent, "a reply");
        await until("followed", () => memos.memos()[0]?.content === "with a file, edited");
        await until("commented", () => memos.comments(memo?.name ?? "").length === 1);
        await settled(world);
        person.press(told?.message_id ?? 0, "PUBLIC");
        await until("public", () => memos.memos()[0]?.visibility === "PUBLIC");
        person.say("/recent");
        const list = await until("the list", () =>
          world.telegram.botMessages(person.id).find(({ text }) => text?.includes("Your newest")),
        );
        person.press(list.message_id, "Show 1");
        await until("the file", () => documents(world, person).length === 1);
        expect(documents(world, person)).toEqual([`a b.txt ${bytes.length}`]);
        expect(Buffer.from(memos.attachments()[0]?.bytes ?? []).equals(bytes)).toBe(true);
      });
    }
  }

  for (const [what, between, words] of [
    ["sends to a sign-in page", redirects, "redirects to"],
    ["shows a sign-in page", loginPage, "with its own sign-in"],
  ] as const) {
    test(`that all of a sudden ${what}, messages wait and are saved once`, async () => {
      const memos = await startFakeMemos();
      await using proxy = startProxy(memos.url);
      await using world = await createProgramWorld(proxy.url, { rate }, { close: () => memos.stop() });
      const person = await bindPerson(world, "alice", memos.addUser("alice").token);
      person.say("before");
      await until("saved", () => botTexts(world, person).length === 1);
      await settled(world);
      proxy.between = between;
      person.say("a text");
      person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "a file" });
      await until("not ready", async () => (await fetch(`${world.app.url}/readyz`)).status === 503);
      await passTime(world, "told", () => botTexts(world, person).length === 2, { stepMs: 6_000 });
      expect(botTexts(world, person)[1]).toContain("Memos does not answer right now");
      expect(JSON.stringify(world.log)).toContain(words);
      proxy.between = (forward) => forward();
      await passTime(world, "saved", () => memos.memos().length === 3);
      await settled(world);
      expect(memos.memos().map(({ content }) => content)).toEqual(["before", "a text", "a file"]);
      expect(memos.attachments()).toHaveLength(1);
      expect(rows(world, "SELECT state FROM bindings")).toEqual([{ state: "active" }]);
    });
  }
});
