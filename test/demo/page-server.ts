import { join } from "node:path";
import type { TelegramMessageEntity } from "@gramio/types";
import type { SentFile } from "./chat.ts";
import type { Demo, Somebody } from "./demo.ts";
import { memosOf, stateOf } from "./state.ts";

const HOST = "127.0.0.1";
const USUAL_PORT = 8090;
const LARGEST_REQUEST = 512 * 1024 * 1024;

const PAGE = join(import.meta.dir, "page");
const PAGE_FILE = /^\/([a-z]+\.(?:css|js))?$/;

/** Nothing from elsewhere is loaded, whatever a memo holds; no inline script or style runs. */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Pictures that a browser may show in place; everything else is only downloaded. */
const SHOWN_TYPES = /^image\/(?:png|jpeg|gif|webp|avif)$/;

/** A mistake of the caller, told to them. */
class BadRequest extends Error {}

/** Serves the page on this machine only. Without a port on 8090, or on any free one when that is taken. */
export function servePage(demo: Demo, port = "") {
  const serve = (wanted: number) =>
    Bun.serve({
      hostname: HOST,
      port: wanted,
      maxRequestBodySize: LARGEST_REQUEST,
      idleTimeout: 60,
      fetch: handle,
      error: () => text("something went wrong in the demo", 500),
    });

  let server: ReturnType<typeof serve>;
  try {
    server = serve(port === "" ? USUAL_PORT : Number(port));
  } catch (error) {
    if (port !== "") throw new Error(`DEMO_PORT: ${port} cannot be used: ${reason(error)}`);
    server = serve(0);
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (!isOurs(request)) return text("this page answers only itself", 403);
    try {
      return await route(request, url);
    } catch (error) {
      if (error instanceof BadRequest) return text(error.message, 400);
      // What the stand-ins refuse is written for people too.
      return text(reason(error), 409);
    }
  }

  /** The page can do things: no other web site may use it, not by a form, a picture or a name that leads here. */
  function isOurs(request: Request): boolean {
    const { port: own } = server;
    const hosts = [`${HOST}:${own}`, `localhost:${own}`];
    const host = request.headers.get("host") ?? "";
    const origin = request.headers.get("origin");
    const site = request.headers.get("sec-fetch-site");
    const isNavigation = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
    if (!hosts.includes(host)) return false;
    if (origin !== null && origin !== `http://${host}`) return false;
    return site === null || site === "same-origin" || site === "none" || isNavigation;
  }

  async function route(request: Request, url: URL): Promise<Response> {
    const { method } = request;
    const page = PAGE_FILE.exec(url.pathname);
    const part = Bun.file(join(PAGE, page?.[1] ?? "index.html"));
    // Its type goes by the file's name.
    if (method === "GET" && page && (await part.exists()))
      return new Response(part, { headers: PAGE_HEADERS });
    const asked = (name: string) => url.searchParams.get(name) ?? "";
    const as = asked("as");
    switch (`${method} ${url.pathname}`) {
      case "GET /api/state":
        return stateAnswer(as, asked("known"));
      case "GET /api/sent-file":
        return sentFile(asked("id"), asked("name"));
      case "GET /api/memo-file":
        return memoFile(somebody(as), asked("name"));
      case "POST /api/send":
        return send(somebody(as), await request.formData());
      case "POST /api/press":
        return press(somebody(as), await request.text());
      case "POST /api/memos-up":
        await demo.setMemosUp(true);
        return json({});
      case "POST /api/memos-down":
        await demo.setMemosUp(false);
        return json({});
      case "POST /api/kill":
        await demo.ferry.kill();
        return json({});
      case "POST /api/start":
        if (!demo.ferry.running) await demo.ferry.start();
        return json({});
    }
    return text("there is nothing here", 404);
  }

  function somebody(key: string): Somebody {
    const found = demo.people.find((person) => person.key === key);
    if (!found) throw new BadRequest(`there is nobody called ${JSON.stringify(key)} here`);
    return found;
  }

  /** 204 while nothing changed since the state that the page knows. */
  async function stateAnswer(as: string, known: string): Promise<Response> {
    const state = JSON.stringify(await stateOf(demo, as));
    const revision = Bun.hash(state).toString(36);
    if (revision === known) return new Response(null, { status: 204 });
    return new Response(`{"revision":"${revision}",${state.slice(1)}`, {
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  }

  /** A photo has no name. */
  async function sentFile(id: string, name: string): Promise<Response> {
    const answer = await demo.people[0]?.chat.file(id);
    if (!answer?.ok) return text("there is no such file", 404);
    return fileAnswer(answer.body, name === "" ? "image/jpeg" : "", name || "photo.jpg");
  }

  function memoFile({ account }: Somebody, name: string): Response {
    const files = memosOf(demo, account.name).flatMap(({ attachments }) => attachments);
    const file = files.find((candidate) => candidate.name === name);
    return file ? fileAnswer(file.bytes, file.type, file.filename) : text("there is no such file", 404);
  }

  async function send({ chat }: Somebody, form: Awaited<ReturnType<Request["formData"]>>): Promise<Response> {
    const files: SentFile[] = [];
    for (const kind of ["photo", "document"] as const) {
      for (const file of form.getAll(kind)) {
        if (typeof file === "string") throw new BadRequest(`${kind} must be a file`);
        const { name: fileName, type: mimeType } = file;
        files.push({ type: kind, fileName, mimeType, bytes: new Uint8Array(await file.arrayBuffer()) });
      }
    }
    const { text, entities } = readText(form.get("message"));
    chat.send(text, entities, files);
    return json({});
  }

  async function press({ chat }: Somebody, body: string): Promise<Response> {
    const { message, row, column } = readJson(body);
    if (![message, row, column].every(Number.isInteger))
      throw new BadRequest('the JSON\'s "message", "row" and "column" say which button');
    return json({ answer: await chat.press(Number(message), Number(row), Number(column)) });
  }

  return {
    url: `http://${HOST}:${server.port}/`,
    stop: () => server.stop(true),
  };
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

function readText(field: unknown): { text: string; entities: TelegramMessageEntity[] } {
  const { text, entities } = readJson(String(field));
  if (typeof text === "string" && Array.isArray(entities)) return { text, entities };
  throw new BadRequest('message must be JSON with "text" and "entities"');
}

/** What is no object in JSON has no fields. */
function readJson(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}

/** Files come from people and servers: none of them is ever run as a part of this page. */
function fileAnswer(body: ConstructorParameters<typeof Response>[0], type: string, name: string): Response {
  const inPlace = SHOWN_TYPES.test(type);
  return new Response(body, {
    headers: {
      "content-type": inPlace ? type : "application/octet-stream",
      "content-disposition": `${inPlace ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(name)}`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=3600",
    },
  });
}

function json(body: object): Response {
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}

function text(message: string, status: number): Response {
  return new Response(message, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
