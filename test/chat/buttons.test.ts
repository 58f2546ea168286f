// Every button of the bot in each of the situations in which a press is not what it seems.
import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { type Press, parsePress, type Retired } from "../../src/replies/callback-data.ts";
import { rows } from "../support/app.ts";
import { BUTTONS } from "../support/buttons.ts";
import type { ChatWorld } from "../support/chat.ts";
import { type Conversation, conversation, talking } from "../support/conversation.ts";
import { tokenPlace } from "../support/languages.ts";
import { before, buttonThere, expectDone, shownMemos } from "../support/pressing.ts";

/** Who adds a button adds it here, or this does not compile. */
const ROWS = {
  visibility: ["PUBLIC", "PROTECTED", "PRIVATE"],
  pin: ["pin", "unpin"],
  archive: ["archive", "take out of the archive"],
  delete: ["delete"],
  delete_yes: ["delete it"],
  keep: ["keep it"],
  overwrite: ["overwrite"],
  save_again: ["save again"],
  retry: ["retry"],
  discard: ["discard"],
  save: ["save as memo"],
  failed: ["next page of the failures", "previous page of the failures"],
  failed_retry: ["retry in the list"],
  failed_discard: ["discard in the list"],
  failed_retry_all: ["retry all"],
  failed_discard_all: ["discard all", "discard all, once asked"],
  list: ["next page", "previous page"],
  show: ["show"],
  settings: ["back to the settings"],
  setting: ["setting"],
  set: ["value of a setting", "no tags", "language"],
  remind_at: ["remind in an hour"],
  reminders: ["next page of the reminders"],
  reminders_cancel: ["cancel in the list"],
  reminder_cancel: ["cancel a reminder"],
  reminder_done: ["done"],
  reminder_later: ["put off"],
  tick: ["tick"],
  help: ["rest of the help", "back to the help"],
  bind_chat: ["save its posts"],
  publish_anyway: ["publish all the same"],
  post_again: ["publish again"],
  post_there: ["it is there"],
  post_delete: ["delete the post"],
  post_keep: ["keep the post"],
  rule_add: ["add a rule"],
  rule_remove: ["remove a rule"],
  unbind_yes: ["disconnect", "disconnect with guests"],
  unbind_no: ["stay connected"],
  // Those of a group are in group-settings.test.ts.
} as const satisfies Record<Exclude<Press["ask"], `chat_${string}`>, readonly string[]>;

test("every button has its row", () => {
  expect(Object.values(ROWS).flat().toSorted() as string[]).toEqual(Object.keys(BUTTONS).toSorted());
});

/** All that a press could change. */
const snapshot = (world: ChatWorld, alice: Conversation) => ({
  seen: alice.seen(),
  memos: world.memos.memos(),
  bindings: rows(
    world,
    "SELECT telegram_id, name AS account, visibility, tags, confirmation, language FROM bindings JOIN accounts ON accounts.id = account_key",
  ),
  jobs: rows(
    world,
    "SELECT kind, state, outcome, name AS account FROM jobs JOIN accounts ON accounts.id = account_key WHERE queue = 'messages'",
  ),
});

