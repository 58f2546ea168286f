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
  headers?: Record<string, string>;
  body?: Json;
}

interface Entry {
  name: string;
  at: number;
  request: RecordedRequest;
  response: RecordedResponse;
}

interface Difference {
  missing: string[];
  at: Record<string, number>;
  changed: { name: string; request?: RecordedRequest; response?: RecordedResponse }[];
}

/** Entries of the recording that the fixtures hold by name only, and why. */
const notImitated: [RegExp, string][] = [
  [/^(private-)?starting(-|$)|^server-/, "the process was polled while it started or stood still"],
  [/^(private-)?connect-/, "Connect: the client speaks REST only"],
  [/^(allowed-)?webhook-(?!.*-call$)/, "webhooks: the fake sends none"],
  [/^sse(?!-no-token|-bad-token)(?!.*-call$)/, "server-sent events: the fake sends none"],
  [/^private-rss$/, "the feed is no part of the API"],
  [/^file-download-thumbnail$/, "the fake cannot draw a smaller picture"],
  [/^file-create-over-256-mib-body$/, "sent by memos.test.ts, piece by piece"],
  [/^user-delete-busy$/, "the database was locked by chance; tests ask for it by a fault"],
];

/** Up to 0.25.3 more is no call of memoferry's, and nothing that it needs comes of it. */
const notImitatedBefore026: [RegExp, string][] = [
  [/-before-setup$/, "the accounts are made beside the API, and so there are some from the beginning"],
  [
    /^(signup|signin)-|-signin$/,
    "accounts are made beside the API: signing up and in has another form in each",
  ],
  [/^token-(create|list|delete$|before)/, "tokens are made beside the API"],
  [/^users-list-admin$/, "sorted by the second in which each signed up"],
  [/^unknown-(page|api-v2-route)$/, "the pages of the web interface"],
  [/^memo-patch-uid/, "0.22 can change the uid of a memo, which nobody needs"],
  [/^reaction-/, "reactions have another form in each"],
  [/^relation-/, "references between memos have another form in each"],
  [/^file-create-over-100-mib/, "sent by memos.test.ts, piece by piece"],
];

const start = Date.parse("2026-11-22T19:51:59Z");
const base = entriesOf("0.30.0");

for (const version of ["0.30.0", "0.29.1", "0.28.0", "0.27.1", "0.26.2"]) {
  describe(`the fake answers as Memos ${version} did`, () => {
    const entries = version === "0.30.0" ? base : changedBy(version);
    const replay = new Replay(version);
    beforeAll(() => replay.begin());
    afterAll(() => replay.end());

    for (const entry of entries) {
      test(entry.name, async () => {
        const { expected, actual } = await replay.send(entry);
        expect(actual).toEqual(expected);
      });
    }
  });
}

/** The older ones are held whole: they have too little in common with the newest. */
const OLD = ["0.25.3", "0.25.0", "0.24.4", "0.23.1", "0.22.5"];
for (const version of OLD) {
  describe(`the fake answers as Memos ${version} did`, () => {
    const replay = new Replay(version);
    beforeAll(() => replay.begin());
    afterAll(() => replay.end());

    for (const entry of entriesOf(version)) {
      test(entry.name, async () => {
        const { expected, actual } = await replay.send(entry);
        expect(withoutParsed(actual)).toEqual(expected);
      });
    }
  });
}

test.each(["0.30.0", "0.29.1", "0.28.0", "0.27.1", "0.26.2", ...OLD])(
  "every entry recorded from %s is held against the fake, or left out for a reason",
  (version) => {
    const isOld = OLD.includes(version);
    const reasons = isOld ? [...notImitated, ...notImitatedBefore026] : notImitated;
    const hasReason = (name: string) => reasons.some(([pattern]) => pattern.test(name));
    const { leftOut, recorded } = read<{ leftOut: string[]; recorded: number }>(version);
    const held = (version === "0.30.0" || isOld ? entriesOf(version) : changedBy(version)).map(
      ({ name }) => name,
    );
    expect(leftOut.filter((name) => !hasReason(name))).toEqual([]);
    expect(held.filter(hasReason)).toEqual([]);
    expect(new Set([...held, ...leftOut]).size).toBe(recorded);
  },
);

/** What these versions read out of the content is left out of their recordings: nobody asks for it. */
function withoutParsed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutParsed);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "nodes" && key !== "snippet");
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutParsed(item)]));
}

function entriesOf(version: string): Entry[] {
  return read<{ entries: Entry[] }>(version).entries;
}

function changedBy(version: string): Entry[] {
  const difference = read<Difference>(version);
  let at = 0;
  return base.flatMap((entry) => {
    if (difference.missing.includes(entry.name)) return [];
    at = difference.at[entry.name] ?? at;
    const changed = difference.changed.find((candidate) => candidate.name === entry.name);
    return [{ ...entry, ...changed, at }];
  });
}

