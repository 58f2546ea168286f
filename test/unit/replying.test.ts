import { describe, expect, test } from "bun:test";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { MemosError } from "../../src/memos/errors.ts";
import type { SavingContext, Work } from "../../src/saving/context.ts";
import { createFindPlace } from "../../src/saving/find-place.ts";
import type { Job } from "../../src/store/db/rows.ts";
import { ALICE, BOT, must, SERVER, update } from "../support/store.ts";

const ACCOUNT = { server: SERVER, account: "users/alice" };
const message = (message_id: number, more: object = {}) =>
  must(update({ message_id, ...more }).message) as TelegramMessage;
const answer = (to: number, more: object = {}) =>
  message(20, { reply_to_message: { message_id: to, date: 1, chat: { id: ALICE }, ...more } });

/** The job that message 7 has become. */
const target = (more: Partial<Job> = {}) =>
  ({
    id: 1,
    chat_id: ALICE,
    message_id: 7,
    memo_name: "memos/m7",
    parent_name: null,
    state: "done",
    ...ACCOUNT,
    ...more,
  }) as Job;

/** Where `messages` belong while `job` is what has become of message 7, and `gone` are not in Memos any more. */
async function placeOf(messages: TelegramMessage[], job: Job | undefined, gone: string[] = []) {
  const context = {
    memos: {
      async getMemo(_token: unknown, name: string) {
        if (gone.includes(name)) throw new MemosError("not_found", "no such memo");
        return { name };
      },
    },
    store: {
      jobs: { get: (id: number) => (id === job?.id ? job : undefined) },
      messageJobs: {
        of: (chat: number, id: number) => (chat === ALICE && id === 7 ? job : undefined),
        isKnown: () => true,
      },
      chats: { homeOf: (id: number) => id },
    },
  };
  const find = createFindPlace(context as unknown as SavingContext);
  const current = messages.map((one, at) => ({ message: one, seq: at + 1, wasSent: true }));
  const idSource = { ...ACCOUNT, chat_id: ALICE };
  const work = { botName: BOT, current, idSource, binding: ACCOUNT, leased: { job: { id: 2 } } };
  return find(work as unknown as Work);
}

const OWN = { parent: null, quote: "all", refused: null } as const;

describe("a reply", () => {
  test("to a saved message comments on its memo, and quotes only what was chosen", async () => {
    expect(await placeOf([answer(7)], target())).toEqual({
      parent: "memos/m7",
      quote: "chosen",
      refused: null,
    });
  });

  test("to one that is still to be saved waits for that", async () => {
    const waits = target({ state: "waiting", memo_name: null });
    expect(await placeOf([answer(7)], waits)).toEqual({ waits_for: 1 });
  });

  test("to one that was given up, or whose memo was deleted, is a memo of its own, and says so", async () => {
    const gone = { ...OWN, refused: "gone" } as const;
    expect(await placeOf([answer(7)], target({ state: "dead", memo_name: null }))).toEqual(gone);
    expect(await placeOf([answer(7)], target(), ["memos/m7"])).toEqual(gone);
  });

  test("to a memo of another account is a memo of its own, and says so", async () => {
    const other = { account: "users/other" };
    const notYours = { ...OWN, refused: "not_yours" } as const;
    expect(await placeOf([answer(7)], target(other))).toEqual(notYours);
  });

  test("does not wait for what another account, which may never come back, has not saved yet", async () => {
    const waiting = { account: "users/other", state: "waiting", memo_name: null } as const;
    expect(await placeOf([answer(7)], target(waiting))).toMatchObject({ parent: null });
  });

  test("to nothing that became a memo is a memo of its own", async () => {
    expect(await placeOf([message(20)], target())).toEqual(OWN);
    expect(await placeOf([answer(8)], target())).toEqual(OWN);
    expect(await placeOf([answer(7)], undefined)).toEqual(OWN);
    expect(await placeOf([answer(7, { chat: { id: 99 } })], target())).toEqual(OWN);
    expect(await placeOf([answer(7)], target({ id: 2 }))).toEqual(OWN);
  });

  test("that only belongs to a topic answers nobody", async () => {
    expect(await placeOf([answer(7, { forum_topic_created: { name: "t" } })], target())).toEqual(OWN);
  });

  test("of an album is one comment, whichever part says so", async () => {
    expect(await placeOf([message(19), answer(7)], target())).toMatchObject({ parent: "memos/m7" });
  });
});
