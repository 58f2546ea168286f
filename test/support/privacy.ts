// What somebody does in each place, and what comes of it for whom: the tables of docs/privacy.md are held against it.
import { english } from "../../src/locales/en.ts";
import type { Actor, FakeTelegram, Person } from "../fakes/telegram.ts";
import { boundPerson, rows } from "./app.ts";
import { chatWorld } from "./chat.ts";
import { must } from "./store.ts";

/** As the heads of the tables name them. */
export const PERSONS = [
  "owner",
  "other who is bound",
  "who is not bound",
  "anonymous administrator",
  "administrator who is bound",
  "stranger",
] as const;
export type PersonName = (typeof PERSONS)[number];

/** As the headings of the tables name them. */
export const PLACES = {
  "In private": "private",
  "In a group that is not kept": "addressed",
  "In a group that was given to the owner": "all",
  "In a channel that was given to the owner": "channel",
} as const;
type Place = (typeof PLACES)[keyof typeof PLACES];

const BOT = "memoferry_test_bot";
/** Whom a group is told how to be connected is told again after so long. */
const HINT_PAUSE_MS = 6 * 60_000;

const SECRET = "the secret of";

const secretOf = ({ first_name }: { readonly first_name: string }) => `${SECRET} ${first_name}`;
/** What somebody has sent in their own chat. */
const noteOf = (chatId: number, { telegram }: { readonly telegram: FakeTelegram }) =>
  telegram.chat(chatId).messages.find(({ text }) => text?.startsWith(SECRET))?.text;

type Stage = Awaited<ReturnType<typeof stage>>;
/** What somebody does: with the text of this try, as it is said there. */
type Action = (at: Stage, actor: Actor, words: string) => unknown;

/** In a group the bot is called by its name. */
const command =
  (text: string, of?: "note"): Action =>
  ({ isGroup, answer, notes }, actor) => {
    const [name, ...rest] = text.split(" ");
    const said = [isGroup ? `/${name}@${BOT}` : `/${name}`, ...rest].join(" ");
    return of === undefined ? actor.say(said) : actor.reply(notes.get(actor.chatId) ?? answer, said);
  };

export const ACTIONS: Readonly<Record<string, Action>> = {
  "sends something": (_, actor, words) => actor.say(words),
  "says it to the bot": ({ isGroup }, actor, words) => actor.say(isGroup ? `@${BOT} ${words}` : words),
  "edits it": async ({ world, isGroup }, actor, words) => {
    const { message_id } = actor.say(isGroup ? `@${BOT} ${words}` : words);
    await world.settled();
    return () => actor.edit(message_id, isGroup ? `@${BOT} ${words}, edited` : `${words}, edited`);
  },
  "replies to the owner's": ({ answer }, actor, words) => actor.reply(answer, words),
  "presses a button of the owner's": ({ world, home, answer }, actor) => {
    const shown = world.telegram.botMessages(home).find(({ message_id }) => message_id === answer);
    // Each time the other one.
    return actor.press(answer, JSON.stringify(shown).includes('"Pin"') ? "Pin" : "Unpin");
  },
  "`/search`": command("search secret"),
  "`/recent`": command("recent"),
  "`/settings`": command("settings"),
  "`/bind`": command("bind"),
  "`/unbind`": command("unbind"),
  "`/delete`": command("delete", "note"),
  "`/status`": command("status"),
  "`/failed`": command("failed"),
  "`/remind`": command("remind 3d", "note"),
  "`/publish`": command("publish @kitchennotes", "note"),
  // On what they have saved in private; elsewhere on what the owner has saved there.
  "somebody comments in Memos": ({ world, place, memo }, { chatId }) => {
    const theirs = world.memos.memos().find(({ content }) => content === noteOf(chatId, world));
    const on = place === "private" ? theirs?.name : memo;
    return () => {
      if (on !== undefined) world.memos.comment("carol", on, "a comment in Memos");
      return world.changed();
    };
  },
};

