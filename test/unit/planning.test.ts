import { describe, expect, test } from "bun:test";
import { modernFlavor } from "../../src/domain/markdown-flavor.ts";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { memoUid } from "../../src/memos/names.ts";
import { makePlan, type PlanInput } from "../../src/saving/build-plan.ts";
import {
  commentName,
  type Identity,
  type Plan,
  revise,
  takeUp,
  withNextId,
  withoutFile,
} from "../../src/saving/plan.ts";
import { must, photo, type Sent, update } from "../support/store.ts";

const texts = textsIn("en");

const IDENTITY: Identity = {
  id_key: "ab".repeat(32),
  bot_id: 1,
  server: "https://memos.example.org",
  account: "users/alice",
  id_name: "users/alice",
  chat_id: 2,
  job_key: "3",
};
const SETTINGS = { tags: [], formatting: "as_typed", source_line: true, language: "en" } as const;

const message = (message_id: number, text: string, more: Sent = {}) =>
  must(update({ message_id, date: 1_795_340_000, text, ...more }).message) as TelegramMessage;
const withPhoto = (message_id: number, caption: string) =>
  must(photo(null, { message_id, caption }).message) as TelegramMessage;

const forward = (message_id: number, text: string) =>
  message(message_id, text, {
    forward_origin: { type: "hidden_user", sender_user_name: "Eve", date: 0 },
  } as Sent);

/** The plan for a server that takes `contentBytes` in a memo. */
function plan(messages: TelegramMessage[], contentBytes: number, more: Partial<PlanInput> = {}): Plan {
  return makePlan({
    identity: IDENTITY,
    messages,
    bot: { id: 1, username: null },
    seq: 1,
    visibility: "PRIVATE",
    reply: { parent: null, quote: "all", refused: null },
    settings: SETTINGS,
    limits: { downloadBytes: 10_000, upload: { bytes: 10_000, of: "memos" }, contentBytes },
    markdown: modernFlavor,
    texts,
    apart: [],
    ...more,
  });
}

const contentsOf = ({ content, rest }: Plan) => [content, ...rest.map((comment) => comment.content)];
const bytesOf = (of: Plan) => contentsOf(of).map((content) => Buffer.byteLength(content));
const idsOf = ({ rest }: Plan) => rest.map(({ comment_id }) => comment_id);
const wordsOf = (of: Plan) => contentsOf(of).join(" ").split(/\s+/);

/** `count` words of four letters, a space between them. */
const words = (count: number, word = "word") => Array.from({ length: count }, () => word).join(" ");

describe("what the memo has no room for", () => {
  test("is nothing as long as all of it fits, to the byte", () => {
    const text = words(40);
    expect(contentsOf(plan([message(1, text)], text.length))).toEqual([text]);
    expect(plan([message(1, text)], text.length - 1).rest).toHaveLength(1);
  });

  test("goes on in comments, in order and with no word lost, and none is over the limit", () => {
    const text = Array.from({ length: 100 }, (_, at) => `w${at}`).join(" ");
    const made = plan([message(1, text)], 100);
    expect(made.rest.length).toBeGreaterThan(2);
    expect(Math.max(...bytesOf(made))).toBeLessThanOrEqual(100);
    expect(wordsOf(made)).toEqual(text.split(" "));
  });

  test("is counted in bytes of UTF-8, not in characters, and no character is cut", () => {
    const text = words(60, "家🛳é");
    const made = plan([message(1, text)], 128);
    expect(Math.max(...bytesOf(made))).toBeLessThanOrEqual(128);
    expect(wordsOf(made)).toEqual(text.split(" "));
    const unbroken = plan([message(1, "🛳".repeat(100))], 130);
    expect(contentsOf(unbroken).join("")).toBe("🛳".repeat(100));
    expect(contentsOf(unbroken).every((content) => content.isWellFormed())).toBe(true);
    expect(Math.max(...bytesOf(unbroken))).toBeLessThanOrEqual(130);
  });

  test("is told by the plan: comments that stand for no message, under names of their own", () => {
    const made = plan([message(1, words(100))], 100);
    expect(made.limit).toBe(100);
    expect(made.message_ids).toEqual([1]);
    expect(made.rest).toEqual(
      made.rest.map(({ comment_id, content }) => ({
        comment_id,
        content,
        name: null,
        began_at: null,
        message_ids: [],
      })),
    );
    const ids = [made.memo_id, ...idsOf(made)];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(commentName(must(made.rest[0]))).toBe(`memos/${idsOf(made)[0]}`);
  });

  test("is cut after a text was made whole again", () => {
    const [first, second] = ["x".repeat(4_096), "y".repeat(200)];
    const made = plan([message(1, first), message(2, second)], 8_192);
    expect(contentsOf(made)).toEqual([first + second]);
    expect(made.message_ids).toEqual([1, 2]);
    const cut = plan([message(1, first), message(2, second)], 1_000);
    expect(contentsOf(cut).join("")).toBe(first + second);
    expect(cut.rest).toHaveLength(4);
  });
});

