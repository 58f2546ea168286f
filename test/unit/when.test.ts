import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { onClock, zoneOf } from "../../src/base/zones.ts";
import { nextDigest } from "../../src/chat/reminders/digest.ts";
import { nextTimes, offered, readWhen } from "../../src/chat/reminders/when.ts";
import { OFFERED_TIMES } from "../../src/domain/choices.ts";
import { LANGUAGES, type Language, textsIn } from "../../src/locales/texts.ts";
import { LIMIT_MS, runs } from "../support/property.ts";

/** A Monday, 10:20 in Berlin. */
const NOW = Date.parse("2026-11-30T09:20:00Z");
const BERLIN = "Europe/Berlin";

async function read(said: string, { language = "en" as Language, now = NOW, zone = BERLIN } = {}) {
  const when = await readWhen(said, { language, now, zone });
  if (typeof when === "string") return when;
  const time = onClock(when.due_at, zone).toPlainDateTime().toString({ smallestUnit: "minute" });
  return when.cron === null ? time : `${time} ${when.cron}`;
}

const EXAMPLES: Record<Language, Record<string, string>> = {
  en: {
    "18:00": "2026-11-30T18:00",
    "9:00": "2026-12-01T09:00",
    "9": "2026-12-01T09:00",
    "at 9": "2026-12-01T09:00",
    tomorrow: "2026-12-01T09:00",
    "tomorrow morning": "2026-12-01T09:00",
    "tomorrow noon": "2026-12-01T12:00",
    "day after tomorrow 8:00": "2026-12-02T08:00",
    noon: "2026-11-30T12:00",
    "this evening": "2026-11-30T19:00",
    "tomorrow evening": "2026-12-01T19:00",
    "tomorrow evening at 8": "2026-12-01T20:00",
    tonight: "2026-11-30T22:00",
    "monday 9": "2026-12-07T09:00",
    "tomorrow 9": "2026-12-01T09:00",
    "tomorrow 23": "2026-12-01T23:00",
    "24.12. 9": "2026-12-24T09:00",
    "december 24": "2026-12-24T09:00",
    "every monday 9": "2026-12-07T09:00 0 9 * * 1",
    "every day 18": "2026-11-30T18:00 0 18 * * *",
    monday: "2026-12-07T09:00",
    "friday 5pm": "2026-12-04T17:00",
    "next monday 9am": "2026-12-07T09:00",
    "next week": "2026-12-07T09:00",
    "in a month": "2026-12-30T09:00",
    "in two hours": "2026-11-30T12:20",
    "30m": "2026-11-30T10:50",
    "2 h": "2026-11-30T12:20",
    "3d": "2026-12-03T10:20",
    "1W": "2026-12-07T10:20",
    "24.12.": "2026-12-24T09:00",
    "1.2. 8:00": "2027-02-01T08:00",
    "24.12.2027 18:00": "2027-12-24T18:00",
    "2026-12-24 18:00": "2026-12-24T18:00",
    "every monday 9:00": "2026-12-07T09:00 0 9 * * 1",
    "every day": "2026-12-01T09:00 0 9 * * *",
    "tomorrow morning at 7": "2026-12-01T07:00",
    "every morning": "2026-12-01T09:00 0 9 * * *",
    "every month 12:00": "2026-11-30T12:00 0 12 30 * *",
    "every 24 december": "2026-12-24T09:00 0 9 24 12 *",
    "0 9 * * 1-5": "2026-12-01T09:00 0 9 * * 1-5",
    yesterday: "past",
    now: "past",
    "2020-01-01": "past",
    "0m": "past",
    "* * * * *": "unclear",
    "0 25 * * *": "unclear",
    "every 3 days": "unclear",
    "every other monday": "unclear",
    "every weekday 8:00": "unclear",
    "every weekend": "unclear",
    "every last friday": "unclear",
    "every december": "unclear",
    "buy milk tomorrow": "unclear",
    "at 25": "unclear",
    "monday 25": "unclear",
    "in 9": "unclear",
    "": "unclear",
    морген: "unclear",
  },
  de: {
    morgen: "2026-12-01T09:00",
    "morgen früh": "2026-12-01T09:00",
    "heute abend": "2026-11-30T19:00",
    "morgen 9": "2026-12-01T09:00",
    mittags: "2026-11-30T12:00",
    "18 Uhr": "2026-11-30T18:00",
    "nächsten Montag 9 Uhr": "2026-12-07T09:00",
    "am 24.12. um 18 Uhr": "2026-12-24T18:00",
    "24. Dezember": "2026-12-24T09:00",
    "1.12. 9:00": "2026-12-01T09:00",
    "in 2 Stunden": "2026-11-30T12:20",
    "jeden Tag um 18:00": "2026-11-30T18:00 0 18 * * *",
    "jeden Montag 9 Uhr": "2026-12-07T09:00 0 9 * * 1",
    "jeden letzten Freitag": "unclear",
    tomorrow: "2026-12-01T09:00",
  },
  es: {
    "esta noche": "2026-11-30T19:00",
    "esta tarde": "2026-11-30T19:00",
    "lunes 9": "2026-12-07T09:00",
    mañana: "2026-12-01T09:00",
    "mañana por la mañana": "2026-12-01T09:00",
    "pasado mañana a las 8": "2026-12-02T08:00",
    "el próximo lunes": "2026-12-07T09:00",
    "a las 18:00": "2026-11-30T18:00",
    "a las 18 horas": "2026-11-30T18:00",
    "en 9 horas": "2026-11-30T19:20",
    "24/12": "2026-12-24T09:00",
    "en dos horas": "2026-11-30T12:20",
    "todos los días": "2026-12-01T09:00 0 9 * * *",
    "cada lunes a las 9": "2026-12-07T09:00 0 9 * * 1",
  },
  ru: {
    завтра: "2026-12-01T09:00",
    "завтра утром": "2026-12-01T09:00",
    "в понедельник в 9:00": "2026-12-07T09:00",
    "завтра вечером": "2026-12-01T19:00",
    "завтра 9": "2026-12-01T09:00",
    "в полдень": "2026-11-30T12:00",
    "через два часа": "2026-11-30T12:20",
    "через 9 часов": "2026-11-30T19:20",
    "в 18 часов": "2026-11-30T18:00",
    "завтра в 9 часов": "2026-12-01T09:00",
    "в 9 часов утра": "2026-12-01T09:00",
    "в 1 час": "2026-12-01T01:00",
    "24 декабря": "2026-12-24T09:00",
    "каждый день": "2026-12-01T09:00 0 9 * * *",
    "каждый понедельник в 9:00": "2026-12-07T09:00 0 9 * * 1",
  },
  zh: {
    明天: "2026-12-01T09:00",
    明天早上: "2026-12-01T09:00",
    每天早上: "2026-12-01T09:00 0 9 * * *",
    明天中午: "2026-12-01T12:00",
    下周一上午9点: "2026-12-07T09:00",
    两小时后: "2026-11-30T12:20",
    三天后: "2026-12-03T09:00",
    "12月24日": "2026-12-24T09:00",
    今晚: "2026-11-30T19:00",
    明天晚上: "2026-12-01T19:00",
    明天晚上9点: "2026-12-01T21:00",
    明天9: "2026-12-01T09:00",
    每天18: "2026-11-30T18:00 0 18 * * *",
    "每天18:00": "2026-11-30T18:00 0 18 * * *",
    每周一9点: "2026-12-07T09:00 0 9 * * 1",
    每天晚上9点: "2026-11-30T21:00 0 21 * * *",
    每天早上8点半: "2026-12-01T08:30 30 8 * * *",
    每周五下午3点: "2026-12-04T15:00 0 15 * * 5",
    明天下午3点: "2026-12-01T15:00",
    晚上12点: "2026-12-01T00:00",
    明天中午12点: "2026-12-01T12:00",
  },
};

