// Plays random updates through the whole program and looks what became of each.
import fc from "fast-check";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import {
  boundPerson,
  changeSettings,
  createWorld,
  jobsAtWork,
  rows,
  until,
  type World,
} from "../support/app.ts";
import { type Feed, startFeed } from "./feed.ts";
import {
  bases,
  createMaker,
  type Json,
  type ShownButton,
  type SoFar,
  steps,
  type Target,
} from "./updates.ts";

/** What is wrong, and the update that made it so, or those among which it is. */
export class Finding extends Error {
  readonly updates: readonly Json[];

  constructor(message: string, ...updates: readonly (Json | undefined)[]) {
    super(message);
    this.name = "Finding";
    this.updates = updates.filter((update) => update !== undefined);
  }
}

export interface Result {
  readonly updates: number;
  /** How often each end was reached, such as `done/saved` or `dead/unknown_kind`. */
  readonly ends: ReadonlyMap<string, number>;
}

/** With what a step adds at once, no more than the 100 that an answer of Telegram holds. */
const BATCH = 80;
/** A world is given up after so many updates: its stand-ins remember all they ever heard. */
const PER_WORLD = 4_500;
const SETTLE_MS = 60_000;
/** What fails is tried for a day, at least twenty times: so far apart that this takes few tries more. */
const LONGEST_STEP_MS = 7_200_000;
const PEOPLE = 8;
/** An hour's pause passes in a minute and a half, a lease in a second and a half. */
const RATE = 40;

/** @throws Finding at the first update that the program does not end well. */
export async function runFuzz(options: {
  updates: number;
  seed: number;
  progress?: (played: number) => void;
}): Promise<Result> {
  const ends = new Map<string, number>();
  let played = 0;
  for (let part = 0; played < options.updates; part += 1) {
    const wanted = Math.min(PER_WORLD, options.updates - played);
    const before = played;
    await playPart(wanted, options.seed + part, (now) => {
      played += now.length;
      for (const end of now) ends.set(end, (ends.get(end) ?? 0) + 1);
      options.progress?.(played);
    });
    if (played === before) throw new Error("no updates were made");
  }
  return { updates: played, ends };
}

/** Plays so many updates in a world of their own. */
async function playPart(wanted: number, seed: number, played: (ends: string[]) => void): Promise<void> {
  await using arena = await openArena();
  const made: Json[] = [];
  let count = 0;
  for (const step of fc.sample(steps, { seed, numRuns: wanted })) {
    made.push(...arena.make(step));
    if (made.length < Math.min(BATCH, wanted - count)) continue;
    // All of it: ids rise, and the offset has passed what would be left for the next batch.
    const batch = made.splice(0);
    const ends = await arena.play(batch).catch((error) => {
      const isUnknown = error instanceof Finding && error.updates.length === 0;
      throw isUnknown ? new Finding(error.message, ...batch) : error;
    });
    played(ends);
    count += batch.length;
    if (count >= wanted) break;
  }
}

async function openArena() {
  let feed: Feed | undefined;
  const all = bases();
  const world = await createWorld({
    rate: RATE,
    prepare({ telegram, env }) {
      feed = startFeed(telegram.url);
      env["TELEGRAM_API_URL"] = feed.url;
      // So their files can be downloaded.
      for (const base of all) telegram.deliver([...base]);
    },
  });
  if (feed === undefined) throw new Error("there is no feed");
  const ready = feed;
  const people: number[] = [];
  for (let index = 0; index < PEOPLE; index += 1)
    people.push((await boundPerson(world, `person${index}`)).person.id);
  const { person: other } = await boundPerson(world, "other");
  giveChats(world, sharedIn(all), people);
  let lastId = 100_000_000;
  const nextId = () => ++lastId;
  let rounds = 0;

  return {
    make: createMaker(all, people, nextId, soFar(world, people)),
    /** Resolves with the ends of the updates when nothing is left to do. */
    async play(batch: readonly Json[]): Promise<string[]> {
      rounds += 1;
      // Presses may have switched them off, and with them the buttons.
      for (const id of people) changeSettings(world, { id }, { confirmation: "reply" });
      // An update that is played once more keeps its id: what comes after it has a higher one.
      lastId = Math.max(lastId, ...batch.map(({ update_id }) => Number(update_id) || 0));
      const said = `still here ${rounds}`;
      const after = {
        update_id: nextId(),
        message: {
          message_id: 1_000_000 + rounds,
          date: Math.floor(Date.now() / 1000),
          from: other.user,
          chat: { id: other.id, type: "private", first_name: "other" },
          text: said,
        },
      };
      const logged = world.log.length;
      ready.hand([...batch, after].map((update) => JSON.stringify(update)));
      await settledAll(world, ready, batch);
      if (!world.memos.memos().some(({ content }) => content === said))
        throw new Finding("the message of another chat was not saved");
      const ends = endsOf(world, batch);
      const strays = straysOf(world);
      if (strays.length > 0) throw new Finding(`memos that belong to no message: ${strays.join(", ")}`);
      complain(world.log.slice(logged), batch);
      return ends;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await ready.stop();
    },
  };
}

/** Groups and channels. */
function sharedIn(value: unknown): number[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, type } = value as Json;
  const isShared = typeof id === "number" && /^(group|supergroup|channel)$/.test(String(type));
  return [...new Set([...(isShared ? [id] : []), ...Object.values(value).flatMap(sharedIn)])];
}