for (const [name, button] of Object.entries(BUTTONS)) {
  describe(`the button “${name}”`, () => {
    test("pressed by somebody else, or by who is not let in any more, is refused and changes nothing", async () => {
      await using at = await buttonThere(button);
      const { world, alice, data, texts, pressedBy } = at;
      const asked = parsePress(data)?.ask;
      expect(Object.entries<readonly string[]>(ROWS).find(([ask]) => ask === asked)?.[1]).toContain(name);
      const dora = await talking(world, "dora", "de");
      const eve = conversation(world, world.telegram.user({ first_name: "Eve", language_code: "es" }));
      const was = snapshot(world, alice);
      expect(await pressedBy(dora)).toBe(textsIn("de").notYours);
      expect(await pressedBy(eve)).toBe(textsIn("es").notYours);
      await world.restart(() => Object.assign(world.env, { ALLOWED_USERS: "1" }));
      expect(await pressedBy(alice)).toBe(texts.notAllowed({ id: alice.person.id }));
      await world.quiet();
      expect(snapshot(world, alice)).toEqual(was);
      expect([...dora.seen(), ...eve.seen()]).toEqual([]);
    });

    // A memo is shown as often as somebody asks for it.
    if (name !== "show") {
      test("pressed five times quickly does its work once", async () => {
        await using at = await buttonThere(button, { language: "de" });
        const was = before(at);
        const answers = await Promise.all(Array.from({ length: 5 }, () => at.press()));
        await expectDone(at, button, was, "in place");
        const { texts, world } = at;
        const known: (string | undefined)[] = [undefined, texts.alreadySettled, texts.notBound];
        expect(answers.filter((answer) => !known.includes(answer))).toEqual([]);
        expect(rows(world, "SELECT id FROM jobs WHERE kind = 'press' AND state <> 'done'")).toEqual([]);
      });
    }

    test("under a message that is gone does its work all the same, and says so below", async () => {
      await using at = await buttonThere(button);
      const was = before(at);
      at.alice.person.deleteMessage(at.message.id);
      await at.press();
      await expectDone(at, button, was, "below");
    });

    test("under a message that cannot be changed any more says below what became of it", async () => {
      await using at = await buttonThere(button);
      const was = before(at);
      at.world.telegram.fault({
        match: { method: "editMessageText" },
        action: { status: 400, description: "Bad Request: message can't be edited" },
      });
      await at.press();
      await expectDone(at, button, was, "below");
    });

    if (button.gone) {
      test("pressed when the memo is gone says so", async () => {
        await using at = await buttonThere(button);
        for (const memo of at.world.memos.memos()) at.world.memos.deleteMemo(memo.name);
        await at.press();
        await at.alice.hears(button.gone?.(at.texts) ?? "");
      });
    }

    if (button.asksMemos) {
      test("pressed while Memos is down, or with a dead token, says so and stays", async () => {
        await using at = await buttonThere(button);
        const { world, alice, texts, press, message } = at;
        const memos = shownMemos(world);
        const shown = () => alice.seen().find(({ id }) => id === message.id);
        await world.memos.stop();
        await press();
        await alice.hears(texts.tryLater);
        expect(shown()).toEqual(message);
        await world.memos.start();
        world.memos.revokeToken(alice.token);
        await press();
        await alice.hears(
          button.deadToken?.(texts) ?? texts.tokenDied({ account: "alice", place: tokenPlace(texts) }),
          "anywhere",
        );
        if (!button.deadToken) expect(shown()).toEqual(message);
        expect(shownMemos(world)).toEqual(memos);
      });
    }
  });
}

/** What stands in chats from before, and what is told to who presses it. */
const RETIRED = {
  "j:1": "retired",
  "w:1:0123456789ab": "retired",
  "wx:1:0123456789ab": "retired",
  "fs:1:0123456789ab": "retired",
  "i:0123456789abcdef": "unbindFirst",
  "g:1": "guestsLeave",
  "u:y": "guestsLeave",
  "t:y": "tokenShown",
  "t:n": "tokenShown",
} as const satisfies Record<string, Retired["instead"]>;

test("a button that is not offered any more tells what to do instead, and changes nothing", async () => {
  const pin = BUTTONS["pin"];
  if (!pin) throw new Error("no button to pin");
  await using at = await buttonThere(pin, { language: "de" });
  const was = snapshot(at.world, at.alice);
  for (const [data, name] of Object.entries(RETIRED)) {
    expect(await at.pressedBy(at.alice, data)).toBe(at.texts[name]);
  }
  await at.world.quiet();
  expect(snapshot(at.world, at.alice)).toEqual(was);
});

const IN_GROUPS = [
  ...["PUBLIC", "pin", "delete", "delete it", "keep it", "archive", "take out of the archive"],
  ...["overwrite", "save again"],
];

describe("in a group", () => {
  for (const name of IN_GROUPS) {
    test(`the button “${name}” does its work for its owner, and for nobody else`, async () => {
      const button = BUTTONS[name];
      if (!button) throw new Error(`no button ${name}`);
      await using at = await buttonThere(button, { inGroup: true });
      const dora = await talking(at.world, "dora", "de");
      expect(await at.pressedBy(dora)).toBe(textsIn("de").notYours);
      const was = before(at);
      await at.press();
      await expectDone(at, button, was, "in place");
    });
  }

  for (const name of ["retry", "discard"] as const) {
    test(`the button “${name}” does its work for its owner, and for nobody else`, async () => {
      const button = BUTTONS[name];
      if (!button) throw new Error(`no button ${name}`);
      const reach: typeof button.reach = async ({ world, alice, texts }) => {
        world.memos.fault({
          match: { method: "POST", path: /\/memos$/ },
          times: 1,
          action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
        });
        alice.says("letter 1");
        await alice.hears(texts.failedInGroup);
      };
      await using at = await buttonThere({ ...button, reach }, { inGroup: true });
      const dora = await talking(at.world, "dora", "de");
      expect(await at.pressedBy(dora)).toBe(textsIn("de").notYours);
      const was = before(at);
      await at.press();
      await expectDone(at, button, was, "in place");
    });
  }
});