describe("tags", () => {
  const tags = { settings: { ...SETTINGS, tags: ["inbox", "家"] } };
  const LINE = "\n\n#inbox #家";

  test("stay in the first part, which leaves them their room", () => {
    const text = words(100);
    const made = plan([message(1, text)], 100, tags);
    expect(made.content).toEndWith(LINE);
    expect(contentsOf(made).filter((content) => content.includes("#inbox"))).toHaveLength(1);
    expect(Math.max(...bytesOf(made))).toBeLessThanOrEqual(100);
    const said = contentsOf(made).join(" ").replace(LINE, "").split(/\s+/);
    expect(said).toEqual(text.split(" "));
  });

  test("need no second part where they just fit", () => {
    const text = words(20);
    const room = Buffer.byteLength(text + LINE);
    expect(contentsOf(plan([message(1, text)], room, tags))).toEqual([text + LINE]);
    expect(plan([message(1, text)], room - 1, tags).rest).toHaveLength(1);
  });

  test("stand in the memo also where somebody wrote one of them behind its end", () => {
    const made = plan([message(1, `${words(100)} #inbox`)], 100, tags);
    expect(made.content).toContain("#inbox");
  });

  test("are those of its memo where it is a comment", () => {
    const reply = { parent: "memos/p", quote: "all", refused: null } as const;
    const made = plan([message(1, "hello")], 100, { ...tags, reply });
    expect(contentsOf(made)).toEqual(["hello"]);
  });
});

describe("words that stand apart", () => {
  test("are comments of their own, and the memo is as without them", () => {
    const alone = plan([message(1, "look")], 1_000);
    const made = plan([message(1, "look"), forward(2, "there")], 1_000, { apart: [[2]] });
    expect(made.content).toBe(alone.content);
    expect(made.rest).toMatchObject([
      { message_ids: [2], content: "> Forwarded from Eve\n\nthere", name: null },
    ]);
    expect(made.message_ids).toEqual([1, 2]);
  });

  test("are one comment a set, and their files are the memo's", () => {
    const messages = [message(1, "look"), withPhoto(2, "two"), withPhoto(3, "three"), forward(4, "four")];
    const made = plan(messages, 1_000, { apart: [[2, 3], [4]] });
    expect(made.rest.map(({ message_ids, content }) => [message_ids, content])).toEqual([
      [[2, 3], "two\n\nthree"],
      [[4], "> Forwarded from Eve\n\nfour"],
    ]);
    expect(made.files.map(({ message_id }) => message_id)).toEqual([2, 3]);
  });

  test("have no tags: those are the memo's", () => {
    const settings = { ...SETTINGS, tags: ["inbox"] };
    const made = plan([message(1, "look"), forward(2, "there")], 1_000, { apart: [[2]], settings });
    expect(made.content).toBe("look\n\n#inbox");
    expect(made.rest[0]?.content).not.toContain("#inbox");
  });

  test("are no comment where there are none", () => {
    const made = plan([message(1, "look"), withPhoto(2, "")], 1_000, { apart: [[2]] });
    expect(made.rest).toEqual([]);
    expect(made.files).toHaveLength(1);
  });

  test("are several comments where they are long", () => {
    const made = plan([message(1, "look"), forward(2, words(60))], 100, { apart: [[2]] });
    expect(made.content).toBe("look");
    expect(made.rest.length).toBeGreaterThan(2);
    expect(made.rest.every(({ message_ids }) => message_ids.join() === "2")).toBe(true);
    expect(new Set(idsOf(made)).size).toBe(made.rest.length);
    expect(Math.max(...bytesOf(made))).toBeLessThanOrEqual(100);
  });

  test("stay out of the memo also where they go on with a text that Telegram cut", () => {
    const first = "x".repeat(4_096);
    const made = plan([message(1, first), message(2, "and on")], 8_192, { apart: [[2]] });
    expect(made.content).toBe(first);
    expect(made.rest).toMatchObject([{ message_ids: [2], content: "and on" }]);
  });
});

