import { translation } from "./catalogue.ts";

export const german = translation({
  plural: "one|other",
  languageName: "Deutsch",

  messages: "{count} {Nachricht|Nachrichten}",
  saved: "Gespeichert als {visibility}",
  savedMany: "{messages} gespeichert",
  open: "öffnen",
  pin: "Anheften",
  unpin: "Loslösen",
  delete: "Löschen",
  deleteQuestion: "Diese Notiz samt Dateien endgültig löschen? Im Archiv ist sie nur aus dem Weg.",
  archive: "Archivieren",
  cancel: "Abbrechen",
  deleted: "In Memos gelöscht.",
  memoGone: "Diese Notiz gibt es nicht mehr: Sie wurde in Memos gelöscht.",
  notYours: "Diese Notiz gehört zu einem anderen Konto.",
  tryLater: "Memos antwortet gerade nicht. Bitte versuche es gleich noch einmal.",
  couldNotDo:
    "Bei mir ist etwas schiefgegangen. Bitte versuche es noch einmal. Wenn es so bleibt, sag dem Admin Bescheid.",
  retry: "Erneut versuchen",
  discard: "Verwerfen",
  working: "Ich bin dabei …",
  discarded: "Verworfen. Es steht nicht in Memos.",
  alreadySettled: "Das ist schon erledigt.",
  noLongerKept: "Diese Nachricht habe ich nicht mehr: Bitte schick sie noch einmal.",
  missingFile: "Ohne {name}: {why}",
  tooBigForBots: "sie ist größer, als Telegram an Bots herausgibt (20 MB).",
  tooBigForMemos: "mit {megabytes} MB ist sie größer, als dieser Memos-Server annimmt.",
  tooBigForProxy: "mit {megabytes} MB ist sie zu groß für den Proxy vor Memos (nginx: client_max_body_size).",
  lostInTelegram: "Telegram hat mir die Datei einen Tag lang nicht gegeben.",
  uploadGone: "die Datei ist hier nicht mehr vorhanden.",
  refusedByMemos: "Memos nimmt sie nicht an.",
  notExported: "sie ist nicht im Export.",
  notYet: "Noch nicht gespeichert: {why} Ich versuche es weiter.",
  fileLater: "Noch ohne {name}: {why} Ich versuche es weiter.",
  waitsSince: "{what}: {why} Seit {since}.",
  waitsFor: {
    telegram: "Telegram gibt mir die Datei nicht.",
    memos: "Memos nimmt das nicht an.",
    disk: "die Datei ist hier nicht lesbar; der Admin muss TELEGRAM_FILES_DIR setzen.",
    memoferry: "hier geht etwas schief; der Admin findet es im Log.",
  },
  onlyInTelegram: "{name} liegt nur in Telegram: {why}",
  publicDisallowed: "Dieser Memos-Server erlaubt keine öffentlichen Notizen.",
  kept: "Es ist angekommen, und ich speichere es, sobald ich kann.",
  failed: "Das konnte ich nicht speichern: {why}",
  failedInGroup: "Das konnte ich nicht speichern. Warum, sagt /failed in unserem eigenen Chat.",
  failedOfGroup: "Eine Nachricht von dir in einer Gruppe konnte ich nicht speichern: {why}",
  failures: {
    refused_by_memos:
      "Memos nimmt es nicht an. Bearbeite die Nachricht, oder tippe später auf „Erneut versuchen“.",
    content_too_long: "es ist zu lang für Memos oder einen Proxy davor. Kürze es, oder erhöhe die Grenze.",
    slow_text:
      "Memos war nach zwei Minuten noch nicht damit fertig. Kürze es, oder nimm lange Zeichenreihen heraus.",
    failed_for_a_day: "es ist einen ganzen Tag lang misslungen. Tippe auf „Erneut versuchen“.",
    other_account: "du hast ein anderes Konto verbunden, bevor ich es speichern konnte.",
  },
  memosSaid: "Memos sagt: „{words}“",
  unknownContent:
    "Solche Nachrichten kenne ich noch nicht. Ich hebe sie auf: Tippe nach einem Update von memoferry auf „Erneut versuchen“.",
  unknownPart:
    "Etwas darin kenne ich noch nicht, es fehlt vielleicht. Nach einem Update von memoferry ergänze ich es.",
  albumPart: "Das ist ein Teil eines Albums: Antworte auch auf die anderen Teile mit /save.",
  replyApart:
    "Die Notiz, auf die du geantwortet hast, ist weg oder gehört zu einem anderen Konto: Das hier ist eine eigene.",
  savedComment: "Als Kommentar gespeichert",
  joined: "{messages}, eine Notiz",
  retired:
    "Das biete ich nicht mehr an. /failed zeigt, was nicht gespeichert ist; /delete löscht eine Notiz.",
  changedSince:
    "Du hast eine Nachricht bearbeitet, aber ihre Notiz wurde inzwischen in Memos geändert. Ich habe sie so gelassen.",
  overwrite: "Überschreiben",
  saveAgain: "Erneut speichern",
  editTooOld: "Die anderen Nachrichten dieser Notiz habe ich nicht mehr, darum bleibt sie, wie sie ist.",
  inComments: "Zu lang für diesen Memos-Server: Der Rest steht in {einem Kommentar|# Kommentaren} darunter.",

  inMemos: "in Memos ({at}Einstellungen › Access Tokens)",
  greetingBound: "Hallo! Was du mir schickst, wird eine Notiz im Memos-Konto von {name}. Mehr unter /help.",
  greeting: "Hallo! Was du mir schickst, lege ich als Notiz auf deinem Memos-Server ab.",
  stranger: "Ich kenne dich noch nicht, deshalb wurde nichts gespeichert.",
  sentTooEarly: "Was du vor dem Verbinden geschickt hast, wurde nicht gespeichert: schick es noch einmal.",
  notAllowed:
    "Dieser Bot ist nur für Leute auf seiner Liste. Es wurde nichts gespeichert. Deine ID für den Admin: {id}",
  yourId: "Deine Telegram-ID ist {id}",
  help: "Schick mir irgendetwas, und es wird zu einer Notiz: Texte, Fotos, ganze Alben, Dateien.\nBearbeitest du eine Nachricht, ändert sich ihre Notiz mit.\nAntwortest du auf eine Nachricht oder auf meine Antwort darauf, wird das ein Kommentar zu ihrer Notiz.",
  more: "Mehr",
  moreHelp:
    "PRIVATE: Nur du siehst die Notiz. PROTECTED: alle mit einem Konto. PUBLIC: alle.\n\nIn einer Gruppe: Antworte auf eine Nachricht mit /save, dann wird sie zu einer Notiz in deinem eigenen Konto.",
  inlineHelp: "In jedem Chat: Schreib @{bot} und was du suchst, und schick eine deiner Notizen dorthin.",
  howToBind:
    "Erstelle {place} ein Zugangstoken und schick es als\n/bind <Zugangstoken>\nIch lösche die Nachricht sofort.",
  orAskAdmin: "Oder bitte den Admin, deine Telegram-ID zu verbinden: {id}",
  leftBehind: "Nicht gespeichert: {messages} für {account}. Siehe /failed.",
  tokenRefused: "Memos hat dieses Zugangstoken nicht angenommen: {why}",
  notAToken:
    "Das ist kein vollständiges Zugangstoken. Wenn du einen Kanal meinst, setz @ vor seinen Namen, etwa /bind @kanal",
  signInToken:
    "es stammt aus einer Anmeldung und läuft nach 15 Minuten ab; ein Zugangstoken beginnt mit memos_pat_",
  tokenKept:
    "Memos antwortet gerade nicht. Ich prüfe dein Token, sobald es geht; mit /unbind vergesse ich es.",
  tokenExpired:
    "Ich konnte dein Zugangstoken nicht rechtzeitig prüfen. Schick es bitte noch einmal: /bind <Zugangstoken>",
  deleteItYourself: "Deine Nachricht konnte ich nicht löschen. Bitte lösche sie selbst.",
  tooManyTries: "Zu viele Fehlversuche. Bitte warte eine Stunde.",
  notBound: "Du bist mit keinem Memos-Konto verbunden. Wie das geht, sagt /bind.",
  unbindQuestion: "Verbindung zu {account} trennen?",
  unbindWaiting:
    "Was noch nicht gespeichert ist ({messages}), hebe ich auf, bis du {account} wieder verbindest.",
  unbindGuests: "{count} {Gast|Gäste} von dir {wird|werden} mit dir getrennt.",
  unbindYes: "Trennen",
  unbound:
    "Von {account} getrennt: Was du mir schickst, wird nicht mehr gespeichert. /bind verbindet dich wieder.",
  badInvitation: "Diese Einladung gilt nicht mehr. Bitte um eine neue, oder nimm /bind <Zugangstoken>.",
  inviterWithoutAccess:
    "Wer dich eingeladen hat, hat gerade keinen Zugriff auf Memos. Öffne den Link später noch einmal.",
  guestJoined:
    "{guest} wurde eingeladen und speichert jetzt auch in dein Memos-Konto. Die Telegram-ID ist {id}",
  guestsLeave: "/unbind trennt dich und alle, die du eingeladen hast. Einzelne kann der Admin entfernen.",
  unbindFirst:
    "Um in ein anderes Konto zu speichern, schick /unbind und öffne dann den Einladungslink noch einmal.",
  unknownCommand: "/{name} kenne ich nicht, deshalb wurde nichts gespeichert. Was ich kann, zeigt /help.",
  didYouMean: "Meintest du /{command}?",
  saveAsMemo: "Als Notiz speichern",
  tokenShown:
    "Deine Nachricht zeigte ein Zugangstoken, deshalb habe ich sie gelöscht und nichts davon gespeichert. Um dich zu verbinden, schick /bind und das Token.",
  tokenInGroup: "Ein Zugangstoken, vor allen Leuten! Widerrufe es, und schick mir privat ein neues.",
  invitationInGroup: "Eine Einladung, vor allen Leuten! Öffne ihren Link selbst, bevor es andere tun.",
  tokenDied:
    "Memos nimmt das Zugangstoken von {account} nicht mehr an. Was du mir schickst, hebe ich auf. Erstelle {place} ein neues Token und schick /bind <Zugangstoken>: Dann speichere ich alles.",
  away: "Ich war von {from} bis {until} nicht da. Telegram hebt Nachrichten nur einen Tag lang auf: Was du vor {lostBefore} geschickt hast, ist nie angekommen. Bitte leite es noch einmal weiter.",
  memosDown: "Memos antwortet gerade nicht. Ich hebe deine Nachrichten auf und speichere sie später.",
  askAgain: "Worum du eben gebeten hast, ist nicht getan: Bitte dann noch einmal darum.",

  statusBound: "Du bist mit dem Memos-Konto von {name} verbunden.",
  statusReceiving: "Nachrichten aus Telegram kommen bei mir an.",
  statusNotReceiving: "Telegram ist gerade schlecht zu erreichen.",
  statusMemosVersion: "Memos antwortet (Version {version}).",
  statusWaiting: "{count} {Nachricht wartet|Nachrichten warten} aufs Speichern.",

  failedNone:
    "Nichts ist fehlgeschlagen: Jede Nachricht, die ich angenommen habe, ist gespeichert oder unterwegs.",
  failedHead: "{count} {Nachricht ließ|Nachrichten ließen} sich nicht speichern:",
  failedOfOther: "Du hast sie für {account} geschickt.",
  staysElsewhere:
    "Ein Teil davon ist vielleicht in jenem Konto: Verbinde es wieder, und tippe dann auf „Erneut versuchen“.",
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
    news: "Benachrichtigungen",
    publishing: "Veröffentlichen",
    language: "Sprache",
    time_zone: "Zeitzone",
    digest: "Rückblick",
  },
  follow: "wie in {app}",
  confirmations: { reply: "Antwort mit Schaltflächen", reaction: "Reaktion 👍", off: "aus" },
  formattings: { as_typed: "wie getippt: **fett** gilt", exact: "genau: jedes Zeichen bleibt" },
  newsChoices: {
    off: "aus",
    comments: "Kommentare",
    mentions: "Erwähnungen",
    all: "Kommentare und Erwähnungen",
  },
  on: "an",
  off: "aus",
  back: "‹ Zurück",
  digests: { daily: "täglich", weekly: "wöchentlich: {day}" },
  zoneFollows: "wie der Rechner: {zone}",
  zoneQuestion:
    "Welche Zeitzone? Schick einen Ort oder einen Namen, etwa Berlin, America/New_York oder UTC+2.",
  badZone:
    "Eine Zeitzone „{said}“ kenne ich nicht. Schick einen Ort oder einen Namen, etwa Berlin, America/New_York oder UTC+2.",
  tagQuestion: "Welche Tags soll jede neue Notiz bekommen, etwa #eingang #handy?",
  badTag:
    "„{tag}“ ist kein gültiges Tag. Tags bestehen aus Buchstaben, Ziffern, - _ / ohne Leerzeichen, etwa #eingang #handy.",

  searchHow:
    'Schreib dazu, was du suchst: /search Apfel Kuchen, oder genau diese Wortfolge: /search "Apfel Kuchen"',
  found: "{count} {Notiz|Notizen} mit {query}",
  foundNone: "Ich habe keine Notiz von dir gefunden.",
  lookedBackTo: "Ich habe nur deine Notizen seit dem {day} durchgesehen.",
  listTooOld: "Diese Liste ist zu alt. Bitte frag noch einmal.",
  show: "Zeigen",
  restInMemos: "… Der Rest steht in Memos.",
  commentedOn: "{name} hat „{memo}“ kommentiert",
  mentionedYou: "{name} hat dich erwähnt",
  couldNotSend: "das Senden ist misslungen. Die Datei liegt in Memos.",

  remind: {
    head: "Erinnerung",
    wasDue: "Fällig war sie: {time}",
    unread: "Ich kann sie in Memos gerade nicht lesen.",
    when: "Wann?",
    hour: "1 Std.",
    evening: "Heute Abend",
    tomorrow: "Morgen",
    done: "Erledigt",
    snooze: "In 1 Std.",
    past: "Diese Zeit ist vorbei. Schick zum Beispiel /remind 18:00",
    unclear:
      "Diese Zeit verstehe ich nicht. Beispiele:\n/remind 18:00\n/remind morgen\n/remind 3d\n/remind nächsten Montag 9 Uhr\n/remind jeden Montag 9:00",
    inPrivate: "Ich melde mich in unserem eigenen Chat.",
    none: "Es gibt nichts, woran ich dich erinnern soll. Antworte auf eine Notiz mit /remind morgen",
    list: "{count} {Erinnerung|Erinnerungen}",
    canceled: "Es gibt keine Erinnerung.",
  },

  digest: {
    head: "Rückblick",
    thisDay: "Dieser Tag in früheren Jahren",
    thisWeek: "Diese Woche in früheren Jahren",
    tasks: "Offene Aufgaben",
    more: "… und mehr.",
    taskGone: "Diese Aufgabe steht nicht mehr in der Notiz.",
  },

  replyToMemo: "Schick /{command} als Antwort auf eine gespeicherte Nachricht oder auf meine Bestätigung.",
  noMemoThere: "Zu dieser Nachricht kenne ich keine Notiz.",
  nothingToSave: "Das ist ein Hinweis von Telegram: Darin gibt es nichts zu speichern.",
  notSavedYet:
    "Diese Nachricht ist nicht oder noch nicht gespeichert: /failed zeigt, was sich nicht speichern ließ.",
  archived: "Sie ist archiviert.",
  unarchive: "Aus dem Archiv holen",
  refused: "Memos hat das nicht angenommen.",

  groupHint: "Ich speichere für Leute mit einem Memos-Konto. Um deins zu verbinden, schreib mir:",
  groupHelp:
    "Antworte auf eine Nachricht mit /save, dann wird sie zu einer Notiz in deinem eigenen Memos-Konto.\n/save Wörter speichert die Wörter; ebenso eine Nachricht, die mich erwähnt oder mir antwortet.\n\nAls Antwort auf das, was du gespeichert hast:\n/delete, /pin, /archive, /tag #wort, /remind morgen, /public, /protected, /private\n\nFür Administratoren: Mit /bind speichere ich alles, was hier gesagt wird, /settings zeigt, was eingestellt ist.",
  closedGroup:
    "In {group} darf ich nicht schreiben. Was du dort speicherst, speichere ich trotzdem: siehe /recent.",
  groupSettingsHead: "Einstellungen von {group}",
  chatSettings: {
    mode: "Was gespeichert wird",
    confirmation: "Bestätigung",
    author_line: "Verfasser",
    topic_tags: "Schlagwort des Themas",
  },
  chatModes: { addressed: "was man mir sagt", all: "alles" },
  topicTags: { off: "keins", topic: "#Thema", title: "#Gruppe/Thema" },
  groupAdminsOnly: "Das können Administratoren dieser Gruppe, die ihr Memos-Konto verbunden haben.",
  groupGiven:
    "Von jetzt an wird alles, was hier gesagt wird, eine Notiz im Konto von {owner}. /unbind beendet das, mehr unter /settings.",
  groupWas: "Bisher war es das von {owner}.",
  groupEnded: "Ich speichere hier nur, was man mir sagt, für den, der es sagt.",
  groupTaken: "{by} hat {group} geändert: Was dort gesagt wird, geht nicht mehr an dein Konto.",
  groupAdded:
    "In {group} speichere ich, was man mir sagt, für den, der es sagt: /save als Antwort auf eine Nachricht oder /save mit Wörtern. Soll alles gespeichert werden, was dort gesagt wird, sende /bind in der Gruppe.",
  groupLost:
    "Ich bin nicht mehr in {group}, was dort gesagt wird, erreicht mich also nicht. Fügt mich wieder hinzu, dann mache ich weiter.",
  hearsLittle:
    "Noch höre ich in {group} nicht alles. Macht mich dort zum Administrator; oder wer mich betreibt, schreibt /setprivacy an @BotFather, wählt @{bot} und Disable, und dann entfernt ihr mich aus der Gruppe und fügt mich wieder hinzu.",
  hearsAll: "Jetzt höre ich in {group} alles.",
  groupWaits:
    "Was in {group} gesagt wird, wartet: Es geht an das Konto {account}, und mit dem bist du nicht verbunden. Verbinde es wieder, oder verbinde ein anderes und sende /bind in der Gruppe.",
  whoseMemo:
    "Du schreibst im Namen einer Gruppe oder eines Kanals: Ich kann nicht wissen, wer du bist. Sag es noch einmal unter deinem eigenen Namen.",
  askInPrivate: "Hier lesen andere mit. Frag mich das bitte in unserem eigenen Chat:",
  channelBound:
    "Was in {channel} erscheint, wird ab jetzt eine Notiz von {account}. Im Kanal sage ich nichts; was schiefgeht, erfährst du hier. /unbind @kanal beendet es, oder /unbind als Antwort auf einen seiner Beiträge, den du hierher weiterleitest.",
  channelUnbound: "Was in {channel} erscheint, wird nicht mehr gespeichert.",
  channelOffer: "Ich bin jetzt Administrator von {channel}. Sollen die Beiträge deine Notizen werden?",
  aChannel: "einem Kanal",
  channelSave: "Beiträge speichern",
  channelLost: "Ich bin nicht mehr Administrator von {channel}: Die Beiträge erreichen mich nicht mehr.",
  channelUnknown:
    "Ich finde keinen solchen Kanal. Leite mir einen seiner Beiträge weiter, und schick /{command} als Antwort darauf.",
  channelNeedsBot: "Mach mich zuerst zum Administrator von {channel}: Nur dann bekomme ich die Beiträge.",
  channelNotYours: "Das kann nur, wer {channel} verwaltet.",
  channelTaken:
    "Was in {channel} erscheint, wird schon für jemand anderen gespeichert. Das kann die Person selbst beenden, oder der Admin dieses Bots.",
  channelNotBound: "Was in {channel} erscheint, wird nicht gespeichert.",
  channelWaits:
    "Was in {group} erscheint, wartet: Es geht an das Konto {account}, und damit bist du nicht verbunden. Verbinde es wieder, oder verbinde ein anderes und schick /bind für den Kanal.",
  tokenInPost:
    "Darin steht ein Zugangstoken, deshalb speichere ich es nicht. Widerrufe das Token in Memos, und lösche den Beitrag.",
  groupCommands: {
    save: "Eine Nachricht (als Antwort) oder Wörter speichern",
    help: "Was ich hier kann",
    settings: "Was ich hier speichere (Administratoren)",
  },

  publish: {
    how: "Sende /publish @kanal als Antwort auf eine Nachricht, die ich gespeichert habe, oder auf eine Notiz, die ich gezeigt habe. Für einen privaten Kanal nimm seinen Link. Du und ich müssen dort Administratoren sein und schreiben dürfen.",
    several: "Es gibt mehrere Kanäle: {channels}. Sende /publish mit einem davon als Antwort.",
    notFound:
      "Ich finde keinen Kanal {channel}. Mach mich dort zum Administrator, der schreiben darf, und versuch es noch einmal.",
    botMayNot:
      "Ich darf in {channel} nicht schreiben. Mach mich dort zum Administrator, der schreiben darf, und versuch es noch einmal.",
    youMayNot: "Nur Administratoren von {channel}, die schreiben dürfen, können dort veröffentlichen.",
    notPublic: "Diese Notiz ist {visibility}. Soll sie in {channel} für alle zu lesen sein?",
    anyway: "Veröffentlichen",
    done: "Veröffentlicht in {channel}",
    there: "Sie steht in {channel}, so wie die Notiz jetzt ist",
    fromThere: "Das kam aus {channel}, also veröffentliche ich es dort nicht.",
    nothing: "In dieser Notiz ist nichts zu veröffentlichen.",
    tooBig: "Telegram nimmt von mir keine leere Datei und keine über {megabytes} MB.",
    fileGone: "Memos gibt sie mir nicht.",
    refused: "Telegram lehnt es ab: „{words}“",
    lost: "Eine Notiz steht vielleicht schon in {channel}: Telegram hat nicht geantwortet. Bitte sieh nach und wähle dann.",
    isThere: "Sie ist dort",
    again: "Nochmals veröffentlichen",
    gone: "Eine Notiz, die ich in {channel} veröffentlicht habe, wurde in Memos gelöscht. Auch den Beitrag löschen?",
    narrowed:
      "Eine Notiz, die ich in {channel} veröffentlicht habe, ist jetzt {visibility}. Den Beitrag löschen?",
    remove: "Beitrag löschen",
    keep: "Behalten",
    deleted: "Der Beitrag ist gelöscht.",
    kept: "Der Beitrag bleibt.",
    notDeleted: "Ich konnte den Beitrag in {channel} nicht löschen: „{words}“ Bitte lösche ihn dort.",
    changed:
      "Der Beitrag in {channel} kann nicht werden, was seine Notiz jetzt ist. Ich kann sie unter dem alten Beitrag nochmals veröffentlichen.",
    fixed: "Die Dateien eines Beitrags, und wie viele Nachrichten er braucht, bleiben.",
    unknown: "Telegram hat mir nicht gesagt, welche Nachricht es ist.",
    rules:
      "PUBLIC-Notizen mit einem Tag gehen von selbst in einen Kanal, auch die, die du in Memos schreibst. Drücke auf eine Regel, um sie zu entfernen.",
    addRule: "Hinzufügen",
    ruleQuestion: "Welches Tag geht in welchen Kanal? Zum Beispiel {example}",
    badRule: "Das ist nicht ein Tag und ein Kanal, wie zum Beispiel {example}",
  },

  commands: {
    search: "Deine Notizen durchsuchen",
    recent: "Deine neuesten Notizen",
    random: "Eine zufällige Notiz",
    today: "Heute und dieser Tag in früheren Jahren",
    remind: "An eine Notiz erinnern (als Antwort)",
    reminders: "Woran ich dich erinnern werde",
    settings: "Sichtbarkeit, Tags, Benachrichtigungen, Sprache",
    status: "Läuft alles?",
    failed: "Was sich nicht speichern ließ",
    delete: "Eine Notiz löschen (als Antwort)",
    pin: "Eine Notiz anheften (als Antwort)",
    archive: "Eine Notiz archivieren (als Antwort)",
    tag: "Tags hinzufügen (als Antwort)",
    public: "Notiz für alle sichtbar machen (als Antwort)",
    protected: "Notiz für alle mit Konto sichtbar machen (als Antwort)",
    private: "Notiz nur für dich sichtbar machen (als Antwort)",
    publish: "Eine Notiz in einem Kanal veröffentlichen (als Antwort)",
    bind: "Dein Memos-Konto verbinden",
    unbind: "Die Verbindung trennen",
    id: "Deine Telegram-ID",
    help: "Was ich kann",
  },
  description: "Tippe auf „Starten“, dann sage ich dir, wie du dein Konto verbindest.",

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
    deletedAccount: "Gelöschtes Konto",
    forwardedFrom: "Weitergeleitet von",
  },
});
