import { describe, expect, test } from "bun:test";
import { mark, type OwedMessage, savedSlot } from "../../src/domain/outgoing.ts";
import {
  ALICE,
  BOB,
  command,
  must,
  owed,
  type StoreWorld,
  sendOwed,
  storeWorld,
  takeOwed,
  update,
} from "../support/store.ts";

let lastMessage = 100;

/** Saves `count` messages of Alice, each with its confirmation. */
function save(world: StoreWorld, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    lastMessage += 1;
    world.accept([update({ message_id: lastMessage })]);
    const { lease, job } = world.lease();
    const told = { ...owed(ALICE, "saved", "confirmation"), slot: savedSlot(job.id) };
    world.store.jobs.finish(lease, { outcome: "saved", memo_name: `memos/m${job.id}`, owed: [told] });
  }
}

/** The texts of messages, and of how many a sum tells. */
const told = (messages: readonly OwedMessage[]) =>
  messages.flatMap(({ params }) => params["text"] ?? params["summed"] ?? []);

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

describe("confirmations owed in one chat", () => {
  test("are told one by one up to ten", () => {
    using world = boundWorld();
    save(world, 10);
    expect(told(sendOwed(world))).toEqual(Array.from({ length: 10 }, () => "saved"));
  });

  test("are told as one from eleven on, silently, and that is the whole answer", () => {
    using world = boundWorld();
    save(world, 11);
    expect(sendOwed(world)).toMatchObject([
      {
        method: "sendMessage",
        promise: "confirmation",
        telegram_id: ALICE,
        params: { summed: 11 },
      },
    ]);
    expect(world.all("SELECT * FROM outbox")).toEqual([]);
    // A reply to it is no comment: it belongs to no memo.
    expect(world.all("SELECT * FROM links WHERE confirmation")).toEqual([]);
  });

  test("leave alone what must be heard, what else is told once at most, and other chats", () => {
    using world = boundWorld();
    world.store.outbox.owe([
      owed(BOB, "to bob", "confirmation"),
      owed(ALICE, "Memos is down", "confirmation"),
    ]);
    save(world, 5);
    world.store.outbox.owe([owed(ALICE, "Saved. Without a.zip", "notice")]);
    save(world, 6);
    expect(told(sendOwed(world))).toEqual(["Memos is down", "Saved. Without a.zip", 11]);
    expect(told(sendOwed(world, BOB))).toEqual(["to bob"]);
  });

  test("are those of one person in a group: what another one waits for is not in their sum", () => {
    using world = boundWorld();
    world.bind(BOB, "users/bob");
    const group = -1001;
    const save = (sender: number) => {
      lastMessage += 1;
      const chat = { id: group, type: "supergroup", title: "Trip" } as const;
      world.accept([command("/save@memoferry_bot it", { message_id: lastMessage, sender, chat })]);
      const { lease, job } = world.lease();
      const saved = { ...owed(group, `saved for ${sender}`, "confirmation"), slot: savedSlot(job.id) };
      world.store.jobs.finish(lease, { outcome: "saved", memo_name: `memos/m${job.id}`, owed: [saved] });
    };
    for (let left = 11; left > 0; left -= 1) save(BOB);
    save(ALICE);
    const said = sendOwed(world, group);
    expect(told(said)).toEqual([11, `saved for ${ALICE}`]);
    expect(said.find(({ params }) => params["summed"])?.telegram_id).toBe(BOB);
  });

  test("are told by a sum of their own after each sum", () => {
    using world = boundWorld();
    save(world, 11);
    sendOwed(world);
    save(world, 12);
    expect(told(sendOwed(world))).toEqual([12]);
  });

  test("are told as one also to who wants marks, but for messages that show one already", () => {
    using world = boundWorld();
    const { outbox } = world.store;
    world.store.bindings.update(ALICE, { confirmation: "reaction" });
    const take = (count: number) =>
      Array.from({ length: count }, () => {
        lastMessage += 1;
        world.accept([update({ message_id: lastMessage })]);
        return lastMessage;
      });
    const shown = take(2);
    // 👀 of these was seen.
    for (const _ of shown) outbox.sent(must(takeOwed(world)), null);
    const others = take(11);
    const finish = () => {
      const { lease, job } = world.lease();
      const { id, message_id } = job;
      const saved = mark(ALICE, must(message_id), "👍");
      world.store.jobs.finish(lease, { outcome: "saved", memo_name: `memos/m${id}`, owed: [saved] });
    };
    for (const _ of [...shown, ...others]) finish();
    take(1);
    const said = sendOwed(world).map(
      ({ params: { message_id, summed, reaction } }) => summed ?? [message_id, reaction],
    );
    const marked = (id: number, emoji: string) => [id, [{ type: "emoji", emoji }]];
    expect(said).toEqual([
      ...shown.map((id) => marked(id, "👍")),
      others.length,
      // It is not saved yet.
      marked(lastMessage, "👀"),
    ]);
    // Up to ten are marked one by one, each once.
    const few = take(10);
    for (const _ of [lastMessage - 10, ...few]) finish();
    expect(sendOwed(world)).toHaveLength(11);
    expect(world.all("SELECT * FROM outbox")).toEqual([]);
  });

  test("of a message that could not be saved are no part of a sum", () => {
    using world = boundWorld();
    save(world, 11);
    world.store.outbox.owe([mark(ALICE, 5, "👀"), mark(ALICE, 5, "👎")]);
    expect(sendOwed(world).map(({ params }) => params["summed"] ?? params["message_id"])).toEqual([11, 5]);
  });

  test("that are marks are set after a crash: one is the same twice", () => {
    using world = boundWorld();
    world.store.outbox.owe([mark(ALICE, 5, "👀"), mark(ALICE, 5, "👍")]);
    must(takeOwed(world));
    world.reopen();
    expect(world.store.outbox.recover()).toBe(0);
    expect(sendOwed(world)).toHaveLength(1);
  });

  test("are told once more where the sum surely did not go out, together with what came since", () => {
    using world = boundWorld();
    save(world, 11);
    const sum = must(takeOwed(world));
    save(world, 12);
    world.store.outbox.again(sum);
    expect(told(sendOwed(world))).toEqual([23]);
  });

  test("are one message from the eleventh on, so that however many come, little is written", () => {
    using world = boundWorld();
    save(world, 10);
    expect(world.all("SELECT * FROM outbox")).toHaveLength(10);
    for (const summed of [11, 12, 13]) {
      save(world, 1);
      expect(world.all("SELECT params FROM outbox")).toEqual([{ params: JSON.stringify({ summed }) }]);
    }
  });

  test("of an older version, which left each as a message of its own, are told as one as well", () => {
    using world = boundWorld();
    const set = (state: string) => world.store.database.sqlite.run("UPDATE outbox SET state = ?", state);
    save(world, 10);
    set("sending");
    save(world, 4);
    set("waiting");
    expect(world.all("SELECT * FROM outbox")).toHaveLength(14);
    expect(told(sendOwed(world))).toEqual([14]);
  });

  test("are told at most once, whatever ends the process", () => {
    using world = boundWorld();
    save(world, 11);
    must(takeOwed(world));
    world.reopen();
    world.store.outbox.recover();
    expect(sendOwed(world)).toEqual([]);
  });
});
