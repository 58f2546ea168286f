import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { asDocument, type ExpectedMemo, photo, png, type SentFile } from "./expected.ts";
import type { CrashWorld, CrashWorldOptions } from "./world.ts";

export interface Actors {
  readonly person: Person;
  readonly account: FakeUser;
  readonly world: CrashWorld;
}

/** With "stay", the program is there for the next step as well. */
export type Play = Generator<"stay" | undefined, readonly ExpectedMemo[]>;

export interface Scenario {
  readonly name: string;
  /** Whether the person is bound before. Default: yes. */
  readonly bound?: boolean;
  /**
   * What the person does, while the program is away. Returns the memos that have to come of it, in order. At each
   * `yield` the program is there until all is settled, and nothing disturbs it: only what comes after the last one is.
   */
  act(actors: Actors): readonly ExpectedMemo[] | Play;
  /** Answers of the bot: exactly so many when nothing was killed around their sending. Default: 1. */
  readonly answers?: number;
  /** Jobs that are done at the end. Default: 1. */
  readonly jobs?: number;
  /** It is an album, whose parts come in time unless the machine is busy. */
  readonly isAlbum?: boolean;
  readonly options?: CrashWorldOptions;
}

/** Presses a button of the bot's last message to the person. */
function press({ world, person }: Actors, button: string): void {
  const [last] = world.telegram.botMessages(person.id).slice(-1);
  if (!last) throw new Error(`nobody offers [${button}]`);
  person.press(last.message_id, button);
}

/** Text of so many lines, none like another. */
const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `line ${at} of the text`).join("\n");

const HIDDEN = { type: "hidden_user", sender_user_name: "Grete", date: 1_795_000_000 };
const FORWARDED = "> Forwarded from Grete · 2026-11-18 11:06 UTC";

/** A photo as it stands in a message. */
const photoSize = ({ world }: Pick<Actors, "world">, { bytes }: SentFile) => ({
  ...world.telegram.file("photo", { bytes }),
  width: 9,
  height: 9,
});

/** One message, or one album, and nothing before it. */
export const scenarios: readonly Scenario[] = [
  {
    name: "a text",
    act({ person }) {
      person.say("Milk, bread 🥖 and ünïcode");
      return [{ content: "Milk, bread 🥖 and ünïcode" }];
    },
  },
  {
    name: "a photo with caption",
    act({ person }) {
      const file = photo("the lake");
      person.sendPhoto({ bytes: file.bytes, caption: "The lake at noon" });
      return [{ content: "The lake at noon", files: [file] }];
    },
  },
  {
    name: "a document",
    act({ person }) {
      const file = png("plan");
      person.sendDocument(asDocument(file));
      return [{ content: "", files: [file] }];
    },
  },
  {
    name: "an album of three photos with captions on two",
    isAlbum: true,
    act({ person }) {
      const files = [photo("first"), photo("second"), photo("third")];
      const captions = ["Morning", undefined, "Evening"];
      const items = files.map(({ bytes }, at) => {
        const caption = captions[at];
        return { type: "photo" as const, bytes, ...(caption !== undefined && { caption }) };
      });
      // Telegram hands an album out in more than one answer as it likes.
      person.sendAlbum(items, { split: 2 });
      return [{ content: "Morning\n\nEvening", files }];
    },
  },
  {
    name: "an album of two PNG documents",
    isAlbum: true,
    act({ person }) {
      const files = [png("left", 70_000), png("right", 90_000)];
      person.sendAlbum(
        files.map((file, at) => ({
          type: "document" as const,
          ...asDocument(file),
          ...(at === 1 && { caption: "Both sides" }),
        })),
      );
      return [{ content: "Both sides", files }];
    },
  },
  {
    name: "a /bind with a token",
    bound: false,
    act({ person, account }) {
      person.say(`/bind ${account.token}`);
      return [];
    },
  },
];

