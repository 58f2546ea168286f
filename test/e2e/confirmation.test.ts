import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  sample,
  settled,
  until,
  type World,
  type WorldOptions,
} from "../support/app.ts";

setDefaultTimeout(20_000);
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
  test("is a silent reply with the visibility, a link and buttons", async () => {
    await using saved = await withMemo({ env: { MEMOS_PUBLIC_URL: "https://notes.example.org/memos/" } });
    const { world, sent, name, show } = saved;
    expect(show()).toMatchObject({
      text: "Saved as PRIVATE · open",
      buttons: PRIVATE,
      link: `https://notes.example.org/memos/${name}`,
      reply: sent.message_id,
    });
    const request = world.telegram.requests.find(({ method }) => method === "sendMessage");
    expect(request?.params["disable_notification"]).toBe("true");
    expect(request?.params["parse_mode"]).toBeUndefined();
    expect(show().data.every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
  });

  test("links to what the server reports as its address when none is configured", async () => {
    await using saved = await withMemo({ memos: { instanceUrl: "https://notes.example.org" } });
    expect(saved.show().link).toBe(`https://notes.example.org/${saved.name}`);
    expect(saved.world.log.some(({ message }) => message === LINKS_DO_NOT_WORK)).toBe(false);
  });

  for (const host of ["localhost:5230", "memos:5230"]) {
    test(`has no link to ${host}: Telegram would show none`, async () => {
      await using saved = await withMemo({ env: { MEMOS_PUBLIC_URL: `http://${host}` } });
      expect(saved.show()).toMatchObject({ text: "Saved as PRIVATE", link: undefined, buttons: PRIVATE });
      const said = saved.world.log.filter(({ message }) => message === LINKS_DO_NOT_WORK);
      expect(said).toMatchObject([{ level: "warn", mend: expect.stringContaining("set MEMOS_PUBLIC_URL") }]);
    });
  }

  test("comes though the message was deleted before it", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const message = person.say("gone at once");
    person.deleteMessage(message.message_id);
    await memosSaved(world, 1);
    await settled(world);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  test("that cannot be sent, since the person blocked the bot, loses no memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    person.say("last words");
    person.block();
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.content).toBe("last words");
    person.unblock();
    person.say("back again");
    await memosSaved(world, 2);
    await settled(world);
    expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
  });

  test("whose answer was lost is not sent twice", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.telegram.fault({ match: { method: "sendMessage" }, action: "drop-after" });
    person.say("one");
    person.say("two");
    await memosSaved(world, 2);
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(2);
  });

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

