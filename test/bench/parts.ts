// The parts of the benchmark: what each of them measures, and about how many seconds that takes.

interface About {
  readonly what: string;
  readonly seconds: number;
  /** Left out by --quick. */
  readonly isSlow?: true;
  /** How its rows are read. */
  readonly reading?: string;
}

const ABOUT = {
  start: {
    what: "from the start of the process until it says so, and until `/readyz` answers 200, beside a bare GramIO + Elysia + Drizzle executable built in this run",
    seconds: 10,
  },
  emulated: { what: "the same on an emulated Raspberry Pi 4", seconds: 60, isSlow: true },
  idle: { what: "memory while nothing happens, beside the bare executable", seconds: 40 },
  news: {
    what: "what it costs to listen for news of Memos while nothing happens, beside the same program without",
    seconds: 630,
    isSlow: true,
  },
  day: { what: "memory after 24 hours of use, passed in minutes", seconds: 40, isSlow: true },
  floors: { what: "start and memory of what the packages alone compile to", seconds: 50, isSlow: true },
  quiet: {
    what: "CPU time and wake-ups over ten minutes in which nothing happens",
    seconds: 640,
    isSlow: true,
  },
  alone: { what: "what one text costs that comes alone: statements, syncs, bytes, CPU time", seconds: 170 },
  backlog: { what: "20,000 texts of 200 chats that wait in Telegram until all are saved", seconds: 60 },
  ceiling: {
    what: "a backlog beside a client that does nothing but post the same memos, as many at once as is fastest; and that of one chat beside one that posts one after another",
    seconds: 50,
    isSlow: true,
  },
  far: {
    what: "a backlog with a Memos behind a network of 100 ms, beside a client that posts four at once",
    seconds: 50,
    isSlow: true,
  },
  message: {
    what: "one text: how long until it is a memo and until that is confirmed, idle and amid a backlog, beside a bare create and a sync of the disk",
    seconds: 65,
  },
  answers: {
    what: "how long a command, a press and a page of a search wait for their answer, with nothing owed in the chat and with 30 messages that came by the API",
    seconds: 150,
    isSlow: true,
  },
  disk: { what: "bytes written and syncs a text in a backlog, as the kernel counts them", seconds: 10 },
  age: {
    what: "start and backlog with a million jobs that are done, beside an empty store",
    seconds: 140,
    isSlow: true,
  },
  growth: {
    what: "1,000 and 10,000 people who are bound and a million links, beside 50 people who sent nothing yet; and ten processes side by side",
    seconds: 150,
    isSlow: true,
  },
  webhook: {
    what: "deliveries of a webhook a second, all of them stored and synced, by 100 connections: all at once, and one at a time, so that each has a commit of its own",
    seconds: 50,
  },
  peer: {
    what: "beside another bot (BENCH_PEER), each with a real Memos that is new: start and memory, one message, files, a backlog; and, where Telegram refuses what is too fast, one message amid a backlog, a search and a press with nothing owed and just after 30 texts; what did not come within half a minute, or of which for a minute no more became memos, is counted as that",
    seconds: 900,
    isSlow: true,
    reading:
      "A percentile takes what did not come for the slowest (`–` where it falls on that), the time of a backlog and of files is of what came. Only the time per text of the backlog of 200 chats has a goal; the other rows have none. Where memoferry takes more, it takes it for this: memory is mostly that of its runtime (Bun); each thing is synced to the disk before it is answered; no more than two large files go at once, and those of one chat one after another, so that memory stays small; an album waits 1.5 s for its last part.",
  },
  asked: {
    what: "a backlog while the API is asked 100 times a second, beside the same one while nobody asks",
    seconds: 55,
  },
  documents: {
    what: "memory and time of four files of 20 MB, beside a bare streaming copy, and of 200 photos in albums",
    seconds: 70,
  },
  size: { what: "the executable", seconds: 1 },
  downloads: { what: "the files of a release", seconds: 600, isSlow: true },
} as const satisfies Record<string, About>;

export type Part = keyof typeof ABOUT;
export const PARTS = Object.keys(ABOUT) as Part[];
const about = (part: Part): About => ABOUT[part];
export const isPart = (name: string): name is Part => name in ABOUT;
export const isSlow = (part: Part): boolean => about(part).isSlow === true;

/** One line a part. */
export const usageOf = (part: Part) =>
  `  ${part.padEnd(10)} ${`${about(part).seconds} s`.padStart(6)}  ${about(part).what}`;

/** For readers of the table. */
export const explained = (parts: readonly Part[]) =>
  parts
    .map((part) => [`- \`${part}\`: ${about(part).what}.`, about(part).reading ?? []].flat().join(" "))
    .join("\n");

const minutesOf = (parts: readonly Part[]) =>
  Math.round(parts.reduce((sum, part) => sum + about(part).seconds, 0) / 60);
/** About how many minutes the parts take. */
export const MINUTES = {
  all: minutesOf(PARTS.filter((part) => part !== "peer")),
  peer: minutesOf(["peer"]),
};
