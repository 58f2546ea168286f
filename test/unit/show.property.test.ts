import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";
import type { CompileContext, HtmlExtension, Token } from "micromark-util-types";
import { systemClock } from "../../src/base/clock.ts";
import type { ChatContext } from "../../src/chat/context.ts";
import { createShower } from "../../src/chat/lists/show.ts";
import { chatAlone } from "../../src/domain/outgoing.ts";
import { textsIn } from "../../src/locales/texts.ts";
import type { Memo } from "../../src/memos/client.ts";
import { callParams, say } from "../../src/replies/messages.ts";
import { type FakeTelegram, startFakeTelegram } from "../fakes/telegram.ts";
import { LIMIT_MS, runs } from "../support/property.ts";

const texts = textsIn("en");

setDefaultTimeout(LIMIT_MS);

let telegram: FakeTelegram;
beforeAll(async () => {
  telegram = await startFakeTelegram({ limits: false });
});
afterAll(() => telegram.close());

const word = fc.constantFrom(..."apple Birne груша 苹果 x1 naïve e\u0301 👩‍👩‍👧 🎉 a_b don't".split(" "));
const markup = fc.constantFrom(
  ..."* ** _ __ ~~ ` `` $ $$ || [ ] ( ) ![ ](u) ](http://a.b/c) \\ &amp; &#128512; &nope; #tag [^1] [ref] |".split(
    " ",
  ),
  ..."<b> </b> <u> </u> <ins> </ins> <br> <details> </details> <summary> <name> <!--".split(" "),
  ..."https://example.org/x_y me@example.org http://localhost/x ](/file/a.png) ](mailto:a@b.c)".split(" "),
  ...["<https://e.org>", "\u2028", "\u200b", "\ud83d"],
);
const line = fc.constantFrom(
  ...["\n", "\n\n", "  \n", "\n    ", "\n| a | b |\n|---|---|\n| ", "\n[ref]: http://d.ef\n", "\n```js\n"],
  ..."# |- |  - |1. |- [ ] |- [x] |> |> > |[^1]: ".split("|").map((start) => `\n${start}`),
  ..."--- ``` $$ ===".split(" ").map((whole) => `\n${whole}\n`),
);
const memoText = fc
  .array(fc.oneof({ weight: 5, arbitrary: word }, { weight: 3, arbitrary: fc.constant(" ") }, markup, line), {
    maxLength: 120,
  })
  .map((parts) => parts.join(""));

/** Sends a memo by [Show] and returns the text of the message that Telegram made of it. Fails where it refuses it. */
async function shown(content: string): Promise<string> {
  const person = telegram.user({ first_name: "Ada" });
  person.say("/start");
  const memo: Memo = {
    name: "memos/abc",
    creator: "users/ada",
    content,
    visibility: "PRIVATE",
    state: "NORMAL",
    pinned: false,
    tags: [],
    createTime: "2026-08-01T10:00:00Z",
    updateTime: "2026-08-01T10:00:00Z",
    attachments: [],
  };
  const show = createShower({
    memos: { lookUpMemo: async () => memo },
    urls: { memoUrl: (name: string) => `https://memos.example.org/${name}` },
    uploadLimitBytes: 1,
    clock: systemClock,
  } as unknown as ChatContext);
  const binding = { telegram_id: person.id, account: "users/ada" };
  const signal = new AbortController().signal;
  const to = chatAlone(person.id);
  const asker = { from: person.id, to, binding, texts, signal } as unknown as Parameters<typeof show>[0];
  const message = await show(asker, memo.name);
  const owed = say(to, message);
  const { method } = owed;
  const answer = await fetch(`${telegram.url}/bot${telegram.token}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(callParams({ urls: { memoUrl: () => null }, textsFor: () => texts })(owed)),
  });
  const said = (await answer.json()) as { ok: boolean; description?: string };
  if (!said.ok) throw new Error(`refused: ${said.description}`);
  expect(message.entities?.length ?? 0).toBeLessThanOrEqual(100);
  const messages = telegram.botMessages(person.id);
  expect(messages).toHaveLength(1);
  return messages[0]?.text ?? "";
}

function raw(this: CompileContext, token: Token): undefined {
  this.raw(this.encode(this.sliceSerialize(token)));
}

/** Another reading of what is to be seen: micromark's own HTML, without its tags. */
function visibleWords(content: string): string[] {
  const formulas: HtmlExtension = { exit: { mathTextData: raw, mathFlowValue: raw } };
  const html = micromark(content.toWellFormed(), {
    allowDangerousHtml: true,
    extensions: [gfm(), math()],
    htmlExtensions: [gfmHtml({ label: "", backLabel: "" }), formulas],
  });
  const text = html
    .replace(/<!--.*?(?:-->|$)/gs, "")
    .replace(/<h2[^>]*>Footnotes<\/h2>/, "")
    .replace(/<img[^>]* alt="([^"]*)"[^>]*>/g, "$1")
    .replace(/<sup><a[^>]*>\d+<\/a><\/sup>/g, " ")
    .replace(/<\/?(?:em|strong|del|a|code|b|ins)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, "\n");
  return wordsOf(text.replace(/&(amp|lt|gt|quot);/g, " "));
}

const wordsOf = (text: string) =>
  (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).filter((found) => /\p{L}/u.test(found));

test("any memo is taken by Telegram, and every word of it is seen", async () => {
  await fc.assert(
    fc.asyncProperty(memoText, async (content) => {
      const seen = wordsOf(await shown(content));
      for (const found of visibleWords(content)) {
        const at = seen.indexOf(found);
        expect({ content, missing: at < 0 ? found : null }).toEqual({ content, missing: null });
        seen.splice(at, 1);
      }
    }),
    runs,
  );
});

test("anything at all is taken by Telegram", async () => {
  const any = fc.oneof(fc.string({ unit: "binary", maxLength: 600 }), fc.string({ maxLength: 600 }));
  await fc.assert(
    fc.asyncProperty(any, async (content) => {
      expect((await shown(content)).length).toBeGreaterThan(0);
    }),
    runs,
  );
});

test("of long ones the beginning is taken, cut nowhere inside a word or a character", async () => {
  const paragraph = fc.constantFrom(
    `${"wörter und 🎉 mehr ".repeat(60)}\n\n`,
    `\`\`\`ts\n${"const apple = 1;\n".repeat(200)}\`\`\`\n\n`,
    `> ${"quoted **bold** words ".repeat(100)}\n\n`,
    `${"[link](http://a.de/x) and **bold** ".repeat(80)}\n\n`,
    `${"😀".repeat(3_000)}\n\n`,
    `**${"very bold ".repeat(400)}**\n\n`,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(paragraph, { minLength: 1, maxLength: 8 }), async (parts) => {
      const seen = await shown(parts.join(""));
      expect(seen).toBe(seen.toWellFormed());
      for (const found of wordsOf(seen)) {
        expect(KNOWN).toContain(found);
      }
    }),
    runs,
  );
});

const KNOWN =
  "wörter und mehr const apple quoted bold words link and very Aug PRIVATE open The rest is in Memos".split(
    " ",
  );
