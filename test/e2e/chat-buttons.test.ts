// Every button of the bot in the four situations in which a press is not what it seems.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Texts, textsIn } from "../../src/chat/texts.ts";
import { createWorld, rows, settled, until, type World } from "../support/app.ts";
import { type Conversation, talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";
import { must } from "../support/store.ts";

setDefaultTimeout(20_000);

interface Scene {
  readonly world: World;
  readonly alice: Conversation;
  readonly texts: Texts;
}

interface Button {
  /** Leads to the message with the button. */
  reach(scene: Scene): Promise<unknown>;
  label(texts: Texts): string;
  /** What a press of somebody else is answered. Default: that the memo belongs to another account. */
  refused?(texts: Texts): string;
  /** What is said when the memo is gone; none where the button is about no memo. */
  gone?(texts: Texts): string;
  /** So many memos more after any number of presses. */
  saves?: number;
}

async function saved({ alice, texts }: Scene) {
  const id = alice.says("a thought");
  await alice.hears(texts.saved("PRIVATE"));
  return id;
}

async function question(scene: Scene) {
  await saved(scene);
  await scene.alice.presses(scene.texts.delete);
  await scene.alice.hears(scene.texts.deleteQuestion);
}

async function deleted(scene: Scene) {
  await question(scene);
  await scene.alice.presses(scene.texts.deleteYes);
  await scene.alice.hears(scene.texts.deletedForNow);
}

async function archived(scene: Scene) {
  const replyTo = await saved(scene);
  scene.alice.says("/archive", { replyTo });
  await scene.alice.hears(scene.texts.archived);
}

async function list({ world, alice, texts }: Scene) {
  await writes(world, "alice", ["one", "two", "three", "four", "five", "six"]);
  alice.says("/recent");
  await alice.hears(texts.recent);
}

async function failure({ alice, texts }: Scene) {
  alice.person.send({ hologram: { depth: 1 } });
  await alice.hears(texts.unknownContent);
}

async function failures(scene: Scene) {
  await failure(scene);
  scene.alice.says("/failed");
  await scene.alice.hears(scene.texts.failedHead(1));
}

async function joined({ alice, texts }: Scene) {
  alice.person.forwardWithComment("look", { content: "a text" });
  await until("a button to separate", () =>
    alice.seen().some(({ buttons }) => buttons.includes(texts.separate)),
  );
}

/** Changed in Memos, and then edited in Telegram. */
async function overtaken(scene: Scene) {
  const { world, alice, texts } = scene;
  const id = await saved(scene);
  await settled(world);
  for (const { name } of world.memos.memos()) world.memos.editContent(name, "theirs");
  alice.edits(id, "mine");
  await alice.hears(texts.changedSince);
}

/** Deleted in Memos, and then edited in Telegram. */
async function orphaned(scene: Scene) {
  const { world, alice, texts } = scene;
  const id = await saved(scene);
  await settled(world);
  for (const { name } of world.memos.memos()) world.memos.deleteMemo(name);
  alice.edits(id, "mine");
  await alice.hears(texts.editGone);
}

const says = (command: string, answer: (texts: Texts) => string) => (scene: Scene) => {
  scene.alice.says(command);
  return scene.alice.hears(answer(scene.texts));
};

const memoGone = (texts: Texts) => texts.memoGone;
const settings = says("/settings", (texts) => texts.settingsHead("alice"));
const unbind = says("/unbind", (texts) => texts.unbindQuestion("alice", 0, 0));
const settledAlready = (texts: Texts) => texts.alreadySettled;

const BUTTONS: Record<string, Button> = {
  visibility: { reach: saved, label: () => "PUBLIC", gone: memoGone },
  pin: { reach: saved, label: (texts) => texts.pin, gone: memoGone },
  delete: { reach: saved, label: (texts) => texts.delete, gone: memoGone },
  "delete it": { reach: question, label: (texts) => texts.deleteYes, gone: memoGone },
  "keep it": { reach: question, label: (texts) => texts.cancel, gone: memoGone },
  undo: { reach: deleted, label: (texts) => texts.undo, gone: memoGone },
  "take out of the archive": { reach: archived, label: (texts) => texts.unarchive, gone: memoGone },
  separate: { reach: joined, label: (texts) => texts.separate, gone: memoGone, saves: 1 },
  overwrite: { reach: overtaken, label: (texts) => texts.overwrite, gone: (texts) => texts.editGone },
  "save again": { reach: orphaned, label: (texts) => texts.saveAgain, saves: 1 },
  "next page": { reach: list, label: () => "6–6 ›", gone: (texts) => texts.gone },
  show: { reach: list, label: (texts) => `${texts.show} 1`, gone: memoGone },
  setting: { reach: settings, label: (texts) => texts.settings.confirmation },
  disconnect: { reach: unbind, label: (texts) => texts.unbindYes, refused: settledAlready },
  "stay connected": { reach: unbind, label: (texts) => texts.stayConnected, refused: settledAlready },
  "save as memo": {
    reach: says("/frobnicate", (texts) => texts.unknownCommand("frobnicate")),
    label: (texts) => texts.saveAsMemo,
    saves: 1,
  },
  retry: { reach: failure, label: (texts) => texts.retry },
  discard: { reach: failure, label: (texts) => texts.discard },
  "retry in the list": { reach: failures, label: (texts) => `${texts.retry} 1` },
  "discard in the list": { reach: failures, label: (texts) => `${texts.discard} 1` },
};

async function scene(name: string, language: "en" | "de") {
  const button = BUTTONS[name];
  if (!button) throw new Error(`no button ${name}`);
  const world = await createWorld({ rate: 20 });
  const alice = await talking(world, "alice", language);
  const texts = textsIn(language);
  await button.reach({ world, alice, texts });
  const label = button.label(texts);
  const message = await until(`a button ${label}`, () =>
    alice.seen().findLast(({ buttons }) => buttons.includes(label)),
  );
  const data = message.data[message.buttons.indexOf(label)] ?? "";
  await settled(world);
  return {
    world,
    alice,
    texts,
    button,
    label,
    press: () => alice.person.press(message.id, data).answer,
    /** As in a group: the message stands where it stood, and somebody else presses. Returns the alert. */
    async pressedBy(somebody: Conversation): Promise<string | undefined> {
      const id = String(Date.now());
      const { reactions: _, ...held } = must(
        world.telegram.botMessages(alice.person.id).find(({ message_id }) => message_id === message.id),
      );
      const callback_query = { id, from: somebody.person.user, message: held, chat_instance: "1", data };
      world.telegram.deliver([{ callback_query }]);
      const answered = await until("an answer", () =>
        world.telegram.requests.find(
          ({ method, params, status }) =>
            method === "answerCallbackQuery" && params["callback_query_id"] === id && status === 200,
        ),
      );
      return answered.params["text"];
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const states = (world: World) =>
  world.memos.memos().map(({ name, content, visibility, state, pinned }) => ({
    ...{ name, content, visibility, state, pinned },
  }));

for (const name of Object.keys(BUTTONS)) {
  describe(`the button “${name}”`, () => {
    for (const language of ["en", "de"] as const) {
      test(`pressed by somebody else is refused in their language, and changes nothing (${language})`, async () => {
        await using made = await scene(name, language);
        const { world, alice, button, pressedBy } = made;
        const bob = await talking(world, "bob", language === "en" ? "de" : "en");
        const texts = textsIn(language === "en" ? "de" : "en");
        const before = { seen: alice.seen(), memos: states(world) };
        const refused = button.refused ?? (() => texts.notYours);
        expect(await pressedBy(bob)).toBe(refused(texts));
        await settled(world);
        expect({ seen: alice.seen(), memos: states(world) }).toEqual(before);
        expect(bob.seen()).toEqual([]);
        expect(rows(world, "SELECT telegram_id FROM bindings")).toHaveLength(2);
      });
    }

    test("pressed while the bot was away asks for another press, and changes nothing", async () => {
      await using made = await scene(name, "en");
      const { world, texts, press } = made;
      // What was deleted is deleted for good meanwhile.
      const before = states(world).filter(({ state }) => state !== "ARCHIVED" || name !== "undo");
      await world.stopApp();
      const answer = press();
      world.clock.advance(10 * 60_000);
      await world.startApp();
      expect((await answer).text).toBe(texts.stalePress);
      await settled(world);
      if (name !== "undo") expect(states(world)).toEqual(before);
      expect(rows(world, "SELECT telegram_id FROM bindings")).toHaveLength(1);
    });

    test("pressed five times quickly does its work once, and answers each press", async () => {
      await using made = await scene(name, "en");
      const { world, button, press } = made;
      const before = states(world).length;
      await Promise.all(Array.from({ length: 5 }, () => press()));
      await settled(world);
      expect(states(world)).toHaveLength(before + (button.saves ?? 0));
      expect(rows(world, "SELECT id FROM jobs WHERE kind = 'press' AND state <> 'done'")).toEqual([]);
      expect(world.log.filter(({ message }) => message === "a command failed")).toEqual([]);
    });

    if (BUTTONS[name]?.gone) {
      test("pressed when the memo is gone says so", async () => {
        await using made = await scene(name, "en");
        const { world, alice, texts, button, press } = made;
        for (const memo of world.memos.memos()) world.memos.deleteMemo(memo.name);
        await press();
        await alice.hears(button.gone?.(texts) ?? "");
      });
    }
  });
}
