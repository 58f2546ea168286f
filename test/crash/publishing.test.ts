import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { killAt, startToDie, withLog } from "./runs.ts";
import { presses } from "./traffic-told.ts";
import { createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

setDefaultTimeout(120_000);

describe.concurrent("killed at the call that publishes a memo, it asks whether the memo is in the channel", () => {
  for (const { phase, button, said } of [
    { phase: "before", button: "Publish again", said: "Published in @garden_posts" },
    { phase: "after", button: "It is there", said: "It is in @garden_posts, as the memo is now" },
  ] as const) {
    test(`${phase} Telegram has it: [${button}], and it is there once`, async () => {
      await using world = await createCrashWorld();
      const [alice] = world.people("alice");
      const { person, account } = alice;
      const channel = world.telegram.channel({ title: "Garden", username: "garden_posts" });
      world.telegram.setStanding(channel, person, "creator");
      world.memos.setDefaultVisibility(account.username, "PUBLIC");
      await world.bind([alice]);
      const inChannel = () => world.telegram.chat(channel.id).messages.map(({ text }) => text);
      const told = (words: string) =>
        until(words, () =>
          world.telegram.botMessages(person.id).find(({ text = "" }) => text.includes(words)),
        );
      await withLog(world, async () => {
        const message = person.say("the first tomatoes");
        await world.program.start();
        await world.settled();
        await world.program.stop();
        person.say("/publish @garden_posts", { replyTo: message });
        await startToDie(world, killAt(world, { label: "telegram sendMessage", nth: 1, phase }).dead);
        expect(inChannel()).toEqual(phase === "after" ? ["the first tomatoes"] : []);
        await world.program.start();
        await told("may be in @garden_posts already");
        expect(inChannel()).toHaveLength(phase === "after" ? 1 : 0);
        await presses(world, person, button);
        await told(said);
        await world.settled();
        expect(inChannel()).toEqual(["the first tomatoes"]);
      });
    });
  }
});
