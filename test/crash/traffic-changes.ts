import { asDocument, photo, png } from "./expected.ts";
import { type Conversation, change, contentOf, oneOf, type Said, type TrafficKind } from "./traffic.ts";
import { degrees, liveWords } from "./traffic-messages.ts";

const COMMANDS = ["/pin", "/public", "/protected", "/private"];
const BUTTONS = ["PUBLIC", "PROTECTED", "PRIVATE", "Pin", "Unpin"];

/** What is done about a message that was sent before, saved by now or not. */
export const CHANGES: readonly TrafficKind[] = [
  {
    name: "an edit",
    weight: 15,
    act({ actor, memos }, mark, random) {
      const one = oneOf(
        memos.filter(({ edited }) => edited),
        random,
      );
      if (!one) return;
      actor.edit(one.message.message_id, one.edited === "text" ? { text: mark } : { caption: mark });
      change(one, [mark, ...one.words.slice(1)]);
    },
  },
  {
    name: "an edit that exchanges a photo",
    weight: 4,
    act({ actor, telegram, memos }, mark, random) {
      const one = oneOf(
        memos.filter(({ isPhoto }) => isPhoto),
        random,
      );
      if (!one) return;
      const file = photo(mark);
      const size = { ...telegram.file("photo", { bytes: file.bytes }), width: 9, height: 9 };
      actor.edit(one.message.message_id, { content: { photo: [size] }, caption: mark });
      one.files = [file];
      change(one, [mark]);
    },
  },
  {
    name: "a move of a shared place",
    weight: 5,
    act({ actor, memos }, _mark, random, number) {
      const one = oneOf(
        memos.filter(({ isLive }) => isLive),
        random,
      );
      if (!one) return;
      const place = { latitude: degrees(60 + number / 1000), longitude: 18 };
      actor.moveLocation(one.message.message_id, place);
      one.place = place;
      change(one, liveWords(place));
    },
  },
  {
    name: "a late part of an album",
    weight: 4,
    act({ actor, memos }, mark, random) {
      const one = oneOf(
        memos.filter(({ isAlbum, files }) => isAlbum && files.length < 10),
        random,
      );
      if (!one) return;
      const file = photo(mark);
      const mediaGroupId = one.message.media_group_id ?? "";
      actor.sendPhoto({ bytes: file.bytes, caption: mark, mediaGroupId });
      one.files = [...one.files, file];
      change(one, [...one.words, mark]);
    },
  },
  {
    name: "a reply",
    weight: 12,
    act({ actor, memos }, mark, random) {
      const one = oneOf(memos, random);
      if (!one) return;
      one.comments.push({ message: actor.reply(one.message, mark), content: mark, files: [] });
    },
  },
  {
    name: "a reply with a file",
    weight: 4,
    act({ actor, memos }, mark, random) {
      const one = oneOf(memos, random);
      if (!one) return;
      const file = png(mark.replace(" ", "-"), 40_000 + mark.length);
      const message = actor.sendDocument({ ...asDocument(file), caption: mark, replyTo: one.message });
      one.comments.push({ message, content: mark, files: [file] });
    },
  },
  {
    name: "an edit of a reply",
    weight: 4,
    act({ actor, memos }, mark, random) {
      const replies = memos.flatMap(({ comments }) => comments).filter(({ files }) => files.length === 0);
      const reply = oneOf(replies, random);
      if (!reply) return;
      actor.edit(reply.message.message_id, { text: mark });
      reply.content = mark;
    },
  },
  {
    name: "a press",
    weight: 6,
    act(conversation, _mark, random) {
      const offered = offers(conversation);
      const offer = oneOf(offered, random);
      if (!offer) return;
      conversation.actor.press(offer.messageId, oneOf(offer.buttons, random) ?? "");
      offer.of.touched = true;
    },
  },
  {
    name: "a command about a memo",
    weight: 6,
    act({ actor, memos }, _mark, random) {
      const one = oneOf(memos, random);
      if (!one) return;
      actor.say(oneOf(COMMANDS, random) ?? "", { replyTo: one.message });
      one.touched = true;
    },
  },
  {
    name: "a command that tags a memo",
    weight: 2,
    act({ actor, memos }, mark, random) {
      const one = oneOf(
        memos.filter((said) => contentOf(said).length < 1_000),
        random,
      );
      if (!one) return;
      actor.say(`/tag #${mark.replace(" ", "-")}`, { replyTo: one.message });
    },
  },
  {
    name: "a command about all",
    weight: 2,
    act({ actor }, _mark, random) {
      actor.say(oneOf(["/status", "/recent", "/help", "/id"], random) ?? "");
    },
  },
];

/** Nothing comes of it but an answer, where it comes in time. */
export const INLINE: TrafficKind = {
  name: "an inline query",
  weight: 6,
  act({ actor }, mark) {
    actor.asks(mark.slice(0, -1));
  },
};

interface Offer {
  readonly of: Said;
  readonly messageId: number;
  readonly buttons: string[];
}

/** Buttons under what the bot said about a memo. */
function offers({ actor, telegram, memos }: Conversation): Offer[] {
  return telegram.botMessages(actor.chatId).flatMap((message) => {
    const target = message.reply_to_message?.message_id;
    const of = memos.find(
      (said) =>
        said.message.message_id === target ||
        said.comments.some((comment) => comment.message.message_id === target),
    );
    const rows =
      message.reply_markup && "inline_keyboard" in message.reply_markup
        ? message.reply_markup.inline_keyboard
        : [];
    const buttons = rows
      .flat()
      .map(({ text }) => text)
      .filter((text) => BUTTONS.includes(text));
    return of && buttons.length > 0 ? [{ of, messageId: message.message_id, buttons }] : [];
  });
}
