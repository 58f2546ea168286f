// How long somebody waits: for a memo, for the word about it, and for an answer of the bot.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  boundWorld,
  type Executables,
  type Figure,
  GAP_MS,
  type Progress,
  percentile,
  percentsOf,
  type World,
} from "./figures.ts";
import { callApi, type Fakes, newFolder } from "./processes.ts";

const OTHERS = 50;
export const OWED = 30;
/** Amid a backlog, where each text comes from a chat of its own. */
const BUSY_GAP_MS = 100;
/** The first texts connect and ask what is then known. */
const WARM_UP = 3;
/** So many texts make the bot's list of them more than one page long. */
const TEXTS_TO_FIND = 25;

const rows = (name: string, values: readonly number[]): Figure[] =>
  percentsOf(values.length).map((of) => ({
    name: `${name}, p${of}`,
    unit: "ms",
    values: [percentile(values, of)],
    samples: values.length,
  }));

/** What one sync of the disk takes here, with a page written before it. */
export function syncMs(times: number): number[] {
  const file = openSync(join(newFolder("sync"), "file"), "w");
  const page = Buffer.alloc(4_096, 1);
  const took = Array.from({ length: times }, () => {
    const from = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  return took;
}

type Saying = Pick<World, "calls" | "people">;
export type Wait = Awaited<ReturnType<Fakes["calls"]["one"]>>;

/** How long texts wait, each sent when the one before it is confirmed. */
export async function waits(
  { calls, people: [person = 0] }: Saying,
  texts: number,
  before: () => Promise<unknown> = async () => {},
): Promise<Wait[]> {
  const all: Wait[] = [];
  for (let at = -WARM_UP; at < texts; at += 1) {
    if (at >= 0) await before();
    const wait = await calls.one(person);
    if (at >= 0) all.push(wait);
    await Bun.sleep(GAP_MS);
  }
  return all;
}

/** The same amid a backlog of others, while that lasts: no text waits for the one before it. */
export async function busyWaits(
  { calls, people }: Saying,
  { texts, backlog }: { texts: number; backlog: number },
  before: () => Promise<unknown> = async () => {},
): Promise<Wait[]> {
  const [own, others] = [people.slice(0, texts), people.slice(texts)];
  const end = (await calls.count()) + backlog;
  await calls.say(others, backlog);
  // Telegram gives updates in their order: a text behind the backlog would wait there, not in the program.
  await calls.taken();
  const all: Promise<Wait>[] = [];
  for (const person of own) {
    if ((await calls.count()) >= end) break;
    await before();
    all.push(calls.one(person));
    await Bun.sleep(BUSY_GAP_MS);
  }
  return Promise.all(all);
}

export async function message(
  { memoferry }: Executables,
  { texts, backlog }: { texts: number; backlog: number },
  progress: Progress,
): Promise<Figure[]> {
  async function besideCreates(
    people: number,
    measure: (world: World, create: () => Promise<unknown>) => Promise<Wait[]>,
  ) {
    const world = await boundWorld(memoferry, people);
    const program = await world.start();
    const creates: number[] = [];
    const all = await measure(world, async () => creates.push(await world.calls.create(world.token)));
    await program.stop();
    await world.stop();
    return { creates, all };
  }
  progress("one message, nothing else to do");
  const idle = await besideCreates(1, (world, create) => waits(world, texts, create));
  progress("one message, amid a backlog");
  const busy = await besideCreates(texts + OTHERS, (world, create) =>
    busyWaits(world, { texts, backlog }, create),
  );
  const syncs = syncMs(200);
  const ofWaits = (what: string, { creates, all }: typeof idle): Figure[] => {
    const [p50, ...others] = rows(
      `${what}: a memo`,
      all.map(({ toMemo }) => toMemo),
    );
    const goal: Pick<Figure, "target" | "note"> = {
      target: { value: percentile(creates, 50) + 5 },
      note: "wanted is the bare create and 5 ms",
    };
    return [
      ...rows(`${what}: a bare create on the same server`, creates),
      ...(p50 ? [all === idle.all ? { ...p50, ...goal } : p50] : []),
      ...others,
      ...rows(
        `${what}: confirmed`,
        all.map(({ toWord }) => toWord),
      ),
    ];
  };
  return [
    ...rows("a sync of a page", syncs),
    ...ofWaits("one message", idle),
    ...ofWaits("one message amid a backlog", busy),
  ];
}

/** Asks for one after another of several kinds of answers; gives how long each took. */
export async function inTurn<Kind extends string, Took>(
  ask: Readonly<Record<Kind, () => Promise<Took>>>,
  times: number,
  after: () => Promise<void>,
): Promise<Record<Kind, Took[]>> {
  const kinds = Object.keys(ask) as Kind[];
  const took = Object.fromEntries(kinds.map((kind) => [kind, [] as Took[]])) as Record<Kind, Took[]>;
  for (let at = 0; at < times; at += 1)
    for (const kind of kinds) {
      took[kind].push(await ask[kind]());
      await after();
    }
  return took;
}

/** Answers to what a person does, with nothing else owed in the chat and with much. Telegram limits as it does. */
export async function answers(
  { memoferry }: Executables,
  { presses }: { presses: number },
  progress: Progress,
): Promise<Figure[]> {
  const { calls, people, start, stop } = await boundWorld(memoferry, 1, { limits: true });
  const [person = 0] = people;
  const program = await start();
  await calls.command(person, "/help");
  await calls.say([person], TEXTS_TO_FIND);
  await calls.made(TEXTS_TO_FIND);
  await Bun.sleep(5_000);
  await calls.command(person, "/search Note");
  const found: Figure[] = [];
  for (const owed of [0, OWED]) {
    progress(`answers with ${owed} messages owed in the chat`);
    await Bun.sleep(5_000);
    let posted = 0;
    const post = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        posted += 1;
        await callApi(program, "POST", "messages", { chat_id: person, text: `Message ${posted}` });
      }
    };
    await post(owed);
    const ask = {
      press: () => calls.press(person),
      "page of a search": () => calls.turn(person),
      command: () => calls.command(person, "/id"),
    };
    const took = await inTurn(ask, presses, async () => {
      await Bun.sleep(GAP_MS);
      // In place of what was sent meanwhile, so that the last one finds as many owed as the first.
      if (owed > 0) await post(1);
    });
    for (const [kind, all] of Object.entries(took))
      found.push({
        name: `answer to a ${kind}, ${owed} messages owed in the chat, p95`,
        unit: "ms",
        values: [percentile(all, 95)],
        samples: all.length,
        target: { value: owed > 0 ? 1_000 : 150 },
      });
  }
  found.push({
    name: "429s of Telegram meanwhile",
    unit: "",
    values: [await calls.throttled()],
    target: { value: 0 },
  });
  await program.stop();
  await stop();
  return found;
}
