// Telegram's fake and a Memos in a process of their own, so that they take no time from the program measured. Started by
// `startFakes`.
import { type Person, startFakeTelegram } from "../fakes/telegram.ts";
import { startProxy } from "../support/proxy.ts";
import { openDoor } from "./door.ts";
import { startMemos } from "./memos.ts";

/** What the benchmark can ask of them; answers are plain JSON. */
export type Calls = Awaited<ReturnType<typeof createCalls>>;
export type Request = { readonly id: number; readonly call: string; readonly args: unknown[] };
export type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** Long enough to have entities worth rendering, short enough to be usual. */
export const textOf = (n: number) =>
  `Note ${n}: remember to look at https://example.com/page/${n} and ask #work about it before Friday. ` +
  "It was a longer talk than planned, and three things came out of it (a_b, 2*3*4, [x]).";

/** A memo whose content has this has been made of the text. */
export const markOf = (n: number) => `Note ${n}:`;

/** How often it is looked how many memos were made: seldom, until few are missing, since a look takes time as well. */
const LOOK_MS = 100;
const LOOK_AT_THE_END_MS = 5;
const FEW = 100;
/** After so long without another memo there will be none. */
const STALLED_MS = 60_000;
/** Nor will there be an answer to somebody who waited so long. */
const ANSWER_LIMIT_MS = 30_000;

type Button = { text: string };
type Held = { message_id: number; reply_markup?: unknown };

/** The buttons under a message. */
const rowsOf = (held: Held | undefined) =>
  ((held?.reply_markup ?? {}) as { inline_keyboard?: Button[][] }).inline_keyboard ?? [];

const pinOf = (rows: Button[][]) => rows.flat().find(({ text }) => /^(un)?pin$/i.test(text));

/** Where a server is found behind a slow network: half of the time is spent on the way there, half on the way back. */
function farAway(url: string, farMs: number): string {
  const { url: far } = startProxy(url, async (forward) => {
    await Bun.sleep(farMs / 2);
    const answer = await forward();
    await Bun.sleep(farMs / 2);
    return answer;
  });
  return far;
}

/** After how many ms something came, from now on; NaN where it did not. */
function timeTo(event: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  const came = event.then(() => performance.now() - begun);
  return Promise.race([came, Bun.sleep(ANSWER_LIMIT_MS).then(() => Number.NaN)]);
}

