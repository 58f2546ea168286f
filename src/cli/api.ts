import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext } from "../app/context.ts";
import { apiDeps } from "../app/http.ts";
import { AppError } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import { createApi } from "../http/api.ts";
import { databasePath, secretFile } from "../store/db/data-dir.ts";
import { isLocked } from "../store/db/lock.ts";

/** Calls the API. Returns the JSON of a good answer, or null where there is none. @throws AppError in the API's words. */
export type CallApi = (
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: Record<string, unknown>,
) => Promise<unknown>;

/** Longer than memoferry waits for Memos while it answers. */
const CALL_LIMIT_MS = 60_000;

/** Gives `work` the API of the memoferry that runs on DATA_DIR, else the same routes over its store in this process. */
export async function withApi<T>(config: Config, work: (call: CallApi) => Promise<T>): Promise<T> {
  const url = runningUrl(config.dataDir);
  if (url !== null) return work(callerOf(askRunning(config, url)));
  // Holds the lock of DATA_DIR. What the routes leave to be done or said waits for the next start.
  const context = createContext(config);
  try {
    const api = createApi(apiDeps(context));
    return await work(
      callerOf(async (path, init) => api.handle(new Request(`http://localhost${path}`, init))),
    );
  } finally {
    context.store.close();
  }
}

/** Every item of lists of the API, such as `/api/v1/updates?state=dead`. Makes no database where there is none. */
export async function listFromApi<Item>(config: Config, ...paths: string[]): Promise<Item[]> {
  if (!existsSync(databasePath(config.dataDir))) return [];
  return withApi(config, async (call) => {
    const items: Item[] = [];
    for (const path of paths) {
      for (let cursor: string | null = ""; cursor !== null; ) {
        const query = `limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`;
        const page = (await call("GET", `${path}${path.includes("?") ? "&" : "?"}${query}`)) as Page<Item>;
        items.push(...page.items);
        cursor = page.next;
      }
    }
    return items;
  });
}

interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

/** Where the API of the memoferry on this folder listens; null when none runs. Takes no lock. */
export function runningUrl(dataDir: string): string | null {
  if (!existsSync(dataDir) || !isLocked(dataDir)) return null;
  const url = httpAddress(dataDir);
  if (url !== null) return url;
  throw new AppError(
    "unavailable",
    `a memoferry runs on DATA_DIR ${dataDir}, but does not say where its API is (no http-address there): is it just starting?`,
  );
}

/** Where the API of the memoferry on this folder listens, or last did; null when there is no note of it. */
export function httpAddress(dataDir: string): string | null {
  const path = join(dataDir, "http-address");
  if (!existsSync(path)) return null;
  const url = URL.parse(readFileSync(path, "utf8").trim());
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.origin : null;
}

type Ask = (path: string, init: RequestInit) => Promise<Response>;

function askRunning({ dataDir, adminToken }: Config, url: string): Ask {
  const token = adminToken ?? secretFile(dataDir, "admin-token");
  if (token === null) {
    throw new AppError(
      "unavailable",
      `a memoferry runs on DATA_DIR ${dataDir}: its API needs ADMIN_TOKEN here too`,
    );
  }
  return async (path, init) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token.reveal()}`);
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const answer = await fetch(`${url}${path}`, { ...init, headers, signal, redirect: "manual" }).catch(
      () => {
        // What fetch throws may quote the request.
        const why = `a memoferry is running, but its API at ${url} does not answer: is it just starting, or being stopped?`;
        throw new AppError("unavailable", why);
      },
    );
    if (answer.status !== 401) return answer;
    const why = `the memoferry at ${url} does not take this admin token: ADMIN_TOKEN must be here what it is there`;
    throw new AppError("unauthorized", why);
  };
}

function callerOf(ask: Ask): CallApi {
  return async (method, path, body) => {
    const sent = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await ask(path, { method, ...sent });
    if (response.status === 204) return null;
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer;
    const { detail } = Object(answer) as { detail?: unknown };
    throw new AppError(
      response.status === 404 ? "not_found" : "unavailable",
      typeof detail === "string" ? detail : `the API answered ${response.status}, and not as memoferry does`,
    );
  };
}
