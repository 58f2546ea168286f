import { expect } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { type Place, rows } from "./app.ts";
import type { Button } from "./buttons.ts";
import { type ChatWorld, chatWorld } from "./chat.ts";
import { type Conversation, conversation, talking } from "./conversation.ts";
import { must } from "./store.ts";

/** Ids of presses, each its own. */
let presses = 1_000_000;

/** Somebody presses a button with this data under a message of the bot, there or not. Returns the alert. */
export async function pressWith(
  world: Place,
  { person }: Conversation,
  messageId: number,
  data: string,
  where: Pick<Conversation, "actor"> = { actor: person },
): Promise<string | undefined> {
  const id = String(++presses);
  const { reactions: _, ...held } = must(
    world.telegram.botMessages(where.actor.chatId).find(({ message_id }) => message_id === messageId),
  );
  const callback_query = { id, from: person.user, message: held, chat_instance: "1", data };
  world.telegram.deliver([{ callback_query }]);
  const answered = await world.until("an answer", () =>
    world.telegram.requests.find(
      ({ method, params, status }) =>
        method === "answerCallbackQuery" && params["callback_query_id"] === id && status === 200,
    ),
  );
  return answered.params["text"];
}

/** A button that is there to be pressed, and all else at rest. */
export async function buttonThere(
  { reach, label }: Pick<Button, "reach" | "label">,
  { language = "en", inGroup = false }: { language?: "en" | "de"; inGroup?: boolean } = {},
) {
  const world = await chatWorld();
  const person = await talking(world, "alice", language);
  const group = inGroup ? world.telegram.group({ type: "supergroup", privacy: false }) : undefined;
  const alice = group ? conversation(world, person.person, { token: person.token, group }) : person;
  if (group) world.store.chats.set(group.id, { confirmation: "reply" });
  const texts = textsIn(language);
  await reach({ world, alice, texts });
  const wanted = label(texts);
  const message = await world.until(`a button ${wanted}`, () =>
    alice.seen().findLast(({ buttons }) => buttons.includes(wanted)),
  );
  const itsData = message.data[message.buttons.indexOf(wanted)] ?? "";
  await world.quiet();
  return {
    world,
    alice,
    texts,
    message,
    data: itsData,

    press: () => alice.pressesOn(message.id, itsData),
    /**
     * As if the message could be seen elsewhere, or had another button: somebody presses that. Returns the alert.
     */
    pressedBy: (somebody: Conversation, data = itsData) =>
      pressWith(world, somebody, message.id, data, alice),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

type ButtonThere = Awaited<ReturnType<typeof buttonThere>>;

/** Memos in the form of `Button.memos`. */
export const shownMemos = (world: ChatWorld) =>
  world.memos
    .memos()
    .map(({ content, visibility, pinned, state, creator }) => [
      // What was forwarded begins with where it is from.
      content.split("\n\n").at(-1),
      visibility,
      ...(pinned ? ["pinned"] : []),
      ...(state === "ARCHIVED" ? ["archived"] : []),
      ...(creator === "users/bob" ? ["of bob"] : []),
    ])
    .toSorted();

const boundTo = (world: ChatWorld) =>
  rows<{ account: string }>(
    world,
    "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key ORDER BY account",
  ).map(({ account }) => account);

/** What `expectDone` compares with: taken before the press. */
export const before = ({ world, alice }: ButtonThere) => ({
  memos: shownMemos(world),
  bindings: boundTo(world),
  seen: alice.seen().length,
});

/** Its work is done once, and the message with the button, or one below it, says so. */
export async function expectDone(
  { world, alice, texts, message }: ButtonThere,
  button: Button,
  was: ReturnType<typeof before>,
  where: "in place" | "below",
): Promise<void> {
  const after = button.after(texts);
  const says = ({ text }: { text: string }) =>
    typeof after === "string" ? text.includes(after) : after.test(text);
  await world.until(`${after}; it says ${JSON.stringify(alice.seen().map(({ text }) => text))}`, () =>
    alice.seen().some((shown) => says(shown) && (where === "in place" || shown.id !== message.id)),
  );
  await world.quiet();
  expect(shownMemos(world)).toEqual(button.memos?.map((memo) => [...memo]).toSorted() ?? was.memos);
  expect(boundTo(world)).toEqual([...(button.bindings ?? was.bindings)]);
  const isThere = alice.seen().some(({ id }) => id === message.id);
  const anew = where === "below" && !button.below ? 1 : 0;
  expect(alice.seen()).toHaveLength(was.seen + (button.adds ?? 0) + anew - (isThere ? 0 : 1));
  expect(world.log.filter(({ message: said }) => said === "a command failed")).toEqual([]);
}
