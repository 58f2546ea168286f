import { logger } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import { onClock, zoneOfPerson } from "../../base/zones.ts";
import type { Digest } from "../../domain/choices.ts";
import { chatAlone } from "../../domain/outgoing.ts";
import type { Memo } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Keyboard } from "../../replies/callback-data.ts";
import { button, type Message, say } from "../../replies/messages.ts";
import { createTextWriter, cut } from "../../replies/text-writer.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import { bestLine, markedLine } from "../lists/best-line.ts";
import { createFindOwn, isOfThisDay } from "../lists/lists.ts";
import { addLink, addPlace, withoutWords } from "../lists/show.ts";
import { type Due, type DueDeps, LATE_MS, type Told } from "./due-reminder.ts";
import { type Task, taskLabel, taskLine, tasksIn } from "./tasks.ts";

const DAY_MS = 24 * 3_600_000;
/** Open tasks of memos that are older are not told. */
const RECENT_MS = 30 * DAY_MS;
/** What is missed for longer is not told any more. */
const TOO_LATE_MS = DAY_MS;
/** How long after trouble Memos is asked again. */
const RETRY_MS = 60_000;
const MOST_MEMOS = 5;
const MOST_TASKS = 10;
const LONGEST_TASK = 200;
const TASKS_A_ROW = 5;

/** When the next digest comes: at its hour, a weekly one on a day of the week (1 is Monday). Null where none does. */
export function nextDigest(
  { digest, hour, weekday }: { readonly digest: Digest; readonly hour: number; readonly weekday: number },
  { now, zone }: { readonly now: number; readonly zone: string },
): number | null {
  if (digest === "off") return null;
  const today = onClock(now, zone).toPlainDate();
  for (let days = 0; ; days += 1) {
    const day = today.add({ days });
    const at = day.toZonedDateTime({ timeZone: zone, plainTime: { hour } }).epochMilliseconds;
    if (at > now && (digest === "daily" || day.dayOfWeek === weekday)) return at;
  }
}

/** On which day of the week a weekly digest comes: it is known by when the next one does. */
export const weekdayOf = ({ digest_at }: Pick<Binding, "digest_at">, zone: string): number =>
  digest_at === null ? 1 : onClock(digest_at, zone).dayOfWeek;

