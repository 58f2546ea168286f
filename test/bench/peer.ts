// Another bot beside ours, each on servers of its own, in turns: BENCH_PEER is its command, in which {memos}, {telegram},
// {token} and {data} stand for where the servers are, the bot's token, and a file that says who is bound. What does not come
// is counted, not waited for.
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carry, LOADS } from "./documents.ts";
import {
  type Bot,
  backlogOf,
  boundWorld,
  type Executables,
  type Figure,
  GAP_MS,
  inTurns,
  otherShares,
  type Progress,
  percentile,
  percentsOf,
  type World,
} from "./figures.ts";
import { busyWaits, inTurn, OWED, type Wait, waits } from "./message.ts";
import { cpuOf, memoryOf, newFolder, sharesOf, startFakes } from "./processes.ts";

const IDLE_MS = 5_000;
const START_LIMIT_MS = 30_000;
/** Of what it wrote, shown where it does not do what it should. */
const WORDS_SHOWN = 2_000;
/** Texts of other chats amid a backlog. */
const AMID = 12;
/** Telegram refuses what is faster than its pace. */
const STRICT = { servers: { limits: true } };
/** How often each kind of answer is asked for. */
const ASKED = 5;
/** After so long Telegram takes a burst again. */
const REST_MS = 6_000;

/** The other bot, where there is one. */
export const PEER = process.env["BENCH_PEER"];

type Servers = Parameters<typeof startFakes>[0];
/** Measures both bots in turns, each with so many people; gives rows of what was measured. */
type Besides = <T>(
  what: string,
  world: { people: number; servers?: Servers },
  measure: (world: World) => Promise<T>,
) => Promise<Row<T>>;
type Row<T> = (name: string, unit: string, of: (one: T) => number) => Figure;

async function peerWorld(command: string, chats: number, servers: Servers) {
  const { calls, env, counting, stop } = await startFakes(servers);
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
  async function start(): Promise<Bot> {
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
      async stop(): Promise<void> {
        child.kill("SIGKILL");
        await child.exited;
      },
    };
  }
  const said = () => readFileSync(words, "utf8").slice(-WORDS_SHOWN);
  return { calls, counting, people: bound.map(({ id }) => id), start, said, stop };
}

/** What is told only where there is some of it. */
const ifAny = (figure: Figure): Figure[] =>
  [...figure.values, ...(figure.floor ?? [])].some((one) => one > 0) ? [figure] : [];

/** Percentiles, of which what did not come is the slowest, and how much that is. */
function timed<T>(row: Row<T>, name: string, all: (one: T) => readonly number[]): Figure[] {
  const counts = row(name, "", (one) => all(one).length);
  const samples = counts.values.reduce((sum, one) => sum + one, 0);
  const fewest = Math.min(...counts.values, ...(counts.floor ?? []));
  const took = (one: T) => all(one).map((ms) => (Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms));
  const missing = (one: T) => all(one).filter(Number.isNaN).length / all(one).length;
  return [
    ...percentsOf(fewest).map((of) => ({
      ...row(`${name}, p${of}`, "ms", (one) => percentile(took(one), of)),
      samples,
    })),
    ...ifAny({ ...row(`${name}: did not come`, "%", (one) => missing(one) * 100), samples }),
  ];
}

const saidRows = <T>(row: Row<T>, name: string, all: (one: T) => readonly Wait[]) => [
  ...timed(row, `${name}: a memo`, (one) => all(one).map(({ toMemo }) => toMemo)),
  ...timed(row, `${name}: confirmed`, (one) => all(one).map(({ toWord }) => toWord)),
];

/** Idle, then one message after another. */
async function alone(besides: Besides, messages: number): Promise<Figure[]> {
  const row = await besides("idle, one message", { people: 1 }, async ({ calls, people, start }) => {
    const polled = calls.polled().then(() => performance.now());
    const bot = await start();
    const late = Bun.sleep(START_LIMIT_MS).then(() => {
      throw new Error(`it asked for no updates within ${START_LIMIT_MS / 1_000} s`);
    });
    const toPoll = (await Promise.race([polled, late])) - bot.startedAt;
    await Bun.sleep(IDLE_MS);
    const { rss } = memoryOf(bot);
    const said = await waits({ calls, people }, messages);
    await bot.stop();
    return { toPoll, rss, said };
  });
  return [
    row("start to the first poll", "ms", ({ toPoll }) => toPoll),
    row("idle RSS", "MB", ({ rss }) => rss),
    ...saidRows(row, "one message", ({ said }) => said),
  ];
}

