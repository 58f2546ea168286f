// Another bot beside ours, each on servers of its own, in turns: BENCH_PEER is its command, in which {memos}, {telegram},
// {token} and {data} stand for where the servers are, the bot's token, and a file that says who is bound.
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/app.ts";
import {
  boundWorld,
  DOCUMENT_BYTES,
  DOCUMENTS,
  type Executables,
  type Figure,
  GAP_MS,
  otherShares,
  type Progress,
  percentile,
} from "./figures.ts";
import { isReal } from "./memos.ts";
import { cpuOf, forgetPeak, memoryOf, newFolder, sharesOf, startFakes, startProgram } from "./processes.ts";

const IDLE_MS = 5_000;
const DOCUMENTS_LIMIT_MS = 120_000;
const START_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 60_000;
/** Of what it wrote, shown where it does not do what it should. */
const WORDS_SHOWN = 2_000;

/** People who are bound on new servers, and the bot that is not started yet. */
type World = Awaited<ReturnType<typeof peerWorld>>;
type Bot = Awaited<ReturnType<World["start"]>>;
type MakeWorld = (chats: number) => Promise<World>;

async function peerWorld(command: string, chats: number) {
  const { calls, env, counting, stop } = await startFakes();
  const bound = await calls.people(chats);
  const folder = newFolder("peer");
  const [data, words] = [join(folder, "data.txt"), join(folder, "words")];
  writeFileSync(data, bound.map(({ id, token }) => `${id}:${token}\n`).join(""));
  const values = {
    "{memos}": env["MEMOS_URL"] ?? "",
    "{telegram}": await calls.door(),
    "{token}": env["BOT_TOKEN"] ?? "",
    "{data}": data,
  };
  const given = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), command);
  async function start() {
    const startedAt = performance.now();
    const log = openSync(words, "a");
    const child = Bun.spawn(given.split(" "), {
      cwd: folder,
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"] ?? "" },
    });
    process.on("exit", () => child.kill("SIGKILL"));
    return {
      pid: child.pid,
      startedAt,
      said: () => readFileSync(words, "utf8").slice(-WORDS_SHOWN),
      async stop(): Promise<void> {
        child.kill("SIGKILL");
        await child.exited;
      },
    };
  }
  return { calls, counting, people: bound.map(({ id }) => id), start, stop };
}

async function ourWorld(executable: string, chats: number): Promise<World> {
  const { calls, counting, env, dataDir, people, stop } = await boundWorld(executable, chats);
  const start = async () => {
    const program = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
    return { ...program, said: () => "" };
  };
  return { calls, counting, people, start, stop };
}

/** A bot that ends or says nothing is an error, with what it wrote; without this one would wait for ever. */
async function inTime<T>(what: string, work: Promise<T>, limitMs: number, bot: Bot): Promise<T> {
  let late: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    const text = `waited ${limitMs / 1_000} s for ${what}`;
    late = setTimeout(() => reject(new Error(`${text}; the bot wrote: ${bot.said()}`)), limitMs);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(late));
}

/** Idle, then one message after another, then documents. */
async function quietly(world: World, messages: number) {
  const { calls, people } = world;
  const [person = 0] = people;
  const polled = calls.polled().then(() => performance.now());
  const bot = await world.start();
  const toPoll = (await inTime("the first poll", polled, START_LIMIT_MS, bot)) - bot.startedAt;
  await Bun.sleep(IDLE_MS);
  const { rss } = memoryOf(bot);
  const said: { toMemo: number; toWord: number }[] = [];
  for (let at = 0; at < messages; at += 1) {
    said.push(await inTime("a text's memo and the word about it", calls.one(person), ANSWER_LIMIT_MS, bot));
    await Bun.sleep(GAP_MS);
  }
  const { over, seconds } = await carried(world, bot);
  await bot.stop();
  await world.stop();
  return {
    toPoll,
    rss,
    toMemo: said.map(({ toMemo }) => toMemo),
    toWord: said.map(({ toWord }) => toWord),
    over,
    seconds,
  };
}

