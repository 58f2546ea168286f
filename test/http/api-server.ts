import { AppError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { SCOPES } from "../../src/domain/scope.ts";
import type { BindingDeps, BindingRow } from "../../src/http/bindings.ts";
import type { ChatDeps, ChatRow } from "../../src/http/chats.ts";
import { createHttpServer, type HttpDeps } from "../../src/http/server.ts";
import type { Status } from "../../src/http/status.ts";
import type { TokenDeps } from "../../src/http/tokens.ts";
import type { UpdateDeps, UpdateRow } from "../../src/http/updates.ts";
import { createFakeClock } from "../support/clock.ts";

export const ADMIN_TOKEN = "admin-token-for-tests";
export const ACCESS_TOKEN = "memos_pat_0123456789abcdefghijklmnopqrstuv";

export const READY = {
  store: { ready: true },
  telegram: { ready: true },
  memos: { ready: true },
  disk: { ready: true },
};

export const STATUS: Status = {
  version: "0.1.0",
  commit: "abc1234",
  started_at: "2026-01-02T03:04:05.000Z",
  bot: { id: 4242, username: "ferry_bot", name: "Ferry" },
  receive: { setting: "auto", mode: "polling", since: "2026-01-02T03:04:06.000Z", reason: "first start" },
  last_absence: null,
  telegram: { reachable: true, detail: null },
  memos: { url: "http://memos.test", version: "0.30.0", reachable: true, detail: null },
  watched: { accounts: 2, by_events: 1 },
  bindings: { active: 1, paused: 0 },
  jobs: { waiting: 2, working: 1, done: 30, dead: 0 },
  oldest_waiting_at: "2026-01-02T04:00:00.000Z",
  last_saved_at: null,
  disk: { free_bytes: 1_000_000_000, taking_updates: true },
};

/** Nothing in it. */
export const QUEUE: UpdateDeps["updates"] = {
  list: () => [],
  get: () => undefined,
  retry: () => false,
  retryAll: () => ({ retried: 0, left: 0 }),
  discard: () => false,
};

/** A message that was sent. */
export const UPDATE: UpdateRow = {
  ...{ seq: 1, update_id: "api-2", source: "api", kind: "notification", chat_id: 7, message_id: null },
  ...{ received_at: Date.parse("2026-01-02T03:04:05.000Z"), state: "dead", outcome: null, waiting_for: null },
  ...{ attempts: 0, reason: "refused", detail: "Forbidden", memo_name: null },
};

/** A token of each scope, which is its name too. */
const TOKENS: TokenDeps["tokens"] = {
  add: () => null,
  list: () => [],
  revoke: () => false,
  find: (token) => NAMED_TOKENS.find(({ name }) => name === token),
};

/** A channel and a group. */
export function createFakeChats() {
  const none = { telegram_id: null, author_line: false, topic_tags: "off", confirmation: null } as const;
  const rows: ChatRow[] = [
    {
      ...{ id: 3, chat_id: -1001893344556, type: "channel", title: "Kitchen Notes", mode: "addressed" },
      ...{ ...none, bot_status: "administrator" },
    } as ChatRow,
    { id: 5, chat_id: -4812345678, type: null, title: null, mode: "addressed", ...none, bot_status: null },
  ];
  const changeChat: ChatDeps["changeChat"] = (chatId, changes) => {
    const at = rows.findIndex(({ chat_id }) => chat_id === chatId);
    const row = rows[at];
    if (row) rows[at] = { ...row, ...changes };
  };
  const knownChats: ChatDeps["knownChats"] = {
    list: ({ limit, after }) => rows.filter(({ id }) => id > (after ?? 0)).slice(0, limit),
    get: (chatId) => rows.find(({ chat_id }) => chat_id === chatId),
  };
  return { knownChats, changeChat };
}

export const NAMED_TOKENS = SCOPES.map((scope, id) => ({
  id,
  name: scope,
  scope,
  telegram_id: scope === "capture" ? 42 : null,
  created_at: 0,
  used_at: null,
}));

/** Bindings in memory. Refuses the token "refused" as Memos would, and keeps every secret it was given. */
export function createFakeBindings() {
  const rows = new Map<number, BindingRow>();
  const secrets: string[] = [];

  const bindings: BindingDeps["bindings"] = {
    list: ({ limit, after }) =>
      [...rows.values()]
        .filter((row) => after === null || row.telegram_id > after)
        .sort((a, b) => a.telegram_id - b.telegram_id)
        .slice(0, limit),
    get: (telegramId) => rows.get(telegramId),
    update(telegramId, settings) {
      const row = rows.get(telegramId);
      if (!row) return undefined;
      const changed = { ...row, ...settings, updated_at: CHANGED_AT };
      rows.set(telegramId, changed);
      return changed;
    },
  };
  const bind: BindingDeps["bind"] = async ({ telegram_id, access_token, ...settings }) => {
    const token = access_token.reveal();
    if (token === "refused") throw new AppError("unprocessable", "Memos refused the access token.");
    if (token === "down") throw new AppError("unavailable", "Memos does not answer.");
    if (token === "broken") throw new Error(`secret innards of ${token}`);
    secrets.push(token);
    const old = rows.get(telegram_id);
    const row = old
      ? { ...old, ...settings, updated_at: CHANGED_AT }
      : { ...BINDING, telegram_id, ...settings };
    rows.set(telegram_id, row);
    return row;
  };
  const unbind = (telegramId: number) => (rows.delete(telegramId) ? {} : null);
  return { bindings, bind, unbind, secrets };
}

function createFakeSignOuts(): HttpDeps["signOuts"] {
  let count = 0;
  return {
    count: () => count,
    add: () => {
      count += 1;
    },
  };
}

const MADE_AT = Date.parse("2026-01-01T00:00:00.000Z");
const CHANGED_AT = Date.parse("2026-02-02T00:00:00.000Z");

export const BINDING: Omit<BindingRow, "telegram_id"> = {
  server: "http://memos.test",
  account: "alice",
  display_name: "Alice",
  guest_of: null,
  username: "alice_t",
  visibility: null,
  tags: [],
  state: "active",
  paused_reason: null,
  created_at: MADE_AT,
  updated_at: MADE_AT,
};

/** The HTTP side over fakes. `ask` sends one request without a socket, `admin` with the admin token. */
export function createTestServer(overrides: Partial<HttpDeps> = {}, create = createHttpServer) {
  const clock = createFakeClock();
  const { secrets, ...people } = createFakeBindings();
  const lines: { level: string; message: string; fields: Record<string, unknown> | undefined }[] = [];
  const write = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    lines.push({ level, message, fields });
  };
  const server = create({
    host: "127.0.0.1",
    port: 0,
    adminToken: new Secret(ADMIN_TOKEN),
    isTrustedProxy: () => false,
    server: BINDING.server,
    clock,
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    lookAtMemos: async () => undefined,
    readiness: () => READY,
    status: () => STATUS,
    ...people,
    ...createFakeChats(),
    imports: { accept: () => 0, progressOf: () => ({ waiting: 0, dead: 0 }) },
    invitations: { create: () => ({ code: "inv_code", expires_at: Date.parse("2026-01-03T03:04:05.000Z") }) },
    bot: async () => ({ username: "ferry_bot" }),
    updates: QUEUE,
    savedByHour: (hours) => Array.from({ length: hours }, () => 0),
    signOuts: createFakeSignOuts(),
    backup: () => Promise.reject(new AppError("unavailable", "no room")),
    tokens: TOKENS,
    metrics: () => "",
    acceptMemo: async () => "api-1",
    notify: async () => "api-2",
    switchTo: async (mode) => ({ mode, since: "2026-01-02T03:04:07.000Z", reason: "asked for by the API" }),
    webhook: {
      paths: ["/telegram/webhook"],
      authorize: () => undefined,
      receive: async () => undefined,
      refused: () => undefined,
    },
    memosWebhook: {
      paths: ["/memos/webhook"],
      secret: new Secret("ring-ring"),
      signingSecrets: null,
      told: () => undefined,
    },
    ...overrides,
  });
  const ask = (path: string, init: RequestInit = {}) =>
    server.handle(new Request(`http://localhost${path}`, init));
  const admin = (path: string, { headers, ...init }: RequestInit = {}) =>
    ask(path, { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } });
  const send = (method: string, path: string, body: unknown) =>
    admin(path, {
      method,
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  return { server, clock, ...people, secrets, lines, ask, admin, send };
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string; detail: string }[];
}

/** The problem in an answer, after checking that it is one and says the same as the status line. */
export async function problemIn(response: Response): Promise<ProblemBody> {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`not a problem: ${response.status} ${type}`);
  const body = (await response.json()) as ProblemBody;
  if (body.status !== response.status) throw new Error(`status ${body.status} in a ${response.status}`);
  return body;
}
