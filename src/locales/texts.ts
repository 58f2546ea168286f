// Every text that people read in the chat. Short, in plain words, and it says what to do next.

import type { Visibility } from "../domain/visibility.ts";
import type { TokenHint } from "../memos/token-hints.ts";
import { german } from "./de.ts";
import { english } from "./en.ts";
import { spanish } from "./es.ts";
import { LANGUAGES, type Language } from "./plurals.ts";
import { russian } from "./ru.ts";
import { chinese } from "./zh.ts";

export { english };

/** The commands that are offered, in the order in which Telegram lists them. */
export const COMMANDS = [
  "search",
  "recent",
  "random",
  "today",
  "settings",
  "status",
  "failed",
  "delete",
  "pin",
  "archive",
  "tag",
  "public",
  "protected",
  "private",
  "bind",
  "unbind",
  "id",
  "help",
] as const;
export type CommandName = (typeof COMMANDS)[number];
export const GROUP_COMMANDS = ["save", "help"] as const;
export type GroupCommandName = (typeof GROUP_COMMANDS)[number];

/** What a person can set in the chat. */
export const SETTINGS = [
  "visibility",
  "tags",
  "confirmation",
  "source_line",
  "formatting",
  "language",
] as const;
export type SettingName = (typeof SETTINGS)[number];

/** Where in Memos people make an access token. */
export interface TokenPlace {
  /** Null where it is not for everybody to know, or no link works. */
  readonly url: string | null;
  /** Up to 0.29 access tokens stand on the page of the account; then they have a page of their own. */
  readonly ownPage: boolean;
}

/** Why a message was given up, where somebody can do something about it. */
export type FailureReason =
  | "refused_by_memos"
  | "content_too_long"
  | "slow_text"
  | "failed_for_a_day"
  | "other_account";

/** A language's texts: one that is missing does not compile. */
export interface Texts {
  language: Language;
  /** In the language itself. */
  languageName: string;
  day(date: Date): string;
  /** In the quotation marks of the language. */
  quoted(words: string): string;
  /** Between a name and its value. */
  colon: string;

  saved(visibility: Visibility): string;
  /** In place of that many confirmations. */
  savedMany(count: number): string;
  /** Stands on the link behind `saved`. */
  open: string;
  pin: string;
  unpin: string;
  delete: string;
  deleteQuestion: string;
  deleteYes: string;
  archive: string;
  cancel: string;
  deleted: string;
  memoGone: string;
  notYours: string;
  tryLater: string;
  /** After a fault that is not Memos'. */
  couldNotDo: string;
  done: string;
  retry: string;
  discard: string;
  retrying: string;
  discarded: string;
  alreadySettled: string;
  /** Its message was forgotten after KEEP_DAYS. */
  noLongerKept: string;
  missingFile(name: string, why: string): string;
  /** Null where Telegram does not tell the size. */
  tooBigForBots(megabytes: string | null): string;
  tooBigForMemos(megabytes: string): string;
  /** Names the setting, which its owner can change. */
  tooBigForProxy(megabytes: string): string;
  /** As why a file is missing. */
  lostInTelegram: string;
  onlyInTelegram(name: string, why: string): string;
  publicDisallowed: string;
  /** Where only the answer to a delivery can carry a word, and nothing else is to be said. */
  kept: string;
  failed(why: string): string;
  /** What others read along. */
  failedInGroup: string;
  /** The same in the sender's own chat. */
  failedOfGroup(why: string): string;
  failures: Record<FailureReason, string>;
  /** Goes behind them, in Memos' own words. */
  memosSaid(words: string): string;
  unknownContent: string;
  /** Told with the confirmation. */
  unknownPart: string;
  albumPart: string;
  /** Told with the confirmation: why it is not the comment it was meant to be. */
  replyGone: string;
  replyNotYours: string;
  savedComment: string;
  /** In a confirmation that stands for more than one message. */
  joined(count: number): string;
  /** To a press on a button of an older version. */
  separateRetired: string;
  strandedRetired: string;
  changedSince: string;
  /** A live location moved, and what its memo says was changed in Memos. */
  placeFollows: string;
  overwrite: string;
  overwriting: string;
  editGone: string;
  saveAgain: string;
  savingAgain: string;
  editTooOld: string;
  /** The comments that hold what the memo has no room for. */
  inParts(count: number): string;
  lateGone: string;

