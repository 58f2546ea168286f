import { createDays, createPlurals, minute } from "./plurals.ts";
import type { Texts, TokenPlace } from "./texts.ts";

const plural = createPlurals("en");
const messages = (count: number) => plural(count, { one: "# message", other: "# messages" });
const are = (count: number) => plural(count, { one: "is", other: "are" });
/** By the names in the menu of Memos. */
const inMemos = ({ url, ownPage }: TokenPlace) =>
  `in Memos${url === null ? "" : ` at ${url}`} (Settings › ${ownPage ? "" : "My Account › "}Access Tokens)`;

export const english: Texts = {
  language: "en",
  languageName: "English",
  day: createDays("en"),
  quoted: (words) => `“${words}”`,
  colon: ": ",

  saved: (visibility) => `Saved as ${visibility}`,
  savedMany: (count) => `Saved ${messages(count)}`,
  open: "open",
  pin: "Pin",
  unpin: "Unpin",
  delete: "Delete",
  deleteQuestion:
    "Delete this memo in Memos for good, with its files? In the archive it is out of the way, and can be brought back.",
  deleteYes: "Delete it",
  archive: "Archive",
  cancel: "Keep it",
  deleted: "Deleted from Memos.",
  memoGone: "This memo is gone: it was deleted in Memos.",
  notYours: "This memo belongs to another account.",
  tryLater: "Memos does not answer right now. Please try again in a moment.",
  couldNotDo:
    "Something went wrong here, so I could not do this. Please try again. If it stays so, tell the admin.",
  done: "Done",
  retry: "Retry",
  discard: "Discard",
  retrying: "Trying again …",
  discarded: "Discarded. It is not in Memos.",
  alreadySettled: "That is settled already.",
  noLongerKept: "I no longer have this message: please send it again.",
  missingFile: (name, why) => `Without ${name}: ${why}`,
  tooBigForBots: (size) =>
    size === null
      ? "it is larger than what Telegram gives to bots (20 MB)."
      : `at ${size} MB it is larger than what Telegram gives to bots (20 MB).`,
  tooBigForMemos: (size) => `at ${size} MB it is larger than this Memos server accepts.`,
  tooBigForProxy: (size) =>
    `at ${size} MB it is larger than the proxy before Memos lets through (nginx: client_max_body_size).`,
  lostInTelegram: "Telegram has not given it to me for a day.",
  onlyInTelegram: (name, why) => `${name} is only in Telegram: ${why}`,
  publicDisallowed: "This Memos server allows no public memos.",
  kept: "I have it, and save it as soon as I can.",
  failed: (why) => `I could not save this: ${why}`,
  failedInGroup: "I could not save this. /failed in our own chat says why.",
  failedOfGroup: (why) => `I could not save a message of yours in a group: ${why}`,
  failures: {
    refused_by_memos:
      "Memos does not accept it. Edit the message, or press Retry once Memos has been set right.",
    content_too_long:
      "Memos, or a proxy before it, does not accept texts of this length. Shorten the message, or press Retry once the limit has been raised.",
    slow_text:
      "Memos was not done reading it after two minutes. Edit the message: shorter, or without rows of special signs.",
    failed_for_a_day: "it went wrong for a whole day. Press Retry to try again.",
    other_account: "you connected another account before I could save it. /failed shows what can be done.",
  },
  memosSaid: (words) => `Memos says: “${words}”`,
  unknownContent:
    "I do not know this kind of message yet. I keep it: press Retry after an update of memoferry.",
  unknownPart:
    "There is something in it that I do not know yet: the memo may lack a part of it. I keep it, and add it after an update of memoferry.",
  albumPart: "This is one part of an album: reply with /save to the other parts too.",
  replyGone: "The memo you replied to is gone, so this is a memo of its own.",
  replyNotYours: "The memo you replied to belongs to another account, so this is a memo of your own.",
  savedComment: "Saved as a comment",
  joined: (count) => `${messages(count)}, one memo`,
  separateRetired:
    "I no longer separate messages that share a memo. Delete the memo with /delete, and send them again, one at a time.",
  strandedRetired:
    "These messages are under /failed now: Retry saves them to your account of now, Discard gives them up.",
  changedSince:
    "You edited a message, but its memo was changed in Memos meanwhile. I left the memo as it is.",
  placeFollows:
    "The place of your memo follows your live location. What the memo says was changed in Memos: I left that as it is.",
  overwrite: "Overwrite",
  overwriting: "Overwriting it …",
  editGone: "You edited a message, but its memo was deleted in Memos.",
  saveAgain: "Save again",
  savingAgain: "Saving it again …",
  editTooOld:
    "You edited one of several messages that share a memo. They are too old: I no longer have the others, so the memo stays as it is.",
  inParts: (count) =>
    `It is longer than this Memos server accepts: the rest is in ${count === 1 ? "a comment" : `${count} comments`} under it.`,
  lateGone: "A part that came late was not saved: its memo was deleted in Memos meanwhile.",

  greetingBound: (name) =>
    `Hello! What you send me here becomes a memo in the Memos account of ${name}. Just send a text, a photo or a file. /help tells more.`,
  greetingUnbound: (id, place) =>
    `Hello! I turn what you send me into memos on your Memos server.\n\nTo begin, make an access token ${inMemos(place)} and send it as\n/bind <access token>\nI delete that message at once.\n\nOr ask the admin to connect your Telegram id: ${id}`,
  stranger: (id, place) =>
    `I do not know you yet, so nothing was saved.\n\nTo save memos, make an access token ${inMemos(place)} and send it as\n/bind <access token>\n\nOr ask the admin to connect your Telegram id: ${id}`,
  notAllowed: (id) => `This bot is private, so nothing was saved. Your Telegram id is ${id}`,
  yourId: (id) => `Your Telegram id is ${id}`,
  help: [
    "Send me anything and it becomes a memo: texts, photos, whole albums, files.",
    "Edit a message, and its memo follows. Reply to one, or to my answer, and the reply becomes a comment on its memo.",
    "",
    "/search words – find your memos",
    "/recent, /random, /today – the newest, a random one, this day in earlier years",
    "Under a list, Show sends you the memo with its files.",
    "/settings – visibility, tags, confirmation, language",
    "/status – is everything working?",
    "/failed – what could not be saved",
    "",
    "As a reply to a saved message:",
    "/delete, /pin, /archive, /tag #word, /public, /protected, /private",
    "Under each saved message there are buttons for the same. PRIVATE: only you see the memo. PROTECTED: everyone with an account. PUBLIC: everybody.",
    "",
    "In a group: reply to any message with /save, and it becomes a memo in your own account.",
    "",
    "/bind <access token> – connect your Memos account",
    "/unbind – disconnect it",
    "/id – your Telegram id",
  ].join("\n"),
  helpUnbound: (place) =>
    `What you send me becomes a memo on your Memos server, once your account is connected:\n\n1. Make an access token ${inMemos(place)}.\n2. Send it to me as\n/bind <access token>\nI delete that message at once.\n\n/id – your Telegram id, if the admin is to connect you`,
  howToBind: (place) =>
    `Make an access token ${inMemos(place)}, then send it as\n/bind <access token>\nI delete that message at once.`,
  bound: (name) =>
    `Hello ${name}! From now on, what you send me becomes a memo in your Memos account. /help tells more.`,
  guestBound: (account) =>
    `Hello! You now save into the Memos account of ${account}: what you send me becomes a memo there. /help tells more, /unbind ends it.`,
  boundAndReleased: (name, waiting) =>
    `Hello ${name}! I am connected to your Memos account again, and save the ${messages(waiting)} I kept for you.`,
  leftBehind: (account, count) =>
    `${messages(count)} for ${account} ${are(count)} not saved: /failed lists them, to be saved now or discarded.`,
  savingTo: (name, count) => `I am saving ${messages(count)} to the account of ${name}.`,
  tokenRefused: (why, place) =>
    `Memos did not accept this access token: ${why}\nMake a new one ${inMemos(place)} and send /bind <access token>.`,
  tokenHints: {
    not_personal:
      "tokens made before Memos 0.26 no longer work, and that of a sign-in ends after 15 minutes; an access token begins with memos_pat_",
    of_newer_memos: "a newer Memos made it; the tokens of this one begin with eyJ",
    perhaps_lost: "if you have just made it: Memos 0.26 to 0.29 now and then lose a new token",
  },
  tokenKept:
    "Memos does not answer right now, so I could not check the token. I keep it encrypted, for a day at most, check it when Memos is back, and tell you then. /unbind makes me forget it.",
  nothingSavedYet: "Nothing you send is saved until you are connected.",
  tokenForgotten: "I have forgotten the token that you sent me. /bind tells how to connect.",
  tokenExpired:
    "I could not check your access token in time, so I have forgotten it. Please send it again as\n/bind <access token>",
  deleteItYourself: "I could not delete your message. Please delete it yourself.",
  tooManyTries: "Too many failed tries. Please wait an hour.",
  notBound: "You are not connected to a Memos account. /bind tells how.",
  unbindQuestion: (account, waiting, guests) =>
    [
      `Disconnect from ${account}?`,
      ...(waiting > 0
        ? [
            `${messages(waiting)} ${are(waiting)} still waiting to be saved; I keep them until you connect ${account} again.`,
          ]
        : []),
      ...(guests > 0
        ? [
            plural(guests, {
              one: "# guest of yours saves into this account too, and is disconnected with you.",
              other: "# guests of yours save into this account too, and are disconnected with you.",
            }),
          ]
        : []),
    ].join("\n"),
  unbindYes: "Disconnect",
  stayConnected: "Stay connected",
  stillBound: "You are still connected.",
  unbound: "Disconnected. What you send me is not saved any more. /bind connects you again.",
  unboundWaiting: (waiting) => `I keep ${messages(waiting)} until you connect that account again.`,
  unboundGuests: (guests) =>
    plural(guests, { one: "Your guest is disconnected too.", other: "Your # guests are disconnected too." }),
  badInvitation:
    "This invitation is not valid any more. Each works for one person, and for 24 hours. Ask for a new one, or use /bind <access token>.",
  invited: (place) =>
    `Welcome! I turn what you send me into memos on a Memos server.\n\nTo begin, make an access token ${inMemos(place)} and send it as\n/bind <access token>\nI delete that message at once.`,
  invitedNotAllowed: (id) =>
    `You are invited, but this bot is only for people on its list. Nothing was saved, and the invitation is not used up. Ask the admin to add your Telegram id to ALLOWED_USERS, then open the link again: ${id}`,
  inviterWithoutAccess:
    "I cannot let you in yet: whoever shares their account with you has no access to Memos right now. Once they have sent /bind, open the link again.",
  guestJoined: (guest, id) =>
    `${guest} was invited and now saves into your Memos account too. Their Telegram id is ${id}`,
  guestsLeave: "/unbind disconnects you and those you have invited. The admin can remove a single one.",
  guestEnded: (account) =>
    `You no longer save into the Memos account of ${account}: they have disconnected you. What you send me is not saved any more. /bind connects an account of your own.`,
  unbindFirst: "To save into another account, send /unbind, then open the link of the invitation again.",
  unknownCommand: (name) => `I do not know /${name}, so nothing was saved. /help lists what I can do.`,
  saveAsMemo: "Save as memo",
  savingAsMemo: "Saving it as a memo …",
  tokenShown:
    "That looks like an access token, so I do not save it. To connect your Memos account with it, send /bind and the token.",
  tokenInGroup:
    "That was an access token, in front of everybody. I did not use it. Revoke it in Memos, make a new one, and send it to me in a private chat.",
  invitationInGroup:
    "That was an invitation, in front of everybody: whoever opens it first uses it up. Open its link in your own chat with me.",
  tokenDied: (account, place) =>
    `Memos no longer accepts the access token of ${account}. I keep what you send me. Make a new token ${inMemos(place)} and send /bind <access token>: then I save everything.`,
  away: (from, until, lostBefore) =>
    `I was away from ${minute(from)} to ${minute(until)}. Telegram keeps messages for a day only: what you sent before ${minute(lostBefore)} never reached me. Please forward it again.`,
  memosDown: "Memos does not answer right now. I keep your messages and save them when Memos is back.",

  statusBound: (name) => `You are connected to the Memos account of ${name}.`,
  statusPaused:
    "Memos no longer accepts your access token: send /bind <access token> with a new one, then I save what is waiting.",
  statusReceiving: (mode) =>
    mode === "webhook" ? "Telegram delivers to me (webhook)." : "I ask Telegram for messages (polling).",
  statusNotReceiving: "Telegram cannot be reached well right now.",
  statusMemos: (version) => `Memos answers${version === null ? "" : ` (version ${version})`}.`,
  statusMemosAway: "Memos does not answer right now. I keep what you send and save it when it is back.",
  statusWaiting: (count) =>
    count === 0 ? "Nothing is waiting to be saved." : `${messages(count)} ${are(count)} waiting to be saved.`,
  statusAway: (from, until, lostBefore) =>
    `I was last away from ${minute(from)} to ${minute(until)}: what you sent before ${minute(lostBefore)} may never have reached me. Forward it again if it is missing.`,
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
  failedOfOther: (account) => `You sent it for ${account}. Retry saves it to your account of now.`,
  failedStaysWith: (account) =>
    `You sent it for ${account}, and a part of it may be there: connect that account again, and press Retry then.`,
  staysElsewhere:
    "A part of it may be in the account that it was sent for: connect that account again, and press Retry then.",
  retryAll: "Retry all",
  discardAll: "Discard all",
  discardAllQuestion: (count) => `Discard ${messages(count)}? Then ${are(count)} gone for good.`,
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
    visibility:
      "Who can see new memos: only you (PRIVATE), everyone with an account (PROTECTED), or everybody (PUBLIC)?",
    tags: "Reply to my question with the tags that every new memo should get.",
    confirmation: "How should I tell you that a message is saved?",
    source_line: "Should a forwarded message begin with a line that says where it is from?",
    formatting:
      "As typed: what you write as Markdown counts, such as **bold**. Exact: every character stays as you see it.",
    language: "Which language should I speak?",
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
  tagQuestion: "Which tags should every new memo get, such as #inbox #phone?",
  tagsSet: (tags) => `Every new memo gets ${tags}.`,
  badTag: (tag) =>
    `“${tag}” is not a valid tag. Tags have letters, digits, - _ / and no spaces inside: #inbox #from/phone`,
  tooManyTags: (limit) => `That is too many tags: ${limit} at most.`,

  searchHow:
    'Send what you are looking for, such as\n/search apple cake\nor words in their order:\n/search "apple cake"',
  found: (count, query) => `${plural(count, { one: "# memo", other: "# memos" })} with ${query}`,
  foundMany: (limit, query) => `The newest ${limit} memos with ${query}`,
  foundNone: (query) => `No memo of yours has ${query}.`,
  recent: "Your newest memos",
  recentNone: "You have no memos yet. Send me something.",
  random: "A memo of yours",
  today: "On this day in earlier years",
  todayNone: "You wrote nothing on this day in earlier years.",
  lookedBackTo: (day) => `I looked only at your memos since ${day}.`,
  filesOnly: (count) => plural(count, { one: "(# file)", other: "(# files)" }),
  emptyMemo: "(empty)",
  gone: "(deleted meanwhile)",
  listTooOld: "This list is too old. Please ask again.",
  show: "Show",
  restInMemos: "… The rest is in Memos.",
  tooBigToSend: (size) => `at ${size} MB it is larger than what a bot may send. It is in Memos.`,
  couldNotSend: "I could not send it. It is in Memos.",
  memosSlow: "Memos takes too long to answer. Please try again in a moment.",

  replyToMemo: (command) => `Send /${command} as a reply to a message that I saved, or to my confirmation.`,
  noMemoThere: "I know of no memo for that message.",
  notSavedYet: "That message is not saved yet. Please try again when it is.",
  notSavedAtAll: "That message could not be saved: /failed shows why.",
  pinned: "It is pinned.",
  archived: "It is archived.",
  unarchive: "Take out of the archive",
  tagHow: "Send it with the tag, as a reply to a saved message:\n/tag #word",
  tagged: (tags) => `Tagged ${tags}.`,
  refused: "Memos did not accept this.",

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
  saveHow: "Send /save as a reply to the message you want saved, or with the words: /save buy milk",
  saveHere: "Here I save everything you send me. /save is for groups, as a reply to a message.",
  groupCommands: { save: "Save a message (as a reply), or words", help: "What I can do here" },

  commands: {
    search: "Find your memos",
    recent: "Your newest memos",
    random: "A random memo",
    today: "This day in earlier years",
    settings: "Visibility, tags, confirmation, language",
    status: "Is everything working?",
    failed: "What could not be saved",
    delete: "Delete a memo (as a reply)",
    pin: "Pin a memo (as a reply)",
    archive: "Archive a memo (as a reply)",
    tag: "Add a tag (as a reply)",
    public: "Let everybody see a memo (as a reply)",
    protected: "Let everyone with an account see a memo (as a reply)",
    private: "Keep a memo to yourself (as a reply)",
    bind: "Connect your Memos account",
    unbind: "Disconnect it",
    id: "Your Telegram id",
    help: "What I can do",
  },
  description:
    "I turn what you send me into memos on your Memos server: texts, photos, whole albums, files. Nothing gets lost, even when Memos is down for a while.\n\nPress Start, and I tell you how to connect your account.",
  shortDescription: "What you send me becomes a memo on your Memos server.",
};
