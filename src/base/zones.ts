/** The time zone of this machine, by its IANA name. */
export const machineZone = (): string => Temporal.Now.timeZoneId();

/** The one that somebody has chosen, or else this machine's. */
export const zoneOfPerson = ({ time_zone }: { readonly time_zone: string | null }) =>
  time_zone ?? machineZone();

/** A moment as the clocks of a time zone show it. */
export const onClock = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(zone);

/**
 * The time zone that somebody means: by its IANA name, its distance to UTC, a place that it is named after, or a place or
 * country as its clocks are called in the `language`. Undefined where there is none.
 */
export function zoneOf(said: string, language: string): string | undefined {
  const words = bare(said);
  const [, sign, hours = "", minutes = "00"] = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d\d))?$/.exec(words) ?? [];
  const name = sign ? `${sign}${hours.padStart(2, "0")}:${minutes}` : said.trim().replace(/\s+/g, "_");
  if (isZone(name)) return onClock(0, name).timeZoneId;
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    zones.find((zone) => bare(zone.slice(zone.lastIndexOf("/") + 1)) === words) ??
    zones.find((zone) => [language, "en"].some((tongue) => calledIn(tongue, zone).includes(words)))
  );
}

function isZone(name: string): boolean {
  try {
    onClock(0, name);
    return true;
  } catch {
    return false;
  }
}

/** What the time of a zone is called after, such as `germany`: behind it, or before it, stands the word for time. */
function calledIn(language: string, timeZone: string): string[] {
  const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: "shortGeneric" }).formatToParts(
    0,
  );
  const name = bare(parts.find(({ type }) => type === "timeZoneName")?.value ?? "");
  return [name, name.replace(/^hora de | time$| \(ortszeit\)$|时间$/, "")];
}

const bare = (name: string) =>
  name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_]+/g, " ")
    .trim();
