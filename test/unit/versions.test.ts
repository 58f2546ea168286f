import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TelegramMessage, TelegramUpdate } from "../../src/domain/telegram.ts";
import { type CurrentMessage, currentMessages } from "../../src/messages/versions.ts";
import { mutatedUpdates } from "../support/mutated.ts";
import { runs } from "../support/property.ts";
import { must, update } from "../support/store.ts";

const DATE = 1_795_340_000;

interface Task {
  readonly id: number;
  readonly text: string;
  readonly completion_date?: number;
  readonly completed_by_user?: object;
}

/** What is stored of updates, in the order in which they came. */
const stored = (...updates: object[]) =>
  updates.map((sent, at) => ({ seq: at + 1, update: sent as TelegramUpdate }));
const current = (...updates: object[]) => currentMessages(stored(...updates));

const message = (message_id: number, content: object) =>
  must(update({ message_id, date: DATE, ...content }).message) as TelegramMessage;
const sent = (message_id: number, content: object) => ({ message: message(message_id, content) });
const edited = (message_id: number, after: number, content: object) => ({
  edited_message: { ...message(message_id, content), edit_date: DATE + after },
});

const textsOf = (messages: readonly CurrentMessage[]) => messages.map(({ message }) => message.text);

describe("a message that was edited", () => {
  test("is its newest version", () => {
    const found = current(
      sent(7, { text: "one" }),
      edited(7, 5, { text: "two" }),
      edited(7, 9, { text: "three" }),
    );
    expect(textsOf(found)).toEqual(["three"]);
    expect(found[0]?.seq).toBe(3);
  });

  test("is its newest version also where that came first, and knows that the older one was taken in", () => {
    const found = current(
      sent(7, { text: "one" }),
      edited(7, 9, { text: "three" }),
      edited(7, 5, { text: "two" }),
    );
    expect(textsOf(found)).toEqual(["three"]);
    expect(found[0]?.seq).toBe(3);
  });

  test("is its newest version also where a channel posted it", () => {
    const posted = { channel_post: message(7, { text: "one" }) };
    const again = { edited_channel_post: { ...message(7, { text: "two" }), edit_date: DATE + 5 } };
    const found = current(again, posted);
    expect(textsOf(found)).toEqual(["two"]);
    expect(found[0]?.wasSent).toBe(true);
  });

  test("is the edit where what was sent came after it", () => {
    expect(textsOf(current(edited(7, 5, { text: "two" }), sent(7, { text: "one" })))).toEqual(["two"]);
  });

  test("without the time of it, after an edit that had one, is what came last", () => {
    const undated = { edited_message: message(7, { text: "three" }) };
    const before = [sent(7, { text: "one" }), edited(7, 9, { text: "two" }), undated];
    expect(textsOf(current(...before))).toEqual(["three"]);
    expect(textsOf(current(...before, edited(7, 5, { text: "late" })))).toEqual(["three"]);
    expect(textsOf(current(...before, edited(7, 10, { text: "four" })))).toEqual(["four"]);
  });

  test("twice in one second is what came last", () => {
    const found = current(
      sent(7, { text: "one" }),
      edited(7, 5, { text: "two" }),
      edited(7, 5, { text: "three" }),
    );
    expect(textsOf(found)).toEqual(["three"]);
  });

  test("still replies to what it replied to, which may be deleted by then", () => {
    const target = message(3, { text: "zero" });
    const [found] = current(
      sent(7, { text: "one", reply_to_message: target }),
      edited(7, 5, { text: "two" }),
      edited(7, 9, { text: "three" }),
    );
    expect(found?.message).toMatchObject({ text: "three", reply_to_message: { text: "zero" } });
  });

  test("leaves the others alone: all stand in message order", () => {
    const found = current(
      sent(9, { text: "c" }),
      sent(7, { text: "a" }),
      sent(8, { text: "b" }),
      edited(7, 5, { text: "A" }),
    );
    expect(textsOf(found)).toEqual(["A", "b", "c"]);
    expect(found.map(({ seq }) => seq)).toEqual([4, 3, 1]);
  });
});

const task = (id: number, text: string, more: object = {}): Task => ({ id, text, ...more });
const list = (...tasks: Task[]) => ({ text: undefined, checklist: { title: "Packing", tasks } });
const LIST = list(task(1, "passports"), task(2, "ferry"));

