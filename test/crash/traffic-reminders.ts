import { expect } from "bun:test";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import type { JsonObject } from "../fakes/telegram/json.ts";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { oneOf } from "./traffic.ts";
import type { Beside, Telling } from "./traffic-told.ts";
import type { CrashWorld } from "./world.ts";

const TOLD_MS = 150_000;

/** Somebody who wants to be reminded of what they said, once for each. */
export function createReminders(world: CrashWorld, telling: Telling, person: Person): Beside {
  const { memos, telegram } = world;
  const said: { readonly mark: string; readonly message: TelegramMessage; asked?: number }[] = [];

  /** It was set where that is said; too early, before there was a memo, it was not. */
  const isSet = (asked: number) =>
    telegram.sent.some(({ chatId, message }) => {
      const target = message["reply_to_message"] as { message_id: number } | undefined;
      const isAnswer = chatId === person.id && target?.message_id === asked;
      return isAnswer && String(message["text"]).startsWith("⏰");
    });

  /** The memos that a reminder leads to, whether their words could be read or not. */
  const memosIn = ({ text, entities = [] }: JsonObject) =>
    String(text).startsWith("⏰ Reminder")
      ? (entities as { url?: string }[]).map(({ url = "" }) => url.replace(/^.*\/(?=memos\/)/, ""))
      : [];

  return {
    act(mark, random) {
      said.push({ mark, message: person.say(mark) });
      const one = oneOf(
        // Those that are surely saved by now.
        said.slice(0, -3).filter(({ asked }) => asked === undefined),
        random,
      );
      // When some thirty messages were sent, each of which takes two seconds there, or all are.
      if (one) one.asked = person.say("/remind 1m", { replyTo: one.message }).message_id;
    },

    async check() {
      const all = said
        .filter(({ asked }) => asked !== undefined && isSet(asked))
        .map(({ mark }) => memos.memos().find(({ content }) => content === mark)?.name ?? "");
      const told = () => telling.toldTo(person.id, all, memosIn);
      await until("each reminder to be told", () => told().length === all.length, TOLD_MS);
      expect(told().toSorted()).toEqual(all.toSorted());
      expect(world.rows("SELECT 1 FROM reminders WHERE due_at IS NOT NULL"), "none is left").toEqual([]);
    },
  };
}
