import { expect, setDefaultTimeout, test } from "bun:test";
import { boundPerson, createWorld, passTime, rows, until } from "../support/app.ts";
import { conversation } from "../support/conversation.ts";

setDefaultTimeout(60_000);
test("binding to another account ends what is at work meanwhile as a dead letter, of which its sender is told", async () => {
  await using world = await createWorld({ rate: 20 });
  const { person } = await boundPerson(world);
  const chat = conversation(world, person);
  await chat.quiet();
  const hold = world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "hang" });
  chat.says("at work");
  await until("at work", () => hold.hits > 0);
  const bob = world.memos.addUser("bob");
  chat.says(`/bind ${bob.token}`);
  await chat.hears("account of bob.");
  world.memos.clearFaults();
  await world.memos.stop();
  await world.memos.start();
  await passTime(
    world,
    "given up",
    () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1,
  );
  const told = await chat.hears("I could not save this: you connected another account", "anywhere");
  expect(told.buttons).toEqual(["Retry", "Discard"]);
  expect(rows(world, "SELECT reason FROM jobs WHERE state = 'dead'")).toEqual([{ reason: "other_account" }]);
  expect(world.memos.memos()).toEqual([]);
});
