import { describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import type { Conversation } from "../support/conversation.ts";
import { talkAbout } from "../support/notebook.ts";
import { must, prune } from "../support/store.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const text = (filename: string, content: string) => ({
  filename,
  type: "text/plain",
  bytes: Buffer.from(content),
});

/** Files that the bot sent, as `method filename`, in their order. */
const filesSent = (world: ChatWorld) =>
  world.telegram.sent
    .filter(({ method }) => method !== "sendMessage")
    .map(({ method, message }) => {
      const { document, audio } = message as Record<string, { file_name?: string } | undefined>;
      return `${method} ${(document ?? audio)?.file_name ?? ""}`.trim();
    });

/** What is marked in the bot's last message, as `type: text`. */
function marked(world: ChatWorld, { person }: Conversation): string[] {
  const message = world.telegram.botMessages(person.id).at(-1);
  return (message?.entities ?? []).map(
    ({ type, offset, length }) => `${type}: ${message?.text?.slice(offset, offset + length)}`,
  );
}

async function showNewest(alice: Conversation): Promise<void> {
  alice.says("/recent");
  await alice.hears("Your newest memos");
  await alice.presses("Show 1");
}

describe("[Show]", () => {
  test("sends the memo with its formatting", async () => {
    await using made = await talkAbout(
      ["# Cake\n\n**Bake** it _well_, ~~or not~~, `oven()`\n\n- [x] flour\n- [ ] eggs\n\n> said Ada"],
      {},
      "de",
    );
    const { world, alice } = made;
    alice.says("/recent");
    await world.until("the list", () => alice.seen().length === 1);
    await alice.presses("Zeigen 1");
    const shown = await alice.hears("Bake it well");
    expect(shown.text).toMatch(/^Cake\n\nBake it well, or not, oven\(\)\n\n☑ flour\n☐ eggs\n\nsaid Ada\n\n/);
    expect(shown.text).toMatch(/\d{4} · PRIVATE · öffnen$/);
    expect(marked(world, alice)).toEqual([
      "bold: Cake",
      "bold: Bake",
      "italic: well",
      "strikethrough: or not",
      "code: oven()",
      "blockquote: said Ada",
      expect.stringMatching(/^text_link: /),
    ]);
  });

  test("sends tables, links, pictures, HTML, formulas and footnotes as text", async () => {
    await using made = await talkAbout([
      [
        "| a | b |\n|---|---|\n| 1 | *2* |",
        "[near](/explore) [far](https://example.org/x) [mail](mailto:a@b.c) ![cat](https://example.org/cat.png)",
        "<details><summary>More</summary>\n\nhidden\n\n</details>",
        "an <ins>underlined</ins> word, $x_1$ and <name>[^1]",
        "[^1]: a note",
      ].join("\n\n"),
    ]);
    const { world, alice } = made;
    alice.says("/search hidden");
    await alice.hears("1 memo");
    await alice.presses("Show 1");
    const shown = await alice.hears("a | b");
    expect(shown.text.split("\n\n").slice(0, 6)).toEqual([
      "a | b\n1 | 2",
      "near (/explore) far mail (mailto:a@b.c) 🖼 cat",
      "More",
      "hidden",
      "an underlined word, x_1 and <name>[1]",
      "[1] a note",
    ]);
    expect(shown.links.slice(0, 2)).toEqual(["https://example.org/x", "https://example.org/cat.png"]);
    for (const part of ["underline: underlined", "code: x_1"]) {
      expect(marked(world, alice)).toContain(part);
    }
  });

  test("sends of a long memo what fits into a message, and says that the rest is in Memos", async () => {
    await using made = await talkAbout([`\`\`\`js\n${"let apple = 1;\n".repeat(2_000)}\`\`\``], {
      memos: { contentLengthLimit: 100_000 },
    });
    const { world, alice } = made;
    await showNewest(alice);
    await alice.hears("… The rest is in Memos.");
    const [, message, ...more] = world.telegram.botMessages(alice.person.id);
    expect(more).toEqual([]);
    expect(message?.entities?.[0]).toMatchObject({ type: "pre", language: "js", offset: 0 });
    expect(message?.text?.split("… The")[0]).toMatch(/^(let apple = 1;\n){200,}\n$/);
    expect(alice.seen().at(-1)?.links[0]).toContain("/memos/");
  });

  test("sends the files too, each as what it is", async () => {
    await using made = await talkAbout([
      {
        content: "with files",
        files: [
          { filename: "dot.png", type: "image/png", bytes: png },
          text("notes “1”.txt", "hello"),
          { filename: "song.mp3", type: "audio/mpeg", bytes: Buffer.from("ID3 la la") },
          { filename: "broken.png", type: "image/png", bytes: Buffer.from("not a picture") },
        ],
      },
    ]);
    const { world, alice } = made;
    await showNewest(alice);
    await world.eventually("four files", () => filesSent(world).length === 4);
    expect(filesSent(world).toSorted()).toEqual([
      "sendAudio song.mp3",
      "sendDocument broken.png",
      "sendDocument notes “1”.txt",
      "sendPhoto",
    ]);
  });

  test("says which file is missing: too large for a bot, empty, or not to be had from Memos", async () => {
    await using made = await talkAbout(
      [
        {
          content: "large",
          files: [
            { filename: "film.bin", type: "application/x-film", bytes: Buffer.alloc(50_000_001) },
            { filename: "empty.txt", type: "text/plain", bytes: Buffer.alloc(0) },
          ],
        },
      ],
      { memos: { uploadSizeLimitMb: 100 } },
    );
    const { world, alice } = made;
    await showNewest(alice);
    await alice.hears("Without film.bin: I could not send it. It is in Memos.", "anywhere");
    await alice.hears("Without empty.txt: I could not send it. It is in Memos.", "anywhere");
    expect(filesSent(world)).toEqual([]);
  });

  test("never sends half a file", async () => {
    await using made = await talkAbout([
      { content: "one file", files: [text("a.txt", "x".repeat(200_000))] },
    ]);
    const { world, alice } = made;
    world.memos.fault({ match: { path: /^\/file\// }, times: 1, action: "truncate" });
    await showNewest(alice);
    await alice.hears("Without a.txt: I could not send it. It is in Memos.");
    expect(filesSent(world)).toEqual([]);
  });

  test("is broken off by a stop, and nothing of it is sent later", async () => {
    await using made = await talkAbout([{ content: "one file", files: [text("a.txt", "hello")] }]);
    const { world, alice } = made;
    const hold = world.telegram.fault({ match: { method: "sendDocument" }, action: "hang" });
    const showing = showNewest(alice);
    await until("at work", () => world.telegram.requests.some(({ method }) => method === "sendDocument"));
    await world.restart();
    await showing;
    hold.clear();
    await world.passes(60_000);
    expect(alice.seen()).toHaveLength(2);
    expect(filesSent(world)).toEqual([]);
  });

  for (const [how, show] of [
    ["[Show]", showNewest],
    ["/random", (alice: Conversation) => void alice.says("/random")],
  ] as const) {
    test(`by ${how} is answered like any memo: comments, commands, also to its files, and after long`, async () => {
      await using made = await talkAbout([{ content: "apple", files: [text("a.txt", "hello")] }]);
      const { world, alice } = made;
      const memo = () => must(world.memos.memos().find(({ content }) => content.startsWith("apple")));
      await show(alice);
      const { id } = await alice.hears(/^apple\n/, "anywhere");
      await world.eventually("the file", () => filesSent(world).length === 1);
      await world.quiet();
      const { message_id: file } = must(world.telegram.botMessages(alice.person.id).at(-1));
      expect(file).not.toBe(id);
      alice.replies(id, "and pears");
      alice.replies(file, "and plums");
      alice.says("/pin", { replyTo: id });
      await alice.hears("📌", "anywhere");
      alice.says("/tag #fruit", { replyTo: file });
      await alice.hears("#fruit", "anywhere");
      expect(memo()).toMatchObject({ content: "apple\n\n#fruit", pinned: true });
      await world.quiet();
      prune(world, world.clock.now(), world.clock.now());
      alice.replies(id, "and figs");
      await world.quiet();
      expect(world.memos.comments(memo().name).map(({ content }) => content)).toEqual([
        "and pears",
        "and plums",
        "and figs",
      ]);
      alice.says("/delete", { replyTo: id });
      await alice.presses("Delete");
      await alice.hears("Deleted from Memos.");
      expect(world.memos.memos()).toEqual([]);
    });
  }

  test("of what was saved in a group is answered like that memo, with its comments", async () => {
    await using made = await talkAbout();
    const { world, alice } = made;
    const group = world.telegram.group();
    group.as(alice.person).say(`/save ${"長".repeat(3_900)}`);
    await world.quiet();
    const [name = ""] = world.memos.memos().map((memo) => memo.name);
    expect(world.memos.comments(name)).not.toEqual([]);
    await showNewest(alice);
    const { id } = await alice.hears("長長長");
    alice.replies(id, "more of it");
    await world.quiet();
    expect(world.memos.comments(name).at(-1)?.content).toBe("more of it");
    alice.says("/public", { replyTo: id });
    await alice.hears("Saved as PUBLIC");
    expect(new Set(world.memos.comments(name).map(({ visibility }) => visibility))).toEqual(
      new Set(["PUBLIC"]),
    );
  });

  test("shows nobody the memos of an account they were bound to before", async () => {
    await using made = await talkAbout(["alice's own"]);
    const { world, alice } = made;
    alice.says("/recent");
    await alice.hears("Your newest memos");
    const { token } = world.memos.addUser("bob");
    alice.says(`/bind ${token}`);
    await alice.hears(/account of bob/, "anywhere");
    await world.quiet();
    const before = alice.seen().length;
    await alice.presses("Show 1");
    await world.until("an answer", () => alice.seen().length > before);
    expect(alice.seen().at(-1)?.text).not.toContain("alice's own");
  });
});
