import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { FaultAction } from "../fakes/memos/types.ts";
import {
  botTexts,
  boundPerson,
  createWorld,
  passTime,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";
import { WHOLE } from "../support/whole.ts";

setDefaultTimeout(60_000);

const HOUR_MS = 3_600_000;
const CREATE = { method: "POST", path: /memos$/ };
const page = (status: number): FaultAction => ({
  status,
  body: "<html><h1>Request blocked</h1></html>",
  contentType: "text/html",
});

const REFUSALS: readonly (readonly [string, FaultAction])[] = [
  ["403, as a firewall does", page(403)],
  ["404", page(404)],
  ["a login page", page(200)],
  ["302 to a login page", { status: 302, headers: { location: "https://login.example.org/" } }],
];
/** A time of Telegram's that is read a step later is still within the five minutes by which our clock may differ. */
const A_FEW_TRIES_MS = 240_000;

interface Row {
  state: string;
  attempts: number;
  aside: number;
  waiting_for: string | null;
  reason: string | null;
}

const jobs = (world: World) =>
  rows<Row>(
    world,
    "SELECT state, attempts, lane < 0 AS aside, waiting_for, reason FROM jobs WHERE queue = 'messages' ORDER BY id",
  );
const wasShut = (world: World) => world.log.some(({ message }) => message === "memos does not answer");

describe("messages that a proxy before Memos refuses, while all else works,", () => {
  for (const [what, action] of WHOLE ? REFUSALS : REFUSALS.slice(0, 1)) {
    test(`by ${what}: are tried with attempts, hold nobody up for long, and are told of after a day`, async () => {
      await using world = await createWorld({ rate: 20 });
      const { person } = await boundPerson(world);
      await settled(world);
      const fault = world.memos.fault({ match: CREATE, action });
      const begun = world.clock.now();
      person.say("poison");
      await passTime(world, "the first to step aside", () => jobs(world)[0]?.aside === 1);
      expect(jobs(world)[0]).toMatchObject({ state: "waiting", waiting_for: "retry" });
      // Its own day is to end later than that of the first.
      const later = world.clock.now() + HOUR_MS;
      await passTime(world, "an hour", () => world.clock.now() > later, {
        stepMs: A_FEW_TRIES_MS,
        polled: true,
      });
      person.say("after it");
      await passTime(world, "the next to be tried", () => (jobs(world)[1]?.attempts ?? 0) > 0);
      await passTime(world, "the first to be given up", () => jobs(world)[0]?.state === "dead", {
        stepMs: A_FEW_TRIES_MS,
        polled: true,
        timeoutMs: 50_000,
      });
      expect(jobs(world)[0]?.reason).toBe("failed_for_a_day");
      expect((world.clock.now() - begun) / HOUR_MS).toBeWithin(24, 27);
      // Nobody else was held up by it.
      expect(wasShut(world)).toBe(false);
      fault.clear();
      await passTime(world, "the next to be saved", () => world.memos.memos().length === 1, {
        stepMs: 60_000,
      });
      // A chat gets one message a second, and the first was just told of.
      const isTold = () => botTexts(world, person).some((text) => text.startsWith("Saved as"));
      await passTime(world, "told", isTold, { stepMs: 1_000 });
      expect(botTexts(world, person).filter((text) => !text.startsWith("Saved as"))).toHaveLength(1);
    });
  }

  test("are waited for without attempts where the probe is refused, too", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    const fault = world.memos.fault({ match: {}, action: page(403) });
    person.say("kept");
    await until("shut", () => wasShut(world));
    await passTime(world, "a day", () => fault.hits > 100, { stepMs: 30_000 });
    expect(jobs(world)).toMatchObject([{ state: "waiting", attempts: 0 }]);
    fault.clear();
    await passTime(world, "saved", () => world.memos.memos().length === 1);
  });
});

describe("a token that one call refuses", () => {
  const refused: FaultAction = { status: 401, body: { code: 16, message: "no", details: [] } };

  test("while who-am-I takes it, is trouble of that message: growing pauses, aside, and an end", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    const fault = world.memos.fault({ match: CREATE, action: refused });
    person.say("poison");
    await passTime(world, "it to step aside", () => jobs(world)[0]?.aside === 1);
    const { hits } = fault;
    expect(hits).toBeLessThan(10);
    await passTime(world, "it to be given up", () => jobs(world)[0]?.state === "dead", {
      stepMs: A_FEW_TRIES_MS,
      polled: true,
      timeoutMs: 50_000,
    });
    expect(rows(world, "SELECT state FROM bindings")).toEqual([{ state: "active" }]);
  });

  test("while who-am-I cannot be asked, costs no attempts, however long", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    const faults = [
      world.memos.fault({ match: CREATE, action: refused }),
      world.memos.fault({ match: { method: "GET" }, action: page(502) }),
    ];
    person.say("kept");
    await until("tried", () => faults.some(({ hits }) => hits > 0) && wasShut(world));
    world.clock.advance(30 * HOUR_MS);
    await passTime(world, "some tries", () => faults.every(({ hits }) => hits > 0));
    expect(jobs(world)).toMatchObject([{ state: "waiting", attempts: 0 }]);
    for (const fault of faults) fault.clear();
    await passTime(world, "saved", () => world.memos.memos().length === 1);
    expect(rows(world, "SELECT state FROM bindings")).toEqual([{ state: "active" }]);
  });
});
