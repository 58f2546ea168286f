import type { ParsedResult } from "chrono-node";
import type { Cron } from "croner";
import { onClock } from "../../base/zones.ts";
import type { OfferedTime } from "../../domain/choices.ts";
import type { Language } from "../../locales/texts.ts";

/** When something is to come: once, or again and again by a cron pattern, of which this is the first time. */
export interface When {
  readonly due_at: number;
  readonly cron: string | null;
}

/** Who asks when: by their language, the time that they ask at, and the clocks that they see. */
interface AskedAt {
  readonly language: Language;
  readonly now: number;
  readonly zone: string;
}

/** The hour of a day, or of a morning, for which none is said. */
const MORNING = 9;
/** The hour of an evening for which none is said. */
const EVENING = 19;

const SPAN = /^(\d{1,4})\s*(m|min|h|d|w)$/i;
const SPANS = { m: "minutes", min: "minutes", h: "hours", d: "days", w: "weeks" } as const;

/**
 * Reads when somebody wants to be reminded, as people write it in their language or in English. The time is behind that
 * of the asking; `past`: it is not; `unclear`: not all of it could be read.
 */
export async function readWhen(said: string, asked: AskedAt): Promise<When | "past" | "unclear"> {
  const now = onClock(asked.now, asked.zone);
  const text = plain(said, now);
  const [, count, unit = ""] = SPAN.exec(text) ?? [];
  if (count !== undefined) {
    const span = SPANS[unit.toLowerCase() as keyof typeof SPANS];
    return once(now.add({ [span]: Number(count) }), now);
  }
  const [every] = EVERY.exec(text) ?? [];
  const pattern = CRON.test(text) ? text : every && (await patternOf(text.slice(every.length), asked));
  if (pattern !== undefined) return again(pattern, asked);
  const found = await dateIn(text, asked);
  return found ? once(momentOf(found, now), now) : "unclear";
}

export function offered(when: OfferedTime, { now: ms, zone }: Pick<AskedAt, "now" | "zone">): When {
  const now = onClock(ms, zone);
  if (when === "hour") return { due_at: ms + 3_600_000, cron: null };
  const evening = now.withPlainTime({ hour: EVENING });
  if (when === "evening" && Temporal.ZonedDateTime.compare(evening, now) > 0)
    return { due_at: evening.epochMilliseconds, cron: null };
  const hour = when === "evening" ? EVENING : MORNING;
  return { due_at: now.add({ days: 1 }).withPlainTime({ hour }).epochMilliseconds, cron: null };
}

/** The next times of a cron pattern, after `now`. */
export async function nextTimes(
  pattern: string,
  count: number,
  { now, zone }: Pick<AskedAt, "now" | "zone">,
) {
  return (await cronOf(pattern, zone)).nextRuns(count, new Date(now)).map((time) => time.getTime());
}

async function cronOf(pattern: string, timezone: string): Promise<Cron> {
  // Loaded by who needs it, as all that reads times.
  const { Cron } = await import("croner");
  return new Cron(pattern, { timezone, mode: "5-part" });
}

async function again(cron: string, asked: AskedAt): Promise<When | "past" | "unclear"> {
  const times = await nextTimes(cron, 1, asked).catch(() => null);
  if (times === null) return "unclear";
  const [due_at] = times;
  return due_at === undefined ? "past" : { due_at, cron };
}

function once(time: Temporal.ZonedDateTime, now: Temporal.ZonedDateTime): When | "past" {
  const due_at = time.epochMilliseconds;
  return due_at > now.epochMilliseconds ? { due_at, cron: null } : "past";
}