/** Everybody in one place; something that the owner has saved there, and what the bot said about it. */
export async function stage(place: Place) {
  const world = await chatWorld();
  const { telegram, store, memos } = world;
  memos.addUser("carol");
  const bound = async (name: string) => (await boundPerson(world, name)).person;
  const [owner, other, administrator] = [await bound("alice"), await bound("bob"), await bound("dora")];
  const member = telegram.user({ first_name: "eve" });
  const stranger = telegram.user({ first_name: "sam" });
  const group = telegram.group({ type: "supergroup", title: "Trip", privacy: false, admin: true });
  const channel = telegram.channel({ title: "Kitchen Notes", username: "kitchennotes" });
  for (const { id } of [group, channel]) telegram.setStanding({ id }, administrator, "administrator");
  telegram.setStanding(channel, owner, "creator");
  /** What people have sent in private. */
  const notes = new Map<number, number>();
  for (const person of [owner, other, administrator, member, stranger]) {
    notes.set(person.id, person.say(secretOf(person.user)).message_id);
    store.bindings.update(person.id, { news: "all", visibility: "PROTECTED" });
  }
  store.chats.change(group.id, { confirmation: "reply" });
  const isGroup = place === "addressed" || place === "all";
  const given = isGroup ? group.id : channel.id;
  const give = () => {
    const binding = store.bindings.get(owner.id) ?? null;
    store.chats.give(given, place === "addressed" || place === "private" ? null : binding);
  };
  give();
  await world.settled();
  const chat = place === "private" ? owner : place === "channel" ? channel.as(owner) : group.as(owner);
  const home = place === "private" ? owner.id : place === "channel" ? channel.id : group.id;
  const note = chat.say(isGroup ? `@${BOT} the owner's note` : "the owner's note").message_id;
  await world.settled();
  await world.changed();
  const memo = must(memos.memos().find(({ content }) => content.endsWith("the owner's note"))).name;
  const answer = telegram.botMessages(home).at(-1)?.message_id ?? note;
  const people: Record<PersonName, Person | undefined> = {
    owner,
    "other who is bound": other,
    "who is not bound": member,
    "anonymous administrator": undefined,
    "administrator who is bound": administrator,
    stranger,
  };
  return { world, place, people, group, channel, isGroup, home, notes, answer, memo, give };
}

export function actorOf(at: Stage, name: PersonName): Actor {
  const person = at.people[name];
  if (at.place === "private") return must(person);
  if (at.place === "channel") return at.channel.as(must(person));
  return person ? at.group.as(person) : at.group.inItsName;
}

/** What comes of it, in words: memos by whose they are, and what is said by where it is said. */
export async function happens(at: Stage, name: PersonName, action: string, n: number): Promise<string[]> {
  const { world, place } = at;
  const { telegram, memos } = world;
  const me = at.people[name];
  const home = place === "private" ? me?.id : at.home;
  at.give();
  await world.clock.advance(HINT_PAUSE_MS);
  const nameOf = (creator: string) => {
    const who = creator.replace("users/", "");
    if (who === "alice" && (place === "all" || place === "channel")) return "the owner's";
    return who === me?.user.first_name ? "their" : `${who}'s`;
  };
  const all = () => {
    const memosNow = memos.memos();
    const comments = memosNow.flatMap((memo) => memos.comments(memo.name));
    return new Map([...memosNow, ...comments].map((memo) => [memo.name, memo]));
  };
  const told = (query: string) => JSON.stringify(rows(world, query));
  const act = must(ACTIONS[action]);
  const now = () => ({
    memos: all(),
    sent: telegram.sent.length,
    bindings: told("SELECT telegram_id, account_key FROM bindings ORDER BY 1"),
    chats: told("SELECT chat_id, mode, owner_id FROM chats WHERE chat_id < 0 ORDER BY 1"),
  });
  let before = now();
  let done = await act(at, actorOf(at, name), `words ${n}`);
  if (typeof done === "function") {
    // What was only its ground is over.
    before = now();
    done = await done();
  }
  await world.settled();
  const after = now();
  // Carol only writes in Memos.
  const made = [...after.memos.values()].filter(
    ({ name, creator }) => !before.memos.has(name) && creator !== "users/carol",
  );
  const changed = [...after.memos.values()].filter((memo) => {
    const was = before.memos.get(memo.name);
    return was && (was.content !== memo.content || was.pinned !== memo.pinned);
  });
  const where = (chatId: number) =>
    chatId === home ? "there" : chatId === me?.id ? "in private" : "elsewhere";
  const sent = telegram.sent
    .slice(before.sent)
    .map(({ chatId, message }) => `${where(chatId)}: ${textOf(String(message["text"]))}`)
    // What else is told of it is told to the owner, whose cell it is.
    .filter((said) => said !== "elsewhere: commentedOn");
  const alert = isPress(done) ? (await done.answer).text : undefined;
  return [
    ...leaksIn(at),
    ...made.map((memo) => `${memo.parent ? "comment" : "memo"} in ${nameOf(memo.creator)} account`),
    ...changed.map((memo) => `change of ${nameOf(memo.creator)} memo`),
    ...sent,
    ...(alert === undefined ? [] : [`note: ${textOf(alert)}`]),
    ...(after.chats === before.chats ? [] : ["the group changes hands"]),
    ...(after.bindings === before.bindings ? [] : ["bindings change"]),
  ];
}

