// Whether messages flow as before while others ask the API all the time.
import autocannon, { type Result } from "autocannon";
import { backlogOf, drain, type Executables, type Figure, type Progress, percentsOf } from "./figures.ts";
import { AUTHORIZATION, type Program } from "./processes.ts";

const PATHS = ["/healthz", "/metrics", "/api/v1/status", "/api/v1/updates?limit=50"];
/** In all: far more than monitors, a dashboard and scripts ask together. */
const A_SECOND = 100;
const CONNECTIONS = 8;
const LONGEST_SECONDS = 600;

async function ask({ url }: Program, over: Promise<unknown>): Promise<Result> {
  const answers = Promise.withResolvers<Result>();
  const options = {
    url,
    headers: AUTHORIZATION,
    requests: PATHS.map((path) => ({ path })),
    connections: CONNECTIONS,
    overallRate: A_SECOND,
    duration: LONGEST_SECONDS,
  };
  const run = autocannon(options, (error, result) =>
    error ? answers.reject(error) : answers.resolve(result),
  );
  await over.finally(() => run.stop());
  const result = await answers.promise;
  const { errors, timeouts, non2xx } = result;
  if (errors + timeouts + non2xx > 0)
    throw new Error(`${errors} errors, ${timeouts} timeouts and ${non2xx} answers that are not 2xx`);
  return result;
}

export async function asked(
  { memoferry }: Executables,
  { runs, texts, chats }: { runs: number; texts: number; chats: number },
  progress: Progress,
): Promise<Figure[]> {
  const [flow, alone, answers]: [number[], number[], Result[]] = [[], [], []];
  for (let run = 1; run <= runs; run += 1) {
    progress(`a backlog while the API is asked ${run} of ${runs}`);
    const { perText, beside } = await drain(memoferry, { texts, chats }, ask);
    const other = await drain(memoferry, { texts, chats });
    flow.push(perText);
    alone.push(other.perText);
    if (beside) answers.push(beside);
  }
  const of = (value: (result: Result) => number) => answers.map(value);
  const asked = of(({ requests }) => requests.total);
  const samples = asked.reduce((all, one) => all + one, 0);
  const isTold = percentsOf(Math.min(...asked)).includes(99);
  const p99 = { name: "their time, p99", unit: "ms", values: of(({ latency }) => latency.p99), samples };
  return [
    {
      name: `${backlogOf(texts, chats)}, while the API is asked ${A_SECOND} times a second: time per text`,
      unit: "ms",
      values: flow,
      floor: alone,
      target: { ratio: 1.25 },
    },
    { name: "answers of the API meanwhile", unit: "/s", values: of(({ requests }) => requests.average) },
    { name: "their time, p50", unit: "ms", values: of(({ latency }) => latency.p50), samples },
    ...(isTold ? [{ ...p99, target: { value: 100 } }] : []),
    { name: "the longest of them", unit: "ms", values: of(({ latency }) => latency.max), samples },
  ];
}