describe.each([...LANGUAGES])("a time in %s", (language) => {
  test.each(Object.entries(EXAMPLES[language]))("%s is %s", async (said, time) => {
    expect(await read(said, { language })).toBe(time);
  });

  test("is read in all examples that are told", async () => {
    const { past, unclear } = textsIn(language).remind;
    const told = [...`${past}\n${unclear}`.matchAll(/\/remind (.+)$/gm)].map(([, example = ""]) => example);
    expect(told).toHaveLength(6);
    for (const example of told) expect(await read(example, { language })).toMatch(/^\d{4}-/);
  });
});

describe("where the clocks change", () => {
  const before = (day: string) => ({ now: Date.parse(`${day}T10:00:00Z`) });

  test("an hour that is left out is as much later, and one that comes twice is the first", async () => {
    expect(await read("tomorrow 2:30", before("2026-03-28"))).toBe("2026-03-29T03:30");
    const twice = await readWhen("tomorrow 2:30", { language: "en", zone: BERLIN, ...before("2026-10-24") });
    expect(twice).toEqual({ due_at: Date.parse("2026-10-25T00:30:00Z"), cron: null });
  });

  test("days keep the hour of the clock, and hours are hours", async () => {
    expect(await read("1d", before("2026-03-28"))).toBe("2026-03-29T11:00");
    expect(await read("1d", before("2026-10-24"))).toBe("2026-10-25T12:00");
    expect(await read("24h", before("2026-03-28"))).toBe("2026-03-29T12:00");
    expect(await read("in 24 hours", before("2026-03-28"))).toBe("2026-03-29T12:00");
    expect(await read("24h", before("2026-10-24"))).toBe("2026-10-25T11:00");
  });

  test("a digest keeps its hour, and a weekly one its day", () => {
    for (const [digest, many] of [
      ["daily", 400],
      ["weekly", 60],
    ] as const) {
      let now = Date.parse("2026-11-22T12:00:00Z");
      const told = new Set<string>();
      for (let at = 0; at < many; at += 1) {
        now = nextDigest({ digest, hour: 2, weekday: 7 }, { now, zone: BERLIN }) ?? 0;
        const { hour, dayOfWeek } = onClock(now, BERLIN);
        told.add(digest === "daily" ? `${hour}` : `${hour} on ${dayOfWeek}`);
      }
      // Where two o'clock is left out, it is three.
      expect([...told].toSorted()).toEqual(digest === "daily" ? ["2", "3"] : ["2 on 7", "3 on 7"]);
      const days = (now - Date.parse("2026-11-22T12:00:00Z")) / 86_400_000;
      expect(Math.round(days)).toBe(digest === "daily" ? many : many * 7);
    }
  });

  test("what comes every day comes once on each", async () => {
    for (const day of ["2026-03-28", "2026-10-24"]) {
      const times = await nextTimes("30 2 * * *", 3, { zone: BERLIN, ...before(day) });
      const days = times.map((time) => onClock(time, BERLIN).toPlainDate().toString());
      expect(new Set(days).size).toBe(3);
    }
  });
});