async function amid(besides: Besides, { texts, chats }: { texts: number; chats: number }): Promise<Figure[]> {
  const what = `one message amid ${texts.toLocaleString("en")} texts`;
  const row = await besides(what, { people: AMID + chats, ...STRICT }, async ({ calls, people, start }) => {
    const bot = await start();
    const said = await busyWaits({ calls, people }, { texts: AMID, backlog: texts });
    await bot.stop();
    return said;
  });
  return saidRows(row, what, (said) => said);
}

/** What somebody asks for, with nothing owed in the chat, and just after they sent texts that are to be confirmed. */
async function answers(besides: Besides): Promise<Figure[]> {
  const row = await besides("answers", { people: 1, ...STRICT }, async ({ calls, people, start }) => {
    const [person = 0] = people;
    const bot = await start();
    await calls.one(person);
    const ask = {
      search: () => calls.search(person),
      press: () => calls.pin(person),
    };
    const owe = async () => {
      await Bun.sleep(REST_MS);
      await calls.say(people, OWED);
      await calls.taken();
    };
    const idle = await inTurn(ask, ASKED, () => Bun.sleep(GAP_MS));
    await owe();
    const owed = await inTurn(ask, ASKED, owe);
    const throttled = await calls.throttled();
    await bot.stop();
    return { idle, owed, throttled };
  });
  return [
    ...(["search", "press"] as const).flatMap((kind) => [
      ...timed(row, `answer to a ${kind}`, ({ idle }) => idle[kind]),
      ...timed(row, `answer to a ${kind} just after ${OWED} texts`, ({ owed }) => owed[kind]),
    ]),
    row("429s of Telegram meanwhile", "", ({ throttled }) => throttled),
  ];
}

async function files(besides: Besides): Promise<Figure[]> {
  const rows: Figure[] = [];
  for (const [what, load] of Object.entries(LOADS)) {
    const row = await besides(what, { people: load.chats }, (world) => carry(world, load, IDLE_MS));
    rows.push(
      row(`${what}: RSS over idle`, "MB", ({ over }) => over),
      row(`${what}: time`, "s", ({ seconds }) => seconds),
      ...ifAny(row(`${what}: files lost`, "", ({ lost }) => lost)),
    );
  }
  return rows;
}

/** Texts that wait in Telegram before the bot starts. */
async function backlog(besides: Besides, texts: number, chats: number): Promise<Figure[]> {
  const what = backlogOf(texts, chats);
  const row = await besides(what, { people: chats }, async ({ calls, people, counting, start }) => {
    await calls.say(people, texts);
    const spent = counting();
    const bot = await start();
    const { made, sinceMs } = await calls.settled(texts);
    if (made === 0) throw new Error(`of ${texts} texts none became a memo`);
    const perText = (performance.now() - sinceMs - bot.startedAt) / made;
    const cpu = sharesOf({ program: cpuOf(bot), ...spent() }, made);
    const { peak } = memoryOf(bot);
    const { contents } = await calls.kept();
    await bot.stop();
    return { perText, cpu, peak, lost: texts - contents };
  });
  const perText = row(`${what}: time per text`, "ms", ({ perText }) => perText);
  return [
    row(`${what}: saved`, "msg/s", ({ perText }) => 1_000 / perText),
    chats === 1 ? perText : { ...perText, target: { ratio: 1 / 2.5 } },
    row(`${what}: texts lost`, "", ({ lost }) => lost),
    row(`${what}: CPU time per text`, "ms", ({ cpu }) => cpu.program),
    ...otherShares(what, row),
    row(`${what}: peak RSS`, "MB", ({ peak }) => peak),
  ];
}

export async function peer(
  { memoferry }: Executables,
  command: string,
  { texts, chats, messages, runs }: { texts: number; chats: number; messages: number; runs: number },
  progress: Progress,
): Promise<Figure[]> {
  const besides: Besides = async (what, { people, servers }, measure) => {
    const row = await inTurns(
      `beside the peer: ${what}`,
      [memoferry, command],
      { runs, progress },
      async (which) => {
        const isOurs = which === memoferry;
        const world = await (isOurs ? boundWorld(which, people, servers) : peerWorld(which, people, servers));
        const measured = await measure(world).catch((error) => {
          throw "said" in world ? new Error(`${error}; the bot wrote: ${world.said()}`) : error;
        });
        await world.stop();
        return measured;
      },
    );
    return (name, unit, of) => row(`to the peer: ${name}`, unit, of);
  };
  return [
    ...(await alone(besides, messages)),
    ...(await amid(besides, { texts, chats })),
    ...(await answers(besides)),
    ...(await files(besides)),
    ...(await backlog(besides, texts, chats)),
    ...(await backlog(besides, texts, 1)),
  ];
}
