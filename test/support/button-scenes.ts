// How a button of the bot comes to be there: each leads to the message that has it.

import type { Texts } from "../../src/locales/texts.ts";
import { channelOf } from "./channels.ts";
import type { ChatWorld } from "./chat.ts";
import { type Conversation, conversation } from "./conversation.ts";
import { writes } from "./notebook.ts";

export interface Scene {
  readonly world: ChatWorld;
  readonly alice: Conversation;
  readonly texts: Texts;
}

export type Reach = (scene: Scene) => Promise<unknown>;

export async function saved({ alice, texts }: Scene) {
  const id = alice.says("a thought");
  await alice.hears(texts.saved({ visibility: "PRIVATE" }));
  return id;
}

export const pressed =
  (reach: Reach, label: (texts: Texts) => string, heard: (texts: Texts) => string) =>
  async (scene: Scene) => {
    await reach(scene);
    await scene.alice.presses(label(scene.texts));
    await scene.alice.hears(heard(scene.texts), "anywhere");
  };

export const says = (command: string, answer: (texts: Texts) => string) => (scene: Scene) => {
  scene.alice.says(command);
  return scene.alice.hears(answer(scene.texts));
};

export const question = pressed(
  saved,
  (texts) => texts.delete,
  (texts) => texts.deleteQuestion,
);

export async function pinned(scene: Scene) {
  await pressed(
    saved,
    (texts) => texts.pin,
    (texts) => texts.saved({ visibility: "PRIVATE" }),
  )(scene);
  await scene.world.until("pinned", () => scene.alice.seen().at(-1)?.buttons.includes(scene.texts.unpin));
}

export async function archived(scene: Scene) {
  const replyTo = await saved(scene);
  scene.alice.says("/archive", { replyTo });
  await scene.alice.hears(scene.texts.archived);
}

export async function list({ world, alice, texts }: Scene) {
  await writes(world, "alice", ["one", "two", "three", "four", "five", "six"]);
  alice.says("/recent");
  await alice.hears(texts.commands.recent);
}

const refuse = (world: ChatWorld, times: number) =>
  world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    times,
    action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
  });

export const failures = (count: number) => async (scene: Scene) => {
  const { world, alice, texts } = scene;
  refuse(world, count);
  for (let at = 1; at <= count; at++) {
    alice.says(`letter ${at}`);
    await world.until(
      "it failed",
      () => alice.seen().filter(({ text }) => text.includes("not like this")).length === at,
    );
  }
  if (count > 1) await says("/failed", () => texts.failedHead({ count }))(scene);
};
export const listed = async (scene: Scene) => {
  await failures(1)(scene);
  await says("/failed", (texts) => texts.failedHead({ count: 1 }))(scene);
};

/** Changed in Memos, and then edited in Telegram. */
export async function overtaken(scene: Scene) {
  const { world, alice, texts } = scene;
  const id = await saved(scene);
  await world.quiet();
  for (const { name } of world.memos.memos()) world.memos.editContent(name, "theirs");
  alice.edits(id, "mine");
  await alice.hears(texts.changedSince);
}

/** Deleted in Memos, and then edited in Telegram. */
export async function orphaned(scene: Scene) {
  const { world, alice, texts } = scene;
  const id = await saved(scene);
  await world.quiet();
  for (const { name } of world.memos.memos()) world.memos.deleteMemo(name);
  alice.edits(id, "mine");
  await alice.hears(texts.memoGone);
}

export async function guest({ world, alice, texts }: Scene) {
  alice.says("/id");
  await alice.quiet();
  const { code } = world.store.invitations.create(alice.person.id);
  const pat = conversation(world, world.telegram.user({ first_name: "Pat" }));
  pat.says(`/start ${code}`);
  await alice.hears(texts.guestJoined({ guest: "Pat", id: String(pat.person.id) }));
}