/** Five fields, once an hour at most. */
const CRON = /^\d{1,2}(?: [\d*/,\-a-z#]+){4}$/i;
const EVERY = /^(?:every|each|jede[nrsm]?|alle|cada|todos los|todas las|кажд(?:ый|ую|ое|ые)|每个?)\s*/iu;
const DAY = /^(?:day|tag|d[ií]as?|день|天|日)(?!\p{L})\s*/iu;
const NO_DAY = /\b(?:week(?:day|end)s?|last|letzte[nrs]?)\b/i;
const MONTH = /^(?:month|monat|mes|месяц|月)(?!\p{L})\s*/iu;

/** What comes every day, on a day of the week, of the month or of the year; undefined for anything else. */
async function patternOf(text: string, asked: AskedAt): Promise<string | undefined> {
  const [unit = ""] = DAY.exec(text) ?? MONTH.exec(text) ?? [];
  const rest = text.slice(unit.length);
  const found = rest === "" ? NOTHING : await dateIn(rest, asked);
  if (!found) return undefined;
  const { hour, minute } = timeOf(found, onClock(asked.now, asked.zone)) ?? { hour: MORNING, minute: 0 };
  const has = (part: "weekday" | "day" | "month" | "year") => found.isCertain(part);
  const at = `${minute} ${hour}`;
  // `weekdays`, `last friday` or a month alone would be read as one day, or as every day.
  if (NO_DAY.test(rest) || (has("month") && !has("day"))) return undefined;
  // A date with a year, or so many days from now, does not repeat.
  if (has("year") || (unit !== "" && (has("weekday") || has("day")))) return undefined;
  if (MONTH.test(unit)) return `${at} ${onClock(asked.now, asked.zone).day} * *`;
  if (has("weekday")) return `${at} * * ${found.get("weekday")}`;
  return has("day") ? `${at} ${found.get("day")} ${found.get("month")} *` : `${at} * * *`;
}

type Found = Pick<ParsedResult["start"], "isCertain" | "get" | "tags" | "date">;

const NOTHING: Found = {
  isCertain: () => false,
  get: () => null,
  tags: () => new Set(),
  date: () => new Date(Number.NaN),
};

/** Words that may stand around a time. */
const AROUND = /^(?:on|at|by|am|an|um|uhr|el|la|las|los|a|de|в|во|на|к|的|[.,!])$/iu;

/** An hour alone, or behind a day. */
const BARE_HOUR = /(?<![\d:.,/+-])(?:[01]?\d|2[0-3])$/;

/** A number at the end that belongs to no date is an hour. */
const dateIn = async (text: string, asked: AskedAt): Promise<Found | undefined> =>
  (await readAll(text, asked)) ?? (BARE_HOUR.test(text) ? readAll(`${text}:00`, asked) : undefined);

/** What the parser of a language, or else the English one, makes of all of a text. */
async function readAll(text: string, { language, now, zone }: AskedAt): Promise<Found | undefined> {
  const shown = shownHere(onClock(now, zone));
  for (const parse of [await PARSERS[language](), await PARSERS.en()]) {
    const [found, more] = parse(text, shown, { forwardDate: true });
    if (!found || more || found.end) continue;
    const around = `${text.slice(0, found.index)} ${text.slice(found.index + found.text.length)}`;
    if (around.split(/\s+/).every((word) => word === "" || AROUND.test(word))) return found.start;
  }
  return undefined;
}

/** The moment at which this machine's clock shows what theirs does: not every parser heeds another time zone. */
const shownHere = ({ year, month, day, hour, minute, second }: Temporal.ZonedDateTime) =>
  new Date(year, month - 1, day, hour, minute, second);

/** Loaded by who needs them: each is some thousand lines. */
const PARSERS = {
  en: async () => (await import("chrono-node/en")).parse,
  de: async () => (await import("chrono-node/de")).parse,
  es: async () => (await import("chrono-node/es")).parse,
  ru: async () => (await import("chrono-node/ru")).parse,
  zh: async () => (await import("chrono-node/zh/hans")).parse,
} satisfies Record<Language, unknown>;

/** What is read, on the clocks of who asks; what has passed today, or this week, is the next of its kind. */
function momentOf(found: Found, now: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  const has = (part: "weekday" | "day" | "timezoneOffset") => found.isCertain(part);
  // In so many hours: a duration, and no time of a clock.
  if (has("timezoneOffset"))
    return now.add({ milliseconds: found.date().getTime() - shownHere(now).getTime() });
  const [year, month, day] = [found.get("year"), found.get("month"), found.get("day")];
  const date = { year: year ?? now.year, month: month ?? now.month, day: day ?? now.day };
  const { hour, minute } = timeOf(found, now) ?? { hour: MORNING, minute: 0 };
  const at = Temporal.PlainDateTime.from({ ...date, hour, minute });
  // What a clock skips in spring is as much later.
  const [there, today] = [at.toZonedDateTime(now.timeZoneId), now.toPlainDate()];
  if (has("day") || Temporal.ZonedDateTime.compare(there, now) > 0) return there;
  const days = has("weekday") ? 7 : 1 + Math.max(0, today.since(at.toPlainDate()).days);
  return at.add({ days }).toZonedDateTime(now.timeZoneId);
}

/** The hour that is said, or that a word such as "evening" stands for; undefined for a day alone. */
function timeOf(found: Found, now: Temporal.ZonedDateTime): { hour: number; minute: number } | undefined {
  const [hour, minute] = [found.get("hour"), found.get("minute") ?? 0];
  if (hour === null) return undefined;
  if (!found.isCertain("hour")) {
    if (found.tags().has("casualReference/evening")) return { hour: EVENING, minute: 0 };
    if (found.tags().has("casualReference/morning")) return { hour: MORNING, minute: 0 };
  }
  const isWord = [...found.tags()].some((tag) => HOURS.test(tag));
  // Of a day alone it is the hour of now, or noon.
  const isMadeUp = hour === now.hour || (hour === 12 && minute === 0);
  return found.isCertain("hour") || isWord || !isMadeUp ? { hour, minute } : undefined;
}

const HOURS = /^casualReference\/(?:noon|afternoon|tonight|night|midnight)$/;

/** In forms that the parsers know; a day with points stands before its month in all these languages. */
const plain = (said: string, now: Temporal.ZonedDateTime): string =>
  said
    .toWellFormed()
    .replace(/\s+/g, " ")
    .trim()
    .replace(/(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})?(?!\d)/g, (_, day, month, year) =>
      year === undefined
        ? `${nextYear(now, Number(month), Number(day))}-${month}-${day}`
        : `${year}-${month}-${day}`,
    )
    .replace(/\b(\d{1,2})(?::(\d\d))? uhr\b/gi, (_, hour, minute = "00") => `${hour}:${minute}`)
    // The parsers would take `в 18 часов`, at six, for 18 hours from now.
    .replace(/(?<=(?<!\p{L})(?:в|a las?) \d{1,2}) (?:час(?:а|ов)?|horas?)(?!\p{L})/giu, ":00")
    .replace(/(?<=morgen) früh/i, " vormittag")
    .replace(/ por la mañana/i, " a las 9:00")
    .replace(/\b(?:the )?day after tomorrow\b/i, "in 2 days")
    .replace(/\besta tarde$/i, `hoy a las ${EVENING}:00`)
    .replace(/\bpasado mañana\b/i, "en 2 días")
    .replace(/两/g, "二")
    // With a part of the day the parser takes an hour for one of today, which nothing can be every day.
    .replace(/晚上12点/g, "0点")
    .replace(/(?:上午|早上)(?=(?:\d|1[01])点)/g, "")
    .replace(/(?:下午|晚上(?=[5-9]|1[01]))(\d|1[01])(?=点)/g, (_, hour) => `${Number(hour) + 12}`)
    .replace(/中午(?:12点)?/g, "12:00")
    .replace(/(?:上午|早上)$/, `${MORNING}:00`)
    .replace(/今晚$/, `今天${EVENING}:00`)
    .replace(/晚上$/, `${EVENING}:00`);

/** In which year a day comes next. */
const nextYear = (
  { year, month: thisMonth, day: today }: Temporal.ZonedDateTime,
  month: number,
  day: number,
) => (month < thisMonth || (month === thisMonth && day < today) ? year + 1 : year);