/** A tick comes as a message of its own, with the checklist as it was before. */
const service = (message_id: number, after: number, content: object) => ({
  message: { ...message(message_id, { date: DATE + after, ...content }), text: undefined },
});
const ticked = (message_id: number, after: number, done: number[], undone: number[] = []) =>
  service(message_id, after, {
    checklist_tasks_done: {
      checklist_message: message(7, LIST),
      marked_as_done_task_ids: done,
      marked_as_not_done_task_ids: undone,
    },
  });
const added = (message_id: number, after: number, ...tasks: Task[]) =>
  service(message_id, after, {
    checklist_tasks_added: { checklist_message: message(7, LIST), tasks },
  });

/** `[x] passports`, a line a task. */
function linesOf(found: readonly CurrentMessage[]): string[] {
  const tasks = found.flatMap(({ message }) => (message.checklist?.tasks ?? []) as unknown as Task[]);
  return tasks.map(({ text, completion_date }) => `[${completion_date ? "x" : " "}] ${text}`);
}

describe("a checklist", () => {
  test("is one message, with what was ticked, and the newest update in it is the tick", () => {
    const found = current(sent(7, LIST), ticked(8, 5, [2]));
    expect(linesOf(found)).toEqual(["[ ] passports", "[x] ferry"]);
    expect(found.map(({ message, seq }) => [message.message_id, seq])).toEqual([[7, 2]]);
  });

  test("loses a tick that is taken back, and who had ticked it", () => {
    const done = task(1, "passports", { completion_date: DATE, completed_by_user: { id: 1 } });
    const found = current(sent(7, list(done, task(2, "ferry"))), ticked(8, 5, [], [1]));
    expect(linesOf(found)).toEqual(["[ ] passports", "[ ] ferry"]);
    expect(found[0]?.message.checklist?.tasks[0]).toEqual(task(1, "passports") as never);
  });

  test("has the tasks that were added at its end, once, and they can be ticked", () => {
    const screen = task(3, "sun screen");
    const found = current(sent(7, LIST), added(8, 5, screen), added(9, 5, screen), ticked(10, 6, [3]));
    expect(linesOf(found)).toEqual(["[ ] passports", "[ ] ferry", "[x] sun screen"]);
  });

  test("after an edit is what the edit says, and is ticked on from there", () => {
    const changed = edited(7, 9, list(task(1, "passports", { completion_date: DATE }), task(4, "tickets")));
    expect(linesOf(current(sent(7, LIST), ticked(8, 5, [2]), changed))).toEqual([
      "[x] passports",
      "[ ] tickets",
    ]);
    expect(linesOf(current(sent(7, LIST), changed, ticked(9, 12, [4])))).toEqual([
      "[x] passports",
      "[x] tickets",
    ]);
  });

  test("keeps a tick that is newer than an edit which comes after it", () => {
    const changed = edited(7, 5, list(task(1, "passports"), task(2, "book ferry")));
    expect(linesOf(current(sent(7, LIST), ticked(8, 9, [2]), changed))).toEqual([
      "[ ] passports",
      "[x] book ferry",
    ]);
  });

  test("that never came itself is taken from what came with the tick", () => {
    const found = current(ticked(8, 5, [1]), ticked(9, 6, [2]));
    expect(linesOf(found)).toEqual(["[x] passports", "[x] ferry"]);
    expect(found.map(({ message }) => message.message_id)).toEqual([7]);
  });

  test("without tasks, and what never was one, is left as it is", () => {
    const bare = sent(7, { text: undefined, checklist: { title: "Packing" } });
    expect(current(bare, ticked(8, 5, [1]))[0]?.message).toEqual(
      JSON.parse(JSON.stringify(bare.message)) as TelegramMessage,
    );
    expect(textsOf(current(sent(7, { text: "no list" }), ticked(8, 5, [1])))).toEqual(["no list"]);
  });
});

test("a tick of any shape is taken without an error", () => {
  fc.assert(
    fc.property(fc.array(mutatedUpdates(/^checklist/), { maxLength: 4 }), (updates) => {
      const known = updates.filter((one) =>
        Number.isSafeInteger((one.message ?? one.edited_message)?.message_id),
      );
      expect(current(...known).length).toBeLessThanOrEqual(known.length);
    }),
    runs,
  );
});
