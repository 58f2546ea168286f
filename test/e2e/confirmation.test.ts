import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
  type WorldOptions,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

interface Button {
  text: string;
  callback_data?: string;
}

function shown(world: World, person: { id: number }, at = 0) {
  const message = world.telegram.botMessages(person.id)[at];
  const markup = message?.reply_markup as { inline_keyboard: Button[][] } | undefined;
  return {
    id: message?.message_id ?? 0,
    text: message?.text ?? "",
    buttons: (markup?.inline_keyboard ?? []).map((row) => row.map((button) => button.text)),
    data: (markup?.inline_keyboard ?? []).flat().map((button) => button.callback_data ?? ""),
    link: message?.entities?.find(({ type }) => type === "text_link")?.url,
    reply: message?.reply_to_message?.message_id,
  };
}

/** A world in which one text was saved and confirmed. */
async function withMemo(options: WorldOptions = {}) {
  const world = await createWorld({ rate, ...options });
  const { person, account } = await boundPerson(world);
  const sent = person.say("a thought");
  await memosSaved(world, 1);
  await settled(world);
  const name = world.memos.memos()[0]?.name ?? "";
  return {
    world,
    person,
    account,
    sent,
    name,
    memo: () => world.memos.memo(name),
    show: () => shown(world, person),
    press: (button: string) => person.press(shown(world, person).id, button),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const PRIVATE = [
  ["PROTECTED", "PUBLIC"],
  ["Pin", "Delete"],
];

const LINKS_DO_NOT_WORK = "links to memos do not work in the chat";

describe("a confirmation", () => {
  for (const host of ["localhost:5230", "memos:5230"]) {
    test(`has no link to ${host}: Telegram would show none`, async () => {
      await using saved = await withMemo({ env: { MEMOS_PUBLIC_URL: `http://${host}` } });
      expect(saved.show()).toMatchObject({ text: "Saved as PRIVATE", link: undefined, buttons: PRIVATE });
      const said = saved.world.log.filter(({ message }) => message === LINKS_DO_NOT_WORK);
      expect(said).toMatchObject([{ level: "warn", mend: expect.stringContaining("set MEMOS_PUBLIC_URL") }]);
    });
  }

  test("keeps within Telegram's limits, and a 429 only delays it", async () => {
    await using world = await createWorld({ rate: 1, telegram: { limits: true } });
    const { person } = await boundPerson(world);
    world.telegram.fault({ match: { method: "sendMessage" }, action: { status: 429, retryAfter: 1 } });
    person.say("one");
    person.say("two");
    await memosSaved(world, 2);
    await until("both told", () => botTexts(world, person).length === 2);
    const refused = world.telegram.requests.filter(
      ({ method, status }) => method === "sendMessage" && status === 429,
    );
    expect(refused).toHaveLength(1);
  });
});

describe("a press", () => {
  test("that is delivered twice is worked once", async () => {
    await using saved = await withMemo();
    const { world, memo, press, show } = saved;
    world.telegram.fault({ match: { method: "getUpdates" }, action: "drop-after" });
    press("Pin");
    await until("pinned", () => show().buttons[1]?.[0] === "Unpin");
    await settled(world);
    expect(memo()?.pinned).toBe(true);
    expect(rows(world, "SELECT id FROM jobs WHERE kind = 'press'")).toHaveLength(1);
  });

  test("that was made while the program was away is carried out", async () => {
    await using saved = await withMemo();
    const { world, memo, press, show } = saved;
    await world.stopApp();
    const pressed = press("PUBLIC");
    world.clock.advance(10 * 60_000);
    await world.startApp();
    expect(await pressed.answer).not.toHaveProperty("text");
    await until("public", () => show().text.startsWith("Saved as PUBLIC"));
    expect(memo()?.visibility).toBe("PUBLIC");
  });

  test("that had to wait over a restart is carried out", async () => {
    await using saved = await withMemo();
    const { world, memo, press, show } = saved;
    const hold = world.memos.fault({ match: { method: "PATCH" }, action: "hang" });
    const first = press("PUBLIC");
    await until("at work", () => hold.hits > 0);
    await world.stopApp();
    world.memos.clearFaults();
    world.clock.advance(180_000);
    await first.answer;
    await world.startApp();
    await until("public", () => show().text.startsWith("Saved as PUBLIC"));
    expect(memo()?.visibility).toBe("PUBLIC");
  });
});