describe("a button", () => {
  test("of visibility changes the memo, the text and the buttons", async () => {
    await using saved = await withMemo();
    const { memo, show, press } = saved;
    const pressed = press("PUBLIC");
    await until("shown", () => show().text.startsWith("Saved as PUBLIC"));
    expect((await pressed.answer).text).toBeUndefined();
    expect(memo()?.visibility).toBe("PUBLIC");
    expect(show().buttons).toEqual([
      ["PRIVATE", "PROTECTED"],
      ["Pin", "Delete"],
    ]);
    press("PROTECTED");
    await until("shown", () => show().text.startsWith("Saved as PROTECTED"));
    press("PRIVATE");
    await until("shown", () => show().text === "Saved as PRIVATE · open");
    expect(memo()?.visibility).toBe("PRIVATE");
    expect(show().link).toContain(memo()?.name ?? "?");
    expect(memo()?.content).toBe("a thought");
  });

  test("[Pin] pins and becomes [Unpin], which unpins", async () => {
    await using saved = await withMemo();
    const { memo, show, press } = saved;
    press("Pin");
    await until("pinned", () => show().buttons[1]?.[0] === "Unpin");
    expect(memo()?.pinned).toBe(true);
    press("Unpin");
    await until("unpinned", () => show().buttons[1]?.[0] === "Pin");
    expect(memo()?.pinned).toBe(false);
  });

  test("[Delete] asks first; [Keep it] shows the memo as it is now", async () => {
    await using saved = await withMemo();
    const { memo, show, press } = saved;
    press("PUBLIC");
    await until("public", () => show().text.startsWith("Saved as PUBLIC"));
    press("Delete");
    await until("asked", () => show().text.startsWith("Delete this memo"));
    expect(memo()).toBeDefined();
    expect(show().buttons).toEqual([["Delete it", "Archive"], ["Keep it"]]);
    press("Keep it");
    await until("kept", () => show().text.startsWith("Saved as PUBLIC"));
    expect(memo()?.visibility).toBe("PUBLIC");
  });

  test("[Delete it] deletes the memo with its files", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendPhoto({ caption: "to be deleted" });
    await memosSaved(world, 1);
    await settled(world);
    person.press(shown(world, person).id, "Delete");
    await until("asked", () => shown(world, person).text.startsWith("Delete this memo"));
    person.press(shown(world, person).id, "Delete it");
    await until("deleted", () => shown(world, person).text === "Deleted from Memos.");
    expect(world.memos.memos()).toEqual([]);
    expect(world.memos.attachments()).toEqual([]);
    expect(shown(world, person).buttons).toEqual([]);
  });

  test("keeps the line about a missing file through its presses", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendDocument({ size: 22 * 1024 * 1024, fileName: "big.bin", caption: "see" });
    await memosSaved(world, 1);
    await settled(world);
    person.press(shown(world, person).id, "Pin");
    await until("pinned", () => shown(world, person).buttons[1]?.[0] === "Unpin");
    expect(shown(world, person).text).toContain("Without big.bin: ");
  });

  test("pressed five times quickly does its work and stays right", async () => {
    await using saved = await withMemo();
    const { world, memo, show, press } = saved;
    const presses = Array.from({ length: 5 }, () => press("PUBLIC"));
    for (const pressed of presses) await pressed.answer;
    await settled(world);
    expect(memo()?.visibility).toBe("PUBLIC");
    expect(show().text).toStartWith("Saved as PUBLIC");
    expect(botTexts(world, { id: saved.person.id })).toHaveLength(1);
  });

  test("pressed in turns ends as the last press says", async () => {
    await using saved = await withMemo();
    const { world, person, memo, show } = saved;
    const id = show().id;
    for (const visibility of ["PUBLIC", "PROTECTED", "PUBLIC", "PROTECTED"]) {
      person.press(id, show().data.find((data) => data.endsWith(visibility)) ?? "");
    }
    await settled(world);
    expect(memo()?.visibility).toBe("PROTECTED");
    expect(show().text).toStartWith("Saved as PROTECTED");
  });

  test("of a memo that was deleted in the web page meanwhile says so", async () => {
    for (const button of ["PUBLIC", "Pin"]) {
      await using saved = await withMemo();
      const { world, name, show, press } = saved;
      world.memos.deleteMemo(name);
      press(button);
      await until("told", () => show().text === "This memo is gone: it was deleted in Memos.");
      expect(show().buttons).toEqual([]);
      expect(world.memos.memos()).toEqual([]);
    }
  });

  test("[Delete it] of a memo that is gone already says that it is", async () => {
    await using saved = await withMemo();
    const { world, name, show, press } = saved;
    press("Delete");
    await until("asked", () => show().text.startsWith("Delete this memo"));
    world.memos.deleteMemo(name);
    press("Delete it");
    await until("told", () => show().text === "Deleted from Memos.");
    expect(show().buttons).toEqual([]);
  });

  test("pressed by somebody else is refused with an alert", async () => {
    await using saved = await withMemo();
    const { world, memo, show } = saved;
    const bob = await boundPerson(world, "bob");
    const mallory = world.telegram.user({ first_name: "Mallory" });
    for (const presser of [bob.person, mallory]) {
      for (const data of show().data) {
        const pressed = presser.press(show().id, data);
        const answer = await pressed.answer;
        expect(answer.text).toBe(
          presser === mallory
            ? "You are not connected to a Memos account. /bind tells how."
            : "This memo belongs to another account.",
        );
        expect(answer.show_alert).toBe(true);
      }
    }
    await settled(world);
    expect(memo()).toMatchObject({ visibility: "PRIVATE", pinned: false });
    expect(show().text).toBe("Saved as PRIVATE · open");
  });

  test("pressed after /unbind is refused, and works for who shares the account", async () => {
    await using saved = await withMemo();
    const { world, person, memo, show, press } = saved;
    const partner = world.telegram.user({ first_name: "Pat" });
    const bound = await api(world, "POST", "/api/v1/bindings", {
      telegram_id: partner.id,
      access_token: world.memos.addToken("alice"),
    });
    expect(bound.status).toBe(201);
    await api(world, "DELETE", `/api/v1/bindings/${person.id}`);
    expect((await press("PUBLIC").answer).text).toBe(
      "You are not connected to a Memos account. /bind tells how.",
    );
    const data = show().data.find((candidate) => candidate.endsWith("PUBLIC")) ?? "";
    expect((await partner.press(show().id, data).answer).text).toBeUndefined();
    await until("public", () => memo()?.visibility === "PUBLIC");
  });

  test("of a failure cannot be pressed by somebody else", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const bob = await boundPerson(world, "bob");
    person.send({ hologram: { depth: 1 } });
    await settled(world);
    for (const data of shown(world, person).data) {
      expect((await bob.person.press(shown(world, person).id, data).answer).text).toBe(
        "This memo belongs to another account.",
      );
    }
    expect(rows(world, "SELECT state FROM jobs WHERE kind = 'message'")).toEqual([{ state: "dead" }]);
  });

  test("of a failure that is settled already says so", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.send({ hologram: { depth: 1 } });
    await settled(world);
    const { id, data } = shown(world, person);
    const [retry = "", discard = ""] = data;
    person.press(id, discard);
    const late = person.press(id, retry);
    expect((await late.answer).text).toBe("That is settled already.");
    await settled(world);
    expect(rows(world, "SELECT outcome FROM jobs WHERE kind = 'message'")).toEqual([
      { outcome: "discarded" },
    ]);
  });
});

