import { expect, setDefaultTimeout, test } from "bun:test";
import { botTexts, boundPerson, createWorld } from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

test("chats, bind-chat and unbind-chat, beside a running program and alone", async () => {
  await using world = await createWorld();
  const { person } = await boundPerson(world);
  const channel = world.telegram.channel();
  const cli = (...args: string[]) => run(world.env, args);
  const [id, owner] = [String(channel.id), String(person.id)];
  expect((await cli("chats")).out).toBe("The bot has not heard of a group or channel yet.");
  expect((await cli("bind-chat", id, owner)).err).toContain(`has not heard of a group or channel ${id} yet`);

  channel.as(person).say("nobody's");
  await world.quiet();
  expect((await cli("bind-chat", id, "7")).err).toContain("There is no binding of the Telegram user 7.");
  expect(await cli("bind-chat", id, owner)).toMatchObject({
    code: 0,
    out: `What is said in channel Kitchen Notes becomes memos of the Telegram user ${owner}.`,
  });
  channel.as(person).say("hers");
  await world.until("saved", () => world.memos.memos().length === 1);
  const { items } = JSON.parse((await cli("chats", "--json")).out);
  expect(items).toMatchObject([
    { chat_id: channel.id, type: "channel", telegram_id: person.id, mode: "all" },
  ]);

  const group = world.telegram.group({ type: "supergroup", privacy: false });
  group.as(person).say("to nobody");
  await world.until("heard of", async () => (await cli("chats")).out.includes(String(group.id)));
  await cli("bind-chat", String(group.id), owner);
  await world.until("said in the group", () =>
    botTexts(world, group).at(-1)?.includes(`in the account of ${owner}`),
  );
  await cli("unbind-chat", String(group.id));
  await world.until("said again", () =>
    botTexts(world, group).at(-1)?.startsWith("I save only what is said to me"),
  );

  await world.stopApp();
  expect((await cli("chats")).out).toMatch(
    new RegExp(
      `^CHAT ID +TYPE +TITLE +SAVED FOR +THE BOT IS\n${id} +channel +Kitchen Notes +${owner} +not known`,
    ),
  );
  expect((await cli("unbind-chat", "123")).code).toBe(2);
  expect((await cli("unbind-chat", id)).out).toBe(
    "What is said in channel Kitchen Notes is nobody's any more.",
  );
  await world.startApp();
  channel.as(person).say("nobody's again");
  await world.quiet();
  expect(world.memos.memos()).toHaveLength(1);
});
