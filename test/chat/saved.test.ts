import { describe, expect } from "bun:test";
import { inGerman } from "../support/languages.ts";

describe("what was saved", () => {
  inGerman("is changed by its buttons, archived, and brought back", async ({ world, person, texts }) => {
    const memo = () => world.memos.memos()[0];

    person.says("a thought");
    const shown = await person.hears(texts.saved({ visibility: "PRIVATE" }));
    expect(shown.buttons).toEqual(["PROTECTED", "PUBLIC", texts.pin, texts.delete]);
    expect(shown.text).toEndWith(texts.open);

    await person.presses("PUBLIC");
    await person.hears(texts.saved({ visibility: "PUBLIC" }));
    expect(memo()?.visibility).toBe("PUBLIC");
    await person.presses(texts.pin);
    await world.until("pinned", () => memo()?.pinned);
    await world.until("the button", () => person.seen().at(-1)?.buttons.includes(texts.unpin));

    await person.presses(texts.delete);
    await person.hears(texts.deleteQuestion);
    await person.presses(texts.cancel);
    await person.hears(texts.saved({ visibility: "PUBLIC" }));

    await person.presses(texts.delete);
    await person.hears(texts.deleteQuestion);
    await person.presses(texts.archive);
    await person.hears(texts.archived);
    expect(memo()?.state).toBe("ARCHIVED");
    await person.presses(texts.unarchive);
    await person.hears(texts.saved({ visibility: "PUBLIC" }));
    expect(memo()).toMatchObject({ state: "NORMAL", visibility: "PUBLIC", pinned: true });
  });

  inGerman("is changed by commands that reply to it", async ({ world, person, texts }) => {
    const memo = () => world.memos.memos()[0];
    const replyTo = person.says("a thought");
    await person.hears(texts.saved({ visibility: "PRIVATE" }));

    person.says("/tag #idea", { replyTo });
    await person.hears(texts.tagged({ tags: "#idea" }));
    expect(memo()?.content).toContain("#idea");
    person.says("/protected", { replyTo });
    await person.hears(texts.saved({ visibility: "PROTECTED" }));
    person.says("/pin", { replyTo });
    await person.hears(texts.pinned);
    person.says("/archive", { replyTo });
    await person.hears(texts.archived);
    await person.presses(texts.unarchive);
    await world.until("back", () => memo()?.state === "NORMAL");

    person.says("/pin");
    await person.hears(texts.replyToMemo({ command: "pin" }));
    person.says("/tag");
    await person.hears(texts.tagHow);
    person.says("/delete", { replyTo });
    await person.hears(texts.deleteQuestion);
    await person.presses(texts.deleteYes);
    await person.hears(texts.deleted);
    expect(world.memos.memos()).toEqual([]);
  });
});
