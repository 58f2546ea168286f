import { createDays, createPlurals, minute } from "./plurals.ts";
import type { Texts, TokenPlace } from "./texts.ts";

const plural = createPlurals("es");
const messages = (count: number) =>
  plural(count, { one: "# mensaje", many: "# de mensajes", other: "# mensajes" });
const wait = (count: number) => plural(count, { one: "espera", many: "esperan", other: "esperan" });
/** By the names in the menu of Memos, where 0.30 has its new entry in English only. */
const inMemos = ({ url, ownPage }: TokenPlace) =>
  `en Memos${url === null ? "" : `, en ${url}`} (Configuración › ${ownPage ? "Access Tokens" : "Mi cuenta › Tokens de acceso"})`;

export const spanish: Texts = {
  language: "es",
  languageName: "Español",
  day: createDays("es"),
  quoted: (words) => `«${words}»`,
  colon: ": ",

  saved: (visibility) => `Guardado como ${visibility}`,
  savedMany: (count) =>
    plural(count, {
      one: "# mensaje guardado",
      many: "# de mensajes guardados",
      other: "# mensajes guardados",
    }),
  open: "abrir",
  pin: "Fijar",
  unpin: "Desfijar",
  delete: "Borrar",
  deleteQuestion:
    "¿Borrar esta nota de Memos para siempre, con sus archivos? En el archivo no estorba y se puede recuperar.",
  deleteYes: "Sí, borrar",
  archive: "Archivar",
  cancel: "Conservar",
  deleted: "Borrada de Memos.",
  memoGone: "Esta nota ya no existe: se ha borrado en Memos.",
  notYours: "Esta nota es de otra cuenta.",
  tryLater: "Memos no responde ahora mismo. Inténtalo de nuevo dentro de un momento.",
  couldNotDo:
    "Algo ha fallado por mi parte, así que no he podido hacerlo. Inténtalo otra vez. Si sigue igual, díselo al administrador.",
  done: "Hecho",
  retry: "Reintentar",
  discard: "Descartar",
  retrying: "Lo intento otra vez…",
  discarded: "Descartado. No está en Memos.",
  alreadySettled: "Eso ya está resuelto.",
  noLongerKept: "Ya no tengo este mensaje: envíamelo otra vez, por favor.",
  missingFile: (name, why) => `Sin ${name}: ${why}`,
  tooBigForBots: (size) =>
    size === null
      ? "pesa más de lo que Telegram entrega a los bots (20 MB)."
      : `pesa ${size} MB, más de lo que Telegram entrega a los bots (20 MB).`,
  tooBigForMemos: (size) => `pesa ${size} MB, más de lo que admite este servidor de Memos.`,
  tooBigForProxy: (size) =>
    `pesa ${size} MB, más de lo que deja pasar el proxy que está delante de Memos (nginx: client_max_body_size).`,
  lostInTelegram: "Telegram lleva un día sin darme el archivo.",
  onlyInTelegram: (name, why) => `${name} está solo en Telegram: ${why}`,
  publicDisallowed: "Este servidor de Memos no permite notas públicas.",
  kept: "Lo tengo, y lo guardo en cuanto pueda.",
  failed: (why) => `No he podido guardar esto: ${why}`,
  failedInGroup: "No he podido guardar esto. /failed en nuestro propio chat dice por qué.",
  failedOfGroup: (why) => `No he podido guardar un mensaje tuyo de un grupo: ${why}`,
  failures: {
    refused_by_memos:
      "Memos no lo acepta. Edita el mensaje, o pulsa «Reintentar» cuando Memos esté arreglado.",
    content_too_long:
      "Memos, o un proxy delante de él, no acepta textos tan largos. Acorta el mensaje, o pulsa «Reintentar» cuando se haya subido el límite.",
    slow_text:
      "Memos no terminó de leerlo en dos minutos. Edita el mensaje: más corto, o sin largas series de signos especiales.",
    failed_for_a_day: "ha fallado durante todo un día. Pulsa «Reintentar» para probar otra vez.",
    other_account:
      "conectaste otra cuenta antes de que pudiera guardarlo. /failed muestra qué se puede hacer.",
  },
  memosSaid: (words) => `Memos dice: «${words}»`,
  unknownContent:
    "Todavía no conozco este tipo de mensaje. Lo conservo: pulsa «Reintentar» después de actualizar memoferry.",
  unknownPart:
    "Hay algo en el mensaje que todavía no conozco: puede que en la nota falte algo. Lo conservo y lo añado cuando se actualice memoferry.",
  albumPart: "Esto es solo una parte de un álbum: responde con /save también a las demás.",
  replyGone: "La nota a la que respondiste ya no existe, así que esto es una nota aparte.",
  replyNotYours: "La nota a la que respondiste es de otra cuenta, así que esto es una nota aparte.",
  savedComment: "Guardado como comentario",
  joined: (count) => `${messages(count)}, una sola nota`,
  separateRetired:
    "Ya no separo los mensajes que comparten una nota. Borra la nota con /delete y envíalos de nuevo, uno a uno.",
  strandedRetired:
    "Estos mensajes están ahora en /failed: allí puedes guardarlos en tu cuenta de ahora o descartarlos.",
  changedSince:
    "Editaste un mensaje, pero su nota se cambió entretanto en Memos. He dejado la nota como está.",
  placeFollows:
    "El lugar de tu nota sigue tu ubicación en tiempo real. Lo que dice la nota se cambió en Memos: eso lo he dejado como está.",
  overwrite: "Sobrescribir",
  overwriting: "La sobrescribo…",
  editGone: "Editaste un mensaje, pero su nota se borró en Memos.",
  saveAgain: "Guardar de nuevo",
  savingAgain: "La guardo de nuevo…",
  editTooOld:
    "Editaste uno de varios mensajes que comparten una nota. Son demasiado antiguos: ya no tengo los otros, así que la nota queda como está.",
  inParts: (count) =>
    `Es más largo de lo que admite este servidor de Memos: el resto está en ${count === 1 ? "un comentario" : `${count} comentarios`} debajo.`,
  lateGone: "Una parte que llegó tarde no se ha guardado: su nota se borró entretanto en Memos.",

  greetingBound: (name) =>
    `¡Hola! Lo que me envíes aquí será una nota en la cuenta de Memos de ${name}. Envía un texto, una foto o un archivo. Más en /help.`,
  greetingUnbound: (id, place) =>
    `¡Hola! Convierto lo que me envías en notas de tu servidor de Memos.\n\nPara empezar, crea un token de acceso ${inMemos(place)} y envíalo así:\n/bind <token>\nBorro ese mensaje enseguida.\n\nO pide al administrador que conecte tu ID de Telegram: ${id}`,
  stranger: (id, place) =>
    `Todavía no te conozco, así que no se ha guardado nada.\n\nPara guardar notas, crea un token de acceso ${inMemos(place)} y envíalo así:\n/bind <token>\n\nO pide al administrador que conecte tu ID de Telegram: ${id}`,
  notAllowed: (id) => `Este bot es privado, así que no se ha guardado nada. Tu ID de Telegram es ${id}`,
  yourId: (id) => `Tu ID de Telegram es ${id}`,
  help: [
    "Envíame cualquier cosa y será una nota: textos, fotos, álbumes enteros, archivos.",
    "Si editas un mensaje, su nota cambia con él. Si respondes a él o a mi respuesta, eso será un comentario de su nota.",
    "",
    "/search palabras – buscar en tus notas",
    "/recent, /random, /today – las últimas, una al azar, este día en otros años",
    "«Mostrar», debajo de una lista, te envía la nota con sus archivos.",
    "/settings – visibilidad, etiquetas, confirmación, idioma",
    "/status – ¿va todo bien?",
    "/failed – lo que no se pudo guardar",
    "",
    "Como respuesta a un mensaje guardado:",
    "/delete, /pin, /archive, /tag #palabra, /public, /protected, /private",
    "Debajo de cada mensaje guardado hay botones para lo mismo. PRIVATE: solo tú ves la nota. PROTECTED: quien tenga cuenta. PUBLIC: todo el mundo.",
    "",
    "En un grupo: responde a un mensaje con /save y será una nota en tu propia cuenta.",
    "",
    "/bind <token> – conectar tu cuenta de Memos",
    "/unbind – desconectarla",
    "/id – tu ID de Telegram",
  ].join("\n"),
  helpUnbound: (place) =>
    `Lo que me envíes será una nota en tu servidor de Memos, en cuanto tu cuenta esté conectada:\n\n1. Crea un token de acceso ${inMemos(place)}.\n2. Envíamelo así:\n/bind <token>\nBorro ese mensaje enseguida.\n\n/id – tu ID de Telegram, por si te conecta el administrador`,
  howToBind: (place) =>
    `Crea un token de acceso ${inMemos(place)} y envíalo así:\n/bind <token>\nBorro ese mensaje enseguida.`,
  bound: (name) =>
    `¡Hola, ${name}! Desde ahora, lo que me envíes será una nota en tu cuenta de Memos. Más en /help.`,
  guestBound: (account) =>
    `¡Hola! Ahora guardas en la cuenta de Memos de ${account}: lo que me envíes será una nota allí. Más en /help; /unbind lo termina.`,
  boundAndReleased: (name, waiting) =>
    `¡Hola, ${name}! Vuelvo a estar conectado a tu cuenta de Memos y guardo lo que tenía para ti: ${messages(waiting)}.`,
  leftBehind: (account, count) =>
    `Sin guardar para ${account}: ${messages(count)}. Con /failed puedes guardarlos ahora o descartarlos.`,
  savingTo: (name, count) => `Guardo ${messages(count)} en la cuenta de ${name}.`,
  tokenRefused: (why, place) =>
    `Memos no ha aceptado este token de acceso: ${why}\nCrea uno nuevo ${inMemos(place)} y envía /bind <token>.`,
  tokenHints: {
    not_personal:
      "los tokens creados antes de Memos 0.26 ya no funcionan, y el de un inicio de sesión caduca a los 15 minutos; un token de acceso empieza por memos_pat_",
    of_newer_memos: "lo creó un Memos más nuevo; los tokens de este empiezan por eyJ",
    perhaps_lost: "si lo acabas de crear: Memos 0.26 a 0.29 pierden de vez en cuando un token nuevo",
  },
  tokenKept:
    "Memos no responde ahora mismo, así que no he podido comprobar el token. Lo guardo cifrado, un día como mucho, lo compruebo cuando Memos vuelva y entonces te aviso. Con /unbind lo olvido.",
  nothingSavedYet: "Hasta que te conecte no se guarda nada de lo que me envíes.",
  tokenForgotten: "He olvidado el token que me enviaste. /bind explica cómo conectarte.",
  tokenExpired:
    "No he podido comprobar tu token de acceso a tiempo y lo he olvidado. Envíalo otra vez así, por favor:\n/bind <token>",
  deleteItYourself: "No he podido borrar tu mensaje. Bórralo tú, por favor.",
  tooManyTries: "Demasiados intentos fallidos. Espera una hora, por favor.",
  notBound: "No tienes ninguna cuenta de Memos conectada. /bind explica cómo hacerlo.",
  unbindQuestion: (account, waiting, guests) =>
    [
      `¿Desconectar de ${account}?`,
      ...(waiting > 0
        ? [
            `Todavía ${wait(waiting)} ${messages(waiting)} por guardar; los conservo hasta que vuelvas a conectar ${account}.`,
          ]
        : []),
      ...(guests > 0
        ? [
            plural(guests, {
              one: "# invitado tuyo guarda también en esta cuenta y se desconecta contigo.",
              many: "# de invitados tuyos guardan también en esta cuenta y se desconectan contigo.",
              other: "# invitados tuyos guardan también en esta cuenta y se desconectan contigo.",
            }),
          ]
        : []),
    ].join("\n"),
  unbindYes: "Desconectar",
  stayConnected: "Seguir conectado",
  stillBound: "Sigues conectado.",
  unbound: "Desconectado. Lo que me envíes ya no se guarda. /bind te conecta de nuevo.",
  unboundWaiting: (waiting) => `Conservo ${messages(waiting)} hasta que vuelvas a conectar esa cuenta.`,
  unboundGuests: (guests) =>
    plural(guests, {
      one: "Tu invitado también está desconectado.",
      many: "Tus # de invitados también están desconectados.",
      other: "Tus # invitados también están desconectados.",
    }),
  badInvitation:
    "Esta invitación ya no vale. Cada una sirve para una persona y durante 24 horas. Pide otra o usa /bind <token>.",
  invited: (place) =>
    `¡Hola! Convierto lo que me envías en notas de un servidor de Memos.\n\nPara empezar, crea un token de acceso ${inMemos(place)} y envíalo así:\n/bind <token>\nBorro ese mensaje enseguida.`,
  invitedNotAllowed: (id) =>
    `Tienes una invitación, pero este bot es solo para las personas de su lista. No se ha guardado nada y la invitación sigue sin usar. Pide al administrador que añada tu ID de Telegram a ALLOWED_USERS y abre el enlace otra vez: ${id}`,
  inviterWithoutAccess:
    "Todavía no puedo darte acceso: quien comparte su cuenta contigo no tiene acceso a Memos ahora mismo. Cuando haya enviado /bind, abre el enlace otra vez.",
  guestJoined: (guest, id) =>
    `${guest} ha recibido una invitación y ahora también guarda en tu cuenta de Memos. Su ID de Telegram es ${id}`,
  guestsLeave:
    "/unbind te desconecta a ti y a quienes has invitado. Quien administra puede quitar a uno solo.",
  guestEnded: (account) =>
    `Ya no guardas en la cuenta de Memos de ${account}: te han desconectado. Lo que me envíes ya no se guarda. /bind conecta una cuenta tuya.`,
  unbindFirst: "Para guardar en otra cuenta, envía /unbind y abre otra vez el enlace de la invitación.",
  unknownCommand: (name) =>
    `No conozco /${name}, así que no se ha guardado nada. /help dice lo que sé hacer.`,
  saveAsMemo: "Guardar como nota",
  savingAsMemo: "Lo guardo como nota…",
  tokenShown:
    "Eso parece un token de acceso, así que no lo guardo. Para conectar con él tu cuenta de Memos, envía /bind y el token.",
  tokenInGroup:
    "Eso era un token de acceso, a la vista de todos. No lo he usado. Revócalo en Memos, crea otro y envíamelo en un chat privado.",
  invitationInGroup:
    "Eso era una invitación, a la vista de todos: quien la abra primero la gasta. Abre el enlace en tu propio chat conmigo.",
  tokenDied: (account, place) =>
    `Memos ya no acepta el token de acceso de ${account}. Conservo lo que me envíes. Crea un token nuevo ${inMemos(place)} y envía /bind <token>: entonces lo guardo todo.`,
  away: (from, until, lostBefore) =>
    `No estuve desde ${minute(from)} hasta ${minute(until)}. Telegram guarda los mensajes solo un día: lo que enviaste antes de ${minute(lostBefore)} no me llegó. Reenvíalo, por favor.`,
  memosDown: "Memos no responde ahora mismo. Conservo tus mensajes y los guardo cuando Memos vuelva.",

  statusBound: (name) => `Tienes conectada la cuenta de Memos de ${name}.`,
  statusPaused:
    "Memos ya no acepta tu token de acceso: envía /bind <token> con uno nuevo y guardaré lo que espera.",
  statusReceiving: (mode) =>
    mode === "webhook"
      ? "Telegram me entrega los mensajes (webhook)."
      : "Pido los mensajes a Telegram (polling).",
  statusNotReceiving: "Ahora mismo la conexión con Telegram es mala.",
  statusMemos: (version) => `Memos responde${version === null ? "" : ` (versión ${version})`}.`,
  statusMemosAway: "Memos no responde ahora mismo. Conservo lo que envíes y lo guardo cuando vuelva.",
  statusWaiting: (count) =>
    count === 0
      ? "No hay nada pendiente de guardar."
      : plural(count, {
          one: "# mensaje pendiente de guardar.",
          many: "# de mensajes pendientes de guardar.",
          other: "# mensajes pendientes de guardar.",
        }),
  statusAway: (from, until, lostBefore) =>
    `La última vez que no estuve fue desde ${minute(from)} hasta ${minute(until)}: puede que lo que enviaste antes de ${minute(lostBefore)} no me llegara. Si falta algo, reenvíalo.`,
  statusFailed: (count) =>
    count === 0
      ? "Nada ha fallado."
      : plural(count, {
          one: "# mensaje no se pudo guardar: míralo en /failed.",
          many: "# de mensajes no se pudieron guardar: míralos en /failed.",
          other: "# mensajes no se pudieron guardar: míralos en /failed.",
        }),

  failedNone: "Nada ha fallado: todo lo que enviaste está guardado o en camino.",
  failedHead: (count) =>
    plural(count, {
      one: "# mensaje no se pudo guardar:",
      many: "# de mensajes no se pudieron guardar:",
      other: "# mensajes no se pudieron guardar:",
    }),
  failedOfOther: (account) => `Lo enviaste para ${account}. «Reintentar» lo guarda en tu cuenta de ahora.`,
  failedStaysWith: (account) =>
    `Lo enviaste para ${account}, y puede que una parte ya esté allí: conecta esa cuenta de nuevo y pulsa entonces «Reintentar».`,
  staysElsewhere:
    "Puede que una parte esté en la cuenta para la que lo enviaste: conéctala de nuevo y pulsa entonces «Reintentar».",
  retryAll: "Reintentar todo",
  discardAll: "Descartar todo",
  discardAllQuestion: (count) => `¿Descartar ${messages(count)} para siempre?`,
  withoutText: "(sin texto)",

  settingsHead: (name) => `Ajustes para la cuenta de Memos de ${name}`,
  settings: {
    visibility: "Visibilidad",
    tags: "Etiquetas",
    confirmation: "Confirmación",
    source_line: "Línea de origen",
    formatting: "Formato",
    language: "Idioma",
  },
  settingsHint: {
    visibility:
      "¿Quién puede ver las notas nuevas: solo tú (PRIVATE), quien tenga cuenta (PROTECTED) o todo el mundo (PUBLIC)?",
    tags: "Responde a mi pregunta con las etiquetas que llevará cada nota nueva.",
    confirmation: "¿Cómo te digo que un mensaje está guardado?",
    source_line: "¿Debe empezar un mensaje reenviado con una línea que diga de dónde viene?",
    formatting:
      "Como lo escribes: vale el Markdown que escribas, como **negrita**. Exacto: cada carácter queda como lo ves.",
    language: "¿En qué idioma te hablo?",
  },
  followMemos: "como en Memos",
  followTelegram: (language) => `como en Telegram (${language})`,
  confirmations: { reply: "respuesta con botones", reaction: "reacción 👍", off: "ninguna" },
  formattings: { as_typed: "como lo escribes", exact: "exacto" },
  on: "sí",
  off: "no",
  none: "ninguna",
  back: "‹ Volver",
  noTags: "Sin etiquetas",
  tagQuestion: "¿Qué etiquetas llevará cada nota nueva, por ejemplo #entrada #móvil?",
  tagsSet: (tags) => `Cada nota nueva llevará ${tags}.`,
  badTag: (tag) =>
    `«${tag}» no es una etiqueta válida. Las etiquetas llevan letras, cifras, - _ / y ningún espacio: #entrada #del/móvil`,
  tooManyTags: (limit) => `Son demasiadas etiquetas: ${limit} como mucho.`,

  searchHow:
    'Envía lo que buscas, por ejemplo\n/search tarta manzana\no palabras en su orden:\n/search "tarta de manzana"',
  found: (count, query) =>
    `${plural(count, { one: "# nota", many: "# de notas", other: "# notas" })} con ${query}`,
  foundMany: (limit, query) => `Las últimas ${limit} notas con ${query}`,
  foundNone: (query) => `Ninguna de tus notas contiene ${query}.`,
  recent: "Tus últimas notas",
  recentNone: "Todavía no tienes notas. Envíame algo.",
  random: "Una de tus notas",
  today: "Este día en otros años",
  todayNone: "Este día no escribiste nada en otros años.",
  lookedBackTo: (day) => `Solo he mirado tus notas desde el ${day}.`,
  filesOnly: (count) => plural(count, { one: "(# archivo)", many: "(# de archivos)", other: "(# archivos)" }),
  emptyMemo: "(vacía)",
  gone: "(borrada entretanto)",
  listTooOld: "Esta lista es demasiado antigua. Pregunta otra vez, por favor.",
  show: "Mostrar",
  restInMemos: "… El resto está en Memos.",
  tooBigToSend: (size) => `pesa ${size} MB, más de lo que un bot puede enviar. Está en Memos.`,
  couldNotSend: "no he podido enviarlo. Está en Memos.",
  memosSlow: "Memos tarda demasiado en responder. Inténtalo de nuevo dentro de un momento.",

  replyToMemo: (command) => `Envía /${command} como respuesta a un mensaje que guardé o a mi confirmación.`,
  noMemoThere: "No conozco ninguna nota para ese mensaje.",
  notSavedYet: "Ese mensaje aún no está guardado. Inténtalo de nuevo cuando lo esté.",
  notSavedAtAll: "Ese mensaje no se pudo guardar: /failed muestra por qué.",
  pinned: "Está fijada.",
  archived: "Está archivada.",
  unarchive: "Sacar del archivo",
  tagHow: "Envíalo con la etiqueta, como respuesta a un mensaje guardado:\n/tag #palabra",
  tagged: (tags) => `Etiquetada con ${tags}.`,
  refused: "Memos no ha aceptado esto.",

  groupHint:
    "Guardo mensajes para quienes han conectado su cuenta de Memos conmigo. Para conectar la tuya, escríbeme:",
  groupHelp: [
    "Responde a un mensaje con /save y se convierte en una nota en tu propia cuenta de Memos.",
    "/save palabras guarda las palabras; también un mensaje que me mencione o me responda.",
    "",
    "Como respuesta a lo que guardaste:",
    "/delete, /pin, /archive, /tag #palabra, /public, /protected, /private",
  ].join("\n"),
  askInPrivate: "Aquí leen otras personas. Por favor, pregúntamelo en nuestro propio chat:",
  saveHow:
    "Envía /save como respuesta al mensaje que quieres guardar, o con las palabras: /save comprar leche",
  saveHere: "Aquí guardo todo lo que me envías. /save es para los grupos, como respuesta a un mensaje.",
  groupCommands: { save: "Guardar un mensaje (como respuesta) o palabras", help: "Lo que puedo hacer aquí" },

  commands: {
    search: "Buscar en tus notas",
    recent: "Tus últimas notas",
    random: "Una nota al azar",
    today: "Este día en otros años",
    settings: "Visibilidad, etiquetas, confirmación, idioma",
    status: "Comprobar si todo va bien",
    failed: "Lo que no se pudo guardar",
    delete: "Borrar una nota (como respuesta)",
    pin: "Fijar una nota (como respuesta)",
    archive: "Archivar una nota (como respuesta)",
    tag: "Añadir etiquetas (como respuesta)",
    public: "Mostrar una nota a todo el mundo (como respuesta)",
    protected: "Mostrar una nota a quien tenga cuenta (como respuesta)",
    private: "Dejar una nota solo para ti (como respuesta)",
    bind: "Conectar tu cuenta de Memos",
    unbind: "Desconectarla",
    id: "Tu ID de Telegram",
    help: "Lo que sé hacer",
  },
  description:
    "Convierto lo que me envías en notas de tu servidor de Memos: textos, fotos, álbumes enteros, archivos. No se pierde nada, aunque Memos deje de funcionar un rato.\n\nPulsa «Iniciar» y te digo cómo conectar tu cuenta.",
  shortDescription: "Lo que me envías será una nota en tu servidor de Memos.",
};
