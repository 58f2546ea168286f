import { expect, test } from "bun:test";
import { createCrashWorld } from "../crash/world.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { channelOf } from "../support/channels.ts";
import { conversation } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";

test("the executable posts what a rule says, is killed while it posts, and asks; the post follows its memo", async () => {
  await using world = await createCrashWorld();
  const [{ person, account }] = world.people("alice");
  const alice = conversation({ ...world, until, quiet: world.settled, bind: async () => undefined }, person);
  const channel = channelOf(world, alice);
  const posts = () =>
    world.telegram.chat(channel.id).messages.map(({ text, caption }) => text ?? caption ?? "");
  await world.bind([{ person, account }]);
  await world.program.start();
  alice.says("/settings");
  await alice.presses("Publishing");
  await alice.presses("Add");
  const { id } = await alice.hears("Which tag goes to which channel?");
  alice.says("#blog @kitchen", { replyTo: id });
  await alice.hears("PUBLIC memos with a tag");
  await until("the stream of events", () => world.memos.events.listeners().length === 1);

  const dead = Promise.withResolvers<void>();
  world.telegram.onRequest = async ({ method }, phase) => {
    if (method !== "sendMediaGroup" || phase !== "after") return;
    world.telegram.onRequest = undefined;
    await world.kill();
    dead.resolve();
  };
  const file = (filename: string) => ({ filename, type: "image/jpeg", bytes: onePixelJpeg });
  const [name = ""] = await writes(world, "alice", [
    { content: "cakes #blog", visibility: "PUBLIC", files: [file("one.jpg"), file("two.jpg")] },
  ]);
  await dead.promise;
  await world.program.start();
  await alice.hears("A memo may be in @kitchen already");
  await world.settled();
  expect(posts()).toEqual(["cakes #blog", ""]);
  await alice.presses("Publish again");
  await until("it is posted again", () => posts().length === 4);
  world.memos.editContent(name, "two cakes #blog");
  await until("the post follows", () => posts()[2] === "two cakes #blog");
  await world.settled();
  expect(posts()).toEqual(["cakes #blog", "", "two cakes #blog", ""]);
}, 60_000);
