import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";
import {
  bindPerson,
  botTexts,
  createProgramWorld,
  type ProgramWorld,
  passTime,
  rows,
  settled,
  until,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** How a proxy hands on the answers of Memos. */
type Manner = (answer: Answer, request: IncomingMessage, response: ServerResponse) => void;

const plain: Manner = ({ status, headers, body }, _, response) => {
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
};

/** Compressed, whether it pays or not. */
const gzipped: Manner = (answer, request, response) => {
  expect(request.headers["accept-encoding"]).toContain("gzip");
  const headers = { ...answer.headers, "content-encoding": "gzip" };
  plain({ ...answer, headers, body: gzipSync(answer.body) }, request, response);
};

/** HTTP/1.0: no length; the answer ends where the connection does. */
const http10: Manner = ({ status, headers, body }, request) => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  request.socket.write([`HTTP/1.0 ${status} Answer`, ...lines, "", ""].join("\r\n"));
  request.socket.end(body);
};

/** A sign-in page takes its place. */
const redirects: Manner = (_, request, response) => {
  response.writeHead(302, { location: `/login?next=${encodeURIComponent(request.url ?? "")}` });
  response.end();
};
const loginPage: Manner = (_, __, response) => {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<!DOCTYPE html><title>Sign in</title>");
};

interface Proxy extends AsyncDisposable {
  readonly url: string;
  manner: Manner;
}

/** What the sign-in page keeps from Memos never reaches it. */
async function startProxy(memos: FakeMemos, manner: Manner, prefix = ""): Promise<Proxy> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const isKept = proxy.manner === redirects || proxy.manner === loginPage;
    if (isKept || !path.startsWith(`${prefix}/`)) {
      const answer = { status: 404, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
      return (isKept ? proxy.manner : plain)(answer, request, response);
    }
    const { authorization } = request.headers;
    const answer = await fetch(memos.url + path.slice(prefix.length), {
      method: request.method ?? "GET",
      headers: authorization === undefined ? {} : { authorization },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const type = answer.headers.get("content-type");
    const headers: Record<string, string> = type === null ? {} : { "content-type": type };
    proxy.manner(
      { status: answer.status, headers, body: Buffer.from(await answer.bytes()) },
      request,
      response,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    manner,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

const documents = (world: ProgramWorld, person: { readonly id: number }) =>
  world.telegram.botMessages(person.id).flatMap((message) => {
    const { document } = message as { document?: { file_name?: string; file_size?: number } };
    return document ? [`${document.file_name} ${document.file_size}`] : [];
  });

describe("behind a proxy", () => {
  for (const [what, manner, prefix] of [
    ["that speaks HTTP/1.0", http10, ""],
    ["that compresses answers", gzipped, ""],
    ["with a path prefix", plain, "/notes/memos"],
  ] as const) {
    for (const version of ["0.24.4", "0.30.0"]) {
      test(`${what}, Memos ${version} takes texts, files, edits and replies, and gives them back`, async () => {
        const memos = await startFakeMemos({ version });
        await using proxy = await startProxy(memos, manner, prefix);
        const env = { MEMOS_PUBLIC_URL: "https://example.org/notes/memos" };
        await using world = await createProgramWorld(proxy.url, { rate, env }, { close: () => memos.stop() });
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
        person.press(list.message_id, "Show");
        await until("the file", () => documents(world, person).length === 1);
        expect(documents(world, person)).toEqual([`a b.txt ${bytes.length}`]);
        expect(Buffer.from(memos.attachments()[0]?.bytes ?? []).equals(bytes)).toBe(true);
      });
    }
  }

  for (const [what, manner, words] of [
    ["sends to a sign-in page", redirects, "redirects to"],
    ["shows a sign-in page", loginPage, "with its own sign-in"],
  ] as const) {
    test(`that all of a sudden ${what}, messages wait and are saved once`, async () => {
      const memos = await startFakeMemos();
      await using proxy = await startProxy(memos, plain);
      await using world = await createProgramWorld(proxy.url, { rate }, { close: () => memos.stop() });
      const person = await bindPerson(world, "alice", memos.addUser("alice").token);
      person.say("before");
      await until("saved", () => botTexts(world, person).length === 1);
      await settled(world);
      proxy.manner = manner;
      person.say("a text");
      person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "a file" });
      await until("not ready", async () => (await fetch(`${world.app.url}/readyz`)).status === 503);
      await passTime(world, "told", () => botTexts(world, person).length === 2, { stepMs: 6_000 });
      expect(botTexts(world, person)[1]).toContain("Memos does not answer right now");
      expect(JSON.stringify(world.log)).toContain(words);
      proxy.manner = plain;
      await passTime(world, "saved", () => memos.memos().length === 3);
      await settled(world);
      expect(memos.memos().map(({ content }) => content)).toEqual(["before", "a text", "a file"]);
      expect(memos.attachments()).toHaveLength(1);
      expect(rows(world, "SELECT state FROM bindings")).toEqual([{ state: "active" }]);
    });
  }
});
