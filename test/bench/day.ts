// What the program holds after a day's use.
import { createMachineClock } from "../crash/faketime.ts";
import { until } from "../support/app.ts";
import { boundWorld, type Figure, type Progress } from "./figures.ts";
import { jobsOf, memoryOf, startProgram } from "./processes.ts";

const HOURS = 24;
const TEXTS = 1_000;
const PEOPLE = 2;
const HOUR_LIMIT_MS = 120_000;

/** 1,000 texts over 24 hours, which pass at once: libfaketime sets the clocks of the program on, an hour after another. */
export async function day(executable: string, progress: Progress): Promise<Figure[]> {
  const { calls, dataDir, env, people, stop } = await boundWorld(executable, PEOPLE);
  using clock = createMachineClock("all");
  const program = await startProgram(executable, { env: { ...env, ...clock.env }, dataDir });
  const start = memoryOf(program);
  let said = 0;
  for (let hour = 1; hour <= HOURS; hour += 1) {
    progress(`a day: hour ${hour} of ${HOURS}`);
    const texts = Math.round((hour * TEXTS) / HOURS) - said;
    await calls.say(people, texts);
    said += texts;
    await calls.made(said);
    clock.set(hour * 3_600);
    const isDone = async () => (await jobsOf(program)).unfinished === 0;
    await until("the hour's texts to be done", isDone, HOUR_LIMIT_MS, 100);
  }
  const end = memoryOf(program);
  const { contents } = await calls.kept();
  await program.stop();
  await stop();
  if (contents !== TEXTS) throw new Error(`${TEXTS} messages became ${contents} memos`);
  return [
    { name: "RSS when it is ready, before that day", unit: "MB", values: [start.rss] },
    {
      name: `RSS after ${HOURS} simulated hours of ${TEXTS.toLocaleString("en")} texts`,
      unit: "MB",
      values: [end.rss],
    },
    { name: "of it anonymous (the program's own)", unit: "MB", values: [end.anonymous] },
  ];
}