/** A PRIVATE memo is to be published. */
export async function toPublish(scene: Scene) {
  const { world, alice, texts } = scene;
  channelOf(world, alice);
  const replyTo = await saved(scene);
  alice.says("/publish @kitchen", { replyTo });
  await alice.hears(texts.publish.notPublic({ visibility: "PRIVATE", channel: "@kitchen" }));
}

/** Telegram did not answer when it was posted. */
export async function unanswered(scene: Scene) {
  const { world, alice, texts } = scene;
  await toPublish(scene);
  world.telegram.onRequest = ({ method, params }, phase) => {
    if (method !== "sendMessage" || Number(params["chat_id"]) > 0 || phase !== "before") return;
    world.telegram.onRequest = undefined;
    world.telegram.fault({ match: { method }, action: "drop-after" });
  };
  await alice.presses(texts.publish.anyway);
  await alice.hears(texts.publish.lost({ channel: "@kitchen" }), "anywhere");
}

/** A memo that was published is PRIVATE now. */
export async function narrowed(scene: Scene) {
  const { world, alice, texts } = scene;
  channelOf(world, alice);
  const replyTo = await saved(scene);
  await alice.presses("PUBLIC");
  alice.says("/publish @kitchen", { replyTo });
  await alice.hears(texts.publish.done({ channel: "@kitchen" }));
  await alice.presses("PRIVATE");
  await alice.hears(texts.publish.narrowed({ channel: "@kitchen", visibility: "PRIVATE" }));
}

/** PUBLIC memos with a tag go to a channel. */
export async function ruled(scene: Scene) {
  const { world, alice, texts } = scene;
  channelOf(world, alice);
  await open("publishing")(scene);
  await alice.presses(texts.publish.addRule);
  const { id: question } = await alice.hears(texts.publish.ruleQuestion({ example: "#blog @channel" }));
  alice.says("#blog @kitchen", { replyTo: question });
  await alice.hears(texts.publish.rules);
}

export const settings = says("/settings", (texts) => texts.settingsHead({ name: "alice" }));
export const open = (name: "tags" | "confirmation" | "language" | "publishing") =>
  pressed(
    settings,
    (texts) => texts.settings[name],
    (texts) => (name === "tags" ? texts.tagQuestion : texts.settings[name]),
  );
export const unbind = says("/unbind", (texts) => texts.unbindQuestion({ account: "alice" }));

/** The answer to `/remind` as a reply to a saved message, perhaps with a time. */
export const reminded =
  (...times: readonly string[]) =>
  async (scene: Scene) => {
    const { alice, texts } = scene;
    const replyTo = await saved(scene);
    for (const time of times) {
      alice.says(`/remind ${time}`.trim(), { replyTo });
      await alice.hears(time === "" ? texts.remind.when : "⏰");
    }
  };

/** A memo that has come back. */
export async function cameBack(scene: Scene) {
  await reminded("1h")(scene);
  await scene.world.passes(3_600_000);
  await scene.alice.hears(scene.texts.remind.head);
}

export const reminders = (count: number) => async (scene: Scene) => {
  await reminded(...Array.from({ length: count }, (_, at) => `${at + 1}d`))(scene);
  await says("/reminders", (texts) => texts.remind.list({ count }))(scene);
};

/** The bot is made an administrator of a channel. */
export async function appointed({ world, alice, texts }: Scene) {
  const channel = world.telegram.channel({ bot: "left" });
  world.telegram.setStanding(channel, alice.person, "creator");
  world.telegram.setBot(channel, alice.person, "administrator");
  await alice.hears(texts.channelOffer({ channel: "Kitchen Notes" }));
}
/** A daily digest of these memos. */
export const digested =
  (...memos: readonly string[]) =>
  async (scene: Scene) => {
    const { world, alice, texts } = scene;
    await writes(world, "alice", memos);
    await pressed(
      settings,
      (texts) => texts.settings.digest,
      (texts) => texts.settings.digest,
    )(scene);
    await alice.presses(texts.digests.daily);
    await world.passes(24 * 3_600_000);
    await alice.hears(texts.digest.head);
  };
