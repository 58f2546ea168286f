import { createDays, createPlurals, minute } from "../plurals.ts";
import type { Texts } from "../texts.ts";

const plural = createPlurals("es");
const messages = (count: number) =>
  plural(count, { one: "# mensaje", many: "# de mensajes", other: "# mensajes" });
const wait = (count: number) => plural(count, { one: "espera", many: "esperan", other: "esperan" });

export const spanish: Texts = {
  language: "es",
  languageName: "Español",
  day: createDays("es"),

  saved: (visibility) => `Guardado como ${visibility}`,
  savedMany: (count) =>
    plural(count, {
      one: "# mensaje guardado",
      many: "# de mensajes guardados",
      other: "# mensajes guardados",
    }),
  open: "abrir",
  pin: "Fijar",
  unpin: "Soltar",
  delete: "Borrar",
  deleteQuestion: "¿Borrar esta nota de Memos, con sus archivos? Durante un minuto se puede deshacer.",
  deleteYes: "Sí, borrar",
  cancel: "Conservar",
  deleted: "Borrada de Memos.",
  deletedForNow: "Borrada. Durante un minuto puedes deshacerlo.",
  undo: "Deshacer",
  restored: "La nota ha vuelto.",
  undoLater: "Memos no responde ahora mismo. Recuperaré la nota en cuanto responda.",
  notDeleted: "No he borrado esta nota: entretanto se ha cambiado en Memos.",
  memoGone: "Esta nota ya no existe: alguien la ha borrado en Memos.",
  notYours: "Esta nota es de otra cuenta.",
  stalePress: "No estaba cuando pulsaste el botón. Púlsalo otra vez, por favor.",
  tryLater: "Memos no responde ahora mismo. Inténtalo de nuevo dentro de un momento.",
  done: "Hecho",
  retry: "Reintentar",
  discard: "Descartar",
  retrying: "Lo intento otra vez…",
  discarded: "Descartado. No está en Memos.",
  alreadySettled: "Eso ya está resuelto.",
  missingFile: (name, why) => `Sin ${name}: ${why}`,
  tooBigForBots: (size) =>
    size === null
      ? "pesa más de lo que Telegram da a los bots (20 MB)."
      : `sus ${size} MB son más de lo que Telegram da a los bots (20 MB).`,
  tooBigForMemos: (size) => `sus ${size} MB son más de lo que admite este servidor de Memos.`,
  onlyInTelegram: (name, why) => `${name} está solo en Telegram: ${why}`,
  publicDisallowed: "Este servidor de Memos no permite notas públicas.",
  kept: "Lo tengo, y lo guardo en cuanto pueda.",
  failed: (why) => `No he podido guardar esto: ${why}`,
  unknownContent:
    "Todavía no conozco este tipo de mensaje. Lo conservo: pulsa «Reintentar» después de actualizar memoferry.",
  unknownPart: "Hay algo en el mensaje que todavía no conozco: puede que en la nota falte algo.",
  replyGone: "La nota a la que respondiste ya no existe, así que esto es una nota aparte.",
  replyNotYours: "La nota a la que respondiste es de otra cuenta, así que esto es una nota aparte.",
  savedComment: "Guardado como comentario",
  joined: (count) => `${messages(count)}, una sola nota`,
  separate: "Separar",
  separated: (count) => `Separado: ahora ${messages(count)} por su cuenta.`,
  notSeparable: "Esta nota se cambió en Memos, así que queda como está.",
  changedSince:
    "Editaste un mensaje, pero su nota se cambió entretanto en Memos. He dejado la nota como está.",
  overwrite: "Sobrescribir",
  overwriting: "La sobrescribo.",
  editGone: "Editaste un mensaje, pero su nota se borró en Memos.",
  saveAgain: "Guardar de nuevo",
  savingAgain: "La guardo de nuevo.",
  editTooOld:
    "Editaste una parte de un álbum demasiado antiguo: ya no tengo sus otras partes, así que la nota queda como está.",
  inParts: (count) =>
    `Es más largo de lo que admite este servidor de Memos: el resto está en ${count === 1 ? "un comentario" : `${count} comentarios`} debajo.`,
  lateGone: "Una parte que llegó tarde no se ha guardado: su nota se borró entretanto en Memos.",

  greetingBound: (name) =>
    `¡Hola! Lo que me envíes aquí será una nota en la cuenta de Memos de ${name}. Envía un texto, una foto o un archivo. Más en /help.`,
  greetingUnbound: (id) =>
    `¡Hola! Convierto lo que me envías en notas de tu servidor de Memos.\n\nPara empezar, crea un token de acceso en Memos (Ajustes › Mi cuenta › Tokens de acceso) y envíalo así:\n/bind <token>\nBorro ese mensaje al instante. O pide al administrador que vincule tu ID de Telegram: ${id}`,
  stranger: (id) =>
    `Todavía no te conozco, así que no se ha guardado nada.\n\nTu ID de Telegram es ${id}\n\nPara guardar notas, envíame un token de acceso de Memos así:\n/bind <token>\no pide al administrador que vincule ese ID.`,
  notAllowed: (id) => `Este bot es privado, así que no se ha guardado nada. Tu ID de Telegram es ${id}`,
  yourId: (id) => `Tu ID de Telegram es ${id}`,
  help: [
    "Envíame cualquier cosa y será una nota: textos, fotos, álbumes enteros, archivos.",
    "",
    "/search palabras – buscar en tus notas",
    "/recent, /random, /today – las últimas, una al azar, este día en otros años",
    "/settings – visibilidad, etiquetas, confirmación, idioma",
    "/status – si todo va bien",
    "/failed – lo que no se pudo guardar",
    "",
    "Como respuesta a un mensaje guardado:",
    "/delete, /pin, /archive, /tag #palabra, /public, /protected, /private",
    "",
    "/bind <token> – conectar tu cuenta de Memos",
    "/unbind – desconectarla",
    "/id – tu ID de Telegram",
    "",
    "Debajo de cada mensaje guardado hay botones para cambiar quién ve la nota, fijarla y borrarla.",
  ].join("\n"),
  howToBind: (memosUrl) =>
    `Crea un token de acceso en Memos, en ${memosUrl} (Ajustes › Mi cuenta › Tokens de acceso), y envíalo así:\n/bind <token>\nBorro ese mensaje al instante.`,
  bound: (name) => `¡Hola, ${name}! Desde ahora, lo que me envíes será una nota en tu cuenta de Memos.`,
  boundAndReleased: (name, waiting) =>
    `¡Hola, ${name}! Vuelvo a estar conectado a tu cuenta de Memos y guardo lo que tenía para ti: ${messages(waiting)}.`,
  waitFromOther: (account, waiting) =>
    `Todavía ${wait(waiting)} ${messages(waiting)} de ${account}: vuelve a vincular esa cuenta y se guardarán allí.`,
  stranded: (account, waiting) => `${messages(waiting)} de ${account} ${wait(waiting)}.`,
  saveTo: (name) => `Guardar en ${name}`,
  strandedSaved: (name, count) => `Guardo ${messages(count)} en la cuenta de ${name}.`,
  strandedDiscarded: (account, count) => `Descartado: ${messages(count)} de ${account}.`,
  tokenRefused: (why) =>
    `Memos no ha aceptado este token de acceso: ${why}\nCrea uno nuevo en Memos (Ajustes › Mi cuenta › Tokens de acceso) y envía /bind <token>.`,
  tokenKept:
    "Memos no responde ahora mismo, así que no he podido comprobar el token. Lo guardo cifrado, un día como mucho, lo compruebo cuando Memos vuelva y entonces te aviso. Con /unbind lo olvido.",
  nothingSavedYet: "Hasta que te conecte no se guarda nada de lo que me envíes.",
  offerForgotten: "He olvidado el token que me enviaste. /bind explica cómo conectarte.",
  offerExpired:
    "No he podido comprobar tu token de acceso a tiempo y lo he olvidado. Envíalo otra vez así, por favor:\n/bind <token>",
  deleteItYourself: "No he podido borrar tu mensaje con el token. Bórralo tú, por favor.",
  tooManyTries: "Demasiados intentos fallidos. Espera una hora, por favor.",
  notBound: "No estás vinculado a ninguna cuenta de Memos. /bind explica cómo hacerlo.",
  unbindQuestion: (account, waiting) =>
    `¿Desconectar de ${account}?${waiting > 0 ? ` Todavía ${wait(waiting)} ${messages(waiting)} por guardar; los conservo hasta que vuelvas a vincular ${account}.` : ""}`,
  unbindYes: "Desconectar",
  stillBound: "Sigues conectado.",
  unbound: "Desconectado. Lo que me envíes ya no se guarda. /bind te conecta de nuevo.",
  unboundWaiting: (waiting) =>
    `${messages(waiting)} ${wait(waiting)} hasta que vuelvas a vincular esa cuenta.`,
  badInvitation:
    "Esta invitación ya no vale. Cada una sirve para una persona y durante 24 horas. Pide otra o usa /bind <token>.",
  invited: (memosUrl) =>
    `¡Te damos la bienvenida! Convierto lo que me envías en notas de un servidor Memos.\n\nPara empezar, crea un token de acceso en Memos, en ${memosUrl} (Ajustes › Mi cuenta › Tokens de acceso), y envíalo así:\n/bind <token>\nBorro ese mensaje enseguida.`,
  invitedNotAllowed: (id) =>
    `Tienes una invitación, pero este bot es solo para las personas de su lista. No se ha guardado nada y la invitación sigue sin usar. Pide a quien lleva el bot que añada tu identificador de Telegram a ALLOWED_USERS y abre el enlace otra vez: ${id}`,
  inviterWithoutAccess:
    "Todavía no puedo darte acceso: quien comparte su cuenta contigo no tiene acceso a Memos ahora mismo. Cuando haya enviado /bind, abre el enlace otra vez.",
  guestJoined: (guest, id) =>
    `${guest} ha recibido una invitación y ahora también guarda en tu cuenta de Memos. Si no quieres, díselo a quien lleva este bot. Su identificador de Telegram es ${id}`,
  unknownCommand: (name) =>
    `No conozco /${name}, así que no se ha guardado nada. /help dice lo que sé hacer.`,
  saveAsMemo: "Guardar como nota",
  savingAsMemo: "Lo guardo como nota.",
  tokenNotSaved:
    "Eso parecía un token de acceso, así que no lo he guardado. Para conectar tu cuenta, envíalo así:\n/bind <token>",
  tokenInGroup:
    "Eso era un token de acceso, a la vista de todos. No lo he usado. Revócalo en Memos, crea otro y envíamelo en un chat privado.",
  tokenDied: (account) =>
    `Memos ya no acepta el token de acceso de ${account}. Conservo lo que me envíes. Crea un token nuevo en Memos (Ajustes › Mi cuenta › Tokens de acceso) y envía /bind <token>: entonces lo guardo todo.`,
  away: (from, until, lostBefore) =>
    `No estuve desde ${minute(from)} hasta ${minute(until)}. Telegram guarda los mensajes solo un día: lo que enviaste antes de ${minute(lostBefore)} no me llegó. Reenvíalo, por favor.`,
  memosDown: "Memos no responde ahora mismo. Conservo tus mensajes y los guardo cuando Memos vuelva.",
  newlyKnown: (count) =>
    plural(count, {
      one: "Me han actualizado, y quizá ya conozca # mensaje tuyo que antes no conocía. Míralo en /failed y pulsa allí «Reintentar».",
      many: "Me han actualizado, y quizá ya conozca # de mensajes tuyos que antes no conocía. Míralos en /failed y pulsa allí «Reintentar».",
      other:
        "Me han actualizado, y quizá ya conozca # mensajes tuyos que antes no conocía. Míralos en /failed y pulsa allí «Reintentar».",
    }),

  statusBound: (name, account) => `Estás vinculado a la cuenta de Memos de ${name} (${account}).`,
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
    count === 0 ? "Nada espera para guardarse." : `${messages(count)} ${wait(count)} para guardarse.`,
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
      "¿Quién puede ver las notas nuevas: solo tú (PRIVATE), quien tenga cuenta (PROTECTED) o todos (PUBLIC)?",
    tags: "Responde a este mensaje con las etiquetas que llevará cada nota nueva, por ejemplo #entrada #móvil.",
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
  tagsSet: (tags) => `Cada nota nueva llevará ${tags}.`,
  badTag: (tag) =>
    `«${tag}» no es una etiqueta. Las etiquetas llevan letras, cifras, - _ / y ningún espacio: #entrada #del/móvil`,
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
  filesOnly: (count) => plural(count, { one: "(# archivo)", many: "(# de archivos)", other: "(# archivos)" }),
  emptyMemo: "(vacía)",
  gone: "(borrada entretanto)",
  listTooOld: "Esta lista es demasiado antigua. Pregunta otra vez, por favor.",
  show: "Mostrar",
  restInMemos: "… El resto está en Memos.",
  tooBigToSend: (size) => `sus ${size} MB son más de lo que un bot puede enviar. Está en Memos.`,
  couldNotSend: "no he podido enviarlo. Está en Memos.",
  memosSlow: "Memos tarda demasiado en responder. Inténtalo de nuevo dentro de un momento.",

  replyToMemo: (command) => `Envía /${command} como respuesta a un mensaje que guardé o a mi confirmación.`,
  noMemoThere: "No conozco ninguna nota para ese mensaje.",
  pinned: "Está fijada.",
  archived: "Está archivada.",
  unarchive: "Sacar del archivo",
  tagHow: "Envíalo con la etiqueta, como respuesta a un mensaje guardado:\n/tag #palabra",
  tagged: (tags) => `Etiquetada con ${tags}.`,
  refused: (why) => `Memos no ha aceptado esto: ${why}`,

  groupHint:
    "Guardo mensajes para quienes han conectado su cuenta de Memos conmigo. Para conectar la tuya, escríbeme:",
  groupHelp: [
    "Responde a un mensaje con /save y se convierte en una nota en tu propia cuenta de Memos.",
    "/save palabras guarda las palabras; también un mensaje que me mencione o me responda.",
    "",
    "Como respuesta a lo que guardaste:",
    "/delete, /pin, /archive, /tag #palabra, /public, /protected, /private",
  ].join("\n"),
  askInPrivate: "Aquí leen otros. Por favor, pregúntamelo en nuestro propio chat:",
  saveHow: "Envía /save como respuesta al mensaje que debo guardar, o con las palabras: /save comprar leche",
  saveHere: "Aquí guardo todo lo que me envías. /save es para los grupos, como respuesta a un mensaje.",
  groupCommands: { save: "Guardar un mensaje (como respuesta) o palabras", help: "Lo que puedo hacer aquí" },

  commands: {
    search: "Buscar en tus notas",
    recent: "Tus últimas notas",
    random: "Una nota al azar",
    today: "Este día en otros años",
    settings: "Visibilidad, etiquetas, confirmación, idioma",
    status: "Si todo va bien",
    failed: "Lo que no se pudo guardar",
    delete: "Borrar una nota (como respuesta)",
    pin: "Fijar una nota (como respuesta)",
    archive: "Archivar una nota (como respuesta)",
    tag: "Añadir una etiqueta (como respuesta)",
    public: "Todos pueden ver una nota (como respuesta)",
    protected: "Los miembros pueden ver una nota (como respuesta)",
    private: "Solo tú ves una nota (como respuesta)",
    bind: "Conectar tu cuenta de Memos",
    unbind: "Desconectarla",
    id: "Tu ID de Telegram",
    help: "Lo que sé hacer",
  },
  description:
    "Convierto lo que me envías en notas de tu servidor de Memos: textos, fotos, álbumes enteros, archivos. No se pierde nada, aunque Memos no funcione un rato.\n\nPulsa «Iniciar» y te digo cómo conectar tu cuenta.",
  shortDescription: "Lo que me envías será una nota en tu servidor de Memos.",
};
