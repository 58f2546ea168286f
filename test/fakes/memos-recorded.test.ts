/** Sends what was once sent to real Memos servers to the fake, and expects the same answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type FakeMemos, startFakeMemos } from "./memos.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface RecordedRequest {
  method: string;
  path: string;
  as?: string;
  headers?: Record<string, string>;
  body?: Json;
}

interface RecordedResponse {
  status: number;
  contentType: string;
  body?: Json;
}

interface Entry {
  name: string;
  at: number;
  /** What was then changed by calls that memoferry does not make: a method of the fake, and what it is given. */
  byHand?: [keyof FakeMemos, ...Json[]];
  request: RecordedRequest;
  response: RecordedResponse;
}

const start = Date.parse("2026-11-22T19:51:59Z");
const VERSIONS = [
  "0.30.0",
  "0.29.1",
  "0.28.0",
  "0.27.1",
  "0.26.2",
  "0.25.3",
  "0.25.0",
  "0.24.4",
  "0.23.1",
  "0.22.5",
];

/** What people are told. */
const NEWS = ["0.30.0", "0.26.2", "0.25.3", "0.24.4", "0.22.5"].map((version) => `news-${version}`);

for (const recording of [...VERSIONS, ...NEWS]) {
  describe(`the fake answers as Memos ${recording} did`, () => {
    const version = recording.replace("news-", "");
    const path = new URL(`../fixtures/memos/${recording}.json`, import.meta.url);
    const { entries } = JSON.parse(readFileSync(path, "utf8")) as { entries: Entry[] };
    const replay = new Replay(version);
    beforeAll(() => replay.begin());
    afterAll(() => replay.end());

    for (const entry of entries) {
      if (entry.byHand) test(entry.name, () => replay.change(entry));
      else
        test(entry.name, async () => {
          const { expected, actual } = await replay.send(entry);
          expect(actual).toEqual(expected);
        });
    }
  });
}

class Replay {
  private readonly version: string;
  private now = start;
  private fake: FakeMemos | undefined;
  private readonly tokens = new Map<string, string>();
  private readonly ids = new Map<string, string>();

  constructor(version: string) {
    this.version = version;
  }

  async begin(): Promise<void> {
    // Servers built from source call themselves "dev" from 0.27.1 on; the profile is compared without that.
    const instanceUrl = this.version === "0.30.0" ? "http://memos.local" : "";
    this.fake = await startFakeMemos({ version: this.version, instanceUrl, now: () => this.now });
    const [jwt, pat] = ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA", `memos_pat_${"0".repeat(32)}`];
    this.tokens.set("bad", this.version < "0.26" ? jwt : pat);
    this.tokens.set("bad-pat", pat);
    this.tokens.set("bad-jwt", jwt);
    this.tokens.set("bad-text", "no-token-at-all");
    for (const [index, name] of ["alice", "bob", "carol", "dave"].entries()) {
      this.tokens.set(`user${index + 1}`, this.fake.addUser(name).token);
    }
    this.tokens.set("expired", this.fake.addToken("alice", { expiresAt: 0 }));
    this.tokens.set("login-user1", this.fake.signIn("alice"));
    const deleted = this.fake.addToken("alice");
    this.fake.revokeToken(deleted);
    this.tokens.set("deleted", deleted);
  }

  async end(): Promise<void> {
    await this.fake?.stop();
  }

  change({ byHand: [method, ...given] = ["clearFaults"] }: Entry): void {
    const change = this.fake?.[method] as ((...given: Json[]) => void) | undefined;
    change?.(...given.map((value) => (typeof value === "string" ? this.known(value) : value)));
  }