  greetingBound(name: string): string;
  greetingUnbound(id: number, place: TokenPlace): string;
  stranger(id: number, place: TokenPlace): string;
  notAllowed(id: number): string;
  yourId(id: number): string;
  help: string;
  /** For who is not connected. */
  helpUnbound(place: TokenPlace): string;
  howToBind(place: TokenPlace): string;
  bound(name: string): string;
  /** To a guest, whose account it is not. */
  guestBound(account: string): string;
  boundAndReleased(name: string, waiting: number): string;
  /** Sent for an account that was left before they were saved. */
  leftBehind(account: string, count: number): string;
  savingTo(name: string, count: number): string;
  tokenRefused(why: string, place: TokenPlace): string;
  /** Follows a colon, or stands in brackets. */
  readonly tokenHints: Readonly<Record<TokenHint, string>>;
  /** Memos is away: the token is checked later. */
  tokenKept: string;
  /** Goes with it where nobody is bound yet. */
  nothingSavedYet: string;
  tokenForgotten: string;
  tokenExpired: string;
  deleteItYourself: string;
  tooManyTries: string;
  notBound: string;
  /** `guests`: who was invited into the account by the person, and is still there. */
  unbindQuestion(account: string, waiting: number, guests: number): string;
  unbindYes: string;
  stayConnected: string;
  /** After it. */
  stillBound: string;
  unbound: string;
  unboundWaiting(waiting: number): string;
  unboundGuests(guests: number): string;
  badInvitation: string;
  invited(place: TokenPlace): string;
  /** ALLOWED_USERS goes before invitations. */
  invitedNotAllowed(id: number): string;
  /** Whoever shares the account is paused, or not bound any more. */
  inviterWithoutAccess: string;
  /** Said to whose account it is, with `guestsLeave` behind it. */
  guestJoined(guest: string, id: string): string;
  guestsLeave: string;
  /** Said to the guest. */
  guestEnded(account: string): string;
  /** To who comes with an invitation into another account than theirs, behind `statusBound`. */
  unbindFirst: string;
  unknownCommand(name: string): string;
  saveAsMemo: string;
  savingAsMemo: string;
  /** Its message is deleted. */
  tokenShown: string;
  tokenInGroup: string;
  invitationInGroup: string;
  tokenDied(account: string, place: TokenPlace): string;
  away(from: Date, until: Date, lostBefore: Date): string;
  /** Once in an outage, without being asked. */
  memosDown: string;
  /** After an update of memoferry, to who has messages that the version before did not know. */

  statusBound(name: string): string;
  statusPaused: string;
  statusReceiving(mode: "polling" | "webhook"): string;
  statusNotReceiving: string;
  statusMemos(version: string | null): string;
  statusMemosAway: string;
  statusWaiting(count: number): string;
  /** The last time that it was away for longer than Telegram keeps messages. */
  statusAway(from: Date, until: Date, lostBefore: Date): string;
  statusFailed(count: number): string;

  failedNone: string;
  failedHead(count: number): string;
  /** Follow why it failed, or stand for it: it was sent for an account of before. */
  failedOfOther(account: string): string;
  /** A part of it may be there. */
  failedStaysWith(account: string): string;
  /** To who presses [retry] all the same. */
  staysElsewhere: string;
  retryAll: string;
  discardAll: string;
  /** A question, with [discardAll] under it. */
  discardAllQuestion(count: number): string;
  /** In a list of failures, for what has no words of its own. */
  withoutText: string;

