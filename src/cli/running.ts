import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { secretFile } from "../store/data-dir.ts";
import { isLocked } from "../store/lock.ts";

/** The HTTP API of the memoferry that runs on DATA_DIR. */
export interface RunningApi {
  readonly url: string;
  /** The JSON of a good answer, or null where there is none. @throws AppError with the API's own words. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

/** Longer than memoferry waits for Memos while it answers. */
const CALL_LIMIT_MS = 60_000;

/** Every item of a list of the API, page by page. */
export async function allPages<Item>(api: RunningApi, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = null; ; ) {
    const joint = path.includes("?") ? "&" : "?";
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await api.call("GET", `${path}${joint}limit=200${query}`)) as {
      items: Item[];
      next: string | null;
    };
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

/** Null when no memoferry runs on this folder. Takes no lock. */
export function runningApi({
  dataDir,
  adminToken,
}: Pick<Config, "dataDir" | "adminToken">): RunningApi | null {
  if (!existsSync(dataDir) || !isLocked(dataDir)) return null;
  const url = httpAddress(dataDir);
  if (url === null) {
    throw new AppError(
      "unavailable",
      `a memoferry runs on DATA_DIR ${dataDir}, but does not say where its API is (no http-address there): is it just starting?`,
    );
  }
  const token = adminToken ?? secretFile(dataDir, "admin-token");
  if (token === null) {
    throw new AppError(
      "unavailable",
      `a memoferry runs on DATA_DIR ${dataDir}: its API needs ADMIN_TOKEN here too`,
    );
  }
  return { url, call: (method, path, body) => call(url, token, method, path, body) };
}

/** Where the API of the memoferry on this folder listens, or last did; null when there is no note of it. */
export function httpAddress(dataDir: string): string | null {
  const path = join(dataDir, "http-address");
  if (!existsSync(path)) return null;
  const url = URL.parse(readFileSync(path, "utf8").trim());
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.origin : null;
}

async function call(
  url: string,
  token: Secret,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const asked = fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  let status: number;
  let text: string;
  try {
    const response = await asked;
    status = response.status;
    text = await response.text();
  } catch {
    // What fetch throws may quote the request.
    throw new AppError(
      "unavailable",
      `a memoferry is running, but its API at ${url} does not answer: is it just starting, or being stopped?`,
    );
  }
  const answer = parse(text);
  if (status >= 200 && status < 300 && answer !== undefined) return answer;
  const { detail } = Object(answer) as { detail?: unknown };
  if (status === 401) {
    throw new AppError(
      "unauthorized",
      `the memoferry at ${url} does not take this admin token: ADMIN_TOKEN must be here what it is there`,
    );
  }
  throw new AppError(
    status === 404 ? "not_found" : "unavailable",
    typeof detail === "string" ? detail : `${url} answered ${status}, and not as memoferry does`,
  );
}

function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
