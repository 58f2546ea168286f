import { describe, expect, test } from "bun:test";
import { createPlurals, LANGUAGES, type Language } from "../../src/locales/plurals.ts";
import { COMMANDS, createTextsFor, languageOf, type Texts, textsIn } from "../../src/locales/texts.ts";

const PLACE = { url: "https://memos.example.org", ownPage: false };

/** Every text of a language, called with something plausible where it takes something. */
function all(value: unknown, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    const date = new Date("2026-11-22T10:00:00Z");
    const args = /\.(day|away|statusAway)$/.test(path)
      ? [date, date, date]
      : /\.(helpUnbound|howToBind|invited)$/.test(path)
        ? [PLACE]
        : /\.(greetingUnbound|stranger|tokenRefused|tokenDied)$/.test(path)
          ? ["alice", PLACE]
          : ["alice", 3, 5];
    const numbers = [1, 2, 5, 21, 1_000_000].map((count) => {
      const counted =
        /\.(failedHead|statusWaiting|statusFailed|savedMany|filesOnly|tooManyTags|yourId|unboundGuests)$/.test(
          path,
        );
      if (counted) return value(count);
      return /\.(found|foundMany)$/.test(path) ? value(count, "“x”") : value(...args);
    });
    return numbers.map((text) => [path, String(text)]);
  }
  return Object.entries(value as object).flatMap(([key, part]) => all(part, `${path}.${key}`));
}

describe.each([...LANGUAGES])("the texts in %s", (language) => {
  const texts = textsIn(language);

  test("are all there, fit into a message, and leave no gap", () => {
    for (const [path, text] of all(texts, language)) {
      expect(`${path}: ${text}`).not.toMatch(/undefined|null|NaN|\[object|\$\{/);
      expect(text.trim()).not.toBe("");
      expect(text.length).toBeLessThan(2_500);
      expect(text.isWellFormed()).toBe(true);
    }
  });

  test("of the commands and descriptions fit Telegram's limits", () => {
    expect(Object.keys(texts.commands).toSorted()).toEqual([...COMMANDS].toSorted());
    for (const description of Object.values(texts.commands)) expect(description.length).toBeLessThan(257);
    expect(texts.description.length).toBeLessThanOrEqual(512);
    expect(texts.shortDescription.length).toBeLessThanOrEqual(120);
  });

  test("show ids, commands and names where they are told", () => {
    for (const text of [
      texts.stranger(4711, PLACE),
      texts.notAllowed(4711),
      texts.yourId(4711),
      texts.greetingUnbound(4711, PLACE),
    ]) {
      expect(text).toContain("4711");
    }
    for (const text of [
      texts.stranger(1, PLACE),
      texts.tokenDied("alice", PLACE),
      texts.helpUnbound(PLACE),
      texts.statusPaused,
      texts.help,
    ]) {
      expect(text).toContain("/bind");
    }
    for (const command of COMMANDS.filter((name) => name !== "help")) {
      expect(texts.help).toContain(`/${command}`);
    }
    expect(texts.unbindQuestion("alice", 3, 0)).toContain("3");
    expect(texts.saved("PROTECTED")).toContain("PROTECTED");
    expect(texts.day(new Date("2026-11-22T12:00:00Z"))).toContain("2026");
  });

  test("of buttons and alerts fit where they are shown", () => {
    const labels = [
      ...[texts.pin, texts.unpin, texts.delete, texts.deleteYes, texts.cancel, texts.archive, texts.retry],
      ...[texts.discard, texts.overwrite, texts.saveAgain, texts.unbindYes, texts.back],
      ...[texts.stayConnected, texts.saveAsMemo, texts.unarchive],
      ...[texts.retryAll, texts.discardAll, texts.noTags],
    ];
    for (const label of labels) expect(label.length).toBeLessThanOrEqual(32);
    // answerCallbackQuery takes 200 characters.
    for (const alert of [
      ...[texts.notBound, texts.notYours, texts.alreadySettled, texts.listTooOld],
      ...[
        texts.memoGone,
        texts.tryLater,
        texts.separateRetired,
        texts.strandedRetired,
        texts.staysElsewhere,
        texts.notAllowed(99_999_999_999),
      ],
    ]) {
      expect(alert.length).toBeLessThanOrEqual(200);
    }
  });

  test("name the menu of this Memos where access tokens are made, and its address where it is told", () => {
    const old = texts.howToBind({ url: null, ownPage: false });
    const since30 = texts.howToBind({ url: "https://memos.example.org", ownPage: true });
    const [menu, oldMenu] = {
      en: ["Settings › Access Tokens", "Settings › My Account › Access Tokens"],
      de: ["Einstellungen › Access Tokens", "Einstellungen › Mein Konto › Zugangstoken"],
      ru: ["Настройки › Access Tokens", "Настройки › Мой аккаунт › Токены доступа"],
      zh: ["设置 › Access Tokens", "设置 › 我的账号 › 访问令牌"],
      es: ["Configuración › Access Tokens", "Configuración › Mi cuenta › Tokens de acceso"],
    }[language];
    expect(old).toContain(oldMenu ?? "");
    expect(since30).toContain(menu ?? "");
    expect(old).not.toContain("http");
    expect(since30).toContain("https://memos.example.org");
  });

  test("say the same things as the English ones, in other words", () => {
    expect(Object.keys(texts)).toEqual(Object.keys(textsIn("en")));
    if (language === "en") return;
    const english = Object.fromEntries(all(textsIn("en"), ""));
    const same = all(texts, "").filter(([path, text]) => text === english[path] && text.length > 14);
    expect(same.map(([path]) => path)).toEqual([]);
  });
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
    expect(textsIn(language)[name](count)).toBe(text);
  });

  test("put the count wherever it belongs", () => {
    expect(createPlurals("en")(2, { one: "#", other: "# of #" })).toBe("2 of 2");
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

  test("are of one's own choice, else of one's Telegram now, else of what it said last, else English", () => {
    const updates: unknown[] = [];
    const people = new Map([
      [1, { language: "ru" as const, telegram_language: "de" }],
      [2, { language: null, telegram_language: "de" }],
      [3, { language: null, telegram_language: null }],
    ]);
    const textsFor = createTextsFor({
      get: (id) => people.get(id),
      update: (id, settings) => updates.push([id, settings]),
    });
    expect(textsFor(1, "es").language).toBe("ru");
    expect(textsFor(2).language).toBe("de");
    expect(textsFor(2, "es").language).toBe("es");
    expect(textsFor(3).language).toBe("en");
    expect(textsFor(4, "zh-hant").language).toBe("zh");
    expect(textsFor(null).language).toBe("en");
    expect(textsFor(2, "de").language).toBe("de");
    expect(updates).toEqual([
      [1, { telegram_language: "es" }],
      [2, { telegram_language: "es" }],
    ]);
  });
});
