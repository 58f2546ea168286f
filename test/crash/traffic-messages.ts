import { asDocument, filling, photo, png } from "./expected.ts";
import { said, type TrafficKind } from "./traffic.ts";

/** Text of so many lines, none like another, that begins with the mark. */
const lines = (mark: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${mark}, line ${at}`).join("\n");

/** As a memo says it: 20 + 0.952 alone is 20.951999999999998. */
export const degrees = (sum: number) => Number(sum.toFixed(6));

const mapLine = (latitude: number, longitude: number) =>
  `[${latitude}, ${longitude}](https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}&zoom=16)`;

export const liveWords = ({ latitude, longitude }: { latitude: number; longitude: number }) => [
  `📍 ${mapLine(latitude, longitude)}`,
];

/** What becomes a memo of its own. */
export const MESSAGES: readonly TrafficKind[] = [
  {
    name: "a text",
    weight: 40,
    act({ actor, memos }, mark) {
      memos.push(said(actor.say(mark), { words: [mark], edited: "text" }));
    },
  },
  {
    name: "a photo",
    weight: 15,
    act({ actor, memos }, mark) {
      const file = photo(mark);
      const message = actor.sendPhoto({ bytes: file.bytes, caption: mark });
      memos.push(said(message, { words: [mark], files: [file], edited: "caption", isPhoto: true }));
    },
  },
  {
    name: "a document",
    weight: 12,
    act({ actor, memos }, mark) {
      const file = png(mark.replace(" ", "-"), 60_000 + mark.length);
      const message = actor.sendDocument({ ...asDocument(file), caption: mark });
      memos.push(said(message, { words: [mark], files: [file], edited: "caption" }));
    },
  },
  {
    name: "an album",
    weight: 12,
    act({ actor, memos }, mark, random) {
      const all = [photo(`${mark} a`), photo(`${mark} b`), photo(`${mark} c`)];
      const files = all.slice(0, random() < 0.5 ? 2 : 3);
      const items = files.map(({ bytes }, index) => ({
        type: "photo" as const,
        bytes,
        ...(index === 0 && { caption: mark }),
      }));
      const [message] = actor.sendAlbum(items, random() < 0.5 ? { split: 1 } : {});
      if (message) memos.push(said(message, { words: [mark], files, edited: "caption", isAlbum: true }));
    },
  },
  {
    name: "a long text, cut by Telegram",
    weight: 4,
    act({ actor, memos }, mark, random) {
      // Up to what three memos hold.
      const text = lines(mark, 250 + Math.floor(random() * 750));
      const parts = actor.paste(text, { atLines: true });
      const [message] = parts;
      const words = parts.map((part) => part.text ?? "");
      if (message) memos.push(said(message, { words, between: "\n", edited: "text" }));
    },
  },
  {
    name: "a forward with a comment",
    weight: 5,
    act({ actor, memos }, mark) {
      const origin = { type: "hidden_user", sender_user_name: "Grete", date: 1_795_000_000 };
      const [message] = actor.forwardWithComment(mark, { content: `forwarded by ${mark}`, origin });
      const source = "> Forwarded from Grete · 2026-11-18 11:06 UTC";
      const words = [mark, source, `forwarded by ${mark}`];
      if (message) memos.push(said(message, { words, edited: "text" }));
    },
  },
  {
    name: "a voice message",
    weight: 4,
    act({ actor, memos }, mark) {
      const file = { bytes: filling(mark, 9_000), name: null, type: "audio/ogg" };
      const message = actor.sendVoice({ bytes: file.bytes, caption: mark });
      memos.push(said(message, { words: [mark], files: [file], edited: "caption" }));
    },
  },
  {
    name: "a sticker",
    weight: 3,
    act({ actor, telegram, memos }, mark) {
      const file = { bytes: filling(mark, 5_000), name: null, type: "image/webp" };
      const look = { width: 512, height: 512, is_animated: false, is_video: false, type: "regular" };
      const sticker = { ...telegram.file("sticker", { bytes: file.bytes }), ...look };
      memos.push(said(actor.send({ sticker }), { words: [""], files: [file] }));
    },
  },
  {
    name: "a place",
    weight: 3,
    act({ actor, memos }, _mark, _random, number) {
      const place = { latitude: degrees(20 + number / 1000), longitude: 18 };
      const words = [`📍 ${mapLine(place.latitude, place.longitude)}`];
      memos.push(said(actor.send({ location: place }), { words, place }));
    },
  },
  {
    name: "a place that is shared as it moves",
    weight: 3,
    act({ actor, memos }, _mark, _random, number) {
      const place = { latitude: degrees(40 + number / 1000), longitude: 18 };
      memos.push(said(actor.shareLocation(place), { words: liveWords(place), place, isLive: true }));
    },
  },
  {
    name: "a contact",
    weight: 2,
    act({ actor, memos }, mark) {
      const message = actor.send({ contact: { phone_number: "+46701234567", first_name: mark } });
      memos.push(said(message, { words: [`👤 **${mark}**\n+46701234567`] }));
    },
  },
  {
    name: "a poll",
    weight: 2,
    act({ actor, memos }, mark, _random, number) {
      const options = ["yes", "no"].map((text) => ({ text, voter_count: 0 }));
      const ways = { is_closed: false, is_anonymous: true, allows_multiple_answers: false };
      const poll = { id: String(number), question: mark, options, total_voter_count: 0, type: "regular" };
      const message = actor.send({ poll: { ...poll, ...ways } });
      memos.push(said(message, { words: [`📊 **${mark}**`, "- yes\n- no"] }));
    },
  },
];
