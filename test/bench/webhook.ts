// How many updates a second a webhook takes, by as many connections as Telegram opens: all at once, which shares a commit
// among those that come together, and one at a time in turn, which leaves nothing to share: a commit for each update.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findStrace } from "../crash/trace.ts";
import { boundWorld, type Executables, type Figure, type Progress, percentile } from "./figures.ts";
import { syncMs } from "./message.ts";
import { newFolder, startProgram } from "./processes.ts";
import { syncsIn, tracedOf, tracingSyncs } from "./syncs.ts";

/** https://core.telegram.org/bots/api#setwebhook */
const CONNECTIONS = 100;
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

type How = "all at once" | "one at a time";

/** As a delivery of Telegram, as it goes over the connection. */
function deliveryOf(nth: number, { people, secret }: { people: readonly number[]; secret: string }): string {
  const id = people[nth % people.length] ?? 0;
  const message = {
    message_id: nth,
    date: Math.floor(Date.now() / 1_000),
    from: { id, is_bot: false, first_name: "Ann" },
    chat: { id, type: "private", first_name: "Ann" },
    text: `Note ${nth}`,
  };
  const body = JSON.stringify({ update_id: 1_000_000 + nth, message });
  return [
    "POST /telegram/webhook HTTP/1.1",
    "host: bot.example.org",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `${SECRET_HEADER}: ${secret}`,
    "",
    body,
  ].join("\r\n");
}

/** Delivers by connections that stay, each of which sends when the last is answered; gives how many were answered. */
async function deliver(
  url: string,
  { how, seconds, next }: { how: How; seconds: number; next: () => string },
): Promise<number> {
  const { hostname, port } = new URL(url);
  const over = Promise.withResolvers<number>();
  const end = performance.now() + seconds * 1_000;
  let [answered, underWay] = [0, 0];
  const connections: Bun.Socket<{ at: number }>[] = [];
  const send = (at: number) => {
    underWay += 1;
    connections[at]?.write(next());
  };
  for (let at = 0; at < CONNECTIONS; at += 1)
    connections.push(
      await Bun.connect({
        hostname,
        port: Number(port),
        data: { at },
        socket: {
          // An answer is short: it comes in one piece.
          data({ data }, bytes) {
            underWay -= 1;
            if (!bytes.toString("latin1").startsWith("HTTP/1.1 200"))
              over.reject(new Error(`a delivery was answered with ${bytes}`));
            answered += 1;
            if (performance.now() < end) send(how === "all at once" ? data.at : (data.at + 1) % CONNECTIONS);
            else if (underWay === 0) over.resolve(answered);
          },
          error: (_, error) => over.reject(error),
          close: () => over.reject(new Error("a connection was closed")),
        },
      }),
    );
  for (let at = 0; at < (how === "all at once" ? CONNECTIONS : 1); at += 1) send(at);
  return over.promise.finally(() => {
    for (const connection of connections) connection.end();
  });
}

/** Of a program of its own; with `strace`, syncs are counted, which makes it slower. */
async function taken(
  executable: string,
  { how, seconds, strace }: { how: How; seconds: number; strace: string | null },
) {
  const { calls, env, dataDir, people, stop } = await boundWorld(executable, 50);
  const counts = join(newFolder("counts"), "counts");
  const program = await startProgram([...(strace === null ? [] : tracingSyncs(strace, counts)), executable], {
    env: { ...env, RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.org" },
    dataDir,
    readyWithinMs: 0,
  });
  const secret = await calls.webhookSecret();
  // Nothing is saved meanwhile: what is measured is how they are taken in.
  await calls.memosAway();
  let last = 0;
  const next = () => {
    last += 1;
    return deliveryOf(last, { people, secret });
  };
  const answered = await deliver(program.url, { how, seconds, next });
  process.kill(strace === null ? program.pid : tracedOf(program), "SIGTERM");
  await program.ended();
  await stop();
  const syncs = strace === null ? Number.NaN : syncsIn(readFileSync(counts, "utf8"));
  return { perSecond: answered / seconds, syncs: syncs / answered };
}

export async function webhook(
  { memoferry }: Executables,
  { seconds, runs }: { seconds: number; runs: number },
  progress: Progress,
): Promise<Figure[]> {
  const strace = findStrace();
  const rates: Record<How, number[]> = { "all at once": [], "one at a time": [] };
  const syncs: Record<How, number[]> = { "all at once": [], "one at a time": [] };
  const both = ["all at once", "one at a time"] as const;
  for (let run = 1; run <= runs; run += 1)
    for (const how of both) {
      progress(`deliveries, ${how}, ${run} of ${runs}`);
      rates[how].push((await taken(memoferry, { how, seconds, strace: null })).perSecond);
    }
  for (const how of both) {
    progress(`deliveries, ${how}: syncs`);
    if (strace !== null) syncs[how].push((await taken(memoferry, { how, seconds, strace })).syncs);
  }
  const perDelivery = (how: How) => rates[how].map((rate) => 1_000 / rate);
  const many = `deliveries by ${CONNECTIONS} connections`;
  return [
    { name: "a sync of a page, p50", unit: "ms", values: [percentile(syncMs(200), 50)], samples: 200 },
    ...both.flatMap((how): Figure[] => [
      { name: `${many}, ${how}`, unit: "/s", values: rates[how] },
      {
        name: `${many}, ${how}: fsync and fdatasync of each`,
        unit: "",
        values: syncs[how],
        ...(strace === null && { note: "there is no strace on this machine to count it with" }),
      },
    ]),
    {
      name: "time of a delivery, all at once to one at a time",
      unit: "ms",
      values: perDelivery("all at once"),
      floor: perDelivery("one at a time"),
      target: { ratio: 0.2 },
    },
  ];
}
