import { onClock, zoneOfPerson } from "../../base/zones.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Binding, BindingSettings } from "../../store/accounts/bindings.ts";
import type { Choice } from "../choices.ts";
import type { ChatContext } from "../context.ts";
import { nextDigest, weekdayOf } from "./digest.ts";
import { nextTimes } from "./when.ts";

type DigestChoice = Choice<BindingSettings>;

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

/** How often the digest comes, and at which hour, in rows. */
export function digestChoices(texts: Texts, binding: Binding, now: number): DigestChoice[][] {
  const zone = zoneOfPerson(binding);
  const { digest, digest_hour: hour } = binding;
  const weekday = weekdayOf(binding, zone);
  const at = (schedule: Parameters<typeof nextDigest>[0]) => nextDigest(schedule, { now, zone });
  const weekly = (day: number): DigestChoice => [
    `d${day}`,
    texts.weekday(day),
    { digest: "weekly", digest_at: at({ digest: "weekly", hour, weekday: day }) },
  ];
  const hourly = (hour: number): DigestChoice => [
    `h${hour}`,
    hourText(hour),
    { digest_hour: hour, digest_at: at({ digest, hour, weekday }) },
  ];
  return [
    [
      ["off", texts.off, { digest: "off", digest_at: null }],
      ["daily", texts.digests.daily, { digest: "daily", digest_at: at({ digest: "daily", hour, weekday }) }],
    ],
    ...rowsOf(WEEKDAYS.map(weekly), 4),
    ...rowsOf(HOURS.map(hourly), 6),
  ];
}

const rowsOf = <T>(all: readonly T[], length: number): T[][] =>
  all.length === 0 ? [] : [all.slice(0, length), ...rowsOf(all.slice(length), length)];

const hourText = (hour: number) => `${String(hour).padStart(2, "0")}:00`;

export function shownDigest(texts: Texts, binding: Binding): string {
  const { digest, digest_hour } = binding;
  if (digest === "off") return texts.off;
  const day = texts.weekday(weekdayOf(binding, zoneOfPerson(binding)));
  const often = digest === "daily" ? texts.digests.daily : texts.digests.weekly({ day });
  return `${often}, ${hourText(digest_hour)}`;
}

/** With what its clocks show now, so that one sees whether it is the right one. */
export function shownZone(texts: Texts, { time_zone }: Pick<Binding, "time_zone">, now: number): string {
  const zone = zoneOfPerson({ time_zone });
  const time = onClock(now, zone).toPlainTime().toString({ smallestUnit: "minute" });
  return `${time_zone ?? texts.zoneFollows({ zone })} (${time})`;
}

/** Somebody goes by other clocks from now on: what comes again, and the digest, keep their hours on these. */
export async function setZone(
  { bindings, reminders }: Pick<ChatContext, "bindings" | "reminders">,
  before: Binding,
  time_zone: string | null,
  now: number,
): Promise<Binding | undefined> {
  const { telegram_id, digest, digest_hour: hour } = before;
  const zone = zoneOfPerson({ time_zone });
  for (const reminder of reminders.repeated(telegram_id)) {
    const [due_at] = await nextTimes(reminder.cron ?? "", 1, { now, zone });
    if (due_at !== undefined) reminders.putOff(reminder, due_at);
  }
  const weekday = weekdayOf(before, zoneOfPerson(before));
  const digest_at = nextDigest({ digest, hour, weekday }, { now, zone });
  return bindings.update(telegram_id, { time_zone, digest_at });
}
