import { describe, expect, test } from "bun:test";
import { savedSlot } from "../../src/domain/outgoing.ts";
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
  textsOf,
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

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

describe("confirmations owed in one chat", () => {
  test("are told one by one up to ten", () => {
    using world = boundWorld();
    save(world, 10);
    expect(textsOf(sendOwed(world))).toEqual(Array.from({ length: 10 }, () => "saved"));
  });

  test("are told as one from eleven on, silently, and that is the whole answer", () => {
    using world = boundWorld();
    save(world, 11);
    expect(sendOwed(world)).toMatchObject([
      {
        method: "sendMessage",
        promise: "confirmation",
        params: { chat_id: ALICE, text: `${ALICE}: saved 11`, disable_notification: true },
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
    expect(textsOf(sendOwed(world))).toEqual(["Memos is down", `${ALICE}: saved 11`, "Saved. Without a.zip"]);
    expect(textsOf(sendOwed(world, BOB))).toEqual(["to bob"]);
  });

  test("are those of one person in a group: what another one waits for is not in their sum", () => {
    using world = boundWorld();
    world.bind(BOB, "users/bob");
    const group = -1001;
    const told = (sender: number) => {
      lastMessage += 1;
      const chat = { id: group, type: "supergroup", title: "Trip" } as const;
      world.accept([command("/save@memoferry_bot it", { message_id: lastMessage, sender, chat })]);
      const { lease, job } = world.lease();
      const saved = { ...owed(group, `saved for ${sender}`, "confirmation"), slot: savedSlot(job.id) };
      world.store.jobs.finish(lease, { outcome: "saved", memo_name: `memos/m${job.id}`, owed: [saved] });
    };
    for (let left = 11; left > 0; left -= 1) told(BOB);
    told(ALICE);
    expect(textsOf(sendOwed(world, group))).toEqual([`${BOB}: saved 11`, `saved for ${ALICE}`]);
  });

  test("are told by a sum of their own after each sum", () => {
    using world = boundWorld();
    save(world, 11);
    sendOwed(world);
    save(world, 12);
    expect(textsOf(sendOwed(world))).toEqual([`${ALICE}: saved 12`]);
  });

  test("are told once more where the sum surely did not go out, and what came since by itself", () => {
    using world = boundWorld();
    save(world, 11);
    const sum = must(takeOwed(world));
    save(world, 1);
    world.store.outbox.again(sum);
    expect(textsOf(sendOwed(world))).toEqual([`${ALICE}: saved 11`, "saved"]);
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