function read<T>(version: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/memos/${version}.json`, import.meta.url), "utf8"));
}

class Replay {
  private readonly version: string;
  private now = start;
  private fake: FakeMemos | undefined;
  private lastLogin = "";
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
    const isOld = this.version < "0.26";
    this.tokens.set("bad", isOld ? jwt : pat);
    this.tokens.set("bad-pat", pat);
    this.tokens.set("bad-jwt", jwt);
    // Signing up is no call of memoferry's.
    for (const [index, name] of (isOld ? ["alice", "bob", "carol", "dave"] : []).entries()) {
      this.tokens.set(`user${index + 1}`, this.fake.addUser(name).token);
    }
    if (isOld) {
      // Nor are these: one that has run out, and one that was taken back.
      this.tokens.set("expired", this.fake.addToken("alice", { runOut: true }));
      const deleted = this.fake.addToken("alice");
      this.fake.revokeToken(deleted);
      this.tokens.set("deleted", deleted);
    }
    this.tokens.set("bad-text", "no-token-at-all");
  }

  async end(): Promise<void> {
    await this.fake?.stop();
  }

  async send(entry: Entry): Promise<{ expected: unknown; actual: unknown }> {
    if (!this.fake) throw new Error("the fake is not running");
    this.now = Math.max(this.now, start + entry.at * 1000);
    // The recording moved the expiry of this token into the past; here the clock moves on.
    if (entry.name === "token-expired-whoami") this.now += 2 * 86_400_000;
    this.fake.setPrivateInstance(entry.name.startsWith("private-"));
    const { request, response } = entry;
    const answer = await fetch(this.fake.url + this.known(request.path), {
      method: request.method,
      headers: this.headersOf(request),
      ...(request.body === undefined ? {} : { body: this.bodyOf(request.body, entry.name) }),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const body = bodyRead(bytes);
    this.learn(entry, body);
    const headers = Object.fromEntries(
      Object.keys(response.headers ?? {}).map((name) => [name, answer.headers.get(name)]),
    );
    const expected = this.expectedOf(entry);
    return {
      expected: {
        status: response.status,
        contentType: response.contentType,
        headers: response.headers ?? {},
        body: expected,
      },
      actual: {
        status: answer.status,
        contentType: answer.headers.get("content-type"),
        headers,
        body: fitted(expected, entry.response.contentType.startsWith("text/html") ? undefined : body, bytes),
      },
    };
  }

  private headersOf(request: RecordedRequest): Record<string, string> {
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [
        name,
        value.replace(/<token (\w+)>/, (_, user: string) => this.tokens.get(user) ?? ""),
      ]),
    );
    if (request.as === undefined || headers["authorization"] !== undefined) return headers;
    const token = request.as === "login" ? this.lastLogin : this.tokens.get(request.as);
    if (token === undefined) throw new Error(`no token for ${request.as}`);
    return { ...headers, authorization: `Bearer ${token}` };
  }

  private bodyOf(body: Json, name: string): string | Uint8Array {
    if (isObject(body) && typeof body["$text"] === "string") {
      if (name !== "memo-create-invalid-utf8") return body["$text"];
      const [before = "", after = ""] = body["$text"].split("\ufffd");
      return Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    }
    return spaced(body, (text) => this.known(text));
  }

  /** Placeholders of ids, filled with the ids that the fake chose. */
  private known(text: string): string {
    return text.replace(/\{([a-z0-9#-]+)\}/g, (whole, name: string) => this.ids.get(name) ?? whole);
  }

  private learn(entry: Entry, body: unknown): void {
    if (!isObject(body)) return;
    const token = isObject(entry.response.body) ? entry.response.body["token"] : undefined;
    const label = typeof token === "string" ? /^<token (.+)>$/.exec(token)?.[1] : undefined;
    if (label && typeof body["token"] === "string") this.tokens.set(label, body["token"]);
    if (typeof body["accessToken"] === "string") {
      this.lastLogin = body["accessToken"];
      if (entry.name === "signin-user1") this.tokens.set("login-user1", this.lastLogin);
    }
    const token_ = body["personalAccessToken"];
    const name = body["name"] ?? (isObject(token_) ? token_["name"] : undefined);
    if (typeof name === "string") this.ids.set(entry.name, name.slice(name.lastIndexOf("/") + 1));
    if (typeof body["uid"] === "string") this.ids.set(`${entry.name}#uid`, body["uid"]);
  }

  private expectedOf(entry: Entry): unknown {
    const { body } = entry.response;
    if (body === undefined) return undefined;
    const text = this.known(JSON.stringify(body));
    const expected: unknown = JSON.parse(text);
    if (isObject(expected) && expected["version"] === "dev") {
      const commit = "commit" in expected ? { commit: "0123abc" } : {};
      return { ...expected, version: this.version, ...commit };
    }
    return expected;
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

/** With the spaces that were sent when it was recorded: refusals tell the place of what they dislike. */
function spaced(value: Json, known: (text: string) => string): string {
  if (typeof value === "string") return JSON.stringify(known(value));
  if (Array.isArray(value)) return `[${value.map((item) => spaced(item, known)).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const text = longText(value);
  if (text !== undefined) return JSON.stringify(text);
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${spaced(item, known)}`,
  );
  return `{${members.join(", ")}}`;
}

function longText(value: Record<string, Json>): string | undefined {
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
  if (expected === "@nanos" && /^2026-11-2\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(actual)) return expected;
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
