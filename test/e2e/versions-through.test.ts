import { expect, setDefaultTimeout, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  contents,
  createWorld,
  passTime,
  rows,
  sentName,
  settled,
  until,
  type World,
} from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);
const rate = 20;

type Person = Awaited<ReturnType<typeof boundPerson>>["person"];

const memoSaying = (world: World, content: string) =>
  world.memos.memos().find((memo) => memo.content === content);
const comments = (world: World, name: string) => world.memos.comments(name).map(({ content }) => content);

/** A text and a file; what their memos will say. */
function say(person: Person, mark: string): string[] {
  person.say(`${mark} text`);
  person.sendDocument({ fileName: `${mark}.txt`, bytes: Buffer.from(mark), caption: `${mark} file` });
  return [`${mark} text`, `${mark} file`];
}

/** As an owner does it: the server stops, messages come meanwhile, another release starts over the same data. */
async function upgrade(world: World, version: string, meanwhile: () => void): Promise<void> {
  await settled(world);
  await world.memos.stop();
  meanwhile();
  await until("noticed", async () => (await fetch(`${world.app.url}/readyz`)).status === 503);
  world.memos.become(version);
  await world.memos.start();
}

/** The bot's confirmation of the memo of this name. */
const confirmationOf = (world: World, person: Person, name: string) =>
  world.telegram
    .botMessages(person.id)
    .find((one) => JSON.stringify(one).includes(name.slice("memos/".length)));

async function press(world: World, person: Person, name: string, visibility: string): Promise<void> {
  person.press(confirmationOf(world, person, name)?.message_id ?? 0, visibility);
  await until(visibility, () => world.memos.memo(name)?.visibility === visibility);
}

async function recent(world: World, person: Person): Promise<string> {
  const before = botTexts(world, person).length;
  person.say("/recent");
  return until("the list", () =>
    botTexts(world, person)
      .slice(before)
      .find((text) => text.includes("newest memos")),
  );
}

/** What `memoferry check` says of the person. */
async function checked(world: World, person: Person): Promise<{ status: string; detail: string }> {
  const { out } = await run(world.env, ["check", "--json"]);
  const lines = JSON.parse(out) as { check: string; status: string; detail: string }[];
  return lines.find(({ check }) => check === `user ${person.id}`) ?? { status: "", detail: out };
}

test("one folder goes with Memos from 0.22.5 over 0.24.4, 0.25.3 and 0.27.1 to 0.30.0", async () => {
  await using world = await createWorld({ rate, memos: { version: "0.22.5" } });
  const { person } = await boundPerson(world);
  const first = person.sendDocument({ fileName: "first.txt", bytes: Buffer.from("1"), caption: "first" });
  const sent = say(person, "on 0.22.5");
  await passTime(world, "saved", () => contents(world).length === 3);
  await settled(world);
  const name = memoSaying(world, "first")?.name ?? "";
  const replies: string[] = [];
  let wanted = "first";
  const isFollowed = () =>
    world.memos.memo(name)?.content === wanted && comments(world, name).length === replies.length;
  /** Of the very first message. */
  const editAndReply = (when: string) => {
    wanted = `first, edited ${when}`;
    person.edit(first.message_id, { caption: wanted });
    replies.push(`reply ${when}`);
    person.reply(first, `reply ${when}`);
  };

  for (const [version, visibility] of [
    ["0.24.4", "PUBLIC"],
    ["0.25.3", "PROTECTED"],
    ["0.27.1", "PUBLIC"],
    ["0.30.0", "PRIVATE"],
  ] as const) {
    await upgrade(world, version, () => {
      sent.push(...say(person, `before ${version}`));
      editAndReply(`before ${version}`);
    });
    if (version === "0.27.1") {
      // Here the tokens of old die, and accounts get other names.
      await passTime(world, "told", () =>
        botTexts(world, person).some((text) => text.includes("no longer accepts the access token")),
      );
      expect((await checked(world, person)).status).toBe("fail");
      sent.push(...say(person, "without a token"));
      person.say(`/bind ${world.memos.addToken("alice")}`);
    }
    // At once, beside what waits.
    expect(await recent(world, person)).toContain("1.");
    await press(world, person, name, visibility);
    expect((await checked(world, person)).status).toBe("ok");
    await passTime(world, "what waited", () => contents(world).length === sent.length + 1 && isFollowed());
    await settled(world);
    // And once more, with nothing in the way.
    editAndReply(`on ${version}`);
    const last = person.say(`on ${version} text`);
    sent.push(`on ${version} text`);
    await passTime(world, "what was new", () => contents(world).length === sent.length + 1 && isFollowed());
    await settled(world);
    const made = memoSaying(world, `on ${version} text`);
    person.reply(last, `reply to ${version}`);
    await passTime(world, "a comment", () => comments(world, made?.name ?? "").length === 1);
    await settled(world);
    await world.stopApp();
    await world.startApp();
  }

  expect(contents(world).toSorted()).toEqual([wanted, ...sent].toSorted());
  expect(comments(world, name).toSorted()).toEqual(replies.toSorted());
  const files = world.memos.memos().flatMap((memo) => memo.attachments.map(sentName));
  expect(files.toSorted()).toEqual(
    [
      "first.txt",
      ...sent.filter((text) => text.endsWith(" file")).map((text) => text.replace(/ file$/, ".txt")),
    ].toSorted(),
  );
  expect(world.memos.attachments()).toHaveLength(files.length);
  expect(
    rows(
      world,
      `SELECT DISTINCT name AS account FROM accounts WHERE id IN (SELECT account_key FROM bindings
       UNION SELECT account_key FROM jobs WHERE queue = 'messages')`,
    ),
  ).toEqual([{ account: "users/alice" }]);
});
