// Every text that people read in the chat. Short, in plain words, and it says what to do next.

import type { Visibility } from "../memos/client.ts";

export interface Texts {
  saved(visibility: Visibility): string;
  /** Stands on the link behind `saved`. */
  open: string;
  pin: string;
  unpin: string;
  delete: string;
  deleteQuestion: string;
  deleteYes: string;
  cancel: string;
  deleted: string;
  memoGone: string;
  notYours: string;
  stalePress: string;
  tryLater: string;
  done: string;
  retry: string;
  discard: string;
  retrying: string;
  discarded: string;
  alreadySettled: string;
  missingFile(name: string, why: string): string;
  /** Null where Telegram does not tell the size. */
  tooBigForBots(megabytes: string | null): string;
  tooBigForMemos(megabytes: string): string;
  onlyInTelegram(name: string, why: string): string;
  publicDisallowed: string;
  failed(why: string): string;
  unsupported(name: string): string;
  unknownContent: string;
  contentTooLong(bytes: number, limit: number): string;
  lateGone: string;
  greetingBound(name: string): string;
  greetingUnbound(id: number): string;
  stranger(id: number): string;
  notAllowed(id: number): string;
  yourId(id: number): string;
  help: string;
  howToBind(memosUrl: string): string;
  bound(name: string): string;
  boundAndReleased(name: string, waiting: number): string;
  waitFromOther(account: string, waiting: number): string;
  tokenRefused(why: string): string;
  memosAway: string;
  deleteItYourself: string;
  tooManyTries: string;
  notBound: string;
  unbindQuestion(account: string, waiting: number): string;
  unbindYes: string;
  unbound: string;
  unboundWaiting(waiting: number): string;
  badInvitation: string;
  unknownCommand(name: string): string;
  tokenNotSaved: string;
  tokenInGroup: string;
  tokenDied(account: string): string;
  away(from: Date, until: Date, lostBefore: Date): string;
}

const messages = (count: number) => (count === 1 ? "1 message" : `${count} messages`);

const minute = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;

export const english: Texts = {
  saved: (visibility) => `Saved as ${visibility}`,
  open: "open",
  pin: "Pin",
  unpin: "Unpin",
  delete: "Delete",
  deleteQuestion: "Delete this memo in Memos, with its files? This cannot be undone.",
  deleteYes: "Delete it",
  cancel: "Keep it",
  deleted: "Deleted from Memos.",
  memoGone: "This memo is gone: somebody deleted it in Memos.",
  notYours: "This memo belongs to another account.",
  stalePress: "I was away when you pressed this. Please press again.",
  tryLater: "Memos does not answer right now. Please try again in a moment.",
  done: "Done",
  retry: "Retry",
  discard: "Discard",
  retrying: "Trying again …",
  discarded: "Discarded. It is not in Memos.",
  alreadySettled: "That is settled already.",
  missingFile: (name, why) => `Without ${name}: ${why}`,
  tooBigForBots: (size) =>
    size === null
      ? "it is larger than what Telegram gives to bots (20 MB)."
      : `its ${size} MB are more than Telegram gives to bots (20 MB).`,
  tooBigForMemos: (size) => `its ${size} MB are more than this Memos server takes.`,
  onlyInTelegram: (name, why) => `${name} is only in Telegram: ${why}`,
  publicDisallowed: "This Memos server allows no public memos.",
  failed: (why) => `I could not save this: ${why}`,
  unsupported: (name) =>
    `I cannot save this yet (${name.replaceAll("_", " ")}). I keep it: press Retry after an update of memoferry.`,
  unknownContent:
    "I do not know this kind of message yet. I keep it: press Retry after an update of memoferry.",
  contentTooLong: (bytes, limit) =>
    `it is ${bytes} bytes long, and this Memos server takes ${limit}. I keep it: raise the limit in Memos (Settings › Memo), then press Retry.`,
  lateGone: "A late part of this album was not saved: its memo was deleted in Memos meanwhile.",
  greetingBound: (name) =>
    `Hello! What you send me here becomes a memo in the Memos account of ${name}. Just send a text, a photo or a file. /help tells more.`,
  greetingUnbound: (id) =>
    `Hello! I turn what you send me into memos on your Memos server.\n\nTo begin, make an access token in Memos (Settings › My account › Access tokens) and send it as\n/bind <access token>\nI delete that message at once. Or ask the admin to bind your Telegram id: ${id}`,
  stranger: (id) =>
    `I do not know you yet, so nothing was saved.\n\nYour Telegram id is ${id}\n\nTo save memos, send me an access token from Memos as\n/bind <access token>\nor ask the admin to bind that id.`,
  notAllowed: (id) => `This bot is private, so nothing was saved. Your Telegram id is ${id}`,
  yourId: (id) => `Your Telegram id is ${id}`,
  help: [
    "Send me anything and it becomes a memo: texts, photos, whole albums, files.",
    "",
    "/bind <access token> – connect your Memos account",
    "/unbind – disconnect it",
    "/id – your Telegram id",
    "/help – this text",
    "",
    "Under each saved message there are buttons to change who can see the memo, to pin it and to delete it.",
  ].join("\n"),
  howToBind: (memosUrl) =>
    `Make an access token in Memos at ${memosUrl} (Settings › My account › Access tokens), then send it as\n/bind <access token>\nI delete that message at once.`,
  bound: (name) => `Hello ${name}! From now on, what you send me becomes a memo in your Memos account.`,
  boundAndReleased: (name, waiting) =>
    `Hello ${name}! I am connected to your Memos account again, and save the ${messages(waiting)} I kept for you.`,
  waitFromOther: (account, waiting) =>
    `${messages(waiting)} still wait${waiting === 1 ? "s" : ""} from ${account}: bind that account again to have them saved there.`,
  tokenRefused: (why) =>
    `Memos did not take this access token: ${why}\nMake a new one in Memos (Settings › My account › Access tokens) and send /bind <access token>.`,
  memosAway:
    "Memos does not answer right now, so I could not check the token. I have deleted your message: please send /bind again in a while.",
  deleteItYourself: "I could not delete your message with the token. Please delete it yourself.",
  tooManyTries: "That was wrong too often. Please wait an hour.",
  notBound: "You are not bound to a Memos account. /bind tells how.",
  unbindQuestion: (account, waiting) =>
    `Disconnect from ${account}?${waiting > 0 ? ` ${messages(waiting)} still wait${waiting === 1 ? "s" : ""} to be saved; I keep them until you bind ${account} again.` : ""}`,
  unbindYes: "Disconnect",
  unbound: "Disconnected. What you send me is not saved any more. /bind connects you again.",
  unboundWaiting: (waiting) => `${messages(waiting)} wait until you bind that account again.`,
  badInvitation: "This invitation is not valid any more. Ask for a new one, or use /bind <access token>.",
  unknownCommand: (name) => `I do not know /${name}, so nothing was saved. /help lists what I can do.`,
  tokenNotSaved:
    "That looked like an access token, so I did not save it. To connect your account, send it as\n/bind <access token>",
  tokenInGroup:
    "That was an access token, in front of everybody. I did not use it. Revoke it in Memos, make a new one, and send it to me in a private chat.",
  tokenDied: (account) =>
    `Memos does not take the access token of ${account} any more. I keep what you send me. Make a new token in Memos (Settings › My account › Access tokens) and send /bind <access token>: then I save everything.`,
  away: (from, until, lostBefore) =>
    `I was away from ${minute(from)} to ${minute(until)}. Telegram keeps messages for a day only: what you sent before ${minute(lostBefore)} never reached me. Please forward it again.`,
};
