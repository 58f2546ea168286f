// How many updates a second a webhook takes, by as many connections as Telegram opens.
import autocannon from "autocannon";
import { boundWorld, type Executables, type Figure, type Progress, percentile } from "./figures.ts";
import { syncMs } from "./message.ts";
import { startProgram } from "./processes.ts";

/** https://core.telegram.org/bots/api#setwebhook */
const CONNECTIONS = [1, 100];
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

export async function webhook(
  { memoferry }: Executables,
  { seconds }: { seconds: number },
  progress: Progress,
): Promise<Figure[]> {
  const rates: number[] = [];
  for (const connections of CONNECTIONS) {
    progress(`deliveries by ${connections} connections`);
    const { calls, env, dataDir, people, stop } = await boundWorld(memoferry, 50);
    const program = await startProgram(memoferry, {
      env: { ...env, RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.org" },
      dataDir,
      readyWithinMs: 0,
    });
    const secret = await calls.webhookSecret();
    // Nothing is saved meanwhile: what is measured is how they are taken in.
    await calls.memosAway();
    let last = 0;
    const result = await autocannon({
      url: `${program.url}/telegram/webhook`,
      connections,
      duration: seconds,
      requests: [
        {
          method: "POST",
          headers: { [SECRET_HEADER]: secret, "content-type": "application/json" },
          setupRequest: (request) => {
            last += 1;
            const id = people[last % people.length] ?? 0;
            const message = {
              message_id: last,
              date: Math.floor(Date.now() / 1000),
              from: { id, is_bot: false, first_name: "Ann" },
              chat: { id, type: "private", first_name: "Ann" },
              text: `Note ${last}`,
            };
            return { ...request, body: JSON.stringify({ update_id: 1_000_000 + last, message }) };
          },
        },
      ],
    });
    const { errors, timeouts, non2xx, requests } = result;
    if (errors + timeouts + non2xx > 0)
      throw new Error(`deliveries: ${errors} errors, ${timeouts} timeouts, ${non2xx} were refused`);
    rates.push(requests.average);
    await program.stop();
    await stop();
  }
  const [one = Number.NaN, many = Number.NaN] = rates;
  return [
    { name: "a sync of a page, p50", unit: "ms", values: [percentile(syncMs(200), 50)] },
    { name: "deliveries by 1 connection, each stored and synced by itself", unit: "/s", values: [one] },
    { name: `deliveries by ${CONNECTIONS[1]} connections`, unit: "/s", values: [many] },
    {
      name: "time of a delivery at once with others, to one alone",
      unit: "ms",
      values: [1_000 / many],
      floor: [1_000 / one],
      target: { ratio: 0.2 },
    },
  ];
}
