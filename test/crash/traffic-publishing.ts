import { expect } from "bun:test";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { oneOf } from "./traffic.ts";
import { type Beside, presses } from "./traffic-told.ts";
import type { CrashWorld } from "./world.ts";

/** What the rule of the person is about. */
const TAG = "#out";
const EDITS = 0.2;
const POSTED_MS = 150_000;

interface Published {
  readonly message: TelegramMessage;
  /** As it is now. */
  text: string;
  asked: boolean;
}

/** Somebody who publishes memos in a channel, by a rule and by /publish, and edits them. The program is there. */
export async function createPublishing(
  world: CrashWorld,
  { person, account }: { person: Person; account: FakeUser },
): Promise<Beside> {
  const { memos, telegram } = world;
  const said: Published[] = [];
  const channel = telegram.channel({ title: "Garden", username: "garden_posts" });
  telegram.setStanding(channel, person, "creator");
  memos.setDefaultVisibility(account.username, "PUBLIC");
  person.say("/settings");
  await presses(world, person, "Publishing");
  await presses(world, person, "Add");
  const question = await until("the question for a rule", () =>
    telegram.botMessages(person.id).find(({ text = "" }) => text.startsWith("Which tag goes to which")),
  );
  person.reply(question, `${TAG} @garden_posts`);
  await until("the rule", () => world.rows("SELECT 1 FROM publish_rules")[0]);

  function act(mark: string, random: () => number): void {
    const isRule = random() < 0.5;
    const old = oneOf(said.slice(0, -3), random);
    if (old && random() < EDITS) {
      old.text = old.text.endsWith(TAG) ? `${mark} ${TAG}` : mark;
      person.edit(old.message.message_id, old.text);
      return;
    }
    const text = isRule ? `${mark} ${TAG}` : mark;
    said.push({ message: person.say(text), text, asked: isRule });
    const one = oneOf(
      said.slice(0, -3).filter(({ asked }) => !asked),
      random,
    );
    if (!one) return;
    one.asked = true;
    person.say("/publish @garden_posts", { replyTo: one.message });
  }

  /** By memo: what is known of each post. */
  const posts = () =>
    new Map(
      world
        .rows<{ memo_name: string; asked: string | null }>("SELECT memo_name, asked FROM posts")
        .map(({ memo_name, asked }) => [memo_name, asked]),
    );

  /** What is not as it has to be. Of a memo that may be in the channel, whether it is is asked. */
  function wrong(): string[] {
    const inChannel = telegram.chat(channel.id).messages.map(({ text = "" }) => text);
    const known = posts();
    return said.flatMap(({ text }) => {
      const name = memos.memos().find(({ content }) => content === text)?.name ?? "";
      const times = inChannel.filter((one) => one === text).length;
      const asked = known.get(name);
      const isWanted = text.endsWith(TAG) || known.has(name);
      const isRight = times === Number(isWanted) || asked === "sent";
      return isRight && times <= 1 ? [] : [`${text}: ${times} times, asked: ${asked}`];
    });
  }

  return {
    act,
    async check() {
      await until("all to be published", () => wrong().length === 0, POSTED_MS).catch(() => undefined);
      expect(wrong(), "each memo is in the channel once, as it is now, or asked about").toEqual([]);
      // Those that were sent, whatever they said then.
      const all = telegram.sent.filter(({ chatId }) => chatId === channel.id);
      expect(all.length, "nothing else is in the channel").toBeLessThanOrEqual(posts().size);
    },
  };
}