/** What people do about something that is there already, and what needs more than one message. */
export const laterScenarios: readonly Scenario[] = [
  {
    name: "an edit of a text",
    *act({ person }) {
      const sent = person.say("milk");
      yield;
      person.edit(sent.message_id, "milk and bread");
      return [{ content: "milk and bread" }];
    },
  },
  {
    name: "an edit that exchanges a photo",
    *act({ person, world }) {
      const before = photo("before");
      const after = photo("after", 5_000);
      const sent = person.sendPhoto({ bytes: before.bytes, caption: "the lake" });
      yield;
      const content = { photo: [photoSize({ world }, after)] };
      person.edit(sent.message_id, { content, caption: "the lake at night" });
      return [{ content: "the lake at night", files: [after] }];
    },
  },
  {
    name: "a reply",
    answers: 2,
    jobs: 2,
    *act({ person }) {
      const sent = person.say("milk");
      yield;
      person.reply(sent, "and bread");
      return [{ content: "milk", comments: [{ content: "and bread" }] }];
    },
  },
  {
    name: "a reply with a file",
    answers: 2,
    jobs: 2,
    *act({ person }) {
      const file = png("receipt", 40_000);
      const sent = person.say("milk");
      yield;
      person.sendDocument({ ...asDocument(file), caption: "bought", replyTo: sent });
      return [{ content: "milk", comments: [{ content: "bought", files: [file] }] }];
    },
  },
  {
    name: "a late part of an album",
    *act({ person }) {
      const files = [png("one", 30_000), png("two", 40_000), png("three", 50_000)];
      const [one, two, three] = files.map((file) => ({ type: "document" as const, ...asDocument(file) }));
      if (!one || !two || !three) throw new Error("there are no parts");
      const [first] = person.sendAlbum([{ ...one, caption: "Morning" }, two]);
      yield;
      const mediaGroupId = first?.media_group_id ?? "";
      person.sendDocument({ ...three, mediaGroupId, caption: "Evening" });
      return [{ content: "Morning\n\nEvening", files }];
    },
  },
  {
    name: "a comment with a forward",
    act({ person }) {
      person.forwardWithComment("Is it true?", { content: "a bold claim", origin: HIDDEN });
      return [{ content: `Is it true?\n\n${FORWARDED}\n\na bold claim` }];
    },
  },
  {
    name: "a long text that Telegram cut",
    act({ person }) {
      const content = lines(250);
      person.paste(content, { atLines: true });
      return [{ content }];
    },
  },
  {
    name: "a text over the server's limit",
    act({ person }) {
      const content = lines(900);
      person.paste(content, { atLines: true });
      return [{ content }];
    },
  },
  {
    name: "a press that makes a memo public",
    jobs: 2,
    *act(actors) {
      actors.person.say("for all to see");
      yield;
      press(actors, "PUBLIC");
      return [{ content: "for all to see", visibility: "PUBLIC" }];
    },
  },
  {
    name: "the press that deletes a comment which goes on in another",
    answers: 2,
    jobs: 4,
    *act(actors) {
      const { person } = actors;
      const sent = person.say("keep me");
      yield "stay";
      person.reply(sent.message_id, "删除 ".repeat(1_300).trim());
      yield "stay";
      press(actors, "Delete");
      yield;
      press(actors, "Delete");
      return [{ content: "keep me" }];
    },
  },
  {
    name: "the press that writes an edit over what was changed in Memos",
    answers: 3,
    jobs: 2,
    *act(actors) {
      const { person, world } = actors;
      const sent = person.say("mine");
      yield "stay";
      world.memos.editContent(world.memos.memos()[0]?.name ?? "", "theirs");
      person.edit(sent.message_id, "mine, edited");
      yield;
      press(actors, "Overwrite");
      return [{ content: "mine, edited" }];
    },
  },
  {
    name: "the press that saves again what was deleted in Memos",
    answers: 3,
    jobs: 2,
    *act(actors) {
      const { person, world } = actors;
      const file = png("plan", 60_000);
      const sent = person.sendDocument({ ...asDocument(file), caption: "one" });
      yield "stay";
      world.memos.deleteMemo(world.memos.memos()[0]?.name ?? "");
      person.edit(sent.message_id, { caption: "two" });
      yield;
      press(actors, "Save again");
      return [{ content: "two", files: [file] }];
    },
  },
  {
    name: "the replay of a dead letter",
    answers: 2,
    jobs: 2,
    *act(actors) {
      const { person, world } = actors;
      const file = png("plan", 60_000);
      const refusal = world.memos.fault({
        match: { method: "POST", path: /\/memos$/ },
        action: { status: 400, body: { code: 3, message: "not today", details: [] } },
      });
      person.sendDocument({ ...asDocument(file), caption: "the plan" });
      yield;
      refusal.clear();
      press(actors, "Retry");
      return [{ content: "the plan", files: [file] }];
    },
  },
  {
    name: "a message saved out of a group",
    // In groups that is told by a mark.
    answers: 0,
    act({ person, world }) {
      const file = photo("the ferry");
      const group = world.telegram.group({ type: "supergroup", title: "Trip", username: "trip_group" });
      const eve = world.telegram.user({ first_name: "Eve" });
      const said = group.as(eve).sendPhoto({ bytes: file.bytes, caption: "it leaves at nine" });
      group.as(person).reply(said, "/save");
      const when = new Date(said.date * 1000).toISOString().slice(0, 16).replace("T", " ");
      const source = `> [Eve](https://t.me/trip_group/${said.message_id}) · Trip · ${when} UTC`;
      return [{ content: `${source}\n\nit leaves at nine`, files: [file] }];
    },
  },
  {
    name: "a photo by a webhook",
    options: { webhook: true },
    act({ person }) {
      const file = photo("the lake");
      person.sendPhoto({ bytes: file.bytes, caption: "The lake at noon" });
      return [{ content: "The lake at noon", files: [file] }];
    },
  },
  {
    name: "an album by a webhook",
    isAlbum: true,
    options: { webhook: true },
    act({ person }) {
      const files = [png("left", 70_000), png("right", 90_000)];
      person.sendAlbum(
        files.map((file, at) => ({
          type: "document" as const,
          ...asDocument(file),
          ...(at === 0 && { caption: "Both sides" }),
        })),
      );
      return [{ content: "Both sides", files }];
    },
  },
];

export function scenarioNamed(name: string): Scenario {
  const found = [...scenarios, ...laterScenarios].find((one) => one.name === name);
  if (!found) throw new Error(`there is no scenario "${name}"`);
  return found;
}

/**
 * The same on a Memos that gives memos and files names of its own. Its clock is an hour ahead, so that each memo's time
 * has to be set.
 */
export const onOldMemos: readonly Scenario[] = scenarios.map((one) => ({
  ...one,
  name: `${one.name}, on Memos 0.24.4`,
  options: { memos: { version: "0.24.4", now: () => Date.now() + 3_600_000 } },
}));
