import { expect } from "bun:test";
import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { oneOf } from "./traffic.ts";
import { type Beside, linesOf, presses, type Telling } from "./traffic-told.ts";
import type { CrashWorld } from "./world.ts";

/** How often somebody answers what they were told, instead of being told more. */
const ANSWERS = 0.4;
const ASKED_MS = 150_000;

/** Somebody in Memos comments on a person's memo, of which the person is told, and answers. The program is there. */
export async function createNews(
  world: CrashWorld,
  telling: Telling,
  { person, account, by }: { person: Person; account: FakeUser; by: FakeUser },
): Promise<Beside> {
  const { memos, telegram } = world;
  const comments: string[] = [];
  const answers: string[] = [];
  person.say("/settings");
  await presses(world, person, "Notifications");
  await presses(world, person, "comments");
  await until(
    "what was there to be known",
    () => world.rows("SELECT 1 FROM bindings WHERE news_after >= 0")[0],
  );
  const memo = memos.write(account.username, "what others comment on");

  return {
    act(mark, random) {
      const told = telegram
        .botMessages(person.id)
        .filter(({ text = "" }) => comments.some((comment) => text.endsWith(`\n${comment}`)));
      const message = random() < ANSWERS ? oneOf(told, random) : undefined;
      if (message) {
        person.reply(message, mark);
        answers.push(mark);
      } else {
        memos.comment(by.username, memo, mark);
        comments.push(mark);
      }
    },

    async check() {
      const told = () => telling.toldTo(person.id, comments, linesOf);
      await until("each comment to be told", () => told().length === comments.length, ASKED_MS);
      expect(told(), "comments are told in order").toEqual(comments);
      const own = [...memos.memos(), ...memos.comments(memo)].filter(
        ({ creator }) => creator === account.name,
      );
      // One that answers a message of which the program never learned that it was sent is a memo.
      for (const mark of answers) {
        const made = own.filter(({ content }) => content.split("\n").includes(mark));
        expect(
          made.map(({ content }) => content),
          "each answer is there once",
        ).toHaveLength(1);
      }
    },
  };
}
