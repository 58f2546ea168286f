import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { type ExpectedMemo, photo, png } from "./expected.ts";
import { laterScenarios } from "./later-scenarios.ts";
import type { CrashWorld, CrashWorldOptions } from "./world.ts";

export interface Actors {
  readonly person: Person;
  readonly account: FakeUser;
  readonly world: CrashWorld;
}

/** With "stay", the program is there for the next step as well. */
export type Play = Generator<"stay" | undefined, readonly ExpectedMemo[]>;

export interface Scenario {
  readonly name: string;
  /** Whether the person is bound before. */
  readonly bound: boolean;
  /**
   * What the person does, while the program is away. Returns the memos that have to come of it, in order. At each
   * `yield` the program is there until all is settled, and nothing disturbs it: only what comes after the last one is.
   */
  act(actors: Actors): readonly ExpectedMemo[] | Play;
  /** Answers of the bot: exactly so many when nothing was killed around their sending. */
  readonly answers: number;
  /** Jobs that are done at the end. Default: 1. */
  readonly jobs?: number;
  readonly options?: CrashWorldOptions;
}

/** One message, or one album, and nothing before it. */
export const scenarios: readonly Scenario[] = [
  {
    name: "a text",
    bound: true,
    answers: 1,
    act({ person }) {
      person.say("Milk, bread 🥖 and ünïcode");
      return [{ content: "Milk, bread 🥖 and ünïcode" }];
    },
  },
  {
    name: "a photo with caption",
    bound: true,
    answers: 1,
    act({ person }) {
      const file = photo("the lake");
      person.sendPhoto({ bytes: file.bytes, caption: "The lake at noon" });
      return [{ content: "The lake at noon", files: [file] }];
    },
  },
  {
    name: "a document",
    bound: true,
    answers: 1,
    act({ person }) {
      const file = png("plan");
      person.sendDocument({ bytes: file.bytes, fileName: "plan.png", mimeType: "image/png" });
      return [{ content: "", files: [file] }];
    },
  },
  {
    name: "an album of three photos with captions on two",
    bound: true,
    answers: 1,
    act({ person }) {
      const files = [photo("first"), photo("second"), photo("third")];
      const captions = ["Morning", undefined, "Evening"];
      const items = files.map(({ bytes }, at) => {
        const caption = captions[at];
        return { type: "photo" as const, bytes, ...(caption !== undefined && { caption }) };
      });
      // Telegram hands an album out in more than one answer as it likes.
      person.sendAlbum(items, { split: 2 });
      return [{ content: "Morning\n\nEvening", files }];
    },
  },
  {
    name: "an album of two PNG documents",
    bound: true,
    answers: 1,
    act({ person }) {
      const files = [png("left", 70_000), png("right", 90_000)];
      person.sendAlbum(
        files.map(({ bytes, name, type }, at) => ({
          type: "document" as const,
          bytes,
          mimeType: type,
          ...(name !== null && { fileName: name }),
          ...(at === 1 && { caption: "Both sides" }),
        })),
      );
      return [{ content: "Both sides", files }];
    },
  },
  {
    name: "a /bind with a token",
    bound: false,
    answers: 1,
    act({ person, account }) {
      person.say(`/bind ${account.token}`);
      return [];
    },
  },
];

export function scenarioNamed(name: string): Scenario {
  const found = [...scenarios, ...laterScenarios].find((one) => one.name === name);
  if (!found) throw new Error(`there is no scenario "${name}"`);
  return found;
}

/**
 * The same on a Memos that gives memos and files names of its own. Its clock is an hour ahead, so that each memo's time
 * has to be set.
 */
export const onOldMemos: readonly Scenario[] = scenarios.map((one) => ({
  ...one,
  name: `${one.name}, on Memos 0.24.4`,
  options: { memos: { version: "0.24.4", now: () => Date.now() + 3_600_000 } },
}));