/** In every other of these chats all that is said becomes memos of one of the people. */
function giveChats(
  { dataDir, telegram }: World,
  chatIds: readonly number[],
  people: readonly number[],
): void {
  const database = openSqlite(databasePath(dataDir));
  for (const [at, chat_id] of chatIds.filter((_, at) => at % 2 === 0).entries()) {
    database.run(
      `INSERT INTO chats (bot_id, chat_id, mode, owner_id, owner_account)
        SELECT ?, ?, 'all', telegram_id, account_key FROM bindings WHERE telegram_id = ?`,
      telegram.bot.id,
      chat_id,
      people[at % people.length] ?? 0,
    );
  }
  database.close();
}

/** What was saved lately, and what the bot has shown. */
function soFar(world: World, people: readonly number[]): SoFar {
  const LATELY = 200;
  return {
    saved: () =>
      rows<{ chat_id: number; message_id: number; confirmation: number }>(
        world,
        `SELECT chat_id, message_id, links.confirmation FROM links JOIN chats ON chats.id = chat_key
          WHERE chat_id IN (${people.join()}) ORDER BY job_id DESC LIMIT ${LATELY}`,
      ).map(({ confirmation, ...target }): Target => ({ ...target, isBots: confirmation === 1 })),
    buttons: () =>
      world.telegram.sent.slice(-LATELY).flatMap(({ message }): ShownButton[] => {
        const chat = message["chat"] as { id: number };
        const { inline_keyboard = [] } = (message["reply_markup"] ?? {}) as {
          inline_keyboard?: { callback_data?: string }[][];
        };
        if (!people.includes(chat.id)) return [];
        return inline_keyboard
          .flat()
          .flatMap(({ callback_data: data }) =>
            data === undefined
              ? []
              : [{ chat_id: chat.id, message_id: Number(message["message_id"]), isBots: true, data }],
          );
      }),
  };
}

async function settledAll(world: World, feed: Feed, batch: readonly Json[]): Promise<void> {
  const open = `SELECT (SELECT count(*) FROM jobs WHERE state = 'waiting') AS waiting,
    (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')) AS owed`;
  let stepMs = 1_000;
  await until(
    "nothing left to do",
    async () => {
      const [left] = rows<{ waiting: number; owed: number }>(world, open);
      if (!feed.isEmpty || left === undefined) return false;
      if (left.waiting + left.owed === 0) return true;
      if ((await jobsAtWork(world)) === 0) {
        world.clock.advance(stepMs);
        stepMs = Math.min(stepMs * 1.2, LONGEST_STEP_MS);
      }
      return false;
    },
    SETTLE_MS,
  ).catch(() => {
    const [stuck] = rows<{ update_id: string; why: string }>(
      world,
      `SELECT update_id, jobs.state || ' ' || coalesce(waiting_for, '') || ' ' || coalesce(detail, '') AS why
        FROM updates JOIN jobs ON jobs.id = job_id WHERE state = 'waiting' ORDER BY seq LIMIT 1`,
    );
    const update = batch.find(({ update_id }) => `${update_id}` === stuck?.update_id);
    throw new Finding(`stuck: ${stuck?.why ?? (feed.isEmpty ? "the outbox" : "not taken")}`, update);
  });
}

/** The states and outcomes that an update may end in. */
const ENDS = /^(?:done\/(?:saved|handled|ignored|discarded)|dead\/.+)$/;
/** What was tried for a day, or again and again, the program cannot do: unless a server said why. */
const NEVER = /failed_for_a_day|command_failed/;
const SERVERS = /^(?:getFile|file): /;

function endsOf(world: World, batch: readonly Json[]): string[] {
  const first = Math.min(...batch.map(({ update_id }) => Number(update_id)));
  const found = rows<{ update_id: string; end: string; detail: string | null }>(
    world,
    `SELECT update_id, state || '/' || coalesce(CASE state WHEN 'dead' THEN reason ELSE outcome END, '') AS end, detail
      FROM updates JOIN jobs ON jobs.id = job_id WHERE CAST(update_id AS INTEGER) >= ${first}`,
  );
  const ends = new Map(found.map((row) => [row.update_id, row]));
  return batch.map((update) => {
    const row = ends.get(`${update["update_id"]}`);
    // Nothing is kept of what was answered.
    if (row === undefined && update["inline_query"] !== undefined) return "done/forgotten";
    if (row === undefined) throw new Finding("an update was not stored", update);
    const isOurs = NEVER.test(row.end) && !SERVERS.test(row.detail ?? "");
    if (isOurs || !ENDS.test(row.end))
      throw new Finding(`an update ended as ${row.end}: ${row.detail}`, update);
    return row.end.startsWith("dead") ? `${row.end}: ${row.detail?.slice(0, 100)}` : row.end;
  });
}

/** Memos that no job knows: made twice, or forgotten. */
function straysOf(world: World): string[] {
  const known = new Set(
    rows<{ name: string }>(
      world,
      "SELECT DISTINCT memo_name AS name FROM jobs WHERE memo_name IS NOT NULL",
    ).map(({ name }) => name),
  );
  return world.memos
    .memos()
    .filter(({ name }) => !known.has(name))
    .map(({ name, content }) => `${name} (${content.slice(0, 40)})`);
}

/** Errors that no server made are our own. */
const OURS =
  /is not (?:a function|an object|iterable)|undefined is not|null is not|Maximum call stack|Invalid (?:string|array|Date|time)|SQLITE|out of range|cannot be (?:parsed|converted)|Cannot (?:read|convert|mix)/i;

function complain(log: readonly Record<string, unknown>[], batch: readonly Json[]): void {
  const line = log.find(
    ({ level, message, error }) =>
      level === "error" ||
      OURS.test(String(error ?? "")) ||
      message === "an inline query could not be answered",
  );
  if (line === undefined) return;
  const { chat_id } = line;
  const update = batch.find((one) => JSON.stringify(one).includes(`"id":${chat_id}`) && batch.length === 1);
  throw new Finding(`the log says ${JSON.stringify(line)}`, update);
}