describe("a press that comes in a surprising way", () => {
  test("on a message that is inaccessible (date 0) is worked, and answered below", async () => {
    await using saved = await withMemo();
    const { world, person, memo, show } = saved;
    const { id, data } = show();
    person.deleteMessage(id);
    const pressed = person.press(id, data.find((candidate) => candidate.endsWith("PUBLIC")) ?? "");
    await pressed.answer;
    await until("public", () => memo()?.visibility === "PUBLIC");
    await settled(world);
    expect(world.telegram.requests.some(({ method }) => method === "editMessageText")).toBe(false);
    expect(show().text).toBe("Saved as PUBLIC · open");
    expect(show().buttons).toEqual([
      ["PRIVATE", "PROTECTED"],
      ["Pin", "Delete"],
    ]);
  });

  test("on a message that Telegram does not let be edited any more is answered below", async () => {
    await using saved = await withMemo();
    const { world, person, press, show } = saved;
    world.telegram.fault({
      match: { method: "editMessageText" },
      action: { status: 400, description: "Bad Request: message can't be edited" },
    });
    press("Delete");
    await until("asked", () => shown(world, person, 1).text.startsWith("Delete this memo"));
    expect(shown(world, person, 1).buttons).toEqual([["Delete it", "Archive"], ["Keep it"]]);
    expect(show()).toMatchObject({ text: "Saved as PRIVATE · open", buttons: PRIVATE });
  });

  for (const name of ["callback-query", "callback-query-inaccessible", "callback-query-inline-message"]) {
    test(`as in the sample ${name} is answered and changes nothing`, async () => {
      await using saved = await withMemo();
      const { world, person, memo } = saved;
      await until("a poll", () => world.telegram.isPollWaiting);
      world.telegram.deliver(sample(name));
      await until("answered", () =>
        world.telegram.requests.some(
          ({ method, status }) => method === "answerCallbackQuery" && status === 200,
        ),
      );
      person.say("after it");
      await memosSaved(world, 2);
      expect(memo()).toMatchObject({ visibility: "PRIVATE", pinned: false, content: "a thought" });
    });
  }

  test("with hostile data is answered and changes nothing", async () => {
    await using saved = await withMemo();
    const { world, person, memo, show } = saved;
    const hostile = [
      "",
      "v:1:PUBLICK",
      "v:1:",
      "v:999999:PUBLIC",
      "v:99999999999999999999:PUBLIC",
      "v:-1:PUBLIC",
      "v:1 OR 1=1:PUBLIC",
      "d:1:PRIVATE",
      "dy",
      "p:1:2",
      "__proto__:1",
      "u:x",
      "\u0000\u0001",
      "🌸".repeat(16),
    ];
    for (const data of hostile) {
      const [press] = sample("callback-query");
      const query = press?.["callback_query"] as Record<string, unknown>;
      const id = String(1_000_000 + hostile.indexOf(data));
      world.telegram.deliver({
        ...press,
        callback_query: {
          ...query,
          id,
          from: person.user,
          data,
          message: { ...(query["message"] as object), message_id: show().id, date: 0 },
        },
      });
    }
    await until("all answered", () => {
      const answered = world.telegram.requests.filter(({ method }) => method === "answerCallbackQuery");
      return answered.length >= hostile.length;
    });
    await settled(world);
    expect(memo()).toMatchObject({ visibility: "PRIVATE", pinned: false, content: "a thought" });
    expect(world.log.filter((line) => line["level"] === "error")).toEqual([]);
  });

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

  test("while Memos is down asks for patience, keeps the buttons, and works later", async () => {
    await using saved = await withMemo();
    const { world, memo, press, show } = saved;
    await world.memos.stop();
    const pressed = press("PUBLIC");
    await pressed.answer;
    await until("told", () => show().text.startsWith("Memos does not answer right now."));
    expect(show().buttons).toEqual(PRIVATE);
    await world.memos.start();
    press("PUBLIC");
    await until("public", () => show().text === "Saved as PUBLIC · open");
    expect(memo()?.visibility).toBe("PUBLIC");
  });

  test("too late to be answered does its work all the same", async () => {
    await using saved = await withMemo({ telegram: { callbackLifetimeMs: 0 } });
    const { press, memo, show } = saved;
    press("PUBLIC");
    await until("public", () => show().text.startsWith("Saved as PUBLIC"));
    expect(memo()?.visibility).toBe("PUBLIC");
  });
});

describe("where the instance allows no public memos (0.26)", () => {
  test("[PUBLIC] says so and leaves the memo as it is", async () => {
    await using saved = await withMemo({ memos: { version: "0.26.2" } });
    const { world, memo, press, show } = saved;
    world.memos.disallowPublic();
    press("PUBLIC");
    await until("told", () => show().text.includes("This Memos server allows no public memos."));
    await settled(world);
    expect(show().text).toStartWith("Saved as PRIVATE");
    expect(show().buttons).toEqual(PRIVATE);
    expect(memo()?.visibility).toBe("PRIVATE");
  });

  test("a memo that was to be PUBLIC is saved as PROTECTED, and that is said", async () => {
    await using world = await createWorld({ rate, memos: { version: "0.26.2" } });
    const { person } = await boundPerson(world);
    await api(world, "PATCH", `/api/v1/bindings/${person.id}`, { visibility: "PUBLIC" });
    world.memos.disallowPublic();
    person.say("for all");
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.visibility).toBe("PROTECTED");
    expect(shown(world, person).text).toStartWith("Saved as PROTECTED");
    expect(shown(world, person).text).toContain("This Memos server allows no public memos.");
  });
});
