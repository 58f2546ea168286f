import { expect, setDefaultTimeout, test } from "bun:test";
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";
import {
  bindPerson,
  botTexts,
  createProgramWorld,
  type ProgramWorld,
  passTime,
  sentName,
  settled,
  until,
} from "../support/app.ts";
import { startProxy } from "../support/proxy.ts";

setDefaultTimeout(60_000);

/** A proxy that passes on only the parameters it knows. The answers to the next calls that create are lost there. */
function forgetfulProxy(memos: FakeMemos) {
  let toLose = 0;
  const proxy = startProxy(memos.url, async (forward, { method, url }) => {
    const { pathname, searchParams } = new URL(url);
    for (const name of ["memoId", "commentId", "attachmentId"]) searchParams.delete(name);
    const answer = await forward(`${pathname}?${searchParams}`);
    if (method !== "POST" || toLose === 0) return answer;
    toLose -= 1;
    return new Response("bad gateway", { status: 502 });
  });
  return Object.assign(proxy, {
    lose(answers: number) {
      toLose = answers;
    },
  });
}

type Person = Awaited<ReturnType<typeof bindPerson>>;

async function withProxy(
  work: (
    world: ProgramWorld,
    person: Person,
    memos: FakeMemos,
    lose: (answers: number) => void,
  ) => Promise<void>,
): Promise<void> {
  const memos = await startFakeMemos();
  await using proxy = forgetfulProxy(memos);
  await using world = await createProgramWorld(proxy.url, { rate: 20 }, { close: () => memos.stop() });
  const person = await bindPerson(world, "alice", memos.addUser("alice").token);
  await work(world, person, memos, proxy.lose);
}

const told = (world: ProgramWorld, person: Person, count: number) =>
  passTime(world, `${count} words`, () => botTexts(world, person).length === count, { stepMs: 6_000 });

function expectEachOnce(memos: FakeMemos, contents: string[], files: string[]): void {
  expect(memos.memos().map(({ content }) => content)).toEqual(contents);
  expect(memos.attachments().map(sentName)).toEqual(files);
  expect(memos.attachments().every(({ memo }) => memo !== undefined)).toBe(true);
}

test("where a proxy keeps our ids from Memos, what comes back is done under its name, and nothing is made twice after", () =>
  withProxy(async (world, person, memos, lose) => {
    const first = person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "the first" });
    await told(world, person, 1);
    lose(1);
    person.say("a text");
    await told(world, person, 2);
    lose(2);
    person.sendDocument({ fileName: "b.txt", bytes: Buffer.from("b"), caption: "a file" });
    await told(world, person, 3);
    lose(1);
    person.reply(first, "a reply");
    await told(world, person, 4);
    person.edit(first.message_id, { caption: "the first, edited" });
    await passTime(world, "edited", () => memos.memos()[0]?.content === "the first, edited");
    await settled(world);
    expectEachOnce(memos, ["the first, edited", "a text", "a file"], ["a.txt", "b.txt"]);
    const [memo] = memos.memos();
    expect(memos.comments(memo?.name ?? "").map(({ content }) => content)).toEqual(["a reply"]);
  }));

test("what was cut off before a restart is found after it, though ids count as ours again", () =>
  withProxy(async (world, person, memos, lose) => {
    person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "the first" });
    await told(world, person, 1);
    await settled(world);
    lose(1);
    person.say("a text");
    await until("made", () => memos.memos().length === 2);
    await world.stopApp();
    await world.startApp();
    await told(world, person, 2);
    person.say("after it");
    await told(world, person, 3);
    lose(1);
    person.say("the last");
    await told(world, person, 4);
    await settled(world);
    expectEachOnce(memos, ["the first", "a text", "after it", "the last"], ["a.txt"]);
  }));