describe("whatever is asked for", () => {
  const zones = fc.constantFrom(
    ...[
      "UTC",
      BERLIN,
      "America/New_York",
      "Asia/Kolkata",
      "Pacific/Chatham",
      "+02:00",
      "Australia/Lord_Howe",
    ],
  );
  const words = fc.constantFrom(
    ...Object.values(EXAMPLES).flatMap((examples) => Object.keys(examples)),
    ...["3d", "last monday", "12am", "31.2.", "midnight", "99999999999 days", "at -1", "every", "9999w"],
  );
  const said = fc.oneof(
    words,
    fc.tuple(words, words).map((pair) => pair.join(" ")),
    fc.string({ unit: "grapheme" }),
    fc.tuple(fc.nat(99), fc.nat(99)).map(([hour, minute]) => `${hour}:${minute}`),
  );
  const nows = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) });

  test(
    "it is behind the time of the asking, and said back as the clocks of the person show it",
    async () => {
      const asked = fc.tuple(said, nows, zones, fc.constantFrom(...LANGUAGES));
      await fc.assert(
        fc.asyncProperty(asked, async ([text, now, zone, language]) => {
          const when = await readWhen(text, { language, now, zone });
          if (typeof when === "string") return;
          expect(when.due_at).toBeGreaterThan(now);
          const { hour, minute } = onClock(when.due_at, zone);
          const told = textsIn(language, zone).moment(when.due_at);
          const shown = `0?(?:${hour}|${hour % 12 || 12}):${String(minute).padStart(2, "0")}`;
          expect(told).toMatch(new RegExp(`(?:^|\\D)${shown}(?:\\D|$)`));
        }),
        runs,
      );
    },
    LIMIT_MS,
  );

  test("a button of the question gives a time to come, in the person's evening or morning", () => {
    fc.assert(
      fc.property(nows, zones, fc.constantFrom(...OFFERED_TIMES), (now, zone, when) => {
        const { due_at } = offered(when, { now, zone });
        expect(due_at).toBeGreaterThan(now);
        expect(due_at - now).toBeLessThanOrEqual(40 * 3_600_000);
        if (when !== "hour") expect(onClock(due_at, zone).hour).toBe(when === "evening" ? 19 : 9);
      }),
      runs,
    );
  });
});

test.each([
  ["Europe/Berlin", "en", "Europe/Berlin"],
  ["europe/berlin", "en", "Europe/Berlin"],
  ["Berlin", "en", "Europe/Berlin"],
  ["new york", "en", "America/New_York"],
  ["São Paulo", "es", "America/Sao_Paulo"],
  ["Germany", "de", "Europe/Berlin"],
  ["Германия", "ru", "Europe/Berlin"],
  ["москва", "ru", "Europe/Moscow"],
  ["中国", "zh", "Asia/Shanghai"],
  ["japón", "es", "Asia/Tokyo"],
  ["UTC", "en", "UTC"],
  ["UTC+2", "en", "+02:00"],
  ["gmt-3", "en", "-03:00"],
  ["+5:30", "en", "+05:30"],
  ["+99", "en", undefined],
  ["Mars", "en", undefined],
  ["", "en", undefined],
])("the time zone “%s” in %s is %s", (said, language, zone) => {
  expect(zoneOf(said, language)).toBe(zone);
});
