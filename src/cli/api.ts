import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext } from "../app/context.ts";
import { apiDeps } from "../app/http.ts";
import { AppError, ERROR_STATUSES } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import { isLocked, secretFile } from "../store/db/data-dir.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Ask = (path: string, init: RequestInit) => Promise<Response>;

interface Api {
  /** One call; the JSON of a good answer, if it has any. @throws AppError in the API's words. */
  call<Answer>(method: Method, path: string, body?: object): Promise<Answer>;
  /** Whether a memoferry runs, which works what is given to it. */
  readonly isRunning: boolean;
}

const CALL_LIMIT_MS = 60_000;

/** One call; the JSON of a good answer, if it has any. @throws AppError in the API's words. */
export const callApi = <Answer>(config: Config, method: Method, path: string, body?: object) =>
  withApi(config, ({ call }) => call<Answer>(method, path, body));

/** Every item of lists of the API, such as `/api/v1/updates?state=dead`. */
export function listFromApi<Item>(config: Config, ...paths: string[]): Promise<Item[]> {
  return withApi(config, async ({ call }) => {
    const items: Item[] = [];
    for (const path of paths) {
      const query = `${path}${path.includes("?") ? "&" : "?"}limit=200`;
      for (let cursor: string | null = ""; cursor !== null; ) {
        const at = cursor && `&cursor=${cursor}`;
        const page: { items: Item[]; next: string | null } = await call("GET", `${query}${at}`);
        items.push(...page.items);
        cursor = page.next;
      }
    }
    return items;
  });
}

/** Gives `work` the API of the memoferry that runs on DATA_DIR, else the same routes over its store in this process. */
export async function withApi<T>(config: Config, work: (api: Api) => Promise<T>): Promise<T> {
  const { dataDir } = config;
  const url = httpAddress(dataDir);
  // The note is left behind by a program that was killed.
  if (url !== null && isLocked(dataDir)) return work(apiOf(askRunning(config, url), true));
  // Holds the lock of DATA_DIR. What the routes leave to be done or said waits for the next start.
  const context = createContext(config);
  try {
    const { createApi } = await import("../http/api.ts");
    const api = createApi(apiDeps(context));
    const ask: Ask = async (path, init) => api.handle(new Request(`http://localhost${path}`, init));
    return await work(apiOf(ask, false));
  } finally {
    context.store.close();
  }
}

/** Where the API of the memoferry on this folder listens, or last did; null when there is no note of it. */
export function httpAddress(dataDir: string): string | null {
  const path = join(dataDir, "http-address");
  if (!existsSync(path)) return null;
  const url = URL.parse(readFileSync(path, "utf8").trim());
  return url?.protocol === "http:" ? url.origin : null;
}

function askRunning({ dataDir, adminToken }: Config, url: string): Ask {
  const refused = (why: string) => new AppError("unavailable", why);
  const token = adminToken ?? secretFile(dataDir, "admin-token");
  if (!token) throw refused(`a memoferry runs on DATA_DIR ${dataDir}: its API needs ADMIN_TOKEN here too`);
  return async (path, init) => {
    const headers = { ...init.headers, authorization: `Bearer ${token.reveal()}` };
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const asked = fetch(`${url}${path}`, { ...init, headers, signal, redirect: "manual" });
    // What fetch throws may quote the request.
    const answer = await asked.catch(() => null);
    if (!answer) {
      throw refused(
        `a memoferry is running, but its API at ${url} does not answer: is it just starting, or being stopped?`,
      );
    }
    if (answer.status !== 401) return answer;
    throw refused(
      `the memoferry at ${url} does not take this admin token: ADMIN_TOKEN must be here what it is there`,
    );
  };
}

const apiOf = (ask: Ask, isRunning: boolean): Api => ({
  call: (...request) => answerOf(ask, ...request),
  isRunning,
});

const jsonOf = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

async function answerOf<Answer>(ask: Ask, method: Method, path: string, body?: object): Promise<Answer> {
  const response = await ask(path, { method, ...(body && jsonOf(body)) });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as Answer;
  const { detail = `the API answered ${response.status}, and not as memoferry does` } = Object(answer) as {
    detail?: string;
  };
  throw new AppError(
    response.status === ERROR_STATUSES.unprocessable ? "unprocessable" : "unavailable",
    detail,
  );
}
