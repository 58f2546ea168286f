import { describe, expect, test } from "bun:test";
import { startFakeMemos } from "../fakes/memos.ts";
import { botTexts, changeSettings, memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { START } from "../support/clock.ts";
import { talking } from "../support/conversation.ts";
import { inGroup } from "../support/in-group.ts";
import { withThought } from "../support/thought.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const goesBy = (
  { world, alice }: Pick<Awaited<ReturnType<typeof withThought>>, "world" | "alice">,
  zone: string,
) => changeSettings(world, alice.person, { time_zone: zone });
const reminders = (world: ChatWorld) =>
  rows<{ due_at: number | null; cron: string | null }>(world, "SELECT * FROM reminders");

describe("/remind", () => {
  test("brings a memo back at its time, with its words, and is done by a press", async () => {
    await using saved = await withThought();
    const { world, alice, sent, name } = saved;
    goesBy(saved, "Europe/Berlin");
    world.memos.editContent(name, "# A thought\n\nwith **words**");
    // It is 13:00 in Berlin.
    alice.says("/remind 18:00", { replyTo: sent });
    expect((await alice.hears("⏰ Sunday, November 22, 2026 at 6:00")).buttons).toEqual(["Cancel"]);
    await world.passes(5 * HOUR - 2 * MINUTE);
    expect(alice.seen()).toHaveLength(2);
    await world.passes(2 * MINUTE);
    const told = await alice.hears("⏰ Reminder\n\nA thought\n\nwith words\n\n");
    expect(told.bold).toEqual(["⏰ Reminder", "A thought", "words"]);
    expect(told.links).toEqual([`${world.memos.url}/${name}`]);
    expect(told.buttons).toEqual(["Done", "Snooze 1 h", "Tomorrow"]);
    expect(told.text).not.toContain("It was due");
    expect(world.telegram.requests.at(-1)?.params["disable_notification"]).toBe("false");
    await alice.presses("Done");
    const done = await alice.hears("✓ Done");
    expect(done).toMatchObject({ id: told.id, buttons: [], bold: told.bold });
    expect(reminders(world)).toEqual([]);
    await world.passes(2 * DAY);
    expect(alice.seen()).toHaveLength(3);
  });

  test("is about the memo: a reply to its answer, and to what came, is a comment", async () => {
    await using saved = await withThought();
    const { world, alice, confirmed, name } = saved;
    alice.says("/remind 30m", { replyTo: confirmed.id });
    const stated = await alice.hears("⏰ ");
    alice.replies(stated.id, "one");
    await world.passes(30 * MINUTE);
    const told = await alice.hears("⏰ Reminder", "anywhere");
    alice.replies(told.id, "two");
    await world.quiet();
    expect(world.memos.comments(name).map(({ content }) => content)).toEqual(["one", "two"]);
    alice.says("/remind 1h", { replyTo: told.id });
    await alice.hears("⏰ Sunday");
  });

  test("is put off by an hour, and to tomorrow", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    goesBy(saved, "UTC");
    alice.says("/remind 2h", { replyTo: sent });
    await alice.hears("2:00");
    await world.passes(2 * HOUR);
    const first = await alice.hears("⏰ Reminder");
    await alice.presses("Snooze 1 h");
    expect((await alice.hears("⏰ Sunday, November 22, 2026 at 3:00")).id).toBe(first.id);
    await world.passes(HOUR);
    const second = await alice.hears("⏰ Reminder");
    expect(second.id).not.toBe(first.id);
    await alice.presses("Tomorrow");
    await alice.hears("⏰ Monday, November 23, 2026 at 9:00");
    await world.passes(DAY);
    expect((await alice.hears("⏰ Reminder")).id).not.toBe(second.id);
  });

  test("without a time asks for one with buttons", async () => {
    await using saved = await withThought();
    const { alice, sent } = saved;
    goesBy(saved, "UTC");
    for (const [button, told] of [
      ["1 h", "1:00"],
      ["This evening", "November 22, 2026 at 7:00"],
      ["Tomorrow", "November 23, 2026 at 9:00"],
    ] as const) {
      alice.says("/remind", { replyTo: sent });
      const asked = await alice.hears("When?");
      expect(asked.buttons).toEqual(["1 h", "This evening", "Tomorrow"]);
      await alice.presses(button);
      expect((await alice.hears(told)).id).toBe(asked.id);
    }
    alice.says("/reminders");
    expect((await alice.hears("3 reminders")).text.match(/⏰/g)).toHaveLength(3);
  });

  test("refuses a time that is over, and what is no time, with examples", async () => {
    await using saved = await withThought();
    const { alice, sent, world } = saved;
    alice.says("/remind yesterday", { replyTo: sent });
    await alice.hears("That time is over. Send for example /remind 18:00");
    alice.says("/remind me of milk", { replyTo: sent });
    await alice.hears("I do not understand that time.");
    alice.says("/remind 18:00");
    await alice.hears("Send /remind 18:00 as a reply");
    expect(reminders(world)).toEqual([]);
  });

  test("is understood in the language of the person, and in English", async () => {
    await using saved = await withThought();
    const { alice, sent } = saved;
    goesBy(saved, "Europe/Berlin");
    Object.assign(alice.person.user, { language_code: "de" });
    alice.says("/remind nächsten Montag 9 Uhr", { replyTo: sent });
    await alice.hears("⏰ Montag, 23. November 2026 um 09:00");
    alice.says("/remind tomorrow 8pm", { replyTo: sent });
    await alice.hears("⏰ Montag, 23. November 2026 um 20:00");
  });

  test("of a memo again and again keeps the hour of the clock over both changes of it", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    goesBy(saved, "Europe/Berlin");
    alice.says("/remind every sunday 9:00", { replyTo: sent });
    const stated = await alice.hears("⏰ Sunday, November 29, 2026 at 9:00");
    expect(stated.text.match(/🔁 Sunday, December (6|13), 2026 at 9:00/g)).toHaveLength(2);
    const dues: string[] = [];
    for (let week = 0; week < 52; week += 1) {
      const due = reminders(world)[0]?.due_at ?? 0;
      dues.push(new Date(due).toISOString().slice(11, 16));
      await world.passes(due - world.clock.now() + 1_000);
    }
    // In winter 8:00 UTC, in summer 7:00.
    expect([dues[16], dues[17], dues[47], dues[48]]).toEqual(["08:00", "07:00", "07:00", "08:00"]);
    expect(new Set(dues)).toEqual(new Set(["08:00", "07:00"]));
    await world.quiet();
    expect(alice.seen().filter(({ text }) => text.startsWith("⏰ Reminder"))).toHaveLength(52);
  });

  test("of a memo again and again comes again also where one was done or put off", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    alice.says("/remind every day 14:00", { replyTo: sent });
    await alice.hears("🔁");
    await world.passes(DAY);
    await alice.presses("Done");
    await alice.hears("✓ Done");
    await world.passes(DAY);
    await alice.presses("Snooze 1 h");
    await world.passes(HOUR);
    await world.passes(DAY);
    const told = alice.seen().filter(({ text }) => text.startsWith("⏰ Reminder"));
    expect(told).toHaveLength(4);
    expect(reminders(world).map(({ cron }) => cron)).toEqual(["0 14 * * *", null]);
  });

  test("in a group shows nothing there, and is told in private", async () => {
    await using at = await inGroup();
    const { world, group, alice, bob } = at;
    alice.say("/id");
    const { message_id: replyTo } = group.as(alice).say("/save a secret thought");
    await memosSaved(world, 1);
    group.as(alice).say("/remind 1h", { replyTo });
    await world.quiet();
    expect(at.told().at(-1)).toMatch(/^⏰ .*\nI will tell you in our own chat\.$/);
    expect(at.shown().at(-1)?.reply_markup).toBeUndefined();
    // The memo is another's.
    group.as(bob).say("/remind 1h", { replyTo: at.lastId() });
    await world.quiet();
    expect(at.told().at(-1)).toBe("This memo belongs to another account.");
    group.as(alice).say(`/reminders@${world.telegram.bot.username}`);
    await world.quiet();
    expect(at.told().at(-1)).toContain("Others read along here.");
    const { length } = at.told();
    await world.passes(HOUR);
    expect(at.told()).toHaveLength(length);
    expect(botTexts(world, alice).slice(1)).toEqual([expect.stringContaining("a secret thought")]);
    expect(botTexts(world, bob)).toEqual([]);
  });
});

