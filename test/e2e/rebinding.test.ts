import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  createWorld,
  memosSaved,
  passTime,
  rows,
  until,
  type World,
} from "../support/app.ts";
import { type Conversation, conversation } from "../support/conversation.ts";

setDefaultTimeout(60_000);
const rate = 20;

const saved = (world: World) =>
  world.memos
    .memos()
    .map(({ content, creator }) => `${creator}: ${content}`)
    .toSorted();
const count = (world: World, sql: string) => rows(world, sql).length;

/** Somebody bound to alice, whose token died, with messages that wait. */
async function stuck(world: World, ...texts: string[]): Promise<Conversation> {
  const { person, account } = await boundPerson(world);
  const chat = conversation(world, person);
  chat.says("/id");
  await chat.quiet();
  world.memos.revokeToken(account.token);
  for (const text of texts) chat.says(text);
  await passTime(
    world,
    "all wait for the binding",
    () => count(world, "SELECT id FROM jobs WHERE waiting_for = 'binding'") === texts.length,
  );
  return chat;
}

/** The list of failures, asked for now. */
async function failed(chat: Conversation, count: number) {
  chat.says("/failed");
  return chat.hears(new RegExp(`^${count} messages? could not be saved:`));
}

describe("binding to another account while messages wait for the first", () => {
  test("ends what is at work meanwhile as a dead letter, of which its sender is told", async () => {
    await using world = await createWorld({ rate });
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
    await passTime(world, "given up", () => count(world, "SELECT 1 FROM jobs WHERE state = 'dead'") === 1);
    const told = await chat.hears("I could not save this: you connected another account", "anywhere");
    expect(told.buttons).toEqual(["Retry", "Discard"]);
    expect(rows(world, "SELECT reason FROM jobs WHERE state = 'dead'")).toEqual([
      { reason: "other_account" },
    ]);
    expect(saved(world)).toEqual([]);
  });

  test("is told when the admin binds as well, and holds over a restart", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one");
    const bob = world.memos.addUser("bob");
    const answer = await api(world, "POST", "/api/v1/bindings", {
      telegram_id: chat.person.id,
      access_token: bob.token,
    });
    expect(answer.status).toBe(201);
    await chat.hears("1 message for alice is not saved");
    await world.stopApp();
    await world.startApp();
    await failed(chat, 1);
    await chat.presses("Retry 1");
    await memosSaved(world, 1);
    expect(saved(world)).toEqual([`${bob.name}: one`]);
  });
});