async function createCalls(memosVersion: string) {
  const telegram = await startFakeTelegram({ limits: process.env["BENCH_LIMITS"] === "yes" });
  const memos = await startMemos(memosVersion);
  const farMs = Number(process.env["BENCH_FAR_MS"] ?? 0);
  const memosUrl = farMs > 0 ? farAway(memos.url, farMs) : memos.url;
  const people = new Map<number, Person>();
  /** Called for each call of the bot that was answered. */
  const listeners = new Set<(method: string, params: Record<string, string>) => void>();
  let [sent, said, refused] = [0, 0, 0];
  telegram.onRequest = ({ method, params }, phase) => {
    if (phase !== "after") return;
    if (method === "sendMessage") sent += 1;
    for (const listener of listeners) listener(method, params);
  };

  /** Resolves with the first call that is as wanted. */
  function called(isWanted: (method: string, params: Record<string, string>) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const listener = (method: string, params: Record<string, string>) => {
        if (!isWanted(method, params)) return;
        listeners.delete(listener);
        resolve();
      };
      listeners.add(listener);
    });
  }

  /** Resolves with the next message in a chat that has these words. One that Telegram refuses is none. */
  function shown(id: number, words = ""): Promise<void> {
    let next = telegram.sent.length;
    return called(() => {
      const news = telegram.sent.slice(next);
      next += news.length;
      return news.some(({ chatId, message }) => chatId === id && String(message["text"]).includes(words));
    });
  }

  /** Waits until `count` memos were made and `bytes` of files are there, or no more come; gives how many memos, and since when nothing came. */
  async function settled(count: number, bytes = 0): Promise<{ made: number; sinceMs: number }> {
    const look = () => ({ made: memos.made(), bytes: bytes > 0 ? memos.kept().bytes : 0 });
    let [seen, at] = [look(), performance.now()];
    while ((seen.made < count || seen.bytes < bytes) && performance.now() - at < STALLED_MS) {
      await Bun.sleep(count - seen.made > FEW ? LOOK_MS : LOOK_AT_THE_END_MS);
      const next = look();
      if (next.made > seen.made || next.bytes > seen.bytes) [seen, at] = [next, performance.now()];
    }
    return { made: seen.made, sinceMs: performance.now() - at };
  }

  function say(id: number): number {
    said += 1;
    people.get(id)?.say(textOf(said));
    return said;
  }

  /** Somebody presses a button under a message: after how many ms that is changed. */
  async function press(
    id: number,
    held: Held | undefined,
    choose: (rows: Button[][]) => Button | undefined,
  ): Promise<number> {
    const rows = rowsOf(held);
    const changed = called(
      (method, { chat_id, message_id }) =>
        method === "editMessageText" && Number(chat_id) === id && Number(message_id) === held?.message_id,
    );
    const took = timeTo(changed);
    people.get(id)?.press(held?.message_id ?? 0, choose(rows)?.text ?? "");
    return took;
  }

  return {
    /** Where they are, as the environment of the program. */
    env: () => ({ BOT_TOKEN: telegram.token, TELEGRAM_API_URL: telegram.url, MEMOS_URL: memosUrl }),
    /** Where another bot finds Telegram. */
    door: () => openDoor(telegram.url),
    /** Lets ten seconds pass at Telegram, which holds back a repeated poll of a program that was just there. */
    rest: () => telegram.advance(10_000),
    /** Makes so many people, each with the token of a user in Memos. */
    async people(count: number) {
      const made: { id: number; token: string }[] = [];
      for (let left = count; left > 0; left -= 1) {
        const person = telegram.user();
        people.set(person.id, person);
        made.push({ id: person.id, token: await memos.token() });
      }
      return made;
    },
    /** Each person in turn says a text, until there are `count`. */
    say(ids: readonly number[], count: number): void {
      for (let n = 0; n < count; n += 1) say(ids[n % ids.length] ?? 0);
    },
    /** Somebody says a text: after how many ms it is a memo, and is confirmed. */
    async one(id: number) {
      const confirmed = timeTo(shown(id));
      const held = timeTo(memos.holds(markOf(say(id))));
      return { toMemo: await held, toWord: await confirmed };
    },
    /** A client posts a text itself: after how many ms it is a memo, by the same clock as `one`. */
    async create(token: string): Promise<number> {
      said += 1;
      const begun = performance.now();
      const held = memos.holds(markOf(said)).then(() => performance.now() - begun);
      const answer = await fetch(`${memosUrl}/api/v1/memos`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ content: textOf(said), visibility: "PRIVATE" }),
      });
      if (!answer.ok) throw new Error(`Memos answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
      return held;
    },
    /** Answers once the bot has taken all updates. */
    async taken(): Promise<null> {
      const last = telegram.pendingUpdates.at(-1)?.update_id ?? 0;
      while (telegram.confirmedUpTo < last) await Bun.sleep(5);
      return null;
    },
    /** Somebody sends a command: after how many ms it is answered. */
    async command(id: number, text: string): Promise<number> {
      const { message_id } = people.get(id)?.say(text) ?? {};
      const answered = called(
        (method, { chat_id, reply_parameters = "{}" }) =>
          method === "sendMessage" &&
          Number(chat_id) === id &&
          JSON.parse(reply_parameters).message_id === message_id,
      );
      return timeTo(answered);
    },
    /** Somebody searches for the first text: after how many ms it is shown to them. */
    async search(id: number): Promise<number> {
      const mark = markOf(1);
      const took = timeTo(shown(id, mark));
      people.get(id)?.say(`/search ${mark}`);
      return took;
    },
    /** Somebody presses the first button under the bot's first message that has any: after how many ms that is changed. */
    press: (id: number) =>
      press(
        id,
        telegram.chat(id).messages.find(({ reply_markup }) => reply_markup),
        (rows) => rows[0]?.[0],
      ),
    /** Somebody presses the last button under the bot's last message that has any: the one for another page of a search. */
    turn: (id: number) =>
      press(
        id,
        telegram.chat(id).messages.findLast(({ reply_markup }) => reply_markup),
        (rows) => rows.at(-1)?.at(-1),
      ),
    /** Somebody pins the memo of their first text, or unpins it: after how many ms that is told. */
    pin: (id: number) =>
      press(
        id,
        telegram.chat(id).messages.find((held) => pinOf(rowsOf(held))),
        pinOf,
      ),
    /** Calls that Telegram refused for their pace, since this was last asked. */
    throttled(): number {
      const all = telegram.requests.filter(({ status }) => status === 429).length;
      const since = all - refused;
      refused = all;
      return since;
    },
    /** Answers once the bot asks for updates again. */
    async polled(): Promise<null> {
      const from = telegram.requests.length;
      while (!telegram.requests.slice(from).some(({ method }) => method === "getUpdates")) await Bun.sleep(1);
      return null;
    },
    /** What the webhook was set with. */
    async webhookSecret(): Promise<string> {
      const set = () =>
        telegram.requests.findLast(({ method, status }) => method === "setWebhook" && status === 200);
      while (!set()) await Bun.sleep(10);
      return set()?.params["secret_token"] ?? "";
    },
    /** One document of `bytes` from each named person, in this order. */
    documents(ids: readonly number[], bytes: number): void {
      // Bytes that are there already: making them up while they are asked for would be the fake's own time.
      const content = Buffer.alloc(bytes, "memoferry ");
      for (const id of ids) people.get(id)?.sendDocument({ bytes: content, fileName: "scan.pdf" });
    },
    /** Albums of ten photos of `bytes` from each named person. */
    albums(ids: readonly number[], bytes: number): void {
      const photo = { type: "photo", bytes: Buffer.alloc(bytes, "memoferry ") } as const;
      for (const id of ids) people.get(id)?.sendAlbum(Array.from({ length: 10 }, () => photo));
    },
    /** Answers once the bot sent `count` messages. */
    async sent(count: number): Promise<null> {
      if (sent < count) await called(() => sent >= count);
      return null;
    },
    settled,
    /** How many memos were made so far. */
    count: () => memos.made(),
    /** Answers once `count` memos were made. */
    async made(count: number): Promise<null> {
      const { made } = await settled(count);
      if (made < count) throw new Error(`after ${made} of ${count} memos there came none for a minute`);
      return null;
    },
    /** Requests of the fake of Memos so far; and the streams of events that are open there. */
    asked: () => memos.fake?.requests.length ?? Number.NaN,
    listening: () => memos.fake?.events.listeners().length ?? Number.NaN,
    /** Different memo contents, and bytes of files, that are there now. */
    kept: () => memos.kept(),
    /** The process of a real Memos. */
    memosPid: () => memos.pid,
    memosAway: () => memos.stop(),
    /** Before the process ends. */
    stop: () => memos.stop(),
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
