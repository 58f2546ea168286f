import { describe, expect, test } from "bun:test";
import { changeSettings, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { START } from "../support/clock.ts";
import { type Conversation, talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Alice, who chose a digest; it is Sunday, 13:00 in Berlin. */
async function reading(...choices: string[]) {
  const world = await chatWorld();
  const alice = await talking(world);
  await world.quiet();
  changeSettings(world, alice.person, { time_zone: "Europe/Berlin" });
  alice.says("/settings");
  await alice.hears("Digest: off");
  for (const choice of choices) {
    await alice.presses("Digest");
    await alice.presses(choice);
    await alice.hears("Digest: ", "anywhere");
  }
  return { world, alice, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const digests = (alice: Conversation) => alice.seen().filter(({ text }) => text.startsWith("Digest"));
const dueAt = (world: ChatWorld) => {
  const [row] = rows<{ digest_at: number | null }>(world, "SELECT digest_at FROM bindings");
  return row?.digest_at == null ? null : new Date(row.digest_at).toISOString();
};
const yearsAgo = (years: number, days = 0) => {
  const at = new Date(START + 8 * HOUR);
  at.setUTCFullYear(at.getUTCFullYear() - years);
  return new Date(at.getTime() + days * DAY);
};

describe("the digest", () => {
  test("is chosen in /settings: how often, on which day and at which hour", async () => {
    await using at = await reading();
    const { world, alice } = at;
    await alice.presses("Digest");
    const open = await alice.hears(/^Digest$/);
    expect(open.buttons.slice(0, 9)).toEqual([
      "✓ off",
      "daily",
      "Mon",
      "Tue",
      "Wed",
      "Thu",
      "Fri",
      "Sat",
      "Sun",
    ]);
    expect(open.buttons.slice(9, -1)).toHaveLength(24);
    expect(open.buttons).toContain("✓ 08:00");
    await alice.presses("daily");
    await alice.hears("Digest: daily, 08:00");
    expect(dueAt(world)).toBe("2026-11-23T07:00:00.000Z");
    await alice.presses("Digest");
    await alice.presses("18:00");
    await alice.hears("Digest: daily, 18:00");
    expect(dueAt(world)).toBe("2026-11-22T17:00:00.000Z");
    await alice.presses("Digest");
    await alice.presses("Wed");
    await alice.hears("Digest: weekly: Wed, 18:00");
    expect(dueAt(world)).toBe("2026-11-25T17:00:00.000Z");
    await alice.presses("Digest");
    expect((await alice.hears(/^Digest$/)).buttons.filter((label) => label.startsWith("✓"))).toEqual([
      "✓ Wed",
      "✓ 18:00",
    ]);
    await alice.presses("09:00");
    await alice.hears("Digest: weekly: Wed, 09:00");
    // On other clocks it keeps its day and its hour.
    await alice.presses("Time zone");
    const { id } = await alice.hears("Which time zone?");
    alice.says("Tokyo", { replyTo: id });
    await alice.hears("Digest: weekly: Wed, 09:00");
    expect(dueAt(world)).toBe("2026-11-25T00:00:00.000Z");
    await alice.presses("Digest");
    await alice.presses("off");
    await alice.hears("Digest: off", "anywhere");
    expect(dueAt(world)).toBeNull();
  });

  test("tells memos of this day in earlier years, and open tasks of recent ones", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    const names = await writes(world, "alice", [
      { content: "**a year** ago", at: yearsAgo(1) },
      { content: "three years ago", at: yearsAgo(3) },
      { content: "another day", at: yearsAgo(2, 3) },
      { content: "- [ ] long ago", at: yearsAgo(0, -40) },
      {
        content: "# List\n\n- [ ] buy **milk**\n- [x] bread\n  - [ ] with seeds\n\n```\n- [ ] code\n```",
        at: yearsAgo(0, -2),
      },
      { content: "1. [ ] call home\n2. [ ] call home", at: yearsAgo(0, -3) },
    ]);
    await world.passes(5 * HOUR - 60_000);
    expect(digests(alice)).toEqual([]);
    await world.passes(60_000);
    const told = await alice.hears("Digest");
    expect(told.text.split("\n").filter((line) => /^[•\d]|years|tasks/.test(line))).toEqual([
      "This day in earlier years",
      "• a year ago",
      "• three years ago",
      "Open tasks",
      "1. ☐ buy milk · open",
      "2. ☐ with seeds · open",
      "3. ☐ call home · open",
    ]);
    expect(told.bold).toEqual(["Digest", "This day in earlier years", "Open tasks"]);
    expect(told.links).toEqual([0, 1, 4, 4, 5].map((memo) => `${world.memos.url}/${names[memo]}`));
    expect(told.buttons).toEqual(["☐ 1", "☐ 2", "☐ 3"]);
    expect(told.text).not.toContain("It was due");
    await world.passes(DAY);
    expect(digests(alice)).toHaveLength(2);
  });

  test("of a week tells this week in earlier years", async () => {
    await using at = await reading("18:00", "Sun");
    const { world, alice } = at;
    await writes(world, "alice", [
      { content: "six days before", at: yearsAgo(1, -6) },
      { content: "a week before", at: yearsAgo(1, -7) },
      { content: "this year", at: yearsAgo(0, -3) },
    ]);
    await world.passes(5 * HOUR);
    const told = await alice.hears("This week in earlier years");
    expect(told.text.match(/• .*/g)).toEqual(["• six days before"]);
    expect(dueAt(world)).toBe("2026-11-29T17:00:00.000Z");
  });

  test("with nothing to say is not sent, and comes the next day", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    await world.passes(5 * HOUR);
    expect(digests(alice)).toEqual([]);
    expect(dueAt(world)).toBe("2026-11-23T17:00:00.000Z");
    await writes(world, "alice", ["- [ ] milk"]);
    await world.passes(DAY);
    expect(digests(alice)).toHaveLength(1);
  });

  test("that was missed is told once within a day, and after that not at all", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    await writes(world, "alice", ["- [ ] milk"]);
    await world.restart(() => world.clock.advance(20 * HOUR));
    await world.quiet();
    expect((await alice.hears("Digest")).text).toContain("It was due: Sunday, November 22, 2026 at 6:00");
    await world.restart(() => world.clock.advance(3 * DAY));
    await world.quiet();
    await world.restart();
    await world.quiet();
    expect(digests(alice)).toHaveLength(1);
    expect(dueAt(world)).toBe("2026-11-26T17:00:00.000Z");
  });

  test("waits for Memos where that is away, and is told once it is back; reminders do not wait for it", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    const sent = alice.says("- [ ] milk");
    await alice.hears("Saved as");
    alice.says("/remind 19:00", { replyTo: sent });
    await alice.hears("⏰");
    await world.memos.stop();
    await world.passes(5 * HOUR);
    await world.passes(2 * HOUR);
    expect(digests(alice)).toEqual([]);
    await alice.hears("⏰ Reminder");
    await world.memos.start();
    await world.passes(60_000);
    await alice.hears("It was due: Sunday, November 22, 2026 at 6:00");
    await world.passes(10 * 60_000);
    expect(digests(alice)).toHaveLength(1);
  });

  test("with a dead token says so in its place, and then is silent", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    world.memos.revokeToken(alice.token);
    await world.passes(5 * HOUR);
    await alice.hears("Memos no longer accepts the access token of alice.");
    await world.eventually("paused", () => rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'")[0]);
    const { length } = alice.seen();
    await world.passes(DAY);
    expect(alice.seen()).toHaveLength(length);
    expect(dueAt(world)).toBe("2026-11-24T17:00:00.000Z");
  });

  test("names as much as there is room for, and says that there is more", async () => {
    await using at = await reading("18:00", "daily");
    const { world, alice } = at;
    const long = Array.from({ length: 12 }, (_, at) => `- [ ] ${at} ${"x".repeat(400)}`).join("\n");
    const old = Array.from({ length: 6 }, (_, at) => ({
      content: `${at} ${"ü".repeat(900)}`,
      at: yearsAgo(1),
    }));
    await writes(world, "alice", [...old, long]);
    await world.passes(5 * HOUR);
    const told = await alice.hears("Digest");
    expect(told.text.match(/^… and more\.$/gm)).toHaveLength(2);
    expect(told.text.match(/^• /gm)).toHaveLength(5);
    expect(told.buttons).toHaveLength(10);
    expect(told.text.length).toBeLessThan(4_096);
  });
});

