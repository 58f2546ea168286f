import { Database } from "bun:sqlite";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CrashWorld, createProgramWorld } from "../crash/world.ts";
import { type KeptMemos, startFakeMemos } from "../fakes/memos.ts";
import type { KeptTelegram, Person } from "../fakes/telegram.ts";
import { until } from "./app.ts";
import { binaryPath } from "./binary.ts";

type Value = string | number | null;

/** See test/fixtures/upgrade/README.md. */
interface Fixture {
  /** The last migration that it had: later ones are the program's to make. */
  readonly schema: string;
  readonly version: string;
  readonly people: Readonly<Record<string, { readonly id: number; readonly token?: string }>>;
  readonly messages: Readonly<Record<string, number | readonly number[]>>;
  /** By table: the names of the columns, then the rows. What a row lacks at its end is null. */
  readonly rows: Readonly<Record<string, readonly [string[], ...Value[][]]>>;
  readonly memos: KeptMemos;
  readonly telegram: KeptTelegram;
}

export interface OlderWorld extends Omit<CrashWorld, "people" | "bind"> {
  person(name: string): Person;
  /** The id of a message, or of the first of several. */
  message(name: string): number;
  /** What the bot has said to a person, as it shows now. */
  texts(person: { readonly id: number }): string[];
  /** Contents of an account's memos without comments, oldest first. */
  contents(username: string): string[];
}

const root = join(import.meta.dirname, "../..");
const TOKEN = "6912873450:AAFixtureOfAnOlderVersion0123456789";
const SECRET_KEY = "the key of the fixtures";

/** The executable before its first start over what an older version left, with the fakes as they were then. */
export async function olderWorld(name: string, options: { webhook?: boolean } = {}): Promise<OlderWorld> {
  await binaryPath();
  const fixture = readFixture(name);
  // Up to 0008 it stands with each binding.
  const [, first = []] = fixture.rows["accounts"] ?? fixture.rows["bindings"] ?? [];
  const server = first.map(String).find((value) => value.startsWith("http")) ?? "";
  const { version, memos: kept } = fixture;
  const port = Number(new URL(server).port);
  // Ids of memos derive from the server's address. Another run on this machine may have the port for a while.
  const memos = await until(
    `port ${port}`,
    () => startFakeMemos({ version, kept, port }).catch(waitForPort),
    100_000,
    250,
  );
  const folder = mkdtempSync(join(tmpdir(), "memoferry-older-"));
  fill(join(folder, "data"), fixture);
  const world = await createProgramWorld(
    memos.url,
    { ...options, folder, env: { SECRET_KEY }, telegram: { token: TOKEN, kept: fixture.telegram } },
    async () => {
      await memos.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  );
  const { telegram } = world;
  const people = new Map<string, Person>();
  return Object.assign(world, {
    memos,
    person(who: string) {
      const id = fixture.people[who]?.id ?? 0;
      const person = people.get(who) ?? telegram.user({ id, first_name: who, username: who });
      people.set(who, person);
      return person;
    },
    message: (what: string) => [fixture.messages[what] ?? 0].flat()[0] ?? 0,
    texts: ({ id }: { id: number }) => telegram.botMessages(id).map(({ text }) => text ?? ""),
    contents(username: string) {
      const id = kept.users.find((user) => user.username === username)?.id;
      return memos
        .memos()
        .filter(({ creator }) => creator === `users/${username}` || creator === `users/${id}`)
        .map(({ content }) => content);
    },
  });
}

function waitForPort(error: Error & { code?: string }): null {
  if (error.code === "EADDRINUSE") return null;
  throw error;
}

/** With its times as if it had been left two minutes ago: what is old is treated differently. */
function readFixture(name: string): Fixture {
  const text = readFileSync(join(root, "test/fixtures/upgrade", `${name}.json`), "utf8");
  const { at } = JSON.parse(text);
  const seconds = Math.floor((Date.now() - at) / 1000) - 120;
  const day = String(at).slice(0, 5);
  const shifted = text
    .replace(new RegExp(`(?<![\\w.])(${day}\\d{5})(\\d{3})?(?!\\w)`, "g"), (_, whole, rest = "") =>
      String(Number(whole) + seconds).concat(rest),
    )
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (time) =>
      new Date(Date.parse(time) + seconds * 1000).toISOString().replace(".000Z", "Z"),
    );
  return JSON.parse(shifted);
}

function fill(dataDir: string, { rows, schema }: Fixture): void {
  mkdirSync(dataDir, { mode: 0o700 });
  const database = new Database(join(dataDir, "memoferry.db"), { create: true });
  const drizzle = join(root, "drizzle");
  const files = readdirSync(drizzle)
    .filter((file) => file.endsWith(".sql") && file <= `${schema}.sql`)
    .toSorted();
  database.run("PRAGMA foreign_keys = OFF");
  // Each row would be synced by itself, and all worlds wait for that.
  database.run("PRAGMA synchronous = OFF");
  database.run("PRAGMA journal_mode = MEMORY");
  database.run(
    "CREATE TABLE migrations (tag TEXT PRIMARY KEY, position INTEGER NOT NULL, applied_at INTEGER NOT NULL)",
  );
  for (const [position, file] of files.entries()) {
    database.run(readFileSync(join(drizzle, file), "utf8"));
    database.run("INSERT INTO migrations VALUES (?, ?, 0)", [file.replace(".sql", ""), position]);
  }
  for (const [table, [columns, ...values]] of Object.entries(rows)) {
    const places = columns.map(() => "?").join(", ");
    const insert = database.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`);
    if (table === "sqlite_sequence") database.run("DELETE FROM sqlite_sequence");
    for (const row of values) insert.run(...columns.map((_, at) => row[at] ?? null));
  }
  database.close();
}
