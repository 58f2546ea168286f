import type { FakeTelegram } from "../telegram.ts";
import type { JsonObject } from "./json.ts";

/** An answer of the Bot API, as a test looks at it. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  ok: boolean;
  /** The result, as an object; `{}` when it is none. */
  result: JsonObject;
  /** The result when it is a list; `[]` when it is none. */
  list: JsonObject[];
  /** The description of an error, or of a result that has one. */
  description: string;
  body: JsonObject;
}

export type Call = (method: string, params?: object) => Promise<Answer>;

/** A bare client: JSON over POST, nothing retried, nothing interpreted. */
export function createClient(fake: FakeTelegram): Call {
  return (method, params = {}) =>
    request(`${fake.url}/bot${fake.token}/${method}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(params),
    });
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const text = await response.text();
  const body = parse(text);
  const { result, ok, description } = body;
  const isList = Array.isArray(result);
  return {
    status: response.status,
    headers: response.headers,
    text,
    ok: ok === true,
    result: typeof result === "object" && result !== null && !isList ? (result as JsonObject) : {},
    list: isList ? (result as JsonObject[]) : [],
    description: typeof description === "string" ? description : "",
    body,
  };
}

function parse(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}
