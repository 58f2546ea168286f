import { describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { talking } from "../support/conversation.ts";
import { talkAbout as talk, writes } from "../support/notebook.ts";

const DAY = 86_400_000;

const entries = (text: string) => [...text.matchAll(/^\d+\. (.*)$/gm)].map(([, line]) => line);

describe("/search", () => {
  test("shows the best matching line with the match marked, the day and a link", async () => {
    await using made = await talk([
      "Shopping\nmilk, Apple juice\nbread",
      "nothing of it",
      "# Apple cake\nwith cinnamon",
    ]);
    made.alice.says("/search apple");
    const found = await made.alice.hears("2 memos with “apple”");
    expect(entries(found.text)).toEqual(["Apple cake", "milk, Apple juice"]);
    expect(found.bold).toEqual(["2 memos with “apple”", "Apple", "Apple"]);
    expect(found.links).toHaveLength(2);
    expect(found.links[0]).toContain("/memos/");
    expect(found.text).toMatch(/\d{4} · PRIVATE · open/);
  });

  test("finds memos that have all the words, and quoted words in their order", async () => {
    await using made = await talk(["apple pie, and a cake", "a cake of apple", "apple cake"]);
    const { alice } = made;
    alice.says("/search cake apple");
    expect(entries((await alice.hears("3 memos")).text)).toHaveLength(3);
    alice.says('/search "apple cake"');
    expect(entries((await alice.hears("1 memo with")).text)).toEqual(["apple cake"]);
  });

  test("cuts long lines around the match, within Telegram's limits", async () => {
    const long = `${"🌸".repeat(300)} needle ${"ж".repeat(600)}`;
    await using made = await talk([long, long, long, long, long]);
    made.alice.says("/search needle");
    const found = await made.alice.hears("5 memos with");
    expect(found.text.length).toBeLessThan(4_096);
    expect(found.bold.filter((word) => word === "needle")).toHaveLength(5);
  });

  test("says how, where nothing is asked for; and that there is nothing", async () => {
    await using made = await talk(["one"]);
    made.alice.says("/search");
    await made.alice.hears("Add what you are looking for");
    made.alice.says("/search nothing-like-that");
    expect((await made.alice.hears("I found no memo of yours.")).buttons).toEqual([]);
  });

  test("pages by five, and the pages hold while memos are added and deleted", async () => {
    await using made = await talk(Array.from({ length: 12 }, (_, at) => `apple ${at + 1}`));
    const { world, alice } = made;
    alice.says("/search apple");
    const first = await alice.hears("12 memos with");
    expect(entries(first.text)).toEqual(["apple 12", "apple 11", "apple 10", "apple 9", "apple 8"]);
    expect(first.buttons).toEqual(["Show 1", "Show 2", "Show 3", "Show 4", "Show 5", "6–10 ›"]);
    await writes(world, "alice", ["apple new", "apple newer"]);
    const victim = world.memos.memos().find(({ content }) => content === "apple 6");
    world.memos.deleteMemo(victim?.name ?? "");
    await alice.presses("6–10 ›");
    const second = await alice.hears("6. apple 7");
    expect(entries(second.text)).toEqual([
      "apple 7",
      "This memo is gone: it was deleted in Memos.",
      "apple 5",
      "apple 4",
      "apple 3",
    ]);
    // What is gone cannot be shown.
    expect(second.buttons).toEqual(["Show 6", "Show 8", "Show 9", "Show 10", "‹ 1–5", "11–12 ›"]);
    await alice.presses("11–12 ›");
    expect(entries((await alice.hears("11. ")).text)).toEqual(["apple 2", "apple 1"]);
    expect(first.data.every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
    await alice.presses("‹ 6–10");
    await alice.hears("6. apple 7");
    expect(alice.seen()).toHaveLength(1);
  });

  test("of before a restart has to be asked for again, and shows no other list", async () => {
    await using made = await talk(Array.from({ length: 6 }, (_, at) => `apple ${at + 1}`));
    const { world, alice } = made;
    alice.says("/search apple");
    const { id, data } = await alice.hears("6 memos with");
    await world.restart();
    alice.says("/recent");
    await alice.hears("Your newest memos");
    for (const button of data) {
      expect(await alice.pressesOn(id, button)).toBe("This list is too old. Please ask again.");
    }
    await world.quiet();
    expect(alice.seen()).toHaveLength(2);
  });

  test("finds one's own memos only; a foreign press is refused", async () => {
    await using made = await talk(Array.from({ length: 6 }, (_, at) => `secret ${at}`));
    const { world, alice } = made;
    const bob = await talking(world, "bob");
    await writes(world, "bob", ["bob's secret"]);
    alice.says("/search secret");
    const { id, data } = await alice.hears("6 memos with");
    for (const button of data) {
      expect(await bob.pressesOn(id, button)).toBe("This memo belongs to another account.");
    }
    bob.says("/search secret");
    expect(entries((await bob.hears("1 memo with")).text)).toEqual(["bob's secret"]);
    await world.quiet();
    // To bob nothing was said but that.
    expect(bob.seen()).toHaveLength(1);
    expect(alice.seen()).toHaveLength(1);
  });

  test("answers in words when Memos is down, or slow", async () => {
    await using made = await talk(["apple"]);
    const { world, alice } = made;
    const slow = world.memos.fault({ match: { path: /\/memos$/ }, action: "hang" });
    alice.says("/search apple");
    const heard = alice.hears("Memos does not answer right now.");
    await until("Memos is asked", () => slow.hits > 0);
    await world.clock.advance(30_000);
    await heard;
    world.memos.clearFaults();
    await world.memos.stop();
    alice.says("/search apple");
    await alice.hears("Memos does not answer right now.");
    await world.memos.start();
    alice.says("/search apple");
    await alice.hears("1 memo with");
  });
});

describe("/recent", () => {
  test("shows the newest, with pages", async () => {
    await using made = await talk(["one", "two", "three", "four", "five", "six"]);
    made.alice.says("/recent");
    const first = await made.alice.hears("Your newest memos");
    expect(entries(first.text)).toEqual(["six", "five", "four", "three", "two"]);
    await made.alice.presses("6–6 ›");
    expect(entries((await made.alice.hears("6. one")).text)).toEqual(["one"]);
  });

  test("shows plain words, and of a forward what it says", async () => {
    await using made = await talk([
      "> Forwarded from [News](https://t.me/newsch/55) · 2023-11-14 22:13\n\nThe **train** is late",
      "📊 **Pizza?**\n- [ ] yes\n- [x] no",
    ]);
    made.alice.says("/recent");
    const found = await made.alice.hears("Your newest memos");
    expect(entries(found.text)).toEqual(["📊 Pizza?", "The train is late"]);
  });

  test("names the files of a memo without words, as what makes no link", async () => {
    const file = (filename: string) => ({ filename, type: "text/plain", bytes: Buffer.from("hello") });
    await using made = await talk([
      { content: "", files: Array.from({ length: 9 }, (_, at) => file(`from a long journey ${at}.txt`)) },
      { content: "", files: [file("notes.md"), file("scan.pdf")] },
    ]);
    const { world, alice } = made;
    alice.person.sendDocument({ fileName: "plan.pdf" });
    await alice.hears("Saved as");
    alice.says("/recent");
    const [sent, two, many] = entries((await alice.hears("Your newest memos")).text);
    expect([sent, two]).toEqual(["📎 plan.pdf", "📎 notes.md, scan.pdf"]);
    expect(many).toMatch(/^📎 from a long journey 0\.txt, .{50,100}…$/);
    const message = world.telegram.botMessages(alice.person.id).at(-1);
    const codes = message?.entities?.filter(({ type }) => type === "code");
    expect(codes?.map(({ offset, length }) => message?.text?.slice(offset, offset + length))[1]).toBe(
      "notes.md, scan.pdf",
    );
  });
});

describe("/today and /random", () => {
  test("/today shows what was written today, and on this day in earlier years", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/today");
    await alice.hears("I found no memo of yours.");
    const now = new Date(world.clock.now());
    const back = (years: number) => {
      const at = new Date(now);
      at.setFullYear(now.getFullYear() - years);
      return at;
    };
    await writes(world, "alice", [
      { content: "a year ago", at: back(1) },
      { content: "three years ago", at: back(3) },
      { content: "another day", at: new Date(back(2).getTime() - 3 * DAY) },
      "today itself",
    ]);
    alice.says("/today");
    const found = await alice.hears("Today, and this day in earlier years");
    expect(entries(found.text)).toEqual(["today itself", "a year ago", "three years ago"]);
  });

  test("/random shows one of one's memos, with its files", async () => {
    const files = [{ filename: "a.txt", type: "text/plain", bytes: Buffer.from("hello") }];
    await using made = await talk([{ content: "**one**\nsecond line #tag", files }]);
    made.alice.says("/random");
    await made.alice.hears(/^one\nsecond line #tag\n/, "anywhere");
    await made.world.eventually("the file", () =>
      made.world.telegram.sent.some(({ method }) => method === "sendDocument"),
    );
  });
});
