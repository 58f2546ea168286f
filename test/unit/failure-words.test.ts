import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { ownWordsIn, whyFailed } from "../../src/replies/failure-words.ts";

const AT = "Memos at http://10.0.0.5:5230/memos";

describe("what Memos itself said", () => {
  test.each([
    [`${AT} refused the request: not like this: at all`, "not like this: at all"],
    [
      `the text is too long for ${AT}: content too long (max 8192 characters)`,
      "content too long (max 8192 characters)",
    ],
    [`${AT} answered 500: SQL logic error`, "SQL logic error"],
    [`${AT} answered 500 (a proxy's page, not Memos' own words)`, null],
    [`a proxy before ${AT} refuses requests of this size (413): with nginx raise client_max_body_size`, null],
    ["http://10.0.0.5 redirects to http://10.0.0.6: set MEMOS_URL", null],
    ["", null],
  ])("in %j is %j", (message, words) => {
    expect(ownWordsIn(message)).toBe(words);
  });
});

describe("why a message was given up", () => {
  test("is told in the person's language, with Memos' own words and without its address", () => {
    const failed = { reason: "refused_by_memos", detail: `${AT} refused the request: not like this` };
    expect(whyFailed(textsIn("en"), failed)).toBe(
      "Memos does not accept it. Edit the message, or press Retry once Memos is put right. Memos says: “not like this”",
    );
    expect(whyFailed(textsIn("ru"), failed)).toEndWith("Memos отвечает: «not like this»");
  });

  test("leaves out what is for the admin", () => {
    const detail = `a proxy before ${AT} refuses requests of this size (413): with nginx raise client_max_body_size`;
    expect(whyFailed(textsIn("de"), { reason: "content_too_long", detail })).toBe(
      textsIn("de").failures.content_too_long,
    );
    expect(whyFailed(textsIn("en"), { reason: "failed_for_a_day", detail: `cannot reach ${AT}` })).toBe(
      textsIn("en").failures.failed_for_a_day,
    );
  });

  test("is told in the language of today for what this version does not know", () => {
    const failed = { reason: "unknown_kind", detail: textsIn("en").unknownContent };
    expect(whyFailed(textsIn("es"), failed)).toBe(textsIn("es").unknownContent);
  });
});
