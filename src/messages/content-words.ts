import type { ContentKind } from "./content-kinds.ts";

/** Words that memos hold and nobody wrote. */
export interface ContentWords {
  /** What stands for a message without text, such as where it is quoted. */
  readonly kinds: Readonly<Record<ContentKind, string>>;
  readonly liveLocation: string;
  readonly deletedAccount: string;
  readonly dice: Readonly<Record<string, string>>;
  readonly storyOf: string;
  readonly forwardedFrom: string;
  stars(count: number): string;
  paidMedia(price: string, items: number, notBought: number): string;
  giveawayOf: string;
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

export const englishWords: ContentWords = {
  kinds: {
    text: "Message",
    rich_message: "Message",
    animation: "GIF",
    audio: "Audio",
    live_photo: "Live photo",
    paid_media: "Paid media",
    photo: "Photo",
    sticker: "Sticker",
    story: "Story",
    video: "Video",
    video_note: "Video message",
    voice: "Voice message",
    document: "File",
    checklist: "Checklist",
    contact: "Contact",
    dice: "Dice",
    game: "Game",
    poll: "Poll",
    venue: "Place",
    location: "Location",
    invoice: "Invoice",
    giveaway: "Giveaway",
    giveaway_winners: "Giveaway",
  },
  liveLocation: "Live location",
  deletedAccount: "Deleted account",
  dice: {
    "🎲": "Dice",
    "🎯": "Darts",
    "🏀": "Basketball",
    "⚽": "Football",
    "🎳": "Bowling",
    "🎰": "Slot machine",
  },
  storyOf: "Story of",
  forwardedFrom: "Forwarded from",
  stars: (count) => counted(count, "Star", "Stars"),
  paidMedia: (price, items, notBought) =>
    notBought === 0
      ? `Paid media for ${price}`
      : `Paid media for ${price}: ${notBought} of ${counted(items, "item", "items")} not bought`,
  giveawayOf: "Giveaway of",
};