describe("a task of the digest", () => {
  async function withTasks(...memos: string[]) {
    const at = await reading("18:00", "daily");
    const names = await writes(at.world, "alice", memos);
    await at.world.passes(5 * HOUR);
    const told = await at.alice.hears("Open tasks");
    const content = (memo: number) => at.world.memos.memo(names[memo] ?? "")?.content;
    return { ...at, names, told, content };
  }

  test("is ticked in Memos by its button, and shown ticked", async () => {
    await using at = await withTasks(
      "- [ ] eggs\n- [ ] **milk**, [a link](https://example.org)",
      "* [ ] call",
    );
    const { alice, told, content } = at;
    expect(told.text).toContain("1. ☐ call · open\n2. ☐ eggs · open\n3. ☐ milk, a link · open");
    await alice.presses("☐ 3");
    const after = await alice.hears("3. ☑ milk, a link · open");
    expect(after).toMatchObject({ id: told.id, buttons: ["☐ 1", "☐ 2"], bold: told.bold, links: told.links });
    expect(content(0)).toBe("- [ ] eggs\n- [x] **milk**, [a link](https://example.org)");
    await alice.presses("☐ 1");
    expect((await alice.hears("1. ☑ call")).text).toContain("3. ☑ milk");
    expect(content(1)).toBe("* [x] call");
  });

  test("pressed quickly beside others is lost from none of them", async () => {
    await using at = await withTasks("- [ ] a\n- [ ] b\n- [ ] c");
    const { alice, told, content } = at;
    await Promise.all(told.data.map((data) => alice.pressesOn(told.id, data)));
    expect((await alice.hears("1. ☑ a")).text).toMatch(/1\. ☑ a.*\n2\. ☑ b.*\n3\. ☑ c/);
    expect(content(0)).toBe("- [x] a\n- [x] b\n- [x] c");
  });

  test("that the memo does not have any more changes nothing there, and says so", async () => {
    await using at = await withTasks("- [ ] eggs\n- [ ] milk", "- [ ] call");
    const { world, alice, names, content } = at;
    world.memos.editContent(names[0] ?? "", "- [ ] eggs and milk");
    await alice.presses("☐ 3");
    await alice.hears("The memo does not have this task any more.");
    expect(content(0)).toBe("- [ ] eggs and milk");
    expect((await alice.hears("Open tasks", "anywhere")).text).toContain(
      "1. ☐ call · open\n2. – eggs · open\n3. – milk",
    );
    world.memos.deleteMemo(names[1] ?? "");
    await alice.presses("☐ 1");
    expect((await alice.hears("Open tasks", "anywhere")).text).toContain("1. – call");
  });

  test("that says the same as another one is ticked once a press", async () => {
    await using at = await withTasks("- [ ] milk\n- [ ] milk");
    const { alice, told, content } = at;
    expect(told.buttons).toEqual(["☐ 1"]);
    await alice.presses("☐ 1");
    await alice.hears("1. ☑ milk");
    expect(content(0)).toBe("- [x] milk\n- [ ] milk");
  });

  test("of an account that was left is refused", async () => {
    await using at = await withTasks("- [ ] milk");
    const { world, alice, told, content } = at;
    alice.says(`/bind ${world.memos.addUser("bob").token}`);
    await alice.hears("account of bob.");
    expect(await alice.pressesOn(told.id, "☐ 1")).toBe("This memo belongs to another account.");
    expect(content(0)).toBe("- [ ] milk");
  });
});
