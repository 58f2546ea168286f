// Every text that people read in the chat, and the words that memoferry writes inside memos. Short, in plain words, and
// it says what to do next. `{name}` stands for a value, and `{message|messages}` for the form that `{count}` asks for,
// in which it is `#`. What a text is for stands here only; the other languages have the same entries.
export const english = {
  /** The plural categories of the language, in the order in which `{message|messages}` has its forms. */
  plural: "one|other",
  /** In the language itself. */
  languageName: "English",
  /** In the quotation marks of the language. */
  quoted: "“{words}”",
  /** Between a name and its value. */
  colon: ": ",

  /** What `{messages}` stands for in another text. */
  messages: "{count} {message|messages}",
  saved: "Saved as {visibility}",
  /** In place of that many confirmations. */
  savedMany: "Saved {messages}",
  /** Stands on the link behind `saved`. */
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
  /** After a fault that is not Memos'. */
  couldNotDo:
    "Something went wrong here, so I could not do this. Please try again. If it stays so, tell the admin.",
  done: "Done",
  retry: "Retry",
  discard: "Discard",
  working: "I am on it …",
  discarded: "Discarded. It is not in Memos.",
  alreadySettled: "That is settled already.",
  /** Its message was forgotten after KEEP_DAYS. */
  noLongerKept: "I no longer have this message: please send it again.",
  missingFile: "Without {name}: {why}",
  tooBigForBots: "at {megabytes} MB it is larger than what Telegram gives to bots (20 MB).",
  /** Where Telegram does not tell the size. */
  tooBigForBotsNoSize: "it is larger than what Telegram gives to bots (20 MB).",
  tooBigForMemos: "at {megabytes} MB it is larger than this Memos server accepts.",
  /** Names the setting, which its owner can change. */
  tooBigForProxy:
    "at {megabytes} MB it is larger than the proxy before Memos lets through (nginx: client_max_body_size).",
  /** As why a file is missing. */
  lostInTelegram: "Telegram has not given it to me for a day.",
  onlyInTelegram: "{name} is only in Telegram: {why}",
  publicDisallowed: "This Memos server allows no public memos.",
  /** Where only the answer to a delivery can carry a word, and nothing else is to be said. */
  kept: "I have it, and save it as soon as I can.",
  failed: "I could not save this: {why}",
  /** What others read along. */
  failedInGroup: "I could not save this. /failed in our own chat says why.",
  /** The same in the sender's own chat. */
  failedOfGroup: "I could not save a message of yours in a group: {why}",
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
  /** Goes behind them, in Memos' own words. */
  memosSaid: "Memos says: “{words}”",
  unknownContent:
    "I do not know this kind of message yet. I keep it: press Retry after an update of memoferry.",
  /** Told with the confirmation. */
  unknownPart:
    "There is something in it that I do not know yet: the memo may lack a part of it. I keep it, and add it after an update of memoferry.",
  albumPart: "This is one part of an album: reply with /save to the other parts too.",
  /** Told with the confirmation: why it is not the comment it was meant to be. */
  replyApart: "The memo you replied to is gone, or of another account, so this is a memo of its own.",
  savedComment: "Saved as a comment",
  /** In a confirmation that stands for more than one message. */
  joined: "{messages}, one memo",
  /** To a press on a button of an older version. */
  retired:
    "I no longer offer this. /failed lists what is not saved; /delete removes a memo, so that you can send its messages again, one at a time.",
  changedSince:
    "You edited a message, but its memo was changed in Memos meanwhile. I left the memo as it is.",
  overwrite: "Overwrite",
  editGone: "You edited a message, but its memo was deleted in Memos.",
  saveAgain: "Save again",
  editTooOld:
    "You edited one of several messages that share a memo. They are too old: I no longer have the others, so the memo stays as it is.",
  inComments: "It is longer than this Memos server accepts: the rest is in {a comment|# comments} under it.",
  lateGone: "A part that came late was not saved: its memo was deleted in Memos meanwhile.",

  /** Where an access token is made: the `place` of the texts below. */
  inMemos: "in Memos ({menu})",
  inMemosAt: "in Memos at {url} ({menu})",
  /** The names in the menu of Memos, which has the newer entry in English only. */
  tokenMenuBefore30: "Settings › My Account › Access Tokens",
  tokenMenu: "Settings › Access Tokens",
  greetingBound: "Hello {name}! What you send me becomes a memo in your Memos account. /help tells more.",
  /** To a guest, whose account it is not. */
  guestBound:
    "Hello! You now save into the Memos account of {account}: what you send me becomes a memo there. /help tells more, /unbind ends it.",
  greeting: "Hello! I turn what you send me into memos on your Memos server.",
  stranger: "I do not know you yet, so nothing was saved.",
  notAllowed:
    "This bot is only for people on its list, so nothing was saved. Ask the admin to add your Telegram id: {id}",
  yourId: "Your Telegram id is {id}",
  help: "Send me anything and it becomes a memo: texts, photos, whole albums, files. Edit a message, and its memo follows. Reply to one, or to my answer, and the reply becomes a comment on its memo.",
  /** Behind `help` and the commands. */
  helpMore:
    "PRIVATE: only you see the memo. PROTECTED: everyone with an account. PUBLIC: everybody.\n\nIn a group: reply to any message with /save, and it becomes a memo in your own account.",
  howToBind:
    "To save memos, make an access token {place} and send it as\n/bind <access token>\nI delete that message at once.",
  orAskAdmin: "Or ask the admin to connect your Telegram id: {id}",
  /** Sent for an account that was left before they were saved. */
  leftBehind:
    "{count} {message|messages} for {account} {is|are} not saved: /failed lists {it|them}, to be saved now or discarded.",
  savingTo: "I am saving {messages} to the account of {name}.",
  tokenRefused:
    "Memos did not accept this access token: {why}\nMake a new one {place} and send /bind <access token>.",
  /** Follows a colon. */
  signInToken: "it is of a sign-in, and ends after 15 minutes; an access token begins with memos_pat_",
  /** Memos is away: the token is checked later. */
  tokenKept:
    "Memos does not answer right now, so I could not check the token. I keep it encrypted, for a day at most, check it when Memos is back, and tell you then. /unbind makes me forget it.",
  /** Goes with it where nobody is bound yet. */
  nothingSavedYet: "Nothing you send is saved until you are connected.",
  tokenForgotten: "I have forgotten the token that you sent me. /bind tells how to connect.",
  tokenExpired:
    "I could not check your access token in time, so I have forgotten it. Please send it again as\n/bind <access token>",
  deleteItYourself: "I could not delete your message. Please delete it yourself.",
  tooManyTries: "Too many failed tries. Please wait an hour.",
  notBound: "You are not connected to a Memos account. /bind tells how.",
  unbindQuestion: "Disconnect from {account}?",
  /** Stands below the question, as does `unbindGuests`. */
  unbindWaiting:
    "{count} {message is|messages are} still waiting to be saved; I keep {it|them} until you connect {account} again.",
  /** Who was invited into the account by the person, and is still there. */
  unbindGuests:
    "{count} {guest|guests} of yours {saves|save} into this account too, and {is|are} disconnected with you.",
  unbindYes: "Disconnect",
  stayConnected: "Stay connected",
  /** After `stayConnected`. */
  stillBound: "You are still connected.",
  unbound: "Disconnected. What you send me is not saved any more. /bind connects you again.",
  badInvitation:
    "This invitation is not valid any more. Each works for one person, and for 24 hours. Ask for a new one, or use /bind <access token>.",
  /** Whoever shares the account is paused, or not bound any more. */
  inviterWithoutAccess:
    "I cannot let you in yet: whoever shares their account with you has no access to Memos right now. Once they have sent /bind, open the link again.",
  /** Said to whose account it is, with `guestsLeave` behind it. */
  guestJoined: "{guest} was invited and now saves into your Memos account too. Their Telegram id is {id}",
  guestsLeave: "/unbind disconnects you and those you have invited. The admin can remove a single one.",
  /** Said to the guest. */
  guestEnded:
    "You no longer save into the Memos account of {account}: they have disconnected you. What you send me is not saved any more. /bind connects an account of your own.",
  /** To who comes with an invitation into another account than theirs, behind `statusBound`. */
  unbindFirst: "To save into another account, send /unbind, then open the link of the invitation again.",
  unknownCommand: "I do not know /{name}, so nothing was saved. /help lists what I can do.",
  saveAsMemo: "Save as memo",
  /** Its message is deleted. */
  tokenShown:
    "That looks like an access token, so I do not save it. To connect your Memos account with it, send /bind and the token.",
  tokenInGroup:
    "That was an access token, in front of everybody. I did not use it. Revoke it in Memos, make a new one, and send it to me in a private chat.",
  invitationInGroup:
    "That was an invitation, in front of everybody: whoever opens it first uses it up. Open its link in your own chat with me.",
  tokenDied:
    "Memos no longer accepts the access token of {account}. I keep what you send me. Make a new token {place} and send /bind <access token>: then I save everything.",
  away: "I was away from {from} to {until}. Telegram keeps messages for a day only: what you sent before {lostBefore} never reached me. Please forward it again.",
  /** Once in an outage, without being asked. */
  memosDown: "Memos does not answer right now. I keep your messages and save them when Memos is back.",

  statusBound: "You are connected to the Memos account of {name}.",
  statusPaused:
    "Memos no longer accepts your access token: send /bind <access token> with a new one, then I save what is waiting.",
  statusReceiving: {
    polling: "I ask Telegram for messages (polling).",
    webhook: "Telegram delivers to me (webhook).",
  },
  statusNotReceiving: "Telegram cannot be reached well right now.",
  statusNotHeard: "I have not heard from {whom} yet.",
  statusMemosVersion: "Memos answers (version {version}).",
  statusNoneWaiting: "Nothing is waiting to be saved.",
  statusWaiting: "{count} {message is|messages are} waiting to be saved.",
  statusFailed: "{count} {message|messages} could not be saved: /failed shows {it|them}.",

  failedNone: "Nothing has failed: everything you sent is saved or on its way.",
  failedHead: "{messages} could not be saved:",
  /** Follow why it failed, or stand for it: it was sent for an account of before. */
  failedOfOther: "You sent it for {account}. Retry saves it to your account of now.",
  /** A part of it may be there. */
  failedStaysWith:
    "You sent it for {account}, and a part of it may be there: connect that account again, and press Retry then.",
  /** To who presses [retry] all the same. */
  staysElsewhere:
    "A part of it may be in the account that it was sent for: connect that account again, and press Retry then.",
  retryAll: "Retry all",
  discardAll: "Discard all",
  /** A question, with [discardAll] under it. */
  discardAllQuestion: "Discard {count} {message|messages}? Then {it is|they are} gone for good.",
  /** In a list of failures, for what has no words of its own. */
  withoutText: "(no text)",

  settingsHead: "Settings for the Memos account of {name}",
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
  followTelegram: "as in Telegram ({language})",
  confirmations: { reply: "reply with buttons", reaction: "reaction 👍", off: "off" },
  formattings: { as_typed: "as typed", exact: "exact" },
  on: "on",
  off: "off",
  none: "none",
  back: "‹ Back",
  noTags: "No tags",
  /** A reply to it is taken as tags. */
  tagQuestion: "Which tags should every new memo get, such as #inbox #phone?",
  tagsSet: "Every new memo gets {tags}.",
  badTag:
    "“{tag}” is not a valid tag. Tags have letters, digits, - _ / and no spaces inside: #inbox #from/phone",
  tooManyTags: "That is too many tags: {limit} at most.",

  searchHow:
    'Send what you are looking for, such as\n/search apple cake\nor words in their order:\n/search "apple cake"',
  /** `query` in quotation marks, also below. */
  found: "{count} {memo|memos} with {query}",
  foundMany: "The newest {limit} memos with {query}",
  foundNone: "No memo of yours has {query}.",
  recent: "Your newest memos",
  recentNone: "You have no memos yet. Send me something.",
  random: "A memo of yours",
  today: "On this day in earlier years",
  todayNone: "You wrote nothing on this day in earlier years.",
  /** Where a person has more memos than can be looked through. */
  lookedBackTo: "I looked only at your memos since {day}.",
  filesOnly: "({count} {file|files})",
  gone: "(deleted meanwhile)",
  listTooOld: "This list is too old. Please ask again.",
  /** Sends a memo of a list into the chat; with its number where there are several. */
  show: "Show",
  /** After the beginning of a memo that is too long to be shown. */
  restInMemos: "… The rest is in Memos.",
  tooBigToSend: "at {megabytes} MB it is larger than what a bot may send. It is in Memos.",
  couldNotSend: "I could not send it. It is in Memos.",

  replyToMemo: "Send /{command} as a reply to a message that I saved, or to my confirmation.",
  noMemoThere: "I know of no memo for that message.",
  /** Its message waits to be saved. */
  notSavedYet: "That message is not saved yet. Please try again when it is.",
  notSavedAtAll: "That message could not be saved: /failed shows why.",
  pinned: "It is pinned.",
  archived: "It is archived.",
  unarchive: "Take out of the archive",
  tagHow: "Send it with the tag, as a reply to a saved message:\n/tag #word",
  tagged: "Tagged {tags}.",
  refused: "Memos did not accept this.",

  /** In a group, to who is not bound; goes before a link to the bot. */
  groupHint:
    "I save messages for people who have connected their Memos account with me. To connect yours, write to me:",
  groupHelp:
    "Reply to a message with /save, and it becomes a memo in your own Memos account.\n/save words saves the words; so does a message that mentions me, or replies to me.\n\nAs a reply to what you saved:\n/delete, /pin, /archive, /tag #word, /public, /protected, /private",
  /** In a group, for what would show memos; goes before a link to the bot. */
  askInPrivate: "Others read along here. Please ask me that in our own chat:",
  saveHow: "Send /save as a reply to the message you want saved, or with the words: /save buy milk",
  /** In a private chat. */
  saveHere: "Here I save everything you send me. /save is for groups, as a reply to a message.",
  /** What a group is offered. */
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
  /** Up to 512 characters: shown in a chat before anything was said. */
  description:
    "I turn what you send me into memos on your Memos server: texts, photos, whole albums, files. Nothing gets lost, even when Memos is down for a while.\n\nPress Start, and I tell you how to connect your account.",
  /** Up to 120: shown on the bot's page. */
  shortDescription: "What you send me becomes a memo on your Memos server.",

  /** What stands inside memos. */
  memo: {
    kinds: {
      text: "Message",
      animation: "GIF",
      audio: "Audio",
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
      location: "Location",
      invoice: "Invoice",
      giveaway: "Giveaway",
    },
    liveLocation: "Live location",
    deletedAccount: "Deleted account",
    storyOf: "Story of",
    forwardedFrom: "Forwarded from",
    giveawayOf: "Giveaway of",
  },
} as const;
