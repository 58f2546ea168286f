// Another bot beside ours, on servers of its own: BENCH_PEER is its command. It is told where the servers are, and who is
// bound, as Memogram is.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/app.ts";
import { DOCUMENT_BYTES, DOCUMENTS, type Figure, GAP_MS, type Progress, percentile } from "./figures.ts";
import { isReal } from "./memos.ts";
import { forgetPeak, memoryOf, newFolder, startFakes } from "./processes.ts";

const IDLE_MS = 5_000;
const DOCUMENTS_LIMIT_MS = 120_000;

async function startPeer(command: string, chats: number) {
  const fakes = await startFakes();
  const { calls, env } = fakes;
  const bound = await calls.people(chats);
  const people = bound.map(({ id }) => id);
  const folder = newFolder("peer");
  const data = join(folder, "data.txt");
  writeFileSync(data, bound.map(({ id, token }) => `${id}:${token}\n`).join(""));
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
  await calls.polled();
  return {
    ...fakes,
    people,
    pid: child.pid,
    startedAt,
    toStarted: performance.now() - startedAt,
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      await fakes.stop();
    },
  };
}

export async function peer(
  { texts, chats, messages }: { texts: number; chats: number; messages: number },
  progress: Progress,
): Promise<Figure[]> {
  const command = process.env["BENCH_PEER"];
  if (command === undefined) return [];
  if (!isReal) throw new Error("BENCH_PEER is measured with a real Memos: set BENCH_MEMOS");
  progress("the peer, idle");
  const idle = await startPeer(command, 1);
  await Bun.sleep(IDLE_MS);
  const { rss } = memoryOf(idle);
  progress("the peer, one message");
  const said: { toMemo: number; toWord: number }[] = [];
  for (let at = 0; at < messages; at += 1) {
    said.push(await idle.calls.one(idle.people[0] ?? 0));
    await Bun.sleep(GAP_MS);
  }
  forgetPeak(idle);
  const before = memoryOf(idle).rss;
  progress("the peer, documents");
  const from = performance.now();
  await idle.calls.documents(Array(DOCUMENTS).fill(idle.people[0]), DOCUMENT_BYTES);
  // It makes the memo first.
  const isWhole = async () => (await idle.calls.kept()).bytes >= DOCUMENTS * DOCUMENT_BYTES;
  await until("the documents to be there", isWhole, DOCUMENTS_LIMIT_MS);
  const seconds = (performance.now() - from) / 1_000;
  const over = memoryOf(idle).peak - before;
  await idle.stop();
  progress("the peer, a backlog");
  const busy = await startPeer(command, chats);
  const begun = performance.now();
  await busy.calls.say(busy.people, texts);
  await busy.calls.made(texts);
  const perSecond = (texts / (performance.now() - begun)) * 1_000;
  const { peak } = memoryOf(busy);
  await busy.stop();
  const row = (name: string, unit: string, value: number): Figure => ({
    name: `the peer: ${name}`,
    unit,
    values: [value],
  });
  return [
    row("start to the first poll", "ms", idle.toStarted),
    row("idle RSS", "MB", rss),
    ...[50, 95, 99].flatMap((of) => [
      row(
        `one message: a memo, p${of}`,
        "ms",
        percentile(
          said.map(({ toMemo }) => toMemo),
          of,
        ),
      ),
      row(
        `one message: confirmed, p${of}`,
        "ms",
        percentile(
          said.map(({ toWord }) => toWord),
          of,
        ),
      ),
    ]),
    row(`${DOCUMENTS} × 20 MB, one chat: RSS over idle`, "MB", over),
    row(`${DOCUMENTS} × 20 MB, one chat: time`, "s", seconds),
    row(`${texts} texts of ${chats} chats`, "msg/s", perSecond),
    row("peak RSS meanwhile", "MB", peak),
  ];
}
