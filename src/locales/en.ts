// Every text that people read in the chat, and the words that memoferry writes inside memos. Short, in plain words, and
// it says what to do next. `{name}` stands for a value, and `{message|messages}` for the form that `{count}` asks for,
// in which it is `#`. What a text is for stands here only; the other languages have the same entries.
export const english = {
  /** The plural categories of the language, in the order in which `{message|messages}` has its forms. */
  plural: "one|other",
  languageName: "English",

  /** What `{messages}` stands for in another text. */
  messages: "{count} {message|messages}",
  saved: "Saved as {visibility}",
  savedMany: "Saved {messages}",
  open: "open",
  pin: "Pin",
  unpin: "Unpin",
  delete: "Delete",
  deleteQuestion: "Delete this memo for good, with its files? In the archive it is only out of the way.",
  archive: "Archive",
  cancel: "Cancel",
  deleted: "Deleted from Memos.",
  memoGone: "This memo is gone: it was deleted in Memos.",
  notYours: "This memo belongs to another account.",
  tryLater: "Memos does not answer right now. Please try again in a moment.",
  /** After a fault that is not Memos'. */
  couldNotDo: "Something went wrong here. Please try again. If it keeps happening, tell the admin.",
  retry: "Retry",
  discard: "Discard",
  working: "I am on it …",
  discarded: "Discarded. It is not in Memos.",
  alreadySettled: "That is settled already.",
  /** Its message was forgotten after KEEP_DAYS. */
  noLongerKept: "I no longer have this message: please send it again.",
  missingFile: "Without {name}: {why}",
  tooBigForBots: "it is larger than what Telegram gives to bots (20 MB).",
  tooBigForMemos: "at {megabytes} MB it is larger than this Memos server accepts.",
  /** Names the setting, which its owner can change. */
  tooBigForProxy: "{megabytes} MB is too much for the proxy before Memos (nginx: client_max_body_size).",
  /** As why a file is missing. */
  lostInTelegram: "Telegram has not given it to me for a day.",
  uploadGone: "its file is not here any more.",
  refusedByMemos: "Memos does not accept it.",
  notExported: "it is not in the export.",
  /** Said, and edited when it ends: the message itself could not be saved for half a minute. */
  notYet: "Not saved yet: {why} I keep trying.",
  /** The same of a file: the rest of its message is saved. */
  fileLater: "Still without {name}: {why} I keep trying.",
  /** In `/status` and `/failed`; `what` is how the message begins. */
  waitsSince: "{what}: {why} Since {since}.",
  /** Why one of these is so. `disk`: a local Bot API server has it where this machine cannot read it. */
  waitsFor: {
    telegram: "Telegram does not give me the file.",
    memos: "Memos does not accept it.",
    disk: "its file cannot be read here; the admin has to set TELEGRAM_FILES_DIR.",
    memoferry: "something is wrong here; the admin finds it in the log.",
  },
  onlyInTelegram: "{name} is only in Telegram: {why}",
  publicDisallowed: "This Memos server allows no public memos.",
  /** Where only the answer to a delivery can carry a word, and nothing else is to be said. */
  kept: "I have it, and will save it as soon as I can.",
  failed: "I could not save this: {why}",
  /** What others read along. */
  failedInGroup: "I could not save this. /failed in our own chat says why.",
  /** The same in the sender's own chat. */
  failedOfGroup: "I could not save a message of yours in a group: {why}",
  failures: {
    refused_by_memos: "Memos does not accept it. Edit the message, or press Retry once Memos is put right.",
    content_too_long: "it is too long for Memos, or a proxy before it. Shorten it, or raise the limit.",
    slow_text:
      "Memos had not finished reading it after two minutes. Shorten it, or take out long rows of symbols.",
    failed_for_a_day: "it kept failing for a whole day. Press Retry to try again.",
    other_account: "you connected another account before I saved it.",
  },
  memosSaid: "Memos says: “{words}”",
  unknownContent: "I do not know such messages yet. I keep it: press Retry after an update of memoferry.",
  unknownPart: "Something in it is new to me, and may be missing. I add it after an update of memoferry.",
  albumPart: "This is one part of an album: reply with /save to the other parts too.",
  /** Told with the confirmation: why it is not the comment it was meant to be. */
  replyApart: "The memo you replied to is gone, or belongs to another account, so this is a memo of its own.",
  savedComment: "Saved as a comment",
  /** In a confirmation that stands for more than one message. */
  joined: "{messages}, one memo",
  /** To a press on a button of an older version. */
  retired: "I no longer offer this. /failed lists what is not saved; /delete removes a memo.",
  changedSince: "You edited a message, but its memo has been changed in Memos since. I left it as it is.",
  overwrite: "Overwrite",
  saveAgain: "Save again",
  editTooOld: "I no longer have the other messages of this memo, so it stays as it is.",
  inComments: "It is longer than this Memos server accepts: the rest is in {a comment|# comments} under it.",

  /** Where an access token is made: the `place` of the texts below. */
  inMemos: "in Memos ({at}Settings › Access Tokens)",
  greetingBound: "Hello! What you send me becomes a memo in the Memos account of {name}. /help tells more.",
  greeting: "Hello! I turn what you send me into memos on your Memos server.",
  stranger: "I do not know you yet, so nothing was saved.",
  sentTooEarly: "What you sent before you were connected was not saved: send it again.",
  notAllowed: "This bot is only for people on its list. Nothing was saved. Your id, for the admin: {id}",
  yourId: "Your Telegram id is {id}",
  /** Three lines; the commands that people need first stand below it. */
  help: "Send me anything and it becomes a memo: texts, photos, whole albums, files.\nEdit a message, and its memo follows.\nReply to a message, or to my answer, and the reply becomes a comment on its memo.",
  more: "More",
  /** The other commands stand below it. */
  moreHelp:
    "PRIVATE: only you see the memo. PROTECTED: everyone with an account. PUBLIC: everybody.\n\nIn a group: reply to any message with /save, and it becomes a memo in your own account.",
  /** Behind it, where the bot has inline mode. */
  inlineHelp: "In any chat: write @{bot} and what you look for, and send one of your memos there.",
  howToBind: "Make an access token {place} and send it as\n/bind <access token>\nI delete it at once.",
  orAskAdmin: "Or ask the admin to connect your Telegram id: {id}",
  /** Sent for an account that was left before they were saved. */
  leftBehind: "{messages} for {account} {is|are} not saved: see /failed.",
  tokenRefused: "Memos did not accept this access token: {why}",
  /** In place of a token there is what may be the name of a channel. */
  notAToken:
    "That is not a whole access token. If you mean a channel, put @ before its name, such as /bind @channel",
  signInToken:
    "it comes from a sign-in, and expires after 15 minutes; an access token begins with memos_pat_",
  /** Memos is away: the token is checked later. */
  tokenKept:
    "Memos does not answer right now. I will check your token when it is back; send /unbind to have it forgotten.",
  tokenExpired: "I could not check your access token in time. Please send it again: /bind <access token>",
  deleteItYourself: "I could not delete your message. Please delete it yourself.",
  tooManyTries: "Too many failed tries. Please wait an hour.",
  notBound: "You are not connected to a Memos account. /bind tells how.",
  unbindQuestion: "Disconnect from {account}?",
  /** Stands below the question, as does `unbindGuests`. */
  unbindWaiting: "I keep what is not saved yet ({messages}) until you connect {account} again.",
  /** Who was invited into the account by the person, and is still there. */
  unbindGuests: "{count} {guest|guests} of yours will be disconnected with you.",
  unbindYes: "Disconnect",
  unbound: "Disconnected from {account}: what you send me is not saved any more. /bind connects you.",
  badInvitation: "This invitation is not valid any more. Ask for a new one, or use /bind <access token>.",
  /** Whoever shares the account is paused, or not bound any more. */
  inviterWithoutAccess: "Whoever invited you has no access to Memos right now. Open the link again later.",
  /** Said to whose account it is, with `guestsLeave` behind it. */
  guestJoined: "{guest} was invited and now saves into your Memos account too. Their Telegram id is {id}",
  guestsLeave: "/unbind disconnects you and those you have invited. The admin can remove a single one.",
  /** To who comes with an invitation into another account than theirs, behind `statusBound`. */
  unbindFirst: "To save into another account, send /unbind, then open the link of the invitation again.",
  unknownCommand: "I do not know /{name}, so nothing was saved. /help lists what I can do.",
  /** Behind it, where another command is spelled nearly so. */
  didYouMean: "Did you mean /{command}?",
  saveAsMemo: "Save as memo",
  /** Its message is deleted. */
  tokenShown:
    "Your message showed an access token, so I deleted it and saved nothing of it. To connect your Memos account, send /bind and the token.",
  tokenInGroup: "An access token, in front of everybody! Revoke it, and send me a new one in private.",
  invitationInGroup: "An invitation, in front of everybody! Open its link yourself, before others do.",
  tokenDied:
    "Memos no longer accepts the access token of {account}. I keep what you send me. Make a new token {place} and send /bind <access token>: then I save everything.",
  away: "I was away from {from} to {until}. Telegram keeps messages for a day only: what you sent before {lostBefore} never reached me. Please forward it again.",
  memosDown: "Memos does not answer right now. I keep your messages and save them when Memos is back.",
  /** Behind it, where somebody asked for something. */
  askAgain: "What you just asked for is not done: ask again then.",

  statusBound: "You are connected to the Memos account of {name}.",
  statusReceiving: "Messages from Telegram reach me.",
  statusNotReceiving: "I have trouble reaching Telegram right now.",
  statusMemosVersion: "Memos answers (version {version}).",
  statusWaiting: "{count} {message is|messages are} waiting to be saved.",

  failedNone: "Nothing has failed: every message I accepted is saved or on its way.",
  failedHead: "{messages} could not be saved:",
  /** Behind why it failed: it was sent for an account of before. */
  failedOfOther: "You sent it for {account}.",
  staysElsewhere: "A part of it may be in that account: connect it again, then press Retry.",
  retryAll: "Retry all",
  discardAll: "Discard all",
  discardAllQuestion: "Discard {count} {message|messages}? Then {it is|they are} gone for good.",
  /** In a list, for what has no words of its own. */
  withoutText: "(no text)",

  settingsHead: "Settings for the Memos account of {name}",
  settings: {
    visibility: "Visibility",
    tags: "Tags",
    confirmation: "Confirmation",
    source_line: "Source line",
    formatting: "Formatting",
    news: "Notifications",
    publishing: "Publishing",
    language: "Language",
    time_zone: "Time zone",
    digest: "Digest",
  },
  follow: "as in {app}",
  confirmations: { reply: "reply with buttons", reaction: "reaction 👍", off: "off" },
  formattings: { as_typed: "as typed: **bold** counts", exact: "exact: every character stays" },
  /** What somebody is told of what others do in Memos. */
  newsChoices: { off: "off", comments: "comments", mentions: "mentions", all: "comments and mentions" },
  on: "on",
  off: "off",
  back: "‹ Back",
  /** How often the digest comes. */
  digests: { daily: "daily", weekly: "weekly: {day}" },
  /** The time zone of who has chosen none. */
  zoneFollows: "as the machine: {zone}",
  zoneQuestion: "Which time zone? Send a place or a name, such as Berlin, America/New_York or UTC+2.",
  badZone: "I know no time zone “{said}”. Send a place or a name, such as Berlin, America/New_York or UTC+2.",
  tagQuestion: "Which tags should every new memo get, such as #inbox #phone?",
  badTag:
    "“{tag}” is not a valid tag. Tags have letters, digits, - _ / and no spaces inside, such as #inbox #phone.",

  searchHow: 'Add what you are looking for: /search apple cake, or an exact phrase: /search "apple cake"',
  found: "{count} {memo|memos} with {query}",
  foundNone: "I found no memo of yours.",
  /** Where a person has more memos than can be looked through. */
  lookedBackTo: "I looked only at your memos since {day}.",
  listTooOld: "This list is too old. Please ask again.",
  /** With the number of the memo behind it. */
  show: "Show",
  restInMemos: "… The rest is in Memos.",
  /** Above a comment, and above a memo. */
  commentedOn: "{name} commented on “{memo}”",
  mentionedYou: "{name} mentioned you",
  couldNotSend: "I could not send it. It is in Memos.",

  /** Memos that come back at a time. */
  remind: {
    head: "Reminder",
    /** Told later than at its time. */
    wasDue: "It was due: {time}",
    unread: "I cannot read it in Memos right now.",
    when: "When?",
    hour: "1 h",
    evening: "This evening",
    tomorrow: "Tomorrow",
    done: "Done",
    snooze: "Snooze 1 h",
    past: "That time is over. Send for example /remind 18:00",
    unclear:
      "I do not understand that time. Examples:\n/remind 18:00\n/remind tomorrow\n/remind 3d\n/remind next monday 9am\n/remind every monday 9:00",
    /** In a group. */
    inPrivate: "I will tell you in our own chat.",
    none: "There is nothing to remind you of. Reply to a memo with /remind tomorrow",
    list: "{count} {reminder|reminders}",
    canceled: "There will be no reminder.",
  },

  /** What is told daily or weekly. */
  digest: {
    head: "Digest",
    thisDay: "This day in earlier years",
    thisWeek: "This week in earlier years",
    tasks: "Open tasks",
    more: "… and more.",
    /** To a press. */
    taskGone: "The memo does not have this task any more.",
  },

  replyToMemo: "Send /{command} as a reply to a message that I saved, or to my confirmation.",
  noMemoThere: "I know of no memo for that message.",
  nothingToSave: "That is a note of Telegram's: there is nothing in it to save.",
  notSavedYet: "That message is not saved, or not yet: /failed shows what could not be saved.",
  archived: "It is archived.",
  unarchive: "Take out of the archive",
  refused: "Memos did not accept this.",

  /** In a group, to who is not bound; goes before a link to the bot. */
  groupHint: "I save messages for people with a Memos account. To connect yours, write to me:",
  groupHelp:
    "Reply to a message with /save, and it becomes a memo in your own Memos account.\n/save words saves the words; so does a message that mentions me, or replies to me.\n\nAs a reply to what you saved:\n/delete, /pin, /archive, /tag #word, /remind tomorrow, /public, /protected, /private\n\nFor administrators: /bind has me save everything that is said here, /settings shows what is set.",
  /** Said in private to who gets no answer in a group. */
  closedGroup: "I may not write in {group}. What you save there is saved all the same: /recent shows it.",
  /** Above the settings of a group, which everybody there can read. */
  groupSettingsHead: "Settings of {group}",
  chatSettings: {
    mode: "What is saved",
    confirmation: "Confirmation",
    author_line: "Author",
    topic_tags: "Tag of the topic",
  },
  chatModes: { addressed: "what is said to me", all: "everything" },
  topicTags: { off: "none", topic: "#topic", title: "#group/topic" },
  groupAdminsOnly: "That is for administrators of this group who have connected their Memos account.",
  /** In a group, once somebody gave it to their account. */
  groupGiven:
    "From now on everything that is said here becomes a memo in the account of {owner}. /unbind ends that, /settings has more.",
  groupWas: "Until now it was {owner}’s.",
  groupEnded: "I save only what is said to me here, for whoever says it.",
  /** In private, to whom a group was given before. */
  groupTaken: "{by} has changed {group}: what is said there does not go to your account any more.",
  /** In private, to an administrator of a group who added the bot there. */
  groupAdded:
    "In {group} I save what is said to me, for whoever says it: /save as a reply to a message, or /save with words. To have everything saved that is said there, send /bind in the group.",
  /** In private, to whom a group was given that the bot was removed from. */
  groupLost:
    "I am not in {group} any more, so what is said there does not reach me. Add me again, and I go on.",
  /** Of a group of which everything is to be saved, while Telegram does not pass on everything; there or in private. */
  hearsLittle:
    "I do not hear everything in {group} yet. Make me an administrator of it; or whoever runs me writes /setprivacy to @BotFather, chooses @{bot} and Disable, and then I am to be removed from the group and added again.",
  /** In private, once Telegram passes on everything there. */
  hearsAll: "I hear everything in {group} now.",
  /** To whom a group was given: they are bound to no account, or to another one. */
  groupWaits:
    "What is said in {group} waits: it goes to the account {account}, and you are not connected to that. Connect it again, or connect another one and send /bind in the group.",
  /** In a group, to who writes in its name, or in a channel's. */
  whoseMemo:
    "You write in the name of a group or channel, so I cannot know who you are. Say it again under your own name.",
  /** In a group, for what would show memos; goes before a link to the bot. */
  askInPrivate: "Others read along here. Please ask me that in our own chat:",
  /** To whom the posts of a channel are saved from now on. */
  channelBound:
    "The posts of {channel} become memos of {account} from now on. I say nothing in the channel; what goes wrong I tell you here. /unbind @channel, or /unbind as a reply to one of its posts that you forward here, ends it.",
  channelUnbound: "The posts of {channel} are not saved any more.",
  /** To who made the bot an administrator there; `channelSave` is the button below. */
  channelOffer: "I am an administrator of {channel} now. Shall its posts become memos of yours?",
  aChannel: "a channel",
  channelSave: "Save its posts",
  /** To whom its posts were saved. */
  channelLost: "I am not an administrator of {channel} any more, so its posts no longer reach me.",
  channelUnknown:
    "I find no such channel. Forward one of its posts to me, and send /{command} as a reply to that.",
  channelNeedsBot: "Make me an administrator of {channel} first: only then do I get its posts.",
  channelNotYours: "Only who is an administrator of {channel} can do that.",
  channelTaken:
    "The posts of {channel} are saved for somebody else already. They can end that, or the admin of this bot.",
  channelNotBound: "The posts of {channel} are not saved.",
  /** As `groupWaits`, of a channel. */
  channelWaits:
    "The posts of {group} wait: they go to the account {account}, and you are not connected to that. Connect it again, or connect another one and send /bind for the channel.",
  /** Behind the channel and the link to the post. */
  tokenInPost:
    "It shows an access token, so I do not save it. Revoke the token in Memos, and delete the post.",
  /** What a group is offered. */
  groupCommands: {
    save: "Save a message (as a reply), or words",
    help: "What I can do here",
    settings: "What I save here (administrators)",
  },

  /** Memos in channels. */
  publish: {
    how: "Send /publish @channel as a reply to a message that I saved, or to a memo that I showed. A private channel goes by its link. You and I have to be administrators of it who may post.",
    /** Without a name. */
    several: "There are several channels: {channels}. Send /publish with one of them as a reply.",
    notFound: "I find no channel {channel}. Make me an administrator of it who may post, and try again.",
    botMayNot: "I may not post in {channel}. Make me an administrator of it who may post, and try again.",
    youMayNot: "Only administrators of {channel} who may post can publish there.",
    notPublic: "This memo is {visibility}. Publish it in {channel} for everybody to read?",
    anyway: "Publish",
    done: "Published in {channel}",
    /** Nothing had to be done, or it was changed. */
    there: "It is in {channel}, as the memo is now",
    fromThere: "This came from {channel}, so I do not publish it there.",
    nothing: "There is nothing in this memo to publish.",
    /** Why a file is missing. */
    tooBig: "Telegram takes no empty file from me, and none of more than {megabytes} MB.",
    fileGone: "Memos does not give it to me.",
    refused: "Telegram refuses it: “{words}”",
    /** The call to Telegram was not answered. */
    lost: "A memo may be in {channel} already: Telegram did not answer. Please look, then choose.",
    isThere: "It is there",
    again: "Publish again",
    gone: "A memo that I published in {channel} was deleted in Memos. Delete the post too?",
    narrowed: "A memo that I published in {channel} is {visibility} now. Delete the post?",
    remove: "Delete the post",
    keep: "Keep it",
    deleted: "The post is deleted.",
    kept: "The post stays.",
    notDeleted: "I could not delete the post in {channel}: “{words}” Please delete it there.",
    /** Behind why: what Telegram or Memos refuses, or one of the next two. */
    changed:
      "The post in {channel} cannot become what its memo is now. I can publish it again, below the old post.",
    fixed: "The files of a post, and how many messages it takes, stay.",
    unknown: "Telegram did not tell me which message it is.",
    rules:
      "PUBLIC memos with a tag go to a channel by themselves, also those that you write in Memos. Press one to remove it.",
    addRule: "Add",
    ruleQuestion: "Which tag goes to which channel? Such as {example}",
    badRule: "That is not one tag and one channel, such as {example}",
  },

  commands: {
    search: "Find your memos",
    recent: "Your newest memos",
    random: "A random memo",
    today: "Today, and this day in earlier years",
    remind: "Be reminded of a memo (as a reply)",
    reminders: "What I will remind you of",
    settings: "Visibility, tags, notifications, language",
    status: "Is everything working?",
    failed: "What could not be saved",
    delete: "Delete a memo (as a reply)",
    pin: "Pin a memo (as a reply)",
    archive: "Archive a memo (as a reply)",
    tag: "Add a tag (as a reply)",
    public: "Let everybody see a memo (as a reply)",
    protected: "Let everyone with an account see a memo (as a reply)",
    private: "Keep a memo to yourself (as a reply)",
    publish: "Publish a memo in a channel (as a reply)",
    bind: "Connect your Memos account",
    unbind: "Disconnect it",
    id: "Your Telegram id",
    help: "What I can do",
  },
  /** Behind `greeting`, in a chat before anything was said. */
  description: "Press Start, and I will tell you how to connect your account.",

  /** What stands inside memos. */
  memo: {
    /** The first that fits names a quote: what is more special stands before what comes with it. */
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
    deletedAccount: "Deleted account",
    forwardedFrom: "Forwarded from",
  },
} as const;
