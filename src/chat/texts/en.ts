import { createDays, createPlurals, minute } from "../plurals.ts";
import type { Texts } from "../texts.ts";

const plural = createPlurals("en");
const messages = (count: number) => plural(count, { one: "# message", other: "# messages" });
const wait = (count: number) => plural(count, { one: "waits", other: "wait" });

export const english: Texts = {
  language: "en",
  languageName: "English",
  day: createDays("en"),

  saved: (visibility) => `Saved as ${visibility}`,
  savedMany: (count) => `Saved ${messages(count)}`,
  open: "open",
  pin: "Pin",
  unpin: "Unpin",
  delete: "Delete",
  deleteQuestion: "Delete this memo in Memos, with its files? You can undo it for a minute.",
  deleteYes: "Delete it",
  cancel: "Keep it",
  deleted: "Deleted from Memos.",
  deletedForNow: "Deleted. For a minute you can undo this.",
  undo: "Undo",
  restored: "It is back.",
  undoLater: "Memos does not answer right now. I bring the memo back as soon as it does.",
  notDeleted: "I did not delete this memo: it was changed in Memos meanwhile.",
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
  kept: "I have it, and save it as soon as I can.",
  failed: (why) => `I could not save this: ${why}`,
  unknownContent:
    "I do not know this kind of message yet. I keep it: press Retry after an update of memoferry.",
  unknownPart: "There is something in it that I do not know yet: the memo may lack a part of it.",
  replyGone: "The memo you replied to is gone, so this is a memo of its own.",
  replyNotYours: "The memo you replied to belongs to another account, so this is a memo of your own.",
  savedComment: "Saved as a comment",
  joined: (count) => `${messages(count)}, one memo`,
  separate: "Separate",
  separated: (count) => `Separated: ${messages(count)} on their own now.`,
  notSeparable: "This memo was changed in Memos, so it stays as it is.",
  changedSince:
    "You edited a message, but its memo was changed in Memos meanwhile. I left the memo as it is.",
  overwrite: "Overwrite",
  overwriting: "I write it over.",
  editGone: "You edited a message, but its memo was deleted in Memos.",
  saveAgain: "Save again",
  savingAgain: "I save it again.",
  editTooOld:
    "You edited a part of an album that is too old: I no longer have its other parts, so its memo stays as it is.",
  inParts: (count) =>
    `It is longer than this Memos server takes: the rest is in ${count === 1 ? "a comment" : `${count} comments`} under it.`,
  lateGone: "A part that came late was not saved: its memo was deleted in Memos meanwhile.",

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
    "/search words – find your memos",
    "/recent, /random, /today – the newest, a chance find, this day in earlier years",
    "/settings – visibility, tags, confirmation, language",
    "/status – whether all is well",
    "/failed – what could not be saved",
    "",
    "As a reply to a saved message:",
    "/delete, /pin, /archive, /tag #word, /public, /protected, /private",
    "",
    "/bind <access token> – connect your Memos account",
    "/unbind – disconnect it",
    "/id – your Telegram id",
    "",
    "Under each saved message there are buttons to change who can see the memo, to pin it and to delete it.",
  ].join("\n"),
  howToBind: (memosUrl) =>
    `Make an access token in Memos at ${memosUrl} (Settings › My account › Access tokens), then send it as\n/bind <access token>\nI delete that message at once.`,
  bound: (name) => `Hello ${name}! From now on, what you send me becomes a memo in your Memos account.`,
  boundAndReleased: (name, waiting) =>
    `Hello ${name}! I am connected to your Memos account again, and save the ${messages(waiting)} I kept for you.`,
  waitFromOther: (account, waiting) =>
    `${messages(waiting)} still ${wait(waiting)} from ${account}: bind that account again to have them saved there.`,
  stranded: (account, waiting) => `${messages(waiting)} ${wait(waiting)} from ${account}.`,
  saveTo: (name) => `Save to ${name}`,
  strandedSaved: (name, count) => `I save ${messages(count)} in the account of ${name}.`,
  strandedDiscarded: (account, count) => `Discarded: ${messages(count)} from ${account}.`,
  tokenRefused: (why) =>
    `Memos did not take this access token: ${why}\nMake a new one in Memos (Settings › My account › Access tokens) and send /bind <access token>.`,
  tokenKept:
    "Memos does not answer right now, so I could not check the token. I keep it encrypted, for a day at most, check it when Memos is back, and tell you then. /unbind makes me forget it.",
  nothingSavedYet: "Nothing you send is saved until you are connected.",
  offerForgotten: "I have forgotten the token that you sent me. /bind tells how to connect.",
  offerExpired:
    "I could not check your access token in time, so I have forgotten it. Please send it again as\n/bind <access token>",
  deleteItYourself: "I could not delete your message with the token. Please delete it yourself.",
  tooManyTries: "That was wrong too often. Please wait an hour.",
  notBound: "You are not bound to a Memos account. /bind tells how.",
  unbindQuestion: (account, waiting) =>
    `Disconnect from ${account}?${waiting > 0 ? ` ${messages(waiting)} still ${wait(waiting)} to be saved; I keep them until you bind ${account} again.` : ""}`,
  unbindYes: "Disconnect",
  stillBound: "You are still connected.",
  unbound: "Disconnected. What you send me is not saved any more. /bind connects you again.",
  unboundWaiting: (waiting) => `${messages(waiting)} ${wait(waiting)} until you bind that account again.`,
  badInvitation:
    "This invitation is not valid any more. Each works for one person, and for 24 hours. Ask for a new one, or use /bind <access token>.",
  invited: (memosUrl) =>
    `Welcome! I turn what you send me into memos on a Memos server.\n\nTo begin, make an access token in Memos at ${memosUrl} (Settings › My account › Access tokens) and send it as\n/bind <access token>\nI delete that message at once.`,
  invitedNotAllowed: (id) =>
    `You are invited, but this bot is only for people on its list. Nothing was saved, and the invitation is not used up. Ask whoever runs the bot to add your Telegram id to ALLOWED_USERS, then open the link again: ${id}`,
  inviterWithoutAccess:
    "I cannot let you in yet: whoever shares their account with you has no access to Memos right now. Once they have sent /bind, open the link again.",
  guestJoined: (guest, id) =>
    `${guest} was invited and now saves into your Memos account too. If you do not want that, tell whoever runs this bot. Their Telegram id is ${id}`,
  unknownCommand: (name) => `I do not know /${name}, so nothing was saved. /help lists what I can do.`,
  saveAsMemo: "Save as memo",
  savingAsMemo: "I save it as a memo.",
  tokenNotSaved:
    "That looked like an access token, so I did not save it. To connect your account, send it as\n/bind <access token>",
  tokenInGroup:
    "That was an access token, in front of everybody. I did not use it. Revoke it in Memos, make a new one, and send it to me in a private chat.",
  tokenDied: (account) =>
    `Memos does not take the access token of ${account} any more. I keep what you send me. Make a new token in Memos (Settings › My account › Access tokens) and send /bind <access token>: then I save everything.`,
  away: (from, until, lostBefore) =>
    `I was away from ${minute(from)} to ${minute(until)}. Telegram keeps messages for a day only: what you sent before ${minute(lostBefore)} never reached me. Please forward it again.`,
  memosDown: "Memos does not answer right now. I keep your messages and save them when Memos is back.",
  newlyKnown: (count) =>
    plural(count, {
      one: "I was updated, and may now know # message of yours that I did not know before. /failed shows it: press Retry there.",
      other:
        "I was updated, and may now know # messages of yours that I did not know before. /failed shows them: press Retry there.",
    }),

  statusBound: (name, account) => `You are bound to the Memos account of ${name} (${account}).`,
  statusPaused:
    "Memos does not take your access token any more: send /bind <access token> with a new one, then I save what waits.",
  statusReceiving: (mode) =>
    mode === "webhook" ? "Telegram delivers to me (webhook)." : "I ask Telegram for messages (polling).",
  statusNotReceiving: "Telegram cannot be reached well right now.",
  statusMemos: (version) => `Memos answers${version === null ? "" : ` (version ${version})`}.`,
  statusMemosAway: "Memos does not answer right now. I keep what you send and save it when it is back.",
  statusWaiting: (count) =>
    count === 0
      ? "Nothing waits to be saved."
      : plural(count, { one: "# message waits to be saved.", other: "# messages wait to be saved." }),
  statusFailed: (count) =>
    count === 0
      ? "Nothing has failed."
      : plural(count, {
          one: "# message could not be saved: /failed shows it.",
          other: "# messages could not be saved: /failed shows them.",
        }),

  failedNone: "Nothing has failed: everything you sent is saved or on its way.",
  failedHead: (count) =>
    plural(count, { one: "# message could not be saved:", other: "# messages could not be saved:" }),
  withoutText: "(no text)",

  settingsHead: (name) => `Settings for the Memos account of ${name}`,
  settings: {
    visibility: "Visibility",
    tags: "Tags",
    confirmation: "Confirmation",
    source_line: "Source line",
    formatting: "Formatting",
    language: "Language",
  },
  settingsHint: {
    visibility: "Who can see new memos: only you (PRIVATE), who has an account (PROTECTED), or all (PUBLIC)?",
    tags: "Reply to this message with the tags that every new memo shall get, such as #inbox #phone.",
    confirmation: "How shall I tell you that a message is saved?",
    source_line: "Shall a forwarded message begin with a line that says where it is from?",
    formatting:
      "As typed: what you write as Markdown counts, such as **bold**. Exact: every character stays as you see it.",
    language: "Which language shall I speak?",
  },
  followMemos: "as in Memos",
  followTelegram: (language) => `as in Telegram (${language})`,
  confirmations: { reply: "reply with buttons", reaction: "reaction 👍", off: "off" },
  formattings: { as_typed: "as typed", exact: "exact" },
  on: "on",
  off: "off",
  none: "none",
  back: "‹ Back",
  noTags: "No tags",
  tagsSet: (tags) => `Every new memo gets ${tags}.`,
  badTag: (tag) =>
    `“${tag}” is no tag. Tags have letters, digits, - _ / and no spaces inside: #inbox #from/phone`,
  tooManyTags: (limit) => `That are too many tags: ${limit} at most.`,

  searchHow:
    'Send what you look for, such as\n/search apple cake\nor words in their order:\n/search "apple cake"',
  found: (count, query) => `${plural(count, { one: "# memo", other: "# memos" })} with ${query}`,
  foundMany: (limit, query) => `The newest ${limit} memos with ${query}`,
  foundNone: (query) => `No memo of yours has ${query}.`,
  recent: "Your newest memos",
  recentNone: "You have no memos yet. Send me something.",
  random: "A memo of yours",
  today: "On this day in earlier years",
  todayNone: "You wrote nothing on this day in earlier years.",
  filesOnly: (count) => plural(count, { one: "(# file)", other: "(# files)" }),
  emptyMemo: "(empty)",
  gone: "(deleted meanwhile)",
  listTooOld: "This list is too old. Please ask again.",
  show: "Show",
  restInMemos: "… The rest is in Memos.",
  tooBigToSend: (size) => `its ${size} MB are more than a bot may send. It is in Memos.`,
  couldNotSend: "I could not send it. It is in Memos.",
  memosSlow: "Memos takes too long to answer. Please try again in a moment.",

  replyToMemo: (command) => `Send /${command} as a reply to a message that I saved, or to my confirmation.`,
  noMemoThere: "I know of no memo for that message.",
  pinned: "It is pinned.",
  archived: "It is archived.",
  unarchive: "Take out of the archive",
  tagHow: "Send it with the tag, as a reply to a saved message:\n/tag #word",
  tagged: (tags) => `Tagged ${tags}.`,
  refused: (why) => `Memos did not take this: ${why}`,

  groupHint:
    "I save messages for people who have connected their Memos account with me. To connect yours, write to me:",
  groupHelp: [
    "Reply to a message with /save, and it becomes a memo in your own Memos account.",
    "/save words saves the words; so does a message that mentions me, or replies to me.",
    "",
    "As a reply to what you saved:",
    "/delete, /pin, /archive, /tag #word, /public, /protected, /private",
  ].join("\n"),
  askInPrivate: "Others read along here. Please ask me that in our own chat:",
  saveHow: "Send /save as a reply to the message that I shall save, or with the words: /save buy milk",
  saveHere: "Here I save all that you send me. /save is for groups, as a reply to a message.",
  groupCommands: { save: "Save a message (as a reply), or words", help: "What I can do here" },

  commands: {
    search: "Find your memos",
    recent: "Your newest memos",
    random: "A memo by chance",
    today: "This day in earlier years",
    settings: "Visibility, tags, confirmation, language",
    status: "Whether all is well",
    failed: "What could not be saved",
    delete: "Delete a memo (as a reply)",
    pin: "Pin a memo (as a reply)",
    archive: "Archive a memo (as a reply)",
    tag: "Add a tag (as a reply)",
    public: "Everybody may see a memo (as a reply)",
    protected: "Members may see a memo (as a reply)",
    private: "Only you may see a memo (as a reply)",
    bind: "Connect your Memos account",
    unbind: "Disconnect it",
    id: "Your Telegram id",
    help: "What I can do",
  },
  description:
    "I turn what you send me into memos on your Memos server: texts, photos, whole albums, files. Nothing gets lost, also when Memos is down for a while.\n\nPress Start, and I tell you how to connect your account.",
  shortDescription: "What you send me becomes a memo on your Memos server.",
};
