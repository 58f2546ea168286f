import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  sample,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);
/** The window of 1.5 s takes 0.3 s. */
const rate = 5;

const file = (name: string, caption?: string) => ({
  type: "document" as const,
  fileName: name,
  bytes: Buffer.from(`bytes of ${name}`),
  ...(caption !== undefined && { caption }),
});

/** One memo, one confirmation, no stray file. */
async function isOne(world: World, chat: { id: number }, files: number): Promise<void> {
  await settled(world);
  expect(world.memos.memos()).toHaveLength(1);
  expect(world.memos.memos()[0]?.attachments).toHaveLength(files);
  expect(world.memos.attachments()).toHaveLength(files);
  expect(botTexts(world, chat)).toEqual(["Saved as PRIVATE · open"]);
}

describe("an album", () => {
  test("delivered again after a lost answer of getUpdates is one memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    world.telegram.fault({ match: { method: "getUpdates" }, times: 2, action: "drop-after" });
    person.sendAlbum([file("1", "one"), file("2"), file("3")]);
    await memosSaved(world, 1);
    await isOne(world, person, 3);
  });

  test("split by a stop and a start in its middle is one memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const [first, ...rest] = sample("album-documents-captions").map((update) => {
      const message = update["message"] as Record<string, unknown>;
      return { ...update, message: { ...message, from: person.user, chat: chatOf(person) } };
    });
    world.telegram.deliver(first ?? []);
    await until("the first part", () => rows(world, "SELECT id FROM jobs WHERE kind = 'album'").length > 0);
    await world.stopApp();
    expect(world.memos.memos()).toEqual([]);
    world.telegram.deliver(rest);
    await world.startApp();
    await memosSaved(world, 1);
    await isOne(world, person, rest.length + 1);
    expect(world.memos.memos()[0]?.content).toStartWith("Page 1\n\nPage 2");
  });
});

function chatOf(person: { id: number; user: { first_name: string; username?: string } }) {
  const { first_name, username } = person.user;
  return { id: person.id, first_name, username, type: "private" };
}
