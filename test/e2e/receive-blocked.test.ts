import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, rows, until, type World } from "../support/app.ts";
import { createWebhookWorld } from "../support/webhook.ts";

setDefaultTimeout(60_000);

/** Where Telegram's API cannot be called from the machine, but delivers to it: the webhook was set from elsewhere. */
async function blockedWorld(action: "hang" | "drop-before" | "html502"): Promise<World> {
  const world = await createWebhookWorld({ RECEIVE: "webhook" }, { rate: 8 });
  await until("set", () => world.telegram.webhook["url"]);
  await world.stopApp();
  world.telegram.fault({ match: { path: /^\/(?!file)/ }, times: 1_000_000, action });
  await world.startApp();
  return world;
}

for (const [what, action] of [
  ["hang", "hang"],
  ["are cut off", "drop-before"],
  ["are answered by something else", "html502"],
] as const) {
  describe(`where calls to Telegram ${what}`, () => {
    test("the confirmation rides in the answer to the delivery, also right after a start", async () => {
      await using world = await blockedWorld(action);
      const { person } = await boundPerson(world);
      for (const [at, text] of ["first", "second", "third"].entries()) {
        person.say(text);
        await until("told", () => botTexts(world, person).length > at);
        expect(botTexts(world, person).at(-1)).toStartWith("Saved as PRIVATE");
      }
      expect(await memosSaved(world, 3)).toHaveLength(3);
      // Nothing was risked by a call that nobody answers.
      expect(world.log.map(({ message }) => message)).not.toContain("a confirmation may not have been sent");
    });

    test("what is not saved in time is said to be kept, and its confirmation rides in the next answer", async () => {
      await using world = await blockedWorld(action);
      const { person } = await boundPerson(world);
      await world.memos.stop();
      person.say("kept");
      await until("told", () => botTexts(world, person).length === 1);
      expect(botTexts(world, person)[0]).toStartWith("I have it");
      await world.memos.start();
      await memosSaved(world, 1);
      await until("owed", () => rows(world, "SELECT 1 FROM outbox WHERE state = 'waiting'").length > 0);
      person.say("next");
      await until("told", () => botTexts(world, person).length === 2);
      expect(botTexts(world, person)[1]).toStartWith("Saved as PRIVATE");
    });
  });
}
