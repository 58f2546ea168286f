import { expect } from "bun:test";
import { sentName, until } from "../support/app.ts";
import { expectMemos, plain } from "./expected.ts";
import type { MachineClock } from "./faketime.ts";
import { withLog } from "./runs.ts";
import { seeded } from "./seeded.ts";
import { chosen, contentOf, expectedOf, oneOf, type Said, type Talk, type TrafficKind } from "./traffic.ts";
import { createScript, type Script } from "./traffic-api.ts";
import { CHANGES, INLINE } from "./traffic-changes.ts";
import { given, setChat } from "./traffic-given.ts";
import { groupTraffic } from "./traffic-group.ts";
import { MESSAGES } from "./traffic-messages.ts";
import { createNews } from "./traffic-news.ts";
import { createPublishing } from "./traffic-publishing.ts";
import { createReminders } from "./traffic-reminders.ts";
import { type Beside, createTelling, type Telling } from "./traffic-told.ts";
import { disturb } from "./trouble.ts";
import { type CrashWorld, createCrashWorld, type Power } from "./world.ts";

interface Campaign {
  readonly kills: number;
  readonly seed: number;
  /** How long nothing may be left to do after the last kill takes at most. */
  readonly settleMs: number;
  /** Of Memos. Default: the newest that is known. */
  readonly version?: string;
  /** The program is ended by power cuts instead. */
  readonly power?: Power;
  /** The clock of its machine is set, a day ahead or back or right again, at any moment. */
  readonly clock?: MachineClock;
  /** Once, half way, the program is stopped (SIGSTOP) for so long, and lives on until all is done. */
  readonly stopMs?: number;
  /** Told of each kill; for long runs. */
  readonly progress?: (kills: number, messages: number) => void;
}

const HOUR_MS = 3_600_000;
/** The longest life: enough to work a message to its end, and to wait for an album at times. */
const LIFE_MS = 700;
const MESSAGES_A_KILL = 2;
/** How often the clock is set, where there is one to set, and by how much it is off then. */
const SETTINGS = 0.5;
const OFF_SECONDS = [86_400, -86_400, 0];
/** How often a script asks for something by the API in a life. */
const ASKS = 0.6;
/** How often something goes on beside what people send. */
const BESIDE = 0.5;
/** How often the way in which updates come is changed, by the API. */
const SWITCHES = 0.3;

/**
 * Traffic of five people, of two in a group and of a script that uses the API, while the program is killed at random
 * moments and both servers misbehave; at the end each message has exactly one memo with exactly its files, as it was last edited, in order per
 * chat; each reply is one comment; and nothing is confirmed twice, or before it is there.
 */
export async function runCampaign(campaign: Campaign): Promise<{ messages: number }> {
  const { kills, seed, settleMs, power, clock, stopMs, version, progress } = campaign;
  const random = seeded(seed);
  const messages = kills * MESSAGES_A_KILL;
  await using world = await createCrashWorld({
    ...(power && { power }),
    ...(version !== undefined && { memos: { version } }),
    webhook: true,
    telegram: { inline: true },
    env: { RECEIVE: "auto", ...clock?.env },
  });
  const telling = createTelling(world);
  const { talks, script, beside } = await begin(world, telling);
  let sent = 0;
  const act = (talk: Talk, kind: TrafficKind) => {
    sent += 1;
    kind.act(talk, `message ${sent}`, random, sent);
    // Telegram dates by the second, and a text that follows a long one within one may be its rest.
    world.telegram.advance(2_000);
  };
  const say = () => {
    const talk = oneOf(talks, random);
    if (talk && sent < messages) act(talk, chosen(talk.traffic, random));
  };

  const standStill = async (ms: number) => {
    world.memos.clearFaults();
    world.telegram.clearFaults();
    const slow = world.memos.fault({ match: { method: "POST" }, times: 1, action: { delayMs: 500 } });
    await world.program.start();
    const [alice, bob] = talks;
    const [text] = MESSAGES;
    if (!alice || !bob || !text) throw new Error("nobody");
    act(alice, text);
    await until("a call to be under way", () => slow.hits > 0);
    world.program.signal("SIGSTOP");
    act(bob, text);
    await Bun.sleep(ms);
    world.program.signal("SIGCONT");
    await world.settled(settleMs);
    await world.kill();
  };

  const early = watchConfirmations(world, talks);
  await withLog(world, async () => {
    for (let life = 0; life < kills; life += 1) {
      const lasts = random() * LIFE_MS;
      const speaks = random() * lasts;
      telling.begins(await disturb(world, random));
      say();
      for (const [at, one] of beside.entries())
        if (random() < BESIDE) one.act(`beside ${life}-${at}`, random);
      if (random() < ASKS) script.ask(`request ${life}`, random);
      const change = random() < SWITCHES ? (random() < 0.5 ? "webhook" : "polling") : null;
      // It may be killed before it is ready.
      const started = world.program
        .start()
        .then(() => change && receive(world, change))
        .then(() => script.work())
        .catch(() => {});
      await Bun.sleep(speaks);
      if (random() < SETTINGS) clock?.set(oneOf(OFF_SECONDS, random) ?? 0);
      say();
      await Bun.sleep(lasts - speaks);
      await world.kill();
      await started;
      progress?.(life + 1, sent);
      if (stopMs !== undefined && life === Math.floor(kills / 2)) await standStill(stopMs);
    }
    while (sent < messages) say();
    world.memos.clearFaults();
    world.telegram.clearFaults();
    telling.begins(false);
    await world.program.start();
    await script.work();
    await receive(world, "polling");
    await until("all to be taken", () => world.telegram.pendingUpdates.length === 0, settleMs);
    await world.program.stop();
    // A place that is shared as it moves is followed once a minute, or at the next start; all reminders are due by then.
    world.telegram.advance(HOUR_MS);
    telling.begins(false);
    await world.program.start();
    await world.settled(settleMs);
    await script.check();
    for (const one of beside) await one.check();
    expect(early, "no memo is confirmed before it is there").toEqual([]);
    await check(world, talks);
  });
  return { messages: sent };
}

