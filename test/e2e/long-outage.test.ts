import { expect, test } from "bun:test";
import { botTexts, boundPerson, createWorld, jobsAtWork, rows, settled, until } from "../support/app.ts";
import { WHOLE } from "../support/whole.ts";

const CHATS = WHOLE ? 40 : 8;
const MESSAGES = WHOLE ? 5_000 : 300;
const HOUR_MS = 3_600_000;
const STEPS = WHOLE ? 30 : 10;

test(`Memos away for an hour while ${MESSAGES} messages come from ${CHATS} chats: all saved after, in order, told once a chat`, async () => {
  await using world = await createWorld({ rate: 20 });
  const people: Awaited<ReturnType<typeof boundPerson>>[] = [];
  for (let at = 0; at < CHATS; at += 1) people.push(await boundPerson(world, `person${at}`));
  await settled(world);
  const { memos } = world;
  const away = memos.fault({ match: {}, action: "drop-before" });
  const calls = { before: memos.requests.length, running: 0, most: 0 };
  memos.onRequest = async (_, phase) => {
    if (phase === "after") return;
    calls.running += 1;
    calls.most = Math.max(calls.most, calls.running);
    await Bun.sleep(2);
    calls.running -= 1;
  };
  const said = people.map(() => [] as string[]);
  for (let step = 0; step < STEPS; step += 1) {
    for (let nth = 0; nth < MESSAGES / STEPS; nth += 1) {
      const who = (step + nth) % CHATS;
      const text = `message ${step}.${nth}`;
      people[who]?.person.say(text);
      said[who]?.push(text);
    }
    await until("all of them to be taken", () => world.telegram.pendingUpdates.length === 0);
    // A call that runs while the clock jumps would end by its limit.
    const atRest = async () => calls.running === 0 && (await jobsAtWork(world)) === 0;
    await until("no call to be under way", atRest);
    // The first messages met the outage, a few at once.
    if (step === 0) calls.most = 0;
    const asked = memos.requests.length;
    world.clock.advance(HOUR_MS / STEPS);
    await until("a probe", () => memos.requests.length > asked);
  }
  memos.onRequest = undefined;
  const count = said.flat().length;
  expect(count).toBeGreaterThanOrEqual(MESSAGES - STEPS);
  expect(rows(world, "SELECT 1 FROM jobs WHERE state = 'waiting'")).toHaveLength(count);
  // Work that waits for Memos is not tried: one probe at a time asks, at most every 5 seconds once it is away for long.
  const asked = memos.requests.slice(calls.before);
  const probes = asked.filter(({ path }) => path.endsWith("/instance/profile"));
  expect(calls.most).toBe(1);
  expect(probes.length).toBeWithin(STEPS, HOUR_MS / 5_000 + 20);
  expect(asked.length - probes.length, "calls that met the outage").toBeLessThanOrEqual(16);
  // A busy machine may meet it in more than one way; each is said once.
  const reasons = world.log.flatMap(({ message, detail }) =>
    message === "memos does not answer" ? [detail] : [],
  );
  expect(reasons.length).toBeWithin(1, 4);
  expect(new Set(reasons).size).toBe(reasons.length);
  await until("a notice in each chat", () =>
    people.every(({ person }) => botTexts(world, person).length > 0),
  );

  // Counted here: looking through thousands of memos again and again would take the program's time.
  let made = 0;
  world.memos.onRequest = ({ method, path }, phase) => {
    if (phase === "after" && method === "POST" && path.endsWith("/memos")) made += 1;
  };
  away.clear();
  world.clock.advance(60_000);
  await until("all of them to be made", () => made >= count, 90_000);
  await settled(world, 90_000);
  for (const [at, { account, person }] of people.entries()) {
    const memos = world.memos.memos().filter(({ creator }) => creator === account.name);
    expect(memos.map(({ content }) => content)).toEqual(said[at] ?? []);
    const notices = botTexts(world, person).filter((text) => /when Memos is back/i.test(text));
    expect(notices).toHaveLength(1);
  }
  expect(rows(world, "SELECT 1 FROM jobs WHERE attempts > 0 OR state = 'dead'")).toEqual([]);
}, 180_000);