/** The next digest of a person: memos of this day in earlier years, and what is still to be done. */
export function createNextDigest(deps: DueDeps, now: () => number) {
  const { store, memos, urls, textsFor, clock, suspectToken } = deps;
  const { reminders, bindings } = store;
  const findOwn = createFindOwn({ memos, bindings, clock });
  const log = logger("reminders");

  /** In one look through the memos: those of these days in earlier years, and the tasks of recent ones. */
  async function gather(binding: Binding, token: Secret, due_at: number, signal: AbortSignal) {
    const days = daysOf(binding);
    const isOfTheseDays = isOfThisDay({ now: due_at, zone: zoneOfPerson(binding), days });
    const recent: Memo[] = [];
    const isMeant = (memo: Memo) => {
      const madeAt = Date.parse(memo.createTime);
      if (madeAt > due_at - RECENT_MS) recent.push(memo);
      return madeAt < due_at - days * DAY_MS && isOfTheseDays(memo);
    };
    const { found, since } = await findOwn({ binding, token, signal }, { isMeant, limit: MOST_MEMOS + 1 });
    return { found, since, tasks: await openTasks(recent) };
  }

  async function messageOf(
    binding: Binding,
    { found, since, tasks }: Awaited<ReturnType<typeof gather>>,
    wasDue: string | null,
  ): Promise<Message | undefined> {
    const texts = textsFor(binding.telegram_id);
    if (found.length + tasks.length === 0) return undefined;
    const writer = createTextWriter().add(texts.digest.head, "bold");
    if (wasDue !== null) writer.add(`\n${wasDue}`);
    if (found.length > 0)
      writer.add("\n\n").add(daysOf(binding) > 1 ? texts.digest.thisWeek : texts.digest.thisDay, "bold");
    for (const memo of found.slice(0, MOST_MEMOS)) {
      const line = await bestLine(memo.content, []);
      writer
        .add("\n• ")
        .add(line === "" ? withoutWords(texts, memo) : markedLine(line, []))
        .add("\n   ");
      addPlace(writer, texts, memo, urls.memoUrl(memo.name));
    }
    if (found.length > MOST_MEMOS) writer.add(`\n${texts.digest.more}`);
    if (tasks.length > 0) writer.add("\n\n").add(texts.digest.tasks, "bold");
    const buttons: Keyboard = [];
    for (const [at, { memo, task }] of tasks.slice(0, MOST_TASKS).entries()) {
      writer.add(`\n${taskLine(at + 1, { text: cut(task.text, LONGEST_TASK) })}`);
      addLink(writer, texts, urls.memoUrl(memo.name));
      const uid = memo.name.slice("memos/".length);
      if (at % TASKS_A_ROW === 0) buttons.push([]);
      const press = { ask: "tick", account_key: binding.account_key, uid, item: task.id } as const;
      buttons.at(-1)?.push(button(taskLabel(at + 1), press));
    }
    if (tasks.length > MOST_TASKS) writer.add(`\n${texts.digest.more}`);
    if (since !== null) writer.add(`\n\n${texts.lookedBackTo({ day: texts.day(since) })}`);
    return { ...writer.done(), ...(buttons.length > 0 && { buttons }) };
  }

  return ({ binding, token }: Told): Due | undefined => {
    const { telegram_id: person, digest_at: due_at } = binding;
    if (due_at === null) return undefined;
    return {
      due_at,
      async tell(signal) {
        const texts = textsFor(person);
        const zone = zoneOfPerson(binding);
        const schedule = {
          digest: binding.digest,
          hour: binding.digest_hour,
          weekday: weekdayOf(binding, zone),
        };
        const tell = (message: Message | undefined): null => {
          const owed = message ? [say(chatAlone(person), message, { isLoud: true })] : [];
          reminders.digested(binding, due_at, owed, nextDigest(schedule, { now: now(), zone }));
          if (message) log.info("told somebody their digest", { telegram_id: person });
          return null;
        };
        const isOver = now() - due_at >= TOO_LATE_MS;
        if (isOver || !token || binding.state !== "active") return tell(undefined);
        try {
          const found = await gather(binding, token, due_at, signal);
          const isLate = now() - due_at > LATE_MS;
          const wasDue = isLate ? texts.remind.wasDue({ time: texts.moment(due_at) }) : null;
          return tell(await messageOf(binding, found, wasDue));
        } catch (error) {
          if (!isMemosError(error)) throw error;
          if (error.kind !== "token_refused") return RETRY_MS;
          suspectToken(person, chatAlone(person));
          return tell({ text: urls.tokenDied(texts, binding) });
        }
      },
    };
  };
}

const daysOf = ({ digest }: Pick<Binding, "digest">) => (digest === "weekly" ? 7 : 1);

/** The open tasks of some memos, those that say the same once; one more than are told. */
async function openTasks(memos: readonly Memo[]): Promise<{ memo: Memo; task: Task }[]> {
  const found: { memo: Memo; task: Task }[] = [];
  for (const memo of memos.filter(({ name }) => isForButton(name))) {
    const open = (await tasksIn(memo.content)).filter(({ isDone }) => !isDone);
    const each = new Map(open.map((task) => [task.id, task]));
    found.push(...[...each.values()].map((task) => ({ memo, task })));
    if (found.length > MOST_TASKS) break;
  }
  return found;
}

/** Whether it is short enough for a button's data. */
const isForButton = (memoName: string) => /^memos\/[\w-]{1,36}$/.test(memoName);
