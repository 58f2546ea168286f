// One fake in a process of its own, so that it takes no time from the program measured. Started by `startFakes`.
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";
import { type FakeTelegram, startFakeTelegram } from "../fakes/telegram.ts";

/** What the benchmark asks of the fakes; answers are plain JSON. */
export interface TelegramCalls {
  start(): { url: string; token: string };
  /** Lets ten seconds pass at Telegram, which holds back a repeated poll of a program that was just there. */
  rest(): null;
  /** Makes so many people; returns their ids. */
  people(count: number): number[];
  /** Each person in turn says a text, until there are `count`. */
  say(people: number[], count: number): null;
  /** One document of `bytes` from each named person, in this order. */
  documents(people: number[], bytes: number): null;
  /** Answers once the bot sent `count` messages. */
  sent(count: number): null;
}

export interface MemosCalls {
  start(): { url: string };
  /** Makes so many users; returns their access tokens. */
  users(count: number): string[];
  /** Answers once `count` memos were made. */
  made(count: number): null;
  /** Different memo contents, and bytes of files, that are there now. */
  kept(): { contents: number; bytes: number };
}

export type FakeKind = "telegram" | "memos";
export type FakeRequest = { readonly id: number; readonly call: string; readonly args: unknown[] };
export type FakeReply = { readonly id: number; readonly result?: unknown; readonly error?: string };

type Handler<Calls> = {
  [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Result | Promise<Result>
    : never;
};

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

function telegramCalls(fake: FakeTelegram): Handler<TelegramCalls> {
  const people = new Map<number, ReturnType<FakeTelegram["user"]>>();
  const personOf = (id: number) => {
    const found = people.get(id);
    if (!found) throw new Error(`no person ${id}`);
    return found;
  };
  let said = 0;
  const sent = createTally();
  fake.onRequest = ({ method }, phase) => {
    if (phase === "after" && method === "sendMessage") sent.add();
  };
  return {
    start: () => ({ url: fake.url, token: fake.token }),
    sent: sent.reached,
    rest() {
      fake.advance(10_000);
      return null;
    },
    people: (count) =>
      Array.from({ length: count }, () => {
        const person = fake.user();
        people.set(person.id, person);
        return person.id;
      }),
    say(ids, count) {
      for (let n = 0; n < count; n += 1) {
        said += 1;
        personOf(ids[n % ids.length] ?? 0).say(textOf(said));
      }
      return null;
    },
    documents(ids, bytes) {
      // Bytes that are there already: making them up while they are asked for would be the fake's own time.
      const content = Buffer.alloc(bytes, "memoferry ");
      for (const id of ids) personOf(id).sendDocument({ bytes: content, fileName: "scan.pdf" });
      return null;
    },
  };
}

function memosCalls(fake: FakeMemos): Handler<MemosCalls> {
  const made = createTally();
  fake.onRequest = ({ method, path, status }, phase) => {
    if (phase === "after" && method === "POST" && path === "/api/v1/memos" && status === 200) made.add();
  };
  let users = 0;
  return {
    start: () => ({ url: fake.url }),
    users: (count) =>
      Array.from({ length: count }, () => {
        users += 1;
        return fake.addUser(`user${users}`).token;
      }),
    made: made.reached,
    kept() {
      const memos = fake.memos();
      return {
        contents: new Set(memos.map(({ content, name }) => content || name)).size,
        bytes: memos.flatMap((memo) => memo.attachments).reduce((sum, file) => sum + file.size, 0),
      };
    },
  };
}

async function main(kind: FakeKind): Promise<void> {
  const calls: Record<string, (...args: never[]) => unknown> =
    kind === "telegram"
      ? { ...telegramCalls(await startFakeTelegram({ limits: false })) }
      : { ...memosCalls(await startFakeMemos({ uploadSizeLimitMb: 30 })) };
  process.on("message", async ({ id, call, args }: FakeRequest) => {
    try {
      process.send?.({ id, result: await calls[call]?.(...(args as never[])) } satisfies FakeReply);
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies FakeReply);
    }
  });
  // Ctrl-C reaches the whole group; the benchmark decides when it is over, and its end is ours.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0, result: null } satisfies FakeReply);
}

if (import.meta.main) await main(process.argv[2] as FakeKind);
