import { describe, expect } from "bun:test";
import { memosSaved } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGerman } from "../support/languages.ts";

const contents = (world: ChatWorld) => world.memos.memos().map(({ content }) => content);
const only = (world: ChatWorld) => world.memos.memos()[0]?.name ?? "";
const says = (world: ChatWorld, ...expected: string[]) =>
  world.until(`memos that say ${expected}`, () => contents(world).join("|") === expected.join("|"));

describe("an edited message", () => {
  inGerman("changes its memo, and asks first where somebody did", async ({ world, person, texts }) => {
    const id = person.says("milk");
    await person.hears(texts.saved({ visibility: "PRIVATE" }));
    person.edits(id, "milk and bread");
    await says(world, "milk and bread");
    await person.quiet();

    world.memos.editContent(only(world), "changed in Memos");
    person.edits(id, "milk, bread and butter");
    expect((await person.hears(texts.changedSince)).buttons).toEqual([texts.overwrite]);
    expect(contents(world)).toEqual(["changed in Memos"]);
    await person.presses(texts.overwrite);
    await person.hears(texts.overwriting, "anywhere");
    await says(world, "milk, bread and butter");
  });

  inGerman("whose memo is gone is saved again if wanted", async ({ world, person, texts }) => {
    const id = person.says("one");
    await person.hears(texts.saved({ visibility: "PRIVATE" }));
    await person.quiet();
    world.memos.deleteMemo(only(world));
    person.edits(id, "two");
    expect((await person.hears(texts.editGone)).buttons).toEqual([texts.saveAgain]);
    expect(contents(world)).toEqual([]);
    await person.presses(texts.saveAgain);
    await person.hears(texts.savingAgain, "anywhere");
    await says(world, "two");
  });
});

describe("a comment with what was forwarded", () => {
  inGerman("is one memo", async ({ world, person, texts }) => {
    person.forwards("look", "a text");
    await person.hears(texts.joined({ count: 2 }));
    await person.quiet();
    expect(world.memos.memos()).toHaveLength(1);
    expect(contents(world)[0]).toStartWith("look\n\n");
    expect(contents(world)[0]).toEndWith("\n\na text");
  });
});

describe("a long text that Telegram cut", () => {
  inGerman(
    "is one memo, and goes on below it where it is too long for one",
    async ({ world, person, texts }) => {
      const text = Array.from({ length: 900 }, (_, line) => `line ${line} of the text`).join("\n");
      person.person.paste(text, { atLines: true });
      await memosSaved(world, 1);
      await person.quiet();
      const { length } = world.memos.comments(only(world));
      await person.hears(length === 1 ? texts.inComment : texts.inComments({ count: length }));
      expect(contents(world)[0]).toStartWith("line 0 of the text\nline 1");
    },
  );
});

describe("a reply", () => {
  inGerman("is a comment, and a memo of its own where its memo is gone", async ({ world, person, texts }) => {
    const id = person.says("a thought");
    await person.hears(texts.saved({ visibility: "PRIVATE" }));
    person.replies(id, "and another");
    await person.hears(texts.savedComment);
    expect(world.memos.comments(only(world)).map(({ content }) => content)).toEqual(["and another"]);

    world.memos.deleteMemo(only(world));
    person.replies(id, "too late");
    const said = await person.hears(texts.replyGone);
    expect(said.text).toStartWith(texts.saved({ visibility: "PRIVATE" }));
    expect(contents(world).join()).toContain("too late");
  });
});
