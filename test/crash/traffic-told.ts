import { expect } from "bun:test";
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

    /** Who was told what, of all that could be: lines of what the bot said, the first time for each, in that order. */
    toldTo(chatId: number, lines: readonly string[]): string[] {
      const wanted = new Set(lines);
      const before = new Map<string, number>();
      for (const { at, message } of telegram.sent.filter((one) => one.chatId === chatId)) {
        for (const line of String(message["text"]).split("\n")) {
          if (!wanted.has(line)) continue;
          const first = before.get(line);
          const life = lifeAt(at);
          const isTwice = first !== undefined && lifeAt(first) === life && !life?.isDisturbed;
          expect(isTwice, `told twice, with nothing between: ${line}`).toBe(false);
          before.set(line, first ?? at);
        }
      }
      return [...before.keys()];
    },
  };
}

/** Presses a button of the bot's last message that has it, and waits for the answer. */
export async function presses({ telegram }: Pick<CrashWorld, "telegram">, person: Person, button: string) {
  const message = await until(`a button ${button}`, () =>
    telegram
      .botMessages(person.id)
      .findLast(({ reply_markup }) => JSON.stringify(reply_markup ?? null).includes(`"${button}"`)),
  );
  await person.press(message.message_id, button).answer;
}
