// Another bot beside ours, each on servers of its own, in turns: BENCH_PEER is its command. It is told where the servers
// are, and who is bound, as Memogram is.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/app.ts";
import {
  boundWorld,
  DOCUMENT_BYTES,
  DOCUMENTS,
  type Executables,
  type Figure,
  GAP_MS,
  type Progress,
  percentile,
} from "./figures.ts";
import { isReal } from "./memos.ts";
import { forgetPeak, memoryOf, newFolder, startFakes, startProgram } from "./processes.ts";

const IDLE_MS = 5_000;
const DOCUMENTS_LIMIT_MS = 120_000;

/** People who are bound on new servers, and the bot that is not started yet. */
type World = Awaited<ReturnType<typeof peerWorld>>;
type Bot = Awaited<ReturnType<World["start"]>>;
type MakeWorld = (chats: number) => Promise<World>;

async function peerWorld(command: string, chats: number) {
  const fakes = await startFakes();
  const { calls, env } = fakes;
  const bound = await calls.people(chats);
  const folder = newFolder("peer");
  const data = join(folder, "data.txt");
  writeFileSync(data, bound.map(({ id, token }) => `${id}:${token}\n`).join(""));
  async function start() {
    const startedAt = performance.now();
    const child = Bun.spawn(command.split(" "), {
      cwd: folder,
      stdio: ["ignore", "ignore", "ignore"],
      env: {
        PATH: process.env["PATH"] ?? "",
        SERVER_ADDR: env["MEMOS_URL"] ?? "",
        BOT_TOKEN: env["BOT_TOKEN"] ?? "",
        BOT_PROXY_ADDR: await calls.door(),
        DATA: data,
      },
    });
    return {
      pid: child.pid,
      startedAt,
      async stop(): Promise<void> {
        child.kill("SIGKILL");
        await child.exited;
      },
    };
  }
  return { calls, people: bound.map(({ id }) => id), start, stop: fakes.stop };
}

async function ourWorld(executable: string, chats: number): Promise<World> {
  const { calls, env, dataDir, people, stop } = await boundWorld(executable, chats);
  return { calls, people, start: () => startProgram(executable, { env, dataDir, readyWithinMs: 0 }), stop };
}

/** Idle, then one message after another, then documents. */
async function quietly(world: World, messages: number) {
  const { calls, people } = world;
  const [person = 0] = people;
  const polled = calls.polled().then(() => performance.now());
  const bot = await world.start();
  const toPoll = (await polled) - bot.startedAt;
  await Bun.sleep(IDLE_MS);
  const { rss } = memoryOf(bot);
  const said: { toMemo: number; toWord: number }[] = [];
  for (let at = 0; at < messages; at += 1) {
    said.push(await calls.one(person));
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

/** Texts that wait in Telegram before the bot starts. */
async function busily(world: World, texts: number) {
  const { calls, people } = world;
  await calls.say(people, texts);
  const bot = await world.start();
  await calls.made(texts);
  const perText = (performance.now() - bot.startedAt) / texts;
  const { peak } = memoryOf(bot);
  await bot.stop();
  await world.stop();
  return { perText, perSecond: 1_000 / perText, peak };
}

export async function peer(
  { memoferry }: Executables,
  { texts, chats, messages, runs }: { texts: number; chats: number; messages: number; runs: number },
  progress: Progress,
): Promise<Figure[]> {
  const command = process.env["BENCH_PEER"];
  if (command === undefined) return [];
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
    busy(backlog, "msg/s", ({ perSecond }) => perSecond),
    { ...busy(`${backlog}: time per text`, "ms", ({ perText }) => perText), target: { ratio: 1 / 2.5 } },
    busy("peak RSS meanwhile", "MB", ({ peak }) => peak),
  ];
}
