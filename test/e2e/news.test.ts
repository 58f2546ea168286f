import { expect, test } from "bun:test";
import { createCrashWorld } from "../crash/world.ts";
import { until } from "../support/app.ts";
import { conversation } from "../support/conversation.ts";

test("the executable tells what somebody comments in Memos, and a reply to it is a comment there", async () => {
  await using world = await createCrashWorld();
  const [{ person, account }, bob] = world.people("alice", "bob");
  const alice = conversation({ ...world, until, quiet: world.settled, bind: async () => undefined }, person);
  await world.bind([{ person, account }]);
  world.change("UPDATE bindings SET news = 'comments'");
  await world.program.start();
  await until("the stream of events", () => world.memos.events.listeners().length === 1);
  await until("what is there counts as told", () =>
    world.rows("SELECT 1 FROM bindings WHERE news_after IS NOT NULL").at(0),
  );
  const memo = world.memos.write("alice", "Groceries");
  world.memos.comment(bob.account.username, memo, "How many **eggs**?");
  const { id, text } = await alice.hears("commented on");
  expect(text).toBe("bob commented on “Groceries”\n\nHow many eggs?");
  await world.settled();
  alice.replies(id, "a dozen");
  await until("the answer", () => world.memos.comments(memo).length === 2);
  expect(world.memos.comments(memo)[1]).toMatchObject({ creator: "users/alice", parent: memo });
  person.react(id, "👍");
  const [question] = world.memos.comments(memo);
  const reactions = () => world.memos.reactions(question?.name ?? "");
  await until("the reaction", () => reactions().length === 1);
  world.memos.react("bob", question?.name ?? "", "🎉");
  await until("the reaction of the bot", () => {
    const { messages } = world.telegram.chat(person.id);
    return messages.find(({ message_id }) => message_id === id)?.reactions[0]?.emoji === "🎉";
  });
  await world.settled();
  expect(alice.seen().filter(({ text }) => text.includes("commented on"))).toHaveLength(1);
}, 60_000);
