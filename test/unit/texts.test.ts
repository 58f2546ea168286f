import { describe, expect, test } from "bun:test";
import { createMemoUrls } from "../../src/chat/memo-urls.ts";
import { type Entry, translation } from "../../src/locales/catalogue.ts";
import { german } from "../../src/locales/de.ts";
import {
  CATALOGUE,
  LANGUAGES,
  type Language,
  languageOf,
  type Texts,
  textsIn,
  textsOf as textsOfPerson,
} from "../../src/locales/texts.ts";

/** Each text of a language as its file has it, by its path. */
function entriesOf(entry: Entry, path = ""): [string, string][] {
  if (typeof entry === "string") return [[path, entry]];
  return Object.entries(entry).flatMap(([key, part]) => entriesOf(part, `${path}.${key}`));
}

const bracesIn = (text: string) => [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
/** Without those that a language need not have: how many, and the forms for it. */
const namesIn = (text: string) =>
  [...new Set(bracesIn(text))].filter((name) => !/^(?:count|messages)$|\|/.test(name)).toSorted();
const COUNTS = [1, 2, 5, 21, 1_000_000];
const VALUES = Object.fromEntries(
  englishNames().map((name) => [name, /^(from|until|lostBefore)$/.test(name) ? new Date(0) : `<${name}>`]),
);

function englishNames(): string[] {
  return entriesOf(CATALOGUE.en).flatMap(([, text]) => namesIn(text));
}

/** Each text of a language as people read it, by its path, for some counts. */
function textsOf(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    return COUNTS.map((count) => [
      path,
      /^\.(?:day|moment)$/.test(path) ? value(new Date(0)) : value({ ...VALUES, count }),
    ]);
  }
  return Object.entries(value as object).flatMap(([key, part]) => textsOf(part, `${path}.${key}`));
}