async function carried({ calls, people }: World, bot: Bot) {
  forgetPeak(bot);
  const before = memoryOf(bot).rss;
  const from = performance.now();
  await calls.documents(Array(DOCUMENTS).fill(people[0]), DOCUMENT_BYTES);
  // The peer makes the memo first.
  const isWhole = async () => (await calls.kept()).bytes >= DOCUMENTS * DOCUMENT_BYTES;
  await until("the documents to be there", isWhole, DOCUMENTS_LIMIT_MS);
  return { seconds: (performance.now() - from) / 1_000, over: memoryOf(bot).peak - before };
}

/** Texts that wait in Telegram before the bot starts. What it loses it is not waited for. */
async function busily(world: World, texts: number) {
  const { calls, people } = world;
  await calls.say(people, texts);
  const spent = world.counting();
  const bot = await world.start();
  const { made, sinceMs } = await calls.settled(texts);
  if (made === 0) throw new Error(`of ${texts} texts none became a memo; the bot wrote: ${bot.said()}`);
  const perText = (performance.now() - sinceMs - bot.startedAt) / made;
  const cpu = sharesOf({ program: cpuOf(bot), ...spent() }, made);
  const { peak } = memoryOf(bot);
  const { contents } = await calls.kept();
  await bot.stop();
  await world.stop();
  return { perText, cpu, peak, lost: texts - contents };
}

export async function peer(
  { memoferry }: Executables,
  { texts, chats, messages, runs }: { texts: number; chats: number; messages: number; runs: number },
  progress: Progress,
): Promise<Figure[]> {
  const command = process.env["BENCH_PEER"];
  if (command === undefined) {
    progress("no other bot: set BENCH_PEER");
    return [];
  }
  if (!isReal) throw new Error("BENCH_PEER is measured with a real Memos: set BENCH_MEMOS");
  async function besides<T>(what: string, people: number, measure: (world: World) => Promise<T>) {
    const makers: readonly [MakeWorld, MakeWorld] = [
      (count) => ourWorld(memoferry, count),
      (count) => peerWorld(command ?? "", count),
    ];
    const [ours, theirs]: [T[], T[]] = [[], []];
    for (let run = 1; run <= runs; run += 1)
      for (const [at, make] of makers.entries()) {
        progress(`${at === 0 ? "ours" : "the peer"}, ${what}, ${run} of ${runs}`);
        (at === 0 ? ours : theirs).push(await measure(await make(people)));
      }
    return (name: string, unit: string, of: (one: T) => number): Figure => ({
      name: `to the peer: ${name}`,
      unit,
      values: ours.map(of),
      floor: theirs.map(of),
    });
  }
  const still = await besides("idle, one message, documents", 1, (world) => quietly(world, messages));
  const busy = await besides("a backlog", chats, (world) => busily(world, texts));
  const inOrder = await besides("a backlog of one chat", 1, (world) => busily(world, texts));
  const backlog = `${texts} texts of ${chats} chats`;
  return [
    still("start to the first poll", "ms", ({ toPoll }) => toPoll),
    still("idle RSS", "MB", ({ rss }) => rss),
    ...[50, 95, 99].flatMap((of) => [
      {
        ...still(`one message: a memo, p${of}`, "ms", ({ toMemo }) => percentile(toMemo, of)),
        samples: messages * runs,
      },
      {
        ...still(`one message: confirmed, p${of}`, "ms", ({ toWord }) => percentile(toWord, of)),
        samples: messages * runs,
      },
    ]),
    still(`${DOCUMENTS} × 20 MB, one chat: RSS over idle`, "MB", ({ over }) => over),
    still(`${DOCUMENTS} × 20 MB, one chat: time`, "s", ({ seconds }) => seconds),
    busy(backlog, "msg/s", ({ perText }) => 1_000 / perText),
    { ...busy(`${backlog}: time per text`, "ms", ({ perText }) => perText), target: { ratio: 1 / 2.5 } },
    {
      ...busy(`${backlog}: texts lost`, "", ({ lost }) => lost),
      note: "those that were no memo after a minute in which none was made; its times are those of the others",
    },
    busy(`${backlog}: CPU time per text`, "ms", ({ cpu }) => cpu.program),
    ...otherShares(`${backlog}, per text`, busy),
    busy(`${backlog}: peak RSS`, "MB", ({ peak }) => peak),
    inOrder(`${texts} texts of one chat: time per text`, "ms", ({ perText }) => perText),
    inOrder(`${texts} texts of one chat: texts lost`, "", ({ lost }) => lost),
  ];
}
