// Both fakes in a process of their own, so that they take no time from the program measured. Started by `startFakes`.
import { startFakeMemos } from "../fakes/memos.ts";
import { type Person, startFakeTelegram } from "../fakes/telegram.ts";

/** What the benchmark can ask of the fakes; answers are plain JSON. */
export type Calls = Awaited<ReturnType<typeof createCalls>>;
export type Request = { readonly id: number; readonly call: string; readonly args: unknown[] };
export type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** Counts, and lets one wait at a time for a number. */
function createTally() {
  let count = 0;
  let waiting: { number: number; done: (_: null) => void } | null = null;
  return {
    add() {
      count += 1;
      if (waiting && count >= waiting.number) waiting.done(null);
    },
    reached(number: number): Promise<null> {
      const { promise, resolve } = Promise.withResolvers<null>();
      waiting = { number, done: resolve };
      if (count >= number) resolve(null);
      return promise;
    },
  };
}

/** Long enough to have entities worth rendering, short enough to be usual. */
const textOf = (n: number) =>
  `Note ${n}: remember to look at https://example.com/page/${n} and ask #work about it before Friday. ` +
  "It was a longer talk than planned, and three things came out of it (a_b, 2*3*4, [x]).";

async function createCalls(version: string) {
  const telegram = await startFakeTelegram({ limits: false });
  const memos = await startFakeMemos({ version });
  const people = new Map<number, Person>();
  const [sent, made] = [createTally(), createTally()];
  telegram.onRequest = ({ method }, phase) => {
    if (phase === "after" && method === "sendMessage") sent.add();
  };
  memos.onRequest = ({ method, path, status }, phase) => {
    if (phase === "after" && method === "POST" && path === "/api/v1/memos" && status === 200) made.add();
  };
  let said = 0;
  let users = 0;
  return {
    /** Where they are, as the environment of the program. */
    env: () => ({ BOT_TOKEN: telegram.token, TELEGRAM_API_URL: telegram.url, MEMOS_URL: memos.url }),
    /** Lets ten seconds pass at Telegram, which holds back a repeated poll of a program that was just there. */
    rest: () => telegram.advance(10_000),
    /** Makes so many people, each with a user in Memos. */
    people: (count: number) =>
      Array.from({ length: count }, () => {
        const person = telegram.user();
        people.set(person.id, person);
        users += 1;
        return { id: person.id, token: memos.addUser(`user${users}`).token };
      }),
    /** Each person in turn says a text, until there are `count`. */
    say(ids: readonly number[], count: number): void {
      for (let n = 0; n < count; n += 1) {
        said += 1;
        people.get(ids[n % ids.length] ?? 0)?.say(textOf(said));
      }
    },
    /** One document of `bytes` from each named person, in this order. */
    documents(ids: readonly number[], bytes: number): void {
      // Bytes that are there already: making them up while they are asked for would be the fake's own time.
      const content = Buffer.alloc(bytes, "memoferry ");
      for (const id of ids) people.get(id)?.sendDocument({ bytes: content, fileName: "scan.pdf" });
    },
    /** Answers once the bot sent `count` messages. */
    sent: sent.reached,
    /** Answers once `count` memos were made. */
    made: made.reached,
    /** Requests of Memos so far; and the streams of events that are open there. */
    asked: () => memos.requests.length,
    listening: () => memos.events.listeners().length,
    /** Different memo contents, and bytes of files, that are there now. */
    kept() {
      const all = memos.memos();
      return {
        contents: new Set(all.map(({ content, name }) => content || name)).size,
        bytes: all.flatMap((memo) => memo.attachments).reduce((sum, file) => sum + file.size, 0),
      };
    },
  };
}

async function main(): Promise<void> {
  const calls: Record<string, (...args: never[]) => unknown> = await createCalls(process.argv[2] ?? "");
  process.on("message", async ({ id, call, args }: Request) => {
    try {
      process.send?.({ id, result: await calls[call]?.(...(args as never[])) } satisfies Reply);
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies Reply);
    }
  });
  // Ctrl-C reaches the whole group; the benchmark decides when it is over, and its end is ours.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0 } satisfies Reply);
}

if (import.meta.main) await main();