describe.each([...LANGUAGES])("the texts in %s", (language) => {
  const texts = textsIn(language);
  const english = new Map(entriesOf(CATALOGUE.en));

  test("have the placeholders of the English ones, and all plural forms of their language", () => {
    const { plural } = CATALOGUE[language];
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    // Only fractions have another form in Russian.
    const wanted = pluralCategories.filter((category) => language !== "ru" || category !== "other");
    expect(plural.split("|").toSorted()).toEqual(wanted.toSorted());
    for (const [path, text] of entriesOf(CATALOGUE[language])) {
      expect([path, namesIn(text)]).toEqual([path, namesIn(english.get(path) ?? "")]);
      for (const forms of bracesIn(text).filter((name) => name.includes("|")))
        expect([path, forms.split("|").length]).toEqual([path, plural.split("|").length]);
    }
  });

  test("are all there, fit into a message, and leave no gap", () => {
    for (const [path, text] of textsOf(texts)) {
      expect(`${path}: ${text}`).not.toMatch(/undefined|null|NaN|\[object|[{}]/);
      expect(text.trim()).not.toBe("");
      expect(text.length).toBeLessThan(2_500);
      expect(text.isWellFormed()).toBe(true);
    }
  });

  test("say the same things as the English ones, in other words", () => {
    expect(entriesOf(CATALOGUE[language]).map(([path]) => path)).toEqual([...english.keys()]);
    if (language === "en") return;
    const inWords = (text = "") => text.replace(/\{[^{}]*\}/g, "");
    const same = entriesOf(CATALOGUE[language]).filter(([path, text]) => {
      const words = inWords(text);
      return words.length > 14 && words === inWords(english.get(path));
    });
    expect(same.map(([path]) => path)).toEqual([]);
  });

  test("of the commands and of the bot fit Telegram's limits", () => {
    for (const description of Object.values(texts.commands)) expect(description.length).toBeLessThan(257);
    expect(texts.greeting.length).toBeLessThanOrEqual(120);
  });

  test("show commands and names where they are told", () => {
    const place = "here";
    for (const text of [texts.tokenDied({ account: "alice", place }), texts.howToBind({ place })]) {
      expect(text).toContain("/bind");
    }
    expect(texts.unbindWaiting({ account: "alice", count: 3 })).toContain("3");
    expect(texts.day(new Date("2026-11-22T12:00:00Z"))).toContain("2026");
  });

  test("of buttons and alerts fit where they are shown", () => {
    const labels = [
      ...[texts.pin, texts.unpin, texts.delete, texts.delete, texts.cancel, texts.archive, texts.retry],
      ...[texts.discard, texts.overwrite, texts.saveAgain, texts.unbindYes, texts.back],
      ...[texts.cancel, texts.saveAsMemo, texts.unarchive],
      ...[texts.retryAll, texts.discardAll],
    ];
    for (const label of labels) expect(label.length).toBeLessThanOrEqual(32);
    // answerCallbackQuery takes 200 characters.
    const alerts = [
      texts.memoGone,
      texts.tryLater,
      ...[texts.alreadySettled, texts.guestsLeave, texts.listTooOld, texts.noLongerKept, texts.notBound],
      ...[texts.notYours, texts.retired, texts.staysElsewhere],
      ...[texts.tokenShown, texts.unbindFirst, texts.notAllowed({ id: 99_999_999_999 })],
    ];
    for (const alert of alerts) expect(alert.length).toBeLessThanOrEqual(200);
  });

  test("name the menu of Memos where access tokens are made, and its address where it is told", () => {
    const placeOf = (
      { set = null, reported = null, called = "http://memos:5230" }: Record<string, string | null>,
      isKnown = false,
    ) =>
      createMemoUrls({
        memos: {
          memoUrl: (base, name) => `${base}/${name}`,
          known: () => (reported === null ? null : { instanceUrl: reported }),
        },
        memosUrl: called ?? "",
        memosPublicUrl: set,
      }).tokenPlace(texts, { isKnown });
    expect(placeOf({})).toContain("› Access Tokens");
    expect(placeOf({})).not.toContain("http");
    const address = "https://memos.example.org";
    for (const from of [{ set: address }, { reported: address }, { called: address }]) {
      expect(placeOf(from)).toContain(`${address} › `);
    }
    const atHome = "http://192.168.1.20:5230";
    expect(placeOf({ called: atHome })).not.toContain("http");
    expect(placeOf({ set: atHome })).toContain(`${atHome} › `);
    for (const from of [{ reported: atHome }, { called: atHome }]) {
      expect(placeOf(from, true)).toContain(`${atHome} › `);
    }
    for (const nowhere of ["http://127.0.0.1:5230", "http://memos:5230"]) {
      expect(placeOf({ called: nowhere }, true)).not.toContain("http");
    }
  });
});

test("a text, a form or a placeholder that is missing or wrong does not compile", () => {
  const { open: _, ...lacking } = german;
  // @ts-expect-error a text is missing
  translation(lacking);
  // @ts-expect-error the placeholder has another name
  translation({ ...german, failed: "Das ging nicht: {reason}" });
  // @ts-expect-error the placeholder is missing
  translation({ ...german, failed: "Das ging nicht" });
  // @ts-expect-error there is no such placeholder
  translation({ ...german, open: "{name} öffnen" });
  // @ts-expect-error a plural form is missing
  translation({ ...german, plural: "one|few|many" });
  // @ts-expect-error a plural form is too many
  translation({ ...german, savedMany: "{count} {Nachricht|Nachrichten|Nachrichten}" });
  // @ts-expect-error a value is missing
  textsIn("en").leftBehind({ count: 1 });
  expect(translation(german)).toBe(german);
});

test("values stand as they are, whatever they look like, and times in UTC", () => {
  const { badTag, away } = textsIn("en");
  expect(badTag({ tag: "{tag} $& {limit}" })).toStartWith("“{tag} $& {limit}” is not a valid tag.");
  const [from, until, lostBefore] = [new Date(0), new Date(60_000), new Date(30_000)];
  expect(away({ from, until, lostBefore })).toStartWith(
    "I was away from 1970-01-01 00:00 UTC to 1970-01-01 00:01 UTC.",
  );
});

describe("plurals", () => {
  test.each<[Language, number, keyof Texts & ("failedHead" | "statusWaiting"), string]>([
    ["en", 1, "failedHead", "1 message could not be saved:"],
    ["en", 2, "failedHead", "2 messages could not be saved:"],
    ["de", 1, "failedHead", "1 Nachricht ließ sich nicht speichern:"],
    ["de", 2, "failedHead", "2 Nachrichten ließen sich nicht speichern:"],
    ["ru", 1, "statusWaiting", "1 сообщение ждёт сохранения."],
    ["ru", 3, "statusWaiting", "3 сообщения ждут сохранения."],
    ["ru", 5, "statusWaiting", "5 сообщений ждут сохранения."],
    ["ru", 11, "statusWaiting", "11 сообщений ждут сохранения."],
    ["ru", 21, "statusWaiting", "21 сообщение ждёт сохранения."],
    ["zh", 1, "failedHead", "1 条消息没能保存："],
    ["es", 1, "statusWaiting", "1 mensaje pendiente de guardar."],
    ["es", 2, "statusWaiting", "2 mensajes pendientes de guardar."],
  ])("in %s of %d", (language, count, name, text) => {
    expect(textsIn(language)[name]({ count })).toBe(text);
  });
});

describe("whose texts", () => {
  test.each([
    ["en", "en"],
    ["de-AT", "de"],
    ["zh-hans", "zh"],
    ["es_419", "es"],
    ["RU", "ru"],
    ["pt-br", null],
    ["", null],
    [undefined, null],
    [7, null],
  ])("for the tag %j are in %j", (tag, language) => {
    expect(languageOf(tag)).toBe(language as Language | null);
  });

  test.each([
    ["chosen", { language: "ru", telegram_language: "de" }, "es", "ru"],
    ["what their Telegram said last", { language: null, telegram_language: "de" }, undefined, "de"],
    ["of a version that has more languages", { language: "fr", telegram_language: "de" }, undefined, "de"],
    ["of their Telegram", undefined, "zh-hant", "zh"],
    ["English", { language: null, telegram_language: null }, undefined, "en"],
    ["English for nobody", undefined, undefined, "en"],
  ] as const)("are %s", (_what, binding, spoken, language) => {
    expect(textsOfPerson(binding, spoken).language).toBe(language);
  });

  test("have dates by the clocks of the person", () => {
    const of = (time_zone: string | null) =>
      textsOfPerson({ language: "en", telegram_language: null, time_zone });
    const at = Date.UTC(2026, 10, 22, 12);
    expect(of("Pacific/Kiritimati").day(new Date(at))).toBe("Nov 23, 2026");
    expect(of("Pacific/Kiritimati").moment(at)).toMatch(/^Monday, November 23, 2026 at 2:00\sAM$/u);
    expect(of("UTC").day(new Date(at))).toBe("Nov 22, 2026");
    expect(of(null)).toBe(textsIn("en"));
  });
});