describe("a comment's id", () => {
  const apart = { apart: [[2]] };
  const made = (count: number) => plan([message(1, words(count)), forward(2, "said later")], 100, apart);

  test("is the same when the plan is made again", () => {
    expect(idsOf(made(60))).toEqual(idsOf(made(60)));
  });

  test("stays when there are more parts, or fewer: of the parts, and of what stands apart", () => {
    const [short, long] = [made(30), made(100)];
    const [fewer, more] = [short.rest.length - 1, long.rest.length - 1];
    expect(fewer).toBeGreaterThan(0);
    expect(more).toBeGreaterThan(fewer);
    expect(idsOf(long).slice(0, fewer)).toEqual(idsOf(short).slice(0, fewer));
    expect(long.rest.at(-1)).toEqual(must(short.rest.at(-1)));
    expect(idsOf(made(1))).toEqual([must(idsOf(long).at(-1))]);
  });

  test("differs by the messages that it stands for", () => {
    const messages = [message(1, "look"), forward(2, "two"), forward(3, "three")];
    const ids = idsOf(plan(messages, 1_000, { apart: [[2], [3]] }));
    expect(new Set(ids).size).toBe(2);
    expect(idsOf(plan(messages, 1_000, { apart: [[3]] }))).toEqual(ids.slice(1));
  });

  test("is another where the memo is made anew, with a name that nobody knows yet", () => {
    const first = made(60);
    const named: Plan = {
      ...first,
      rest: first.rest.map((comment) => ({ ...comment, name: "memos/x", began_at: 5 })),
    };
    const next = withNextId(named, IDENTITY);
    expect(contentsOf(next)).toEqual(contentsOf(first));
    expect(idsOf(next).filter((id) => idsOf(first).includes(id))).toEqual([]);
    expect(next.rest.every(({ name, began_at }) => name === null && began_at === null)).toBe(true);
  });

  test("is none that a memo or a file could have", () => {
    const key = Buffer.from(IDENTITY.id_key, "hex");
    const { bot_id, server, account, chat_id, job_key } = IDENTITY;
    const memos = [0, 1, 2].map((n) => memoUid(key, [bot_id, server, account, chat_id, job_key, n]));
    expect(idsOf(made(60)).filter((id) => memos.includes(id))).toEqual([]);
  });
});

describe("a later plan", () => {
  const named = (of: Plan): Plan => ({
    ...of,
    done: true,
    rest: of.rest.map((comment, at) => ({ ...comment, name: `memos/c${at}`, began_at: 5 + at })),
  });

  test("keeps the comments that were made, with what they say now", () => {
    const first = named(plan([message(1, words(60))], 100));
    const next = revise(first, plan([message(1, words(100, "new!"))], 100));
    expect(next.rest.length).toBeGreaterThan(first.rest.length);
    for (const [at, comment] of first.rest.entries()) {
      const { comment_id, name, began_at } = comment;
      expect(next.rest[at]).toMatchObject({ comment_id, name, began_at });
      expect(next.rest[at]?.content).toStartWith("new!");
    }
    expect(next.rest.at(-1)).toMatchObject({ name: null, began_at: null });
    expect(next.before).toEqual({ ...first, before: null });
  });

  test("finds what stands apart again, however many parts stand before it", () => {
    const input = { apart: [[2]] };
    const first = named(plan([message(1, "short"), forward(2, "apart")], 100, input));
    const next = revise(first, plan([message(1, words(60)), forward(2, "apart")], 100, input));
    expect(next.rest.length).toBeGreaterThan(1);
    expect(next.rest.at(-1)).toEqual(must(first.rest[0]));
    expect(next.rest.slice(0, -1).every(({ name }) => name === null)).toBe(true);
  });

  test("in place of one that could not be carried out has no plan before it", () => {
    const first = named(plan([message(1, words(60))], 100));
    const next = takeUp(first, plan([message(1, "short")], 100));
    expect(next).toMatchObject({ content: "short", rest: [], before: null, memo_id: first.memo_id });
  });
});

describe("a file that turned out not to be savable", () => {
  const leave = (of: Plan) =>
    withoutFile(of, { file: must(of.files[0]), why: "too large.", identity: IDENTITY, texts });
  const line = (of: Plan) => `📎 ${must(of.files[0]).filename} is only in Telegram: too large.`;

  test("is said in the memo as long as there is room for it, to the byte", () => {
    const caption = words(20);
    const base = plan([withPhoto(1, caption)], 10_000);
    const room = Buffer.byteLength(`${caption}\n\n${line(base)}`);
    expect(contentsOf(leave({ ...base, limit: room }))).toEqual([`${caption}\n\n${line(base)}`]);
    expect(contentsOf(leave({ ...base, limit: room - 1 }))).toEqual([caption, line(base)]);
  });

  test("is said behind what the memo has no room for, in a comment with an id of its own", () => {
    const made = plan([withPhoto(1, words(60))], 100);
    const without = leave(made);
    expect(without.content).toBe(made.content);
    expect(without.rest.slice(0, -1)).toEqual([...made.rest]);
    expect(without.rest.at(-1)).toMatchObject({
      content: line(made),
      message_ids: [],
      name: null,
      began_at: null,
    });
    expect(new Set(idsOf(without)).size).toBe(without.rest.length);
    expect(leave(made)).toEqual(without);
  });

  test("and another after it each have a comment of their own", () => {
    const made = plan([withPhoto(1, words(18)), withPhoto(2, "")], 100);
    const first = leave(made);
    const both = withoutFile(first, { file: must(made.files[1]), why: "x", identity: IDENTITY, texts });
    expect(new Set(idsOf(both)).size).toBe(2);
    expect(both.files.map(({ left_out }) => left_out)).toEqual(["too large.", "x"]);
  });
});