/** Five people who write to the bot, each with an account, two who do so in a group with somebody who has none, one's script, one who is told news and one who is reminded. */
async function begin(
  world: CrashWorld,
  telling: Telling,
): Promise<{ talks: Talk[]; script: Script; beside: Beside[] }> {
  const { telegram } = world;
  const people = world.people("alice", "bob", "carol", "dora", "emil", "frank", "grace");
  const [owner, reader, forgetful, author, ...keepers] = world.people(
    "heidi",
    "ivan",
    "judith",
    "nina",
    "kim",
    "leo",
  );
  await world.bind([...people, owner, reader, forgetful, author, ...keepers]);
  owner.person.say("/start");
  const group = telegram.group({ type: "supergroup", title: "Trip", username: "trip_group" });
  const inGroup = groupTraffic(group.as(telegram.user({ first_name: "Eve" })));
  const talking = people.map(
    ({ person, account }, at): Talk =>
      at < 5
        ? { actor: person, traffic: [...MESSAGES, ...CHANGES, INLINE], account, telegram, memos: [] }
        : { actor: group.as(person), traffic: [...inGroup, INLINE], account, telegram, memos: [] },
  );
  telling.begins(false);
  await world.program.start();
  telegram.setBot(group, owner.person, "administrator");
  telegram.setBot(group, owner.person, "member");
  const talks = [...talking, ...(await given(world, keepers))];
  // Presses need words with buttons.
  await setChat(world, group, { confirmation: "reply" });
  const beside = [
    await createNews(world, telling, { ...reader, by: owner.account }),
    createReminders(world, telling, forgetful.person),
    await createPublishing(world, author),
  ];
  await world.settled();
  await world.program.stop();
  return { talks, script: createScript(world, owner), beside };
}

/** Changes how updates come in. @throws where the program is not there. */
async function receive(world: CrashWorld, mode: "polling" | "webhook"): Promise<void> {
  const answer = await world.call("POST", "/api/v1/receive", { mode });
  if (!answer.ok) throw new Error(`POST /api/v1/receive: ${answer.status} ${await answer.text()}`);
}

/** Notes, from now on, each message that is confirmed while there is no memo of it. */
function watchConfirmations(world: CrashWorld, talks: readonly Talk[]): readonly string[] {
  const early: string[] = [];
  world.telegram.onRequest = ({ method, params }, phase) => {
    if (method !== "sendMessage" || phase !== "before") return;
    const { message_id: target } = JSON.parse(params["reply_parameters"] ?? "{}") as { message_id?: number };
    const told = talks
      .filter(({ actor }) => actor.chatId === Number(params["chat_id"]))
      .flatMap(({ memos }) => memos)
      .find(({ message }) => message.message_id === target);
    if (told && !isThere(world, told)) early.push(`${contentOf(told)}: ${params["text"]}`);
  };
  return early;
}

/** As it is now, or was once; a long one may still lack what goes on in comments, and what was joined. */
function isThere({ memos }: CrashWorld, one: Said): boolean {
  const texts = [...one.earlier, contentOf(one)];
  return memos
    .memos()
    .some(({ content, attachments }) =>
      content === ""
        ? attachments.some((file) => sentName(file).includes(`-${one.message.message_id}.`))
        : texts.some((text) => text === plain(content) || text.startsWith(`${plain(content)}\n`)),
    );
}

async function check(world: CrashWorld, talks: readonly Talk[]): Promise<void> {
  for (const { actor, account, memos } of talks) {
    expectMemos(world, account.name, memos.map(expectedOf));
    const times = world.memos
      .memos()
      .filter(({ creator }) => creator === account.name)
      .map(({ createTime }) => createTime);
    expect(times).toEqual(times.toSorted());
    const saved = new Set(
      memos
        .flatMap(({ message, comments }) => [message, ...comments.map((one) => one.message)])
        .map(({ message_id }) => message_id),
    );
    // What stands for many answers no single message, and what answers a command may be said twice.
    const answered = world.telegram.sent
      .filter(({ chatId }) => chatId === actor.chatId)
      .flatMap(
        ({ message }) =>
          (message["reply_to_message"] as { message_id: number } | undefined)?.message_id ?? [],
      )
      .filter((id) => saved.has(id));
    expect(new Set(answered).size, "no memo is confirmed twice").toBe(answered.length);
  }
  expect(world.rows("SELECT kind, reason, detail, attempts FROM jobs WHERE state = 'dead'")).toEqual([]);
  const { jobs } = await world.api("/api/v1/status");
  expect(jobs).toMatchObject({ waiting: 0, working: 0, dead: 0 });
  await world.program.stop();
  expect(world.rows("SELECT 1 FROM jobs WHERE kind = 'inline'"), "nothing is kept of inline queries").toEqual(
    [],
  );
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}
