import { join } from "node:path";
import type { TelegramMessageEntity } from "@gramio/types";
import { isPlay, type SentFile } from "./chat.ts";
import type { Demo, Somebody } from "./demo.ts";
import { filesOf, stateOf } from "./state.ts";

const HOST = "127.0.0.1";
const USUAL_PORT = 8090;
const LARGEST_REQUEST = 512 * 1024 * 1024;

const PAGE = join(import.meta.dir, "page");
const PAGE_FILE = /^\/([a-z]+\.(?:css|js))?$/;

/** Nothing from elsewhere is loaded, whatever a memo holds; no inline script or style runs. */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** What a browser may show or play in place; everything else is only downloaded. */
const SHOWN_TYPES = /^(?:image\/(?:png|jpeg|gif|webp|avif)|audio\/ogg)$/;

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
        return sentFile(asked("id"), asked("name"), asked("kind") === "voice");
      case "GET /api/memo-file":
        return memoFile(somebody(as), asked("name"));
      case "POST /api/send":
        return send(somebody(as), await formOf(request));
      case "POST /api/edit":
        return edit(somebody(as), await request.text());
      case "POST /api/play":
        return play(somebody(as), asked("what"));
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
        if (!demo.ferry.running) {
          await demo.start();
          console.log(demo.forCurl());
        }
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

  /** Photos and voices have no names. */
  async function sentFile(id: string, name: string, isVoice: boolean): Promise<Response> {
    const answer = await demo.people[0]?.chat.file(id);
    if (!answer?.ok) return text("there is no such file", 404);
    if (name !== "") return fileAnswer(answer.body, "", name);
    return isVoice
      ? fileAnswer(answer.body, "audio/ogg", "voice.ogg")
      : fileAnswer(answer.body, "image/jpeg", "photo.jpg");
  }

  function memoFile({ account }: Somebody, name: string): Response {
    const file = filesOf(demo, account.name).find((candidate) => candidate.name === name);
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
    const message = readText(String(form.get("message")));
    chat.send({ ...message, files });
    return json({});
  }

  function edit({ chat }: Somebody, body: string): Response {
    const { message } = readJson(body);
    if (!Number.isInteger(message)) throw new BadRequest('the JSON\'s "message" says which one');
    chat.edit(Number(message), readText(body));
    return json({});
  }

  function play({ chat }: Somebody, what: string): Response {
    if (!isPlay(what)) throw new BadRequest(`there is no ${JSON.stringify(what)} to send`);
    chat.play(what);
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

async function formOf(request: Request) {
  try {
    return await request.formData();
  } catch {
    throw new BadRequest("this must be a form");
  }
}

/** `replyTo`: the message that is answered, if any. */
function readText(json: string) {
  const { text, entities, replyTo } = readJson(json);
  if (typeof text !== "string" || !Array.isArray(entities)) {
    throw new BadRequest('message must be JSON with "text" and "entities"');
  }
  const reply = Number.isInteger(replyTo) ? { replyTo: Number(replyTo) } : {};
  return { text, entities: entities as TelegramMessageEntity[], ...reply };
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
