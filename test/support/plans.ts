// How SQLite goes about what the program asks it. Every statement that the program runs in a test is looked at once, so
// that nobody has to name a new one.
import { Database } from "bun:sqlite";
import { madeDatabase } from "./empty-database.ts";

/** These grow with every message, and these with every person. */
const GROWING = [
  ...["jobs", "updates", "links", "outbox"],
  ...["accounts", "bindings", "chats", "codes", "posts", "publish_rules", "reminders"],
];

/** What may be read whole: by its plan, and where it is asked. */
const ALLOWED: readonly (readonly [plan: RegExp, by: RegExp, why: string])[] = [
  [/ INDEX jobs_(unfinished|dead)$/, /./, "these indexes hold what is not done, which is little"],
  [/ INDEX jobs_done$/, /lastSavedAt/, "from its end, until the first that was saved"],
  [/^SCAN jobs$/, /transitions\.ts/, "once after the start of another version"],
  [
    /^SCAN accounts$/,
    /bindings\.ts|transitions\.ts|job-questions\.ts/,
    "when somebody is bound, or asks /status",
  ],
  [/^SCAN bindings$/, /counts /, "when the status is asked: an entry a person"],
  [/^SCAN bindings$/, /isEmpty/, "its first entry"],
  [/^SCAN bindings$/, /elsewhere/, "at a start with another MEMOS_URL"],
  [/^SCAN bindings$/, /guestsOf/, "when a host leaves, or looks at their guests"],
  [/^SCAN bindings$/, /(toldNews|watched\.ts)/, "when what is watched in Memos changes"],
  [/^SCAN bindings$/, /reminders\.ts/, "once a minute"],
  [/^SCAN bindings$/, /database\.ts/, "when a key was lost"],
  [
    /^SCAN (posts|publish_rules)/,
    /(watched\.ts|follow\.ts|posts\.ts)/,
    "when what is watched changes, or a memo does",
  ],
  [/^SCAN reminders$/, /reminders\.ts/, "when somebody is bound, or has a reminder set"],
  [/^SCAN codes$/, /invitations\.ts/, "when somebody is invited"],
];

/** Frames between who asks and SQLite. */
const BETWEEN = /node_modules|\/plans\.ts|\/db\/sqlite(-bun)?\.ts|native/;
const READS = /^\s*(select|with|insert|update|delete)/i;

/** Texts that were compiled; with who asked first, where that was the program and its plan was not looked at yet. */
const compiled = new Set<string>();
const fresh = new Map<string, string>();
let empty: Database | undefined;

function noteAskedBy(sql: string): void {
  if (compiled.has(sql) || !READS.test(sql)) return;
  compiled.add(sql);
  const frames = new Error().stack?.split("\n") ?? [];
  const by = frames.find((frame) => frame.includes(".ts:") && !BETWEEN.test(frame)) ?? "";
  // Of this connection alone, and about as many rows as there are bots.
  if (by.includes("/src/") && !sql.includes("temp.")) fresh.set(sql, by.trim());
}

for (const name of ["prepare", "query"] as const) {
  const compile = Database.prototype[name] as (...args: unknown[]) => unknown;
  Object.assign(Database.prototype, {
    [name](this: Database, sql: string, ...rest: unknown[]) {
      noteAskedBy(sql);
      return compile.call(this, sql, ...rest);
    },
  });
}

/** The steps of its plan that read a table whole that grows. All chats of the bot are as good as all chats. */
export function wholeReads(sql: string): string[] {
  empty ??= Database.deserialize(madeDatabase());
  const steps = empty.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
  return steps.flatMap(({ detail }) => {
    if (/^SEARCH \w+ .* chats_identity \(bot_id=\?\)$/.test(detail)) return [detail];
    const name = /^SCAN (\w+)/.exec(detail)?.[1];
    if (name === undefined) return [];
    const table = new RegExp(`\\b(\\w+)"? AS "?${name}\\b`, "i").exec(sql)?.[1] ?? name;
    return GROWING.includes(table) ? [detail.replace(name, table)] : [];
  });
}

/** Fails where a statement that the program ran in any test until now reads a table whole that grows. */
export function expectPlans(): void {
  const bad = [...fresh].flatMap(([sql, by]) =>
    wholeReads(sql)
      .filter((step) => !ALLOWED.some(([plan, place]) => plan.test(step) && place.test(by)))
      .map((step) => `${step}: ${sql.replace(/\s+/g, " ")} ${by}`),
  );
  fresh.clear();
  if (bad.length > 0) throw new Error(`statements that read whole what grows:\n${bad.join("\n")}`);
}