const isPress = (done: unknown): done is { answer: Promise<{ text?: string }> } =>
  typeof done === "object" && done !== null && "answer" in done;

/** What somebody keeps to themselves, where anybody else reads it. */
function leaksIn({ world, people }: Stage): string[] {
  const reader = (chatId: number) =>
    Object.values(people).find((person) => person?.id === chatId)?.user.first_name;
  return world.telegram.sent.flatMap(({ chatId, message }) => {
    const [, whose] = new RegExp(`${SECRET} (\\w+)`).exec(JSON.stringify(message)) ?? [];
    return whose === undefined || whose === reader(chatId) ? [] : [`LEAK of ${whose} in ${chatId}`];
  });
}

/** The name of a text of the bot, by how it begins. */
function textOf(said: string): string {
  if (said.startsWith("⏰")) return "remind";
  const found = TEXTS.filter(({ pattern }) => pattern.test(said)).toSorted((a, b) => b.length - a.length);
  return found[0]?.name ?? said;
}

const TEXTS = entriesOf("", english).map(([name, text]) => ({
  name,
  pattern: new RegExp(
    `^${text
      .split(/\{[^}]*\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^]*")}`,
  ),
  length: text.replace(/\{[^}]*\}/g, "").length,
}));

function entriesOf(path: string, entries: object): [string, string][] {
  return Object.entries(entries).flatMap(([key, value]): [string, string][] => {
    const name = path === "" ? key : `${path}.${key}`;
    return typeof value === "string" ? [[name, value]] : entriesOf(name, value);
  });
}

/** What of somebody's own is shown to them. */
const SHOWN: Readonly<Record<string, string>> = {
  "`/search`": "found",
  "`/recent`": "commands.recent",
  "`/settings`": "settingsHead",
  "`/status`": "statusBound",
  "`/failed`": "failedNone",
};

/** What the cells of the tables mean: one of these happens, and nothing else. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  memo: ["memo in their account; there: saved"],
  "owner's memo": ["memo in the owner's account; there: saved", "memo in the owner's account"],
  comment: ["comment in their account; there: savedComment"],
  "owner's comment": [
    "comment in the owner's account; there: savedComment",
    "comment in the owner's account",
  ],
  changed: ["change of their memo", "change of the owner's memo"],
  "asked first": ["there: unbindQuestion", "there: deleteQuestion", "there: publish.notPublic"],
  reminder: ["there: remind"],
  told: ["there: commentedOn", "in private: commentedOn"],
  "in private": ["there: askInPrivate"],
  "not theirs": ["there: notYours", "note: notYours"],
  administrators: ["there: groupAdminsOnly", "there: publish.youMayNot"],
  "how to connect": ["there: groupHint", "there: stranger", "there: howToBind", "there: notBound"],
  "why not": ["there: whoseMemo"],
  "group's settings": ["there: groupSettingsHead"],
  given: [
    "there: groupGiven; the group changes hands",
    "there: groupGiven; elsewhere: groupTaken; the group changes hands",
  ],
  ended: [
    "there: groupEnded",
    "there: groupEnded; the group changes hands",
    "there: groupEnded; elsewhere: groupTaken; the group changes hands",
  ],
  nothing: [""],
};

/** The cell that says what has happened; where none does, what that was. */
export function cellOf(action: string, happened: readonly string[]): string {
  const said = happened.join("; ");
  if (said === `there: ${SHOWN[action]}`) return "shown";
  return Object.keys(MEANINGS).find((phrase) => MEANINGS[phrase]?.includes(said)) ?? said;
}
