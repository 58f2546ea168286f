import { expect, test } from "bun:test";
import { createBell } from "../../src/base/bell.ts";
import { ALICE, BOB, command, must, owed, SERVER, storeWorld, takeOwed, update } from "../support/store.ts";

test("a bell tells everybody who listens, and nobody where nobody does", () => {
  const bell = createBell<string>();
  bell.ring("too early");
  const heard: string[] = [];
  bell.listen((what) => heard.push(`first ${what}`));
  bell.listen((what) => heard.push(`second ${what}`));
  bell.ring("now");
  expect(heard).toEqual(["first now", "second now"]);
});

test("whatever owes a message rings, and who listens finds it once the transaction is over", async () => {
  using world = storeWorld();
  const { store, clock } = world;
  const { outbox, jobs } = store;
  const found: unknown[] = [];
  let isAnswer = false;
  store.owedBell.listen((rung) => {
    expect(rung.chat_id).toBe(ALICE);
    ({ isAnswer } = rung);
    queueMicrotask(() => {
      const message = must(takeOwed(world));
      outbox.sent(message, null);
      found.push(message.params["text"]);
    });
  });
  const says = (text: string) => owed(ALICE, text);
  world.bind();
  const steps: Record<string, () => unknown> = {
    "by itself": () => outbox.owe([says("by itself")]),
    "of a job that is done": () => {
      world.accept([command("/id")]);
      const { lease } = world.lease("commands");
      jobs.finish(lease, { outcome: "handled", owed: [says("of a job that is done")] });
    },
    "of a job that is put off": () => {
      world.accept([update()]);
      const { lease } = world.lease();
      const later = { waiting_for: "retry", reason: "failed", detail: "", aside: true } as const;
      jobs.putOff(lease, { ...later, owed: [says("of a job that is put off")] });
    },
    "of a job that is given up": () => {
      world.accept([update()]);
      const { lease } = world.lease();
      jobs.bury(lease, { reason: "failed", detail: "", owed: [says("of a job that is given up")] });
    },
    "of an outage": () => store.outages.tell(says("of an outage")),
    "of an absence": () => {
      store.bots.seen(clock.now(), null);
      store.bots.seen(clock.now() + 30 * 3_600_000, () => [says("of an absence")]);
    },
    "of a guest": () => {
      const { code } = store.invitations.create(ALICE);
      const guest = { telegram_id: BOB, username: null, telegram_language: null };
      store.invitations.redeem(code, guest, SERVER, () => [says("of a guest")]);
    },
  };
  for (const [name, step] of Object.entries(steps)) {
    found.length = 0;
    step();
    await Promise.resolve();
    expect(found).toEqual([name]);
    // A command was sent just now; nobody waits for the others.
    expect(isAnswer).toBe(name === "of a job that is done");
  }
});
