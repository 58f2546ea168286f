import { Elysia, t } from "elysia";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Bodies } from "../bodies.ts";
import type { FailureLimit } from "../failure-limit.ts";
import { type Html, htmlHeaders } from "../html.ts";
import type { Invitation } from "../invitations.ts";
import type { AddedToken } from "../tokens.ts";
import { changes } from "./changes.ts";
import { createSessions, isOurOwn, type SessionDeps } from "./session.ts";
import { type ViewDeps, viewOf } from "./view.ts";

/** What lies beside it. */
const PAGE = htmlHeaders(
  "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; ",
);

/** A proxy is not to hold back what is said (nginx). */
const EVENTS = { "content-type": "text/event-stream", "x-accel-buffering": "no" };

export interface DashboardDeps extends ViewDeps, SessionDeps {
  clock: Clock;
  failures: FailureLimit;
  /** The whole API, which is asked with the admin token. */
  ask(request: Request): Promise<Response> | Response;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
}

/** The page at `/`, and what belongs to it: all lies beside it, so that a proxy may put it under a prefix. */
export function dashboard(deps: DashboardDeps, { typed }: Bodies) {
  const { adminToken, failures, ask, stopping } = deps;
  const sessions = createSessions(deps);

  const answer = (text: string, status = 200, headers = {}) =>
    new Response(text, { status, headers: { ...PAGE, ...headers } });
  const toPage = (headers = {}) =>
    new Response(null, { status: 303, headers: { location: "./", ...headers } });

  async function signInPage(trouble?: string, status?: number, headers?: object): Promise<Response> {
    const { signInPage } = await import("./page.ts");
    return answer(signInPage(trouble), status, headers);
  }

  async function page(told?: Html | string, status?: number): Promise<Response> {
    const { dashboardPage } = await import("./page.ts");
    return answer(dashboardPage(await viewOf(deps), told), status);
  }

  /** What a form asks for is asked of the API. `tell`: what the page says of a good answer, if anything. */
  async function act<Answer>(
    method: "POST" | "DELETE",
    path: string,
    body: object | null = null,
    tell?: (answer: Answer, words: typeof import("./page.ts")) => Html,
  ): Promise<Response> {
    const asked = await ask(
      new Request(`http://localhost/api/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken.reveal()}`, "content-type": "application/json" },
        body: body && JSON.stringify(body),
      }),
    );
    if (!asked.ok) return page(((await asked.json()) as { detail: string }).detail, asked.status);
    return tell ? page(tell((await asked.json()) as Answer, await import("./page.ts"))) : toPage();
  }

  const fromOurs = ({ request }: { request: Request }) => {
    if (isOurOwn(request)) return undefined;
    const why =
      "This form came from another page. A reverse proxy without https has to pass the header Host on.";
    return signInPage(why, 403);
  };
  const signedIn = ({ request }: { request: Request }) => (sessions.isOpen(request) ? undefined : toPage());
  const open = <Fields extends Record<string, ReturnType<typeof t.String>>>(fields: Fields) => ({
    parse: typed,
    body: t.Object(fields),
    beforeHandle: [fromOurs],
  });
  /** A form of who is signed in. */
  const form = <Fields extends Record<string, ReturnType<typeof t.String>>>(fields: Fields) => ({
    ...open(fields),
    beforeHandle: [fromOurs, signedIn],
  });

  return new Elysia({ detail: { hide: true } })
    .get("/", ({ request }) => (sessions.isOpen(request) ? page() : signInPage()))
    .get("/dashboard.css", async () =>
      asset(await import("./dashboard.css", { with: { type: "text" } }), "text/css"),
    )
    .get("/dashboard.svg", async () =>
      asset(await import("./dashboard.svg", { with: { type: "text" } }), "image/svg+xml"),
    )
    .get("/dashboard.js", async () =>
      asset(await import("./dashboard.client.js", { with: { type: "text" } }), "text/javascript"),
    )
    .get("/idiomorph.js", async () =>
      asset(await import("idiomorph/dist/idiomorph.min.js", { with: { type: "text" } }), "text/javascript"),
    )
    .get("/events", ({ request }) => {
      const isOpen = () => sessions.isOpen(request);
      if (!isOpen()) throw new AppError("unauthorized", "You are not signed in.");
      const events = changes(deps, isOpen, AbortSignal.any([request.signal, stopping]));
      return new Response(streamOf(events), { headers: EVENTS });
    })
    .post(
      "/sign-in",
      ({ request, server, body }) => {
        if (adminToken.equals(body.token.trim())) return toPage({ "set-cookie": sessions.begin(request) });
        const wait = failures.note({ request, server });
        if (wait === null) return signInPage("This is not the admin token.", 403);
        const why = `Too many wrong tokens came from here: wait ${wait} s.`;
        return signInPage(why, 429, { "retry-after": String(wait) });
      },
      open({ token: t.String() }),
    )
    .post("/sign-out", () => toPage({ "set-cookie": sessions.end() }), form({}))
    .post("/receive", ({ body }) => act("POST", "receive", body), form({ mode: t.String() }))
    .post(
      "/retry",
      ({ body }) => act("POST", `updates/${encodeURIComponent(body.update_id)}/retry`),
      form(UPDATE),
    )
    .post("/retry-all", () => act("POST", "updates/retry"), form({}))
    .post(
      "/discard",
      ({ body }) => act("DELETE", `updates/${encodeURIComponent(body.update_id)}`),
      form(UPDATE),
    )
    .post(
      "/bind",
      ({ body: { telegram_id, access_token } }) =>
        act("POST", "bindings", { telegram_id: Number(telegram_id), access_token }),
      form({ telegram_id: t.String(), access_token: t.String() }),
    )
    .post(
      "/unbind",
      ({ body }) => act("DELETE", `bindings/${encodeURIComponent(body.telegram_id)}`),
      form({ telegram_id: t.String() }),
    )
    .post(
      "/invite",
      ({ body: { account_of } }) =>
        act<Invitation>(
          "POST",
          "invitations",
          account_of === "" ? {} : { account_of: Number(account_of) },
          (made, { invitationNews }) => invitationNews(made),
        ),
      form({ account_of: t.String() }),
    )
    .post(
      "/add-token",
      ({ body: { telegram_id, ...rest } }) =>
        act<AddedToken>(
          "POST",
          "tokens",
          telegram_id === "" ? rest : { ...rest, telegram_id: Number(telegram_id) },
          (made, { tokenNews }) => tokenNews(made),
        ),
      form({ name: t.String(), scope: t.String(), telegram_id: t.String() }),
    )
    .post(
      "/revoke-token",
      ({ body }) => act("DELETE", `tokens/${encodeURIComponent(body.name)}`),
      form({ name: t.String() }),
    );
}

function streamOf(texts: AsyncGenerator<string>): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
  });
}

const asset = ({ default: text }: { default: string }, type: string) =>
  new Response(text, {
    headers: { "content-type": `${type}; charset=utf-8`, "x-content-type-options": "nosniff" },
  });

const UPDATE = { update_id: t.String() };
