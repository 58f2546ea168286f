import { translation } from "./catalogue.ts";

export const german = translation({
  plural: "one|other",
  languageName: "Deutsch",
  quoted: "„{words}“",
  colon: ": ",

  messages: "{count} {Nachricht|Nachrichten}",
  saved: "Gespeichert als {visibility}",
  savedMany: "{messages} gespeichert",
  open: "öffnen",
  pin: "Anpinnen",
  unpin: "Pin lösen",
  delete: "Löschen",
  deleteQuestion:
    "Diese Notiz samt ihren Dateien in Memos endgültig löschen? Im Archiv ist sie aus dem Weg, und du kannst sie zurückholen.",
  deleteYes: "Ja, löschen",
  archive: "Archivieren",
  cancel: "Behalten",
  deleted: "In Memos gelöscht.",
  memoGone: "Diese Notiz gibt es nicht mehr: Sie wurde in Memos gelöscht.",
  notYours: "Diese Notiz gehört zu einem anderen Konto.",
  tryLater: "Memos antwortet gerade nicht. Bitte versuche es gleich noch einmal.",
  couldNotDo:
    "Bei mir ist etwas schiefgegangen, deshalb konnte ich das nicht tun. Bitte versuche es noch einmal. Wenn es so bleibt, sag es dem Admin.",
  done: "Erledigt",
  retry: "Erneut versuchen",
  discard: "Verwerfen",
  working: "Ich bin dabei …",
  discarded: "Verworfen. Es steht nicht in Memos.",
  alreadySettled: "Das ist schon erledigt.",
  noLongerKept: "Diese Nachricht habe ich nicht mehr: Bitte schick sie noch einmal.",
  missingFile: "Ohne {name}: {why}",
  tooBigForBots: "mit {megabytes} MB ist sie größer, als Telegram an Bots herausgibt (20 MB).",
  tooBigForBotsNoSize: "sie ist größer, als Telegram an Bots herausgibt (20 MB).",
  tooBigForMemos: "mit {megabytes} MB ist sie größer, als dieser Memos-Server annimmt.",
  tooBigForProxy:
    "mit {megabytes} MB ist sie größer, als der Proxy vor Memos durchlässt (nginx: client_max_body_size).",
  lostInTelegram: "Telegram hat mir die Datei einen Tag lang nicht gegeben.",
  onlyInTelegram: "{name} liegt nur in Telegram: {why}",
  publicDisallowed: "Dieser Memos-Server erlaubt keine öffentlichen Notizen.",
  kept: "Ich habe es und speichere es, sobald ich kann.",
  failed: "Das konnte ich nicht speichern: {why}",
  failedInGroup: "Das konnte ich nicht speichern. Warum, sagt /failed in unserem eigenen Chat.",
  failedOfGroup: "Eine Nachricht von dir in einer Gruppe konnte ich nicht speichern: {why}",
  failures: {
    refused_by_memos:
      "Memos nimmt sie nicht an. Bearbeite die Nachricht, oder tippe auf „Erneut versuchen“, wenn Memos in Ordnung gebracht ist.",
    content_too_long:
      "Memos oder ein Proxy davor nimmt so lange Texte nicht an. Kürze die Nachricht, oder tippe auf „Erneut versuchen“, wenn die Grenze erhöht ist.",
    slow_text:
      "Memos war mit dem Lesen nach zwei Minuten nicht fertig. Bearbeite die Nachricht: kürzer, oder ohne lange Reihen von Sonderzeichen.",
    failed_for_a_day:
      "Es ging einen ganzen Tag lang schief. Mit „Erneut versuchen“ probiere ich es noch einmal.",
    other_account:
      "Du hast ein anderes Konto verbunden, bevor ich sie speichern konnte. /failed zeigt, was sich tun lässt.",
  },
  memosSaid: "Memos sagt: „{words}“",
  unknownContent:
    "Diese Art von Nachricht kenne ich noch nicht. Ich hebe sie auf: Tippe nach einem Update von memoferry auf „Erneut versuchen“.",
  unknownPart:
    "Darin ist etwas, das ich noch nicht kenne: In der Notiz kann etwas fehlen. Ich hebe es auf und ergänze es nach einem Update von memoferry.",
  albumPart: "Das ist ein Teil eines Albums: Antworte auch auf die anderen Teile mit /save.",
  replyApart:
    "Die Notiz, auf die du geantwortet hast, ist gelöscht oder gehört zu einem anderen Konto; das ist eine eigene.",
  savedComment: "Als Kommentar gespeichert",
  joined: "{messages}, eine Notiz",
  retired:
    "Das biete ich nicht mehr an. /failed zeigt, was nicht gespeichert ist; /delete löscht eine Notiz, dann sende ihre Nachrichten einzeln noch einmal.",
  changedSince:
    "Du hast eine Nachricht bearbeitet, aber ihre Notiz wurde inzwischen in Memos geändert. Ich habe die Notiz gelassen, wie sie ist.",
  overwrite: "Überschreiben",
  editGone: "Du hast eine Nachricht bearbeitet, aber ihre Notiz wurde in Memos gelöscht.",
  saveAgain: "Erneut speichern",
  editTooOld:
    "Du hast eine von mehreren Nachrichten bearbeitet, die eine gemeinsame Notiz haben. Sie sind zu alt: Die anderen habe ich nicht mehr, darum bleibt die Notiz, wie sie ist.",
  inComments:
    "Der Text ist länger, als dieser Memos-Server annimmt: Der Rest steht in {einem Kommentar|# Kommentaren}.",
  lateGone: "Ein Teil, der spät kam, wurde nicht gespeichert: Die Notiz wurde inzwischen in Memos gelöscht.",

  inMemos: "in Memos ({menu})",
  inMemosAt: "in Memos unter {url} ({menu})",
  tokenMenuBefore30: "Einstellungen › Mein Konto › Zugangstoken",
  tokenMenu: "Einstellungen › Access Tokens",
  greetingBound:
    "Hallo {name}! Alles, was du mir schickst, wird zu einer Notiz in deinem Memos-Konto. Mehr unter /help.",
  guestBound:
    "Hallo! Du speicherst jetzt in das Memos-Konto von {account}: Alles, was du mir schickst, wird dort zu einer Notiz. Mehr unter /help; mit /unbind hört es auf.",
  greeting: "Hallo! Was du mir schickst, lege ich als Notiz auf deinem Memos-Server ab.",
  stranger: "Ich kenne dich noch nicht, deshalb wurde nichts gespeichert.",
  notAllowed:
    "Dieser Bot ist nur für Leute auf seiner Liste, nichts wurde gespeichert. Bitte den Admin um Aufnahme deiner ID: {id}",
  yourId: "Deine Telegram-ID ist {id}",
  help: "Schick mir irgendetwas, und es wird zu einer Notiz: Texte, Fotos, ganze Alben, Dateien. Bearbeitest du eine Nachricht, ändert sich ihre Notiz mit. Antwortest du auf sie oder auf meine Antwort, wird das ein Kommentar zu ihrer Notiz.",
  helpMore:
    "PRIVATE: nur du siehst die Notiz. PROTECTED: alle mit einem Konto. PUBLIC: alle.\n\nIn einer Gruppe: Antworte auf eine Nachricht mit /save, dann wird sie zu einer Notiz in deinem eigenen Konto.",
  howToBind:
    "Erstelle {place} ein Zugangstoken und schick es als\n/bind <Zugangstoken>\nIch lösche diese Nachricht sofort.",
  orAskAdmin: "Oder bitte den Admin, deine Telegram-ID zu verbinden: {id}",
  leftBehind:
    "Nicht gespeichert: {messages} für {account}. Mit /failed kannst du sie jetzt speichern oder verwerfen.",
  savingTo: "Ich speichere {messages} im Konto von {name}.",
  tokenRefused:
    "Memos hat dieses Zugangstoken nicht angenommen: {why}\nErstelle {place} ein neues und schick /bind <Zugangstoken>.",
  signInToken:
    "es ist das einer Anmeldung und endet nach 15 Minuten; ein Zugangstoken beginnt mit memos_pat_",
  tokenKept:
    "Memos antwortet gerade nicht, deshalb konnte ich das Token nicht prüfen. Ich hebe es verschlüsselt auf, höchstens einen Tag, prüfe es, sobald Memos wieder da ist, und sage dir dann Bescheid. Mit /unbind vergesse ich es.",
  nothingSavedYet: "Bis du verbunden bist, wird nichts gespeichert, was du mir schickst.",
  tokenForgotten:
    "Das Token, das du mir geschickt hast, habe ich vergessen. Wie du dich verbindest, sagt /bind.",
  tokenExpired:
    "Ich konnte dein Zugangstoken nicht rechtzeitig prüfen und habe es vergessen. Bitte schick es noch einmal als\n/bind <Zugangstoken>",
  deleteItYourself: "Deine Nachricht konnte ich nicht löschen. Bitte lösche sie selbst.",
  tooManyTries: "Zu viele vergebliche Versuche. Bitte warte eine Stunde.",
  notBound: "Du bist mit keinem Memos-Konto verbunden. Wie das geht, sagt /bind.",
  unbindQuestion: "Verbindung zu {account} trennen?",
  unbindWaiting:
    "{count} {Nachricht wartet|Nachrichten warten} noch aufs Speichern; ich hebe sie auf, bis du {account} wieder verbindest.",
  unbindGuests:
    "{count} {Gast|Gäste} von dir {speichert|speichern} auch in dieses Konto und {wird|werden} mit dir getrennt.",
  unbindYes: "Trennen",
  stayConnected: "Verbunden bleiben",
  stillBound: "Du bist weiterhin verbunden.",
  unbound: "Getrennt. Was du mir schickst, wird nicht mehr gespeichert. /bind verbindet dich wieder.",
  badInvitation:
    "Diese Einladung gilt nicht mehr. Jede gilt für eine Person und 24 Stunden lang. Bitte um eine neue, oder nimm /bind <Zugangstoken>.",
  inviterWithoutAccess:
    "Ich kann dich noch nicht einlassen: Wer das Konto mit dir teilt, hat selbst gerade keinen Zugriff auf Memos. Sobald von dort /bind gekommen ist, öffne den Link noch einmal.",
  guestJoined:
    "{guest} wurde eingeladen und speichert jetzt auch in dein Memos-Konto. Die Telegram-ID ist {id}",
  guestsLeave: "/unbind trennt dich und alle, die du eingeladen hast. Einzelne kann der Admin entfernen.",
  guestEnded:
    "Du speicherst nicht mehr in das Memos-Konto von {account}: Du wurdest von dort getrennt. Was du mir schickst, wird nicht mehr gespeichert. Mit /bind verbindest du ein eigenes Konto.",
  unbindFirst:
    "Um in ein anderes Konto zu speichern, schick /unbind und öffne dann den Link der Einladung noch einmal.",
  unknownCommand: "/{name} kenne ich nicht, deshalb wurde nichts gespeichert. Was ich kann, zeigt /help.",
  saveAsMemo: "Als Notiz speichern",
  tokenShown:
    "Das sieht nach einem Zugangstoken aus, deshalb speichere ich es nicht. Um dein Memos-Konto damit zu verbinden, schick /bind und das Token.",
  tokenInGroup:
    "Das war ein Zugangstoken, vor allen Leuten. Ich habe es nicht benutzt. Widerrufe es in Memos, erstelle ein neues und schick es mir in einem privaten Chat.",
  invitationInGroup:
    "Das war eine Einladung, vor allen Leuten: Wer sie zuerst öffnet, verbraucht sie. Öffne den Link in deinem eigenen Chat mit mir.",
  tokenDied:
    "Memos nimmt das Zugangstoken von {account} nicht mehr an. Was du mir schickst, hebe ich auf. Erstelle {place} ein neues Token und schick /bind <Zugangstoken>: Dann speichere ich alles.",
  away: "Ich war von {from} bis {until} nicht da. Telegram hebt Nachrichten nur einen Tag lang auf: Was du vor {lostBefore} geschickt hast, ist nie angekommen. Bitte leite es noch einmal weiter.",
  memosDown:
    "Memos antwortet gerade nicht. Ich hebe deine Nachrichten auf und speichere sie, wenn Memos wieder da ist.",

  statusBound: "Du bist mit dem Memos-Konto von {name} verbunden.",
  statusPaused:
    "Memos nimmt dein Zugangstoken nicht mehr an: Schick /bind <Zugangstoken> mit einem neuen, dann speichere ich, was wartet.",
  statusReceiving: {
    polling: "Ich hole Nachrichten bei Telegram ab (Polling).",
    webhook: "Telegram stellt mir Nachrichten zu (Webhook).",
  },
  statusNotReceiving: "Telegram ist gerade schlecht zu erreichen.",
  statusNotHeard: "Von {whom} habe ich noch nichts gehört.",
  statusMemosVersion: "Memos antwortet (Version {version}).",
  statusNoneWaiting: "Nichts wartet aufs Speichern.",
  statusWaiting: "{count} {Nachricht wartet|Nachrichten warten} aufs Speichern.",
  statusFailed: "{count} {Nachricht ließ|Nachrichten ließen} sich nicht speichern: siehe /failed.",

  failedNone: "Nichts ist fehlgeschlagen: Alles, was du geschickt hast, ist gespeichert oder unterwegs.",
  failedHead: "{count} {Nachricht ließ|Nachrichten ließen} sich nicht speichern:",
  failedOfOther:
    "Du hast sie für {account} geschickt. „Erneut versuchen“ speichert sie in deinem jetzigen Konto.",
  failedStaysWith:
    "Du hast sie für {account} geschickt, und ein Teil davon ist vielleicht schon dort: Verbinde dieses Konto wieder und versuche es dann erneut.",
  staysElsewhere:
    "Ein Teil davon ist vielleicht in dem Konto, für das du sie geschickt hast: Verbinde es wieder und versuche es dann erneut.",
  retryAll: "Alle erneut versuchen",
  discardAll: "Alle verwerfen",
  discardAllQuestion: "{messages} endgültig verwerfen?",
  withoutText: "(ohne Text)",

  settingsHead: "Einstellungen für das Memos-Konto von {name}",
  settings: {
    visibility: "Sichtbarkeit",
    tags: "Tags",
    confirmation: "Bestätigung",
    source_line: "Quellenzeile",
    formatting: "Formatierung",
    language: "Sprache",
  },
  settingsHint: {
    visibility:
      "Wer darf neue Notizen sehen: nur du (PRIVATE), alle mit einem Konto (PROTECTED) oder alle (PUBLIC)?",
    tags: "Antworte auf meine Frage mit den Tags, die jede neue Notiz bekommen soll.",
    confirmation: "Wie soll ich dir sagen, dass eine Nachricht gespeichert ist?",
    source_line: "Soll eine weitergeleitete Nachricht mit einer Zeile beginnen, woher sie kommt?",
    formatting:
      "Wie getippt: Was du als Markdown schreibst, gilt, etwa **fett**. Genau: Jedes Zeichen bleibt, wie du es siehst.",
    language: "Welche Sprache soll ich sprechen?",
  },
  followMemos: "wie in Memos",
  followTelegram: "wie in Telegram ({language})",
  confirmations: { reply: "Antwort mit Schaltflächen", reaction: "Reaktion 👍", off: "aus" },
  formattings: { as_typed: "wie getippt", exact: "genau" },
  on: "an",
  off: "aus",
  none: "keine",
  back: "‹ Zurück",
  noTags: "Keine Tags",
  tagQuestion: "Welche Tags soll jede neue Notiz bekommen, etwa #eingang #handy?",
  tagsSet: "Jede neue Notiz bekommt {tags}.",
  badTag:
    "„{tag}“ ist kein gültiges Tag. Tags bestehen aus Buchstaben, Ziffern, - _ / und haben keine Leerzeichen: #eingang #vom/handy",
  tooManyTags: "Das sind zu viele Tags: höchstens {limit}.",

  searchHow:
    'Schick, was du suchst, etwa\n/search Apfelkuchen Rezept\noder Wörter in ihrer Reihenfolge:\n/search "Rezept für Apfelkuchen"',
  found: "{count} {Notiz|Notizen} mit {query}",
  foundMany: "Die neuesten {limit} Notizen mit {query}",
  foundNone: "Keine deiner Notizen enthält {query}.",
  recent: "Deine neuesten Notizen",
  recentNone: "Du hast noch keine Notizen. Schick mir etwas.",
  random: "Eine deiner Notizen",
  today: "An diesem Tag in früheren Jahren",
  todayNone: "An diesem Tag hast du in früheren Jahren nichts geschrieben.",
  lookedBackTo: "Ich habe nur deine Notizen seit dem {day} durchgesehen.",
  filesOnly: "({count} {Datei|Dateien})",
  gone: "(inzwischen gelöscht)",
  listTooOld: "Diese Liste ist zu alt. Bitte such noch einmal.",
  show: "Zeigen",
  restInMemos: "… Der Rest steht in Memos.",
  tooBigToSend: "mit {megabytes} MB ist sie größer, als ein Bot senden darf. Sie liegt in Memos.",
  couldNotSend: "das Senden ist misslungen. Die Datei liegt in Memos.",

  replyToMemo:
    "Schick /{command} als Antwort auf eine Nachricht, die ich gespeichert habe, oder auf meine Bestätigung.",
  noMemoThere: "Zu dieser Nachricht kenne ich keine Notiz.",
  notSavedYet: "Diese Nachricht ist noch nicht gespeichert. Bitte versuche es wieder, sobald sie es ist.",
  notSavedAtAll: "Diese Nachricht ließ sich nicht speichern: /failed zeigt, warum.",
  pinned: "Angepinnt.",
  archived: "Archiviert.",
  unarchive: "Aus dem Archiv holen",
  tagHow: "Schick es mit dem Tag, als Antwort auf eine gespeicherte Nachricht:\n/tag #wort",
  tagged: "Mit {tags} versehen.",
  refused: "Memos hat das nicht angenommen.",

  groupHint:
    "Ich speichere Nachrichten für Leute, die ihr Memos-Konto mit mir verbunden haben. Um deins zu verbinden, schreib mir:",
  groupHelp:
    "Antworte auf eine Nachricht mit /save, dann wird sie zu einer Notiz in deinem eigenen Memos-Konto.\n/save Wörter speichert die Wörter; ebenso eine Nachricht, die mich erwähnt oder mir antwortet.\n\nAls Antwort auf das, was du gespeichert hast:\n/delete, /pin, /archive, /tag #wort, /public, /protected, /private",
  askInPrivate: "Hier lesen andere mit. Frag mich das bitte in unserem eigenen Chat:",
  saveHow:
    "Schick /save als Antwort auf die Nachricht, die ich speichern soll, oder mit den Wörtern: /save Milch kaufen",
  saveHere:
    "Hier speichere ich alles, was du mir schickst. /save ist für Gruppen, als Antwort auf eine Nachricht.",
  groupCommands: { save: "Eine Nachricht (als Antwort) oder Wörter speichern", help: "Was ich hier kann" },

  commands: {
    search: "Deine Notizen durchsuchen",
    recent: "Deine neuesten Notizen",
    random: "Eine zufällige Notiz",
    today: "Dieser Tag in früheren Jahren",
    settings: "Sichtbarkeit, Tags, Bestätigung, Sprache",
    status: "Läuft alles?",
    failed: "Was sich nicht speichern ließ",
    delete: "Eine Notiz löschen (als Antwort)",
    pin: "Eine Notiz anpinnen (als Antwort)",
    archive: "Eine Notiz archivieren (als Antwort)",
    tag: "Tags hinzufügen (als Antwort)",
    public: "Notiz für alle sichtbar machen (als Antwort)",
    protected: "Notiz für alle mit Konto sichtbar machen (als Antwort)",
    private: "Notiz nur für dich sichtbar machen (als Antwort)",
    bind: "Dein Memos-Konto verbinden",
    unbind: "Es trennen",
    id: "Deine Telegram-ID",
    help: "Was ich kann",
  },
  description:
    "Was du mir schickst, wird zu einer Notiz auf deinem Memos-Server: Texte, Fotos, ganze Alben, Dateien. Nichts geht verloren, auch wenn Memos eine Weile nicht läuft.\n\nTippe auf „Starten“, dann sage ich dir, wie du dein Konto verbindest.",
  shortDescription: "Was du mir schickst, wird zu einer Notiz auf deinem Memos-Server.",

  memo: {
    kinds: {
      text: "Nachricht",
      animation: "GIF",
      audio: "Audio",
      paid_media: "Bezahlte Medien",
      photo: "Foto",
      sticker: "Sticker",
      story: "Story",
      video: "Video",
      video_note: "Videonachricht",
      voice: "Sprachnachricht",
      document: "Datei",
      checklist: "Checkliste",
      contact: "Kontakt",
      dice: "Würfel",
      game: "Spiel",
      poll: "Umfrage",
      location: "Standort",
      invoice: "Rechnung",
      giveaway: "Verlosung",
    },
    liveLocation: "Live-Standort",
    deletedAccount: "Gelöschtes Konto",
    storyOf: "Story von",
    forwardedFrom: "Weitergeleitet von",
    giveawayOf: "Verlosung von",
  },
});
