import { expect } from "bun:test";
import type { JsonObject } from "../fakes/telegram/json.ts";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import type { CrashWorld } from "./world.ts";

/** What goes on beside what people send. */
export interface Beside {
  act(mark: string, random: () => number): void;
  /** While the program is there, and nothing disturbs it any more. */
  check(): Promise<void>;
}

export type Telling = ReturnType<typeof createTelling>;

/**
 * Whether people were told something once: a second time only where it is not known whether they were, since the program
 * was ended between, or the answer of Telegram may have been lost.
 */
export function createTelling({ telegram }: Pick<CrashWorld, "telegram">) {
  const lives: { readonly from: number; readonly isDisturbed: boolean }[] = [];
  const lifeAt = (time: number) => lives.findLast(({ from }) => from <= time);

  return {
    /** The program is started now. */
    begins: (isDisturbed: boolean): void => void lives.push({ from: telegram.now(), isDisturbed }),

    /** What somebody was told of these, the first time for each, in that order. `keysOf`: what a message tells. */
    toldTo(
      chatId: number,
      all: readonly string[],
      keysOf: (message: JsonObject) => readonly string[],
    ): string[] {
      const before = new Map<string, number>();
      for (const { at, message } of telegram.sent.filter((one) => one.chatId === chatId)) {
        for (const key of keysOf(message).filter((one) => all.includes(one))) {
          const first = before.get(key);
          const life = lifeAt(at);
          const isTwice = first !== undefined && lifeAt(first) === life && !life?.isDisturbed;
          expect(isTwice, `told twice, with nothing between: ${key}`).toBe(false);
          before.set(key, first ?? at);
        }
      }
      return [...before.keys()];
    },
  };
}

export const linesOf = ({ text }: JsonObject) => String(text).split("\n");

/** Presses a button of the bot's last message that has it, and waits for the answer. */
export async function presses({ telegram }: Pick<CrashWorld, "telegram">, person: Person, button: string) {
  const message = await until(`a button ${button}`, () =>
    telegram
      .botMessages(person.id)
      .findLast(({ reply_markup }) => JSON.stringify(reply_markup ?? null).includes(`"${button}"`)),
  );
  await person.press(message.message_id, button).answer;
}