describe("what is due", () => {
  const due = "⏰ Reminder";

  test("while the machine was off is told once at the start, and when it was due", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    goesBy(saved, "UTC");
    alice.says("/remind 1h", { replyTo: sent });
    await alice.hears("⏰");
    alice.says("/remind every day 14:00", { replyTo: sent });
    await alice.hears("🔁");
    await world.restart(() => world.clock.advance(3 * DAY));
    await world.quiet();
    const told = alice.seen().filter(({ text }) => text.startsWith(due));
    expect(told.map(({ text }) => text.split("\n")[1])).toEqual([
      expect.stringContaining("It was due: Sunday, November 22, 2026 at 1:00"),
      expect.stringContaining("It was due: Sunday, November 22, 2026 at 2:00"),
    ]);
    await world.restart();
    await world.quiet();
    expect(alice.seen().filter(({ text }) => text.startsWith(due))).toHaveLength(2);
    await world.passes(DAY);
    expect(alice.seen().filter(({ text }) => text.startsWith(due))).toHaveLength(3);
  });

  test("of a memo that was deleted says so once, and is over", async () => {
    await using saved = await withThought();
    const { world, alice, sent, name } = saved;
    alice.says("/remind every day 14:00", { replyTo: sent });
    await alice.hears("🔁");
    world.memos.deleteMemo(name);
    await world.passes(DAY);
    expect((await alice.hears("This memo is gone: it was deleted in Memos.")).buttons).toEqual([]);
    expect(reminders(world)).toEqual([]);
    await world.passes(3 * DAY);
    expect(alice.seen()).toHaveLength(3);
  });

  test("is told with its link alone while Memos is away, or the token is dead", async () => {
    await using saved = await withThought();
    const { world, alice, sent, name } = saved;
    for (const time of ["1h", "3h"]) {
      alice.says(`/remind ${time}`, { replyTo: sent });
      await alice.hears("⏰");
    }
    await world.memos.stop();
    await world.passes(HOUR);
    expect(alice.seen().filter(({ text }) => text.startsWith(due))).toEqual([]);
    await world.passes(2 * MINUTE);
    const away = await alice.hears("I cannot read it in Memos right now. · open");
    expect(away.links).toEqual([`${world.memos.url}/${name}`]);
    expect(away.buttons).toEqual(["Done", "Snooze 1 h", "Tomorrow"]);
    await world.memos.start();
    world.memos.revokeToken(alice.token);
    await world.passes(2 * HOUR);
    const dead = await alice.hears("Memos no longer accepts the access token of alice.");
    expect(dead).toMatchObject({ links: away.links, buttons: away.buttons });
    alice.says("/remind 5h", { replyTo: sent });
    await world.eventually("paused", () => rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'")[0]);
    await world.passes(5 * HOUR);
    expect((await alice.hears("I cannot read it in Memos right now. · open")).links).toEqual(away.links);
  });

  test("of an account that was left stays silent, and is removed with it", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    alice.says("/remind 1h", { replyTo: sent });
    await alice.hears("⏰");
    // The same account again keeps it.
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await alice.hears("account of alice.");
    expect(reminders(world)).toHaveLength(1);
    alice.says(`/bind ${world.memos.addUser("bob").token}`);
    await alice.hears("account of bob.");
    expect(reminders(world)).toEqual([]);
    const thought = alice.says("bob's thought");
    await alice.hears("Saved as");
    alice.says("/remind 1h", { replyTo: thought });
    await alice.hears("⏰");
    alice.says("/unbind");
    await alice.presses("Disconnect");
    await alice.hears("Disconnected");
    expect(reminders(world)).toEqual([]);
    const { length } = alice.seen();
    await world.passes(DAY);
    expect(alice.seen()).toHaveLength(length);
  });

  test("is not told early because this machine's clock was set, nor to who is not let in any more", async () => {
    let passed = () => 0;
    await using saved = await withThought({ telegram: { wallClock: () => START + passed() } });
    const { world, alice, sent } = saved;
    passed = world.clock.monotonic;
    await world.quiet();
    alice.says("/remind 1h", { replyTo: sent });
    await alice.hears("⏰");
    alice.says("/remind 3h", { replyTo: sent });
    await alice.hears("⏰");
    const { length } = alice.seen();
    world.clock.set(START + 30 * DAY);
    await world.passes(10 * MINUTE);
    expect(alice.seen()).toHaveLength(length);
    world.clock.set(START - 30 * DAY);
    await world.passes(50 * MINUTE);
    const told = await alice.hears(due);
    expect(told.text).not.toContain("It was due");
    await world.restart(() => Object.assign(world.env, { ALLOWED_USERS: "1" }));
    await world.passes(2 * HOUR + 10 * MINUTE);
    expect(alice.seen()).toHaveLength(length + 1);
    // It is kept for when they are let in again.
    await world.restart(() => Object.assign(world.env, { ALLOWED_USERS: "" }));
    await world.quiet();
    expect(alice.seen()).toHaveLength(length + 2);
    await alice.hears("It was due: ");
  });

  test("is told by this machine's clock where Telegram never tells the time, some minutes after a start", async () => {
    await using saved = await withThought({ telegram: { wallClock: () => Number.NaN } });
    const { world, alice, sent } = saved;
    alice.says("/remind 1h", { replyTo: sent });
    await alice.hears("⏰");
    await world.restart(() => world.clock.advance(2 * HOUR));
    await world.passes(4 * MINUTE);
    expect(alice.seen().filter(({ text }) => text.startsWith(due))).toEqual([]);
    await world.passes(2 * MINUTE);
    await alice.hears("a thought");
  });

  test("of another Memos server waits, and its token stays here", async () => {
    await using saved = await withThought();
    const other = await startFakeMemos();
    await using _ = { [Symbol.asyncDispose]: other.stop };
    const { world, alice, sent } = saved;
    alice.says("/remind 1h", { replyTo: sent });
    await alice.hears("⏰");
    const { MEMOS_URL } = world.env;
    await world.restart(() => Object.assign(world.env, { MEMOS_URL: other.url }));
    await world.passes(2 * HOUR);
    expect(alice.seen().filter(({ text }) => text.startsWith(due))).toEqual([]);
    expect(other.requests.filter(({ path }) => path.includes("memos/"))).toEqual([]);
    await world.restart(() => Object.assign(world.env, { MEMOS_URL }));
    await world.quiet();
    await alice.hears("a thought");
  });
});

describe("/reminders", () => {
  test("lists what is to come, five a page, with a button to cancel each", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    alice.says("/reminders");
    await alice.hears("There is nothing to remind you of.");
    for (let days = 6; days > 0; days -= 1) alice.says(`/remind ${days}d`, { replyTo: sent });
    await world.quiet();
    alice.says("/reminders");
    const first = await alice.hears("6 reminders");
    expect(first.text.match(/\d+\. a thought\n⏰ [A-Z][a-z]+day.* · open/g)).toHaveLength(5);
    expect(first.buttons).toEqual(["Cancel 1", "Cancel 2", "Cancel 3", "Cancel 4", "Cancel 5", "6–6 ›"]);
    await alice.presses("6–6 ›");
    await alice.presses("Cancel 6");
    const left = await alice.hears("5 reminders", "anywhere");
    expect(left.id).toBe(first.id);
    await alice.presses("Cancel 1");
    await alice.hears("4 reminders", "anywhere");
    expect(reminders(world)).toHaveLength(4);
    const bob = await talking(world, "bob");
    bob.says("/reminders");
    await bob.hears("There is nothing to remind you of.");
  });
});