  settingsHead(name: string): string;
  settings: Record<SettingName, string>;
  settingsHint: Record<SettingName, string>;
  followMemos: string;
  followTelegram(language: string): string;
  confirmations: Record<"reply" | "reaction" | "off", string>;
  formattings: Record<"as_typed" | "exact", string>;
  on: string;
  off: string;
  none: string;
  back: string;
  noTags: string;
  /** A reply to it is taken as tags. */
  tagQuestion: string;
  tagsSet(tags: string): string;
  badTag(tag: string): string;
  tooManyTags(limit: number): string;

  searchHow: string;
  /** `query` in quotation marks, also below. */
  found(count: number, query: string): string;
  foundMany(limit: number, query: string): string;
  foundNone(query: string): string;
  recent: string;
  recentNone: string;
  random: string;
  today: string;
  todayNone: string;
  /** Where a person has more memos than can be looked through. */
  lookedBackTo(day: string): string;
  filesOnly(count: number): string;
  emptyMemo: string;
  gone: string;
  listTooOld: string;
  /** Sends a memo of a list into the chat; with its number where there are several. */
  show: string;
  /** After the beginning of a memo that is too long to be shown. */
  restInMemos: string;
  tooBigToSend(megabytes: number): string;
  couldNotSend: string;
  memosSlow: string;

  replyToMemo(command: string): string;
  noMemoThere: string;
  /** Its message waits to be saved. */
  notSavedYet: string;
  notSavedAtAll: string;
  pinned: string;
  archived: string;
  unarchive: string;
  tagHow: string;
  tagged(tags: string): string;
  refused: string;

  /** In a group, to who is not bound; goes before a link to the bot. */
  groupHint: string;
  groupHelp: string;
  /** In a group, for what would show memos; goes before a link to the bot. */
  askInPrivate: string;
  saveHow: string;
  /** In a private chat. */
  saveHere: string;
  /** What a group is offered. */
  groupCommands: Record<GroupCommandName, string>;

  commands: Record<CommandName, string>;
  /** Up to 512 characters: shown in a chat before anything was said. */
  description: string;
  /** Up to 120: shown on the bot's page. */
  shortDescription: string;
}

const CATALOGUE: Readonly<Record<Language, Texts>> = {
  en: english,
  de: german,
  ru: russian,
  zh: chinese,
  es: spanish,
};

export const textsIn = (language: Language): Texts => CATALOGUE[language];

/** The language for an IETF tag such as `pt-br`; null where there are no texts in it. */
export function languageOf(tag: unknown): Language | null {
  if (typeof tag !== "string") return null;
  const primary = tag.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/** The texts for a person, at the moment of writing. `languageTag`: what their Telegram says now, where that is known. */
export type TextsFor = (
  telegramId: number | null,
  languageTag?: string | undefined,
  /** Their binding, where it was read already; null: they have none. */
  bound?: Speaker | null,
) => Texts;

interface Speaker {
  readonly language: Language | null;
  readonly telegram_language: string | null;
}

/** Their own choice, else the language of their Telegram, else English. */
export function createTextsFor(bindings: {
  get(telegramId: number): Speaker | undefined;
  /** Remembered for what is said without being asked. */
  update(telegramId: number, settings: { telegram_language: string }): unknown;
}): TextsFor {
  return (telegramId, languageTag, bound) => {
    const binding = bound === undefined && telegramId !== null ? bindings.get(telegramId) : bound;
    const spoken = typeof languageTag === "string" && languageTag !== "" ? languageTag.slice(0, 35) : null;
    if (binding && telegramId !== null && spoken !== null && spoken !== binding.telegram_language) {
      bindings.update(telegramId, { telegram_language: spoken });
    }
    const language = binding?.language ?? languageOf(spoken ?? binding?.telegram_language ?? null) ?? "en";
    return textsIn(language);
  };
}
