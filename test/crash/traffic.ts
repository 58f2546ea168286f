import type { TelegramMessage } from "gramio";
import type { Person } from "../fakes/telegram.ts";
import { type ExpectedMemo, photo, png } from "./expected.ts";

/** What came of one person's messages so far, and has to be in Memos at the end. */
export interface Conversation {
  readonly person: Person;
  /** In their order. A kind may exchange one: an edited message gives a memo of other content. */
  readonly memos: Said[];
}

interface Said {
  readonly message: TelegramMessage;
  readonly memo: ExpectedMemo;
  /** What the memo may say as well while an edit of its message is on its way. */
  readonly earlier?: readonly string[];
  /** The message is no memo but a comment on one: that one says what has to come of it. */
  readonly replies?: readonly TelegramMessage[];
}

/** One kind of what people do in the chat. */
export interface TrafficKind {
  readonly name: string;
  /** How often, against the other kinds. */
  readonly weight: number;
  /** Does it, and notes what has to come of it. `mark` is like no other text of the run. */
  act(conversation: Conversation, mark: string, random: () => number): void;
}

/** Everything that people do in a campaign. */
export const TRAFFIC: readonly TrafficKind[] = [
  {
    name: "a text",
    weight: 50,
    act({ person, memos }, mark) {
      memos.push({ message: person.say(mark), memo: { content: mark } });
    },
  },
  {
    name: "a photo",
    weight: 20,
    act({ person, memos }, mark) {
      const file = photo(mark);
      const message = person.sendPhoto({ bytes: file.bytes, caption: mark });
      memos.push({ message, memo: { content: mark, files: [file] } });
    },
  },
  {
    name: "a document",
    weight: 15,
    act({ person, memos }, mark) {
      const file = png(mark.replace(" ", "-"), 60_000 + mark.length);
      const message = person.sendDocument({
        bytes: file.bytes,
        fileName: file.name ?? "",
        mimeType: file.type,
        caption: mark,
      });
      memos.push({ message, memo: { content: mark, files: [file] } });
    },
  },
  {
    name: "an edit",
    weight: 15,
    act({ person, memos }, mark, random) {
      const at = Math.floor(random() * memos.length);
      const said = memos[at];
      if (!said) return;
      const { message, memo, earlier = [] } = said;
      person.edit(message.message_id, message.text === undefined ? { caption: mark } : { text: mark });
      memos[at] = { ...said, memo: { ...memo, content: mark }, earlier: [...earlier, memo.content] };
    },
  },
  {
    name: "a reply",
    weight: 15,
    act({ person, memos }, mark, random) {
      const at = Math.floor(random() * memos.length);
      const said = memos[at];
      if (!said) return;
      const { message, memo, replies = [] } = said;
      const reply = person.reply(message, mark);
      const comments = [...(memo.comments ?? []), { content: mark }];
      memos[at] = { ...said, memo: { ...memo, comments }, replies: [...replies, reply] };
    },
  },
  {
    name: "an album",
    weight: 15,
    act({ person, memos }, mark, random) {
      const all = [photo(`${mark} a`), photo(`${mark} b`), photo(`${mark} c`)];
      const files = all.slice(0, random() < 0.5 ? 2 : 3);
      const items = files.map(({ bytes }, index) => ({
        type: "photo" as const,
        bytes,
        ...(index === 0 && { caption: mark }),
      }));
      const [message] = person.sendAlbum(items, random() < 0.5 ? { split: 1 } : {});
      if (message) memos.push({ message, memo: { content: mark, files } });
    },
  },
];

/** One kind of traffic, chosen by the weights. */
export function chosen(random: () => number): TrafficKind {
  let left = random() * TRAFFIC.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of TRAFFIC) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  throw new Error("there is no traffic");
}