  async send(entry: Entry): Promise<{ expected: unknown; actual: unknown }> {
    if (!this.fake) throw new Error("the fake is not running");
    this.now = Math.max(this.now, start + entry.at * 1000);
    this.fake.setPrivateInstance(entry.name.startsWith("private-"));
    const { request, response } = entry;
    const answer = await fetch(this.fake.url + this.known(request.path), {
      method: request.method,
      headers: this.headersOf(request),
      ...(request.body === undefined ? {} : { body: this.bodyOf(request.body) }),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const body = bodyRead(bytes);
    this.learn(entry, body);
    const expected = this.expectedOf(entry);
    const { status, contentType } = response;
    const shown = contentType.startsWith("text/html") ? undefined : body;
    return {
      expected: { status, contentType, body: expected },
      actual: {
        status: answer.status,
        contentType: answer.headers.get("content-type"),
        body: fitted(expected, shown, bytes),
      },
    };
  }

  private headersOf({ as, headers = {} }: RecordedRequest): Record<string, string> {
    if (as === undefined) return headers;
    const token = this.tokens.get(as);
    if (token === undefined) throw new Error(`no token for ${as}`);
    return { ...headers, authorization: `Bearer ${token}` };
  }

  private bodyOf(body: Json): string {
    if (isObject(body) && typeof body["$text"] === "string") return body["$text"];
    return this.known(JSON.stringify(body, (_key, value: unknown) => longText(value) ?? value));
  }

  /** Placeholders of ids, filled with the ids that the fake chose. */
  private known(text: string): string {
    return text.replace(/\{([a-z0-9#-]+)\}/g, (whole, name: string) => this.ids.get(name) ?? whole);
  }

  private learn(entry: Entry, body: unknown): void {
    if (!isObject(body)) return;
    const { name, uid } = body;
    if (typeof name === "string") this.ids.set(entry.name, name.slice(name.lastIndexOf("/") + 1));
    if (typeof uid === "string") this.ids.set(`${entry.name}#uid`, uid);
  }

  private expectedOf(entry: Entry): unknown {
    const { body } = entry.response;
    if (body === undefined) return undefined;
    const text = this.known(JSON.stringify(body));
    const expected: unknown = JSON.parse(text.replace(/"\$number (\d+)"/g, "$1"));
    const isDev = isObject(expected) && expected["version"] === "dev";
    return isDev ? { ...expected, version: this.version } : expected;
  }
}

function bodyRead(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The text that a value with `$bytes` or `$base64Bytes` stands for. */
function longText(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { $bytes: bytes, $start: first, $base64Bytes: decoded } = value;
  if (typeof decoded === "number") return Buffer.alloc(decoded, 7).toString("base64");
  if (typeof bytes !== "number" || typeof first !== "string") return undefined;
  const [letter = "a"] = first;
  const text = letter.repeat(Math.floor(bytes / Buffer.byteLength(letter)));
  return text + "a".repeat(bytes - Buffer.byteLength(text));
}

/**
 * The answer, with everything that cannot be equal replaced by what was expected, if it is of the same kind: times
 * of the recording, secrets, and what was shortened there.
 */
function fitted(expected: unknown, actual: unknown, bytes?: Uint8Array): unknown {
  if (typeof expected === "string" && typeof actual === "string") return fittedText(expected, actual);
  if (Array.isArray(expected) && Array.isArray(actual)) return fittedList(expected, actual);
  if (!isObject(expected)) return actual;
  if (typeof expected["$bytes"] === "number") return fittedLength(expected, actual, bytes);
  if (!isObject(actual)) return actual;
  const memos = Array.isArray(actual["memos"]) ? actual["memos"].filter(isObject) : [];
  if ("$memos" in expected) return { $memos: memos.length, nextPageToken: actual["nextPageToken"] };
  if ("$names" in expected) {
    return { $names: memos.map((memo) => memo["name"]), $pinned: memos.map((memo) => memo["pinned"]) };
  }
  const cut = expected["$cut"] === true;
  const keys = cut ? Object.keys(expected).filter((key) => key !== "$cut") : Object.keys(actual);
  const fittedKeys = keys.map((key) => {
    const isFileList = cut && (key === "attachments" || key === "resources") && Array.isArray(actual[key]);
    const value = isFileList ? namesOf(actual[key]) : actual[key];
    return [key, fitted(expected[key], value)];
  });
  return { ...Object.fromEntries(fittedKeys), ...(cut ? { $cut: true } : {}) };
}

function fittedLength(expected: Record<string, Json>, actual: unknown, bytes?: Uint8Array): unknown {
  const { $bytes, $start } = expected;
  const text = typeof actual === "string" ? actual : "";
  if (typeof $start !== "string") return bytes?.length === $bytes ? expected : { $bytes: bytes?.length };
  // These tell a path in the server's data directory, whose length is another one.
  const isPath = $start === "failed to save attachmen";
  const fits = text.startsWith($start) && (isPath || Buffer.byteLength(text) === $bytes);
  return fits ? expected : { $bytes: Buffer.byteLength(text), $start: text.slice(0, $start.length) };
}

function fittedText(expected: string, actual: string): string {
  if (expected === "@" && /^2026-11-2\dT\d\d:\d\d:\d\dZ$/.test(actual)) return expected;
  if (/^<.+>$/.test(expected) && actual !== "") return expected;
  const path = /open <data directory>\/assets\/@_(.*): (.*)$/s.exec(expected);
  if (path?.[1] !== undefined && actual.endsWith(`_${path[1]}: ${path[2]}`)) return expected;
  return actual;
}

function fittedList(expected: unknown[], actual: unknown[]): unknown[] {
  const last = expected.at(-1);
  const more = isObject(last) && typeof last["$more"] === "number" ? last["$more"] : undefined;
  if (more === undefined) return actual.map((item, index) => fitted(expected[index], item));
  const shown = expected.length - 1;
  const first = actual.slice(0, shown).map((item, index) => fitted(expected[index], item));
  return [...first, { $more: actual.length - shown }];
}

function namesOf(files: unknown): unknown {
  if (!Array.isArray(files)) return files;
  return files.filter(isObject).map(({ name, uid, filename }) => ({
    name,
    ...(uid === undefined ? {} : { uid }),
    filename,
  }));
}

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
