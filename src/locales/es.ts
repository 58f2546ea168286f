import { translation } from "./catalogue.ts";

export const spanish = translation({
  plural: "one|many|other",
  languageName: "Español",
  quoted: "«{words}»",
  colon: ": ",

  messages: "{count} {mensaje|de mensajes|mensajes}",
  saved: "Guardado como {visibility}",
  savedMany: "{count} {mensaje guardado|de mensajes guardados|mensajes guardados}",
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
  working: "Estoy en ello…",
  discarded: "Descartado. No está en Memos.",
  alreadySettled: "Eso ya está resuelto.",
  noLongerKept: "Ya no tengo este mensaje: envíamelo otra vez, por favor.",
  missingFile: "Sin {name}: {why}",
  tooBigForBots: "pesa {megabytes} MB, más de lo que Telegram entrega a los bots (20 MB).",
  tooBigForBotsNoSize: "pesa más de lo que Telegram entrega a los bots (20 MB).",
  tooBigForMemos: "pesa {megabytes} MB, más de lo que admite este servidor de Memos.",
  tooBigForProxy:
    "pesa {megabytes} MB, más de lo que deja pasar el proxy que está delante de Memos (nginx: client_max_body_size).",
  lostInTelegram: "Telegram lleva un día sin darme el archivo.",
  onlyInTelegram: "{name} está solo en Telegram: {why}",
  publicDisallowed: "Este servidor de Memos no permite notas públicas.",
  kept: "Lo tengo, y lo guardo en cuanto pueda.",
  failed: "No he podido guardar esto: {why}",
  failedInGroup: "No he podido guardar esto. /failed en nuestro propio chat dice por qué.",
  failedOfGroup: "No he podido guardar un mensaje tuyo de un grupo: {why}",
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
  memosSaid: "Memos dice: «{words}»",
  unknownContent:
    "Todavía no conozco este tipo de mensaje. Lo conservo: pulsa «Reintentar» después de actualizar memoferry.",
  unknownPart:
    "Hay algo en el mensaje que todavía no conozco: puede que en la nota falte algo. Lo conservo y lo añado cuando se actualice memoferry.",
  albumPart: "Esto es solo una parte de un álbum: responde con /save también a las demás.",
  replyApart:
    "La nota a la que respondiste ya no existe o es de otra cuenta, así que esto es una nota aparte.",
  savedComment: "Guardado como comentario",
  joined: "{messages}, una sola nota",
  retired:
    "Ya no ofrezco esto. /failed muestra lo que no está guardado; /delete borra una nota, y así puedes reenviar sus mensajes uno a uno.",
  changedSince:
    "Editaste un mensaje, pero su nota se cambió entretanto en Memos. He dejado la nota como está.",
  overwrite: "Sobrescribir",
  editGone: "Editaste un mensaje, pero su nota se borró en Memos.",
  saveAgain: "Guardar de nuevo",
  editTooOld:
    "Editaste uno de varios mensajes que comparten una nota. Son demasiado antiguos: ya no tengo los otros, así que la nota queda como está.",
  inComments:
    "Es más largo de lo que admite este servidor de Memos: sigue en {un comentario|# comentarios|# comentarios}.",
  lateGone: "Una parte que llegó tarde no se ha guardado: su nota se borró entretanto en Memos.",

  inMemos: "en Memos ({menu})",
  inMemosAt: "en Memos, en {url} ({menu})",
  tokenMenuBefore30: "Configuración › Mi cuenta › Tokens de acceso",
  tokenMenu: "Configuración › Access Tokens",
  greetingBound: "¡Hola, {name}! Lo que me envíes será una nota en tu cuenta de Memos. Más en /help.",
  guestBound:
    "¡Hola! Ahora guardas en la cuenta de Memos de {account}: lo que me envíes será una nota allí. Más en /help; /unbind lo termina.",
  greeting: "¡Hola! Convierto lo que me envías en notas de tu servidor de Memos.",
  stranger: "Todavía no te conozco, así que no se ha guardado nada.",
  notAllowed:
    "Este bot es solo para las personas de su lista: no se ha guardado nada. Pide al administrador que añada tu ID: {id}",
  yourId: "Tu ID de Telegram es {id}",
  help: "Envíame cualquier cosa y será una nota: textos, fotos, álbumes enteros, archivos. Si editas un mensaje, su nota cambia con él. Si respondes a él o a mi respuesta, eso será un comentario de su nota.",
  helpMore:
    "PRIVATE: solo tú ves la nota. PROTECTED: quien tenga cuenta. PUBLIC: todo el mundo.\n\nEn un grupo: responde a un mensaje con /save y será una nota en tu propia cuenta.",
  howToBind: "Crea un token de acceso {place} y envíalo así:\n/bind <token>\nBorro ese mensaje enseguida.",
  orAskAdmin: "O pide al administrador que conecte tu ID de Telegram: {id}",
  leftBehind: "Sin guardar para {account}: {messages}. Con /failed puedes guardarlos ahora o descartarlos.",
  savingTo: "Guardo {messages} en la cuenta de {name}.",
  tokenRefused:
    "Memos no ha aceptado este token de acceso: {why}\nCrea uno nuevo {place} y envía /bind <token>.",
  signInToken:
    "es el de un inicio de sesión y caduca a los 15 minutos; un token de acceso empieza por memos_pat_",
  tokenKept:
    "Memos no responde ahora mismo, así que no he podido comprobar el token. Lo guardo cifrado, un día como mucho, lo compruebo cuando Memos vuelva y entonces te aviso. Con /unbind lo olvido.",
  nothingSavedYet: "Hasta que te conecte no se guarda nada de lo que me envíes.",
  tokenForgotten: "He olvidado el token que me enviaste. /bind explica cómo conectarte.",
  tokenExpired:
    "No he podido comprobar tu token de acceso a tiempo y lo he olvidado. Envíalo otra vez así, por favor:\n/bind <token>",
  deleteItYourself: "No he podido borrar tu mensaje. Bórralo tú, por favor.",
  tooManyTries: "Demasiados intentos fallidos. Espera una hora, por favor.",
  notBound: "No tienes ninguna cuenta de Memos conectada. /bind explica cómo hacerlo.",
  unbindQuestion: "¿Desconectar de {account}?",
  unbindWaiting:
    "Todavía {espera|esperan|esperan} {count} {mensaje|de mensajes|mensajes} por guardar; los conservo hasta que vuelvas a conectar {account}.",
  unbindGuests:
    "{count} {invitado tuyo guarda|de invitados tuyos guardan|invitados tuyos guardan} también en esta cuenta y se {desconecta|desconectan|desconectan} contigo.",
  unbindYes: "Desconectar",
  stayConnected: "Seguir conectado",
  stillBound: "Sigues conectado.",
  unbound: "Desconectado. Lo que me envíes ya no se guarda. /bind te conecta de nuevo.",
  badInvitation:
    "Esta invitación ya no vale. Cada una sirve para una persona y durante 24 horas. Pide otra o usa /bind <token>.",
  inviterWithoutAccess:
    "Todavía no puedo darte acceso: quien comparte su cuenta contigo no tiene acceso a Memos ahora mismo. Cuando haya enviado /bind, abre el enlace otra vez.",
  guestJoined:
    "{guest} ha recibido una invitación y ahora también guarda en tu cuenta de Memos. Su ID de Telegram es {id}",
  guestsLeave:
    "/unbind te desconecta a ti y a quienes has invitado. Quien administra puede quitar a uno solo.",
  guestEnded:
    "Ya no guardas en la cuenta de Memos de {account}: te han desconectado. Lo que me envíes ya no se guarda. /bind conecta una cuenta tuya.",
  unbindFirst: "Para guardar en otra cuenta, envía /unbind y abre otra vez el enlace de la invitación.",
  unknownCommand: "No conozco /{name}, así que no se ha guardado nada. /help dice lo que sé hacer.",
  saveAsMemo: "Guardar como nota",
  tokenShown:
    "Eso parece un token de acceso, así que no lo guardo. Para conectar con él tu cuenta de Memos, envía /bind y el token.",
  tokenInGroup:
    "Eso era un token de acceso, a la vista de todos. No lo he usado. Revócalo en Memos, crea otro y envíamelo en un chat privado.",
  invitationInGroup:
    "Eso era una invitación, a la vista de todos: quien la abra primero la gasta. Abre el enlace en tu propio chat conmigo.",
  tokenDied:
    "Memos ya no acepta el token de acceso de {account}. Conservo lo que me envíes. Crea un token nuevo {place} y envía /bind <token>: entonces lo guardo todo.",
  away: "No estuve desde {from} hasta {until}. Telegram guarda los mensajes solo un día: lo que enviaste antes de {lostBefore} no me llegó. Reenvíalo, por favor.",
  memosDown: "Memos no responde ahora mismo. Conservo tus mensajes y los guardo cuando Memos vuelva.",

  statusBound: "Tienes conectada la cuenta de Memos de {name}.",
  statusPaused:
    "Memos ya no acepta tu token de acceso: envía /bind <token> con uno nuevo y guardaré lo que espera.",
  statusReceiving: {
    polling: "Pido los mensajes a Telegram (polling).",
    webhook: "Telegram me entrega los mensajes (webhook).",
  },
  statusNotReceiving: "Ahora mismo la conexión con Telegram es mala.",
  statusNotHeard: "Todavía no he sabido nada de {whom}.",
  statusMemosVersion: "Memos responde (versión {version}).",
  statusNoneWaiting: "No hay nada pendiente de guardar.",
  statusWaiting: "{count} {mensaje pendiente|de mensajes pendientes|mensajes pendientes} de guardar.",
  statusFailed:
    "{count} {mensaje|de mensajes|mensajes} no se {pudo|pudieron|pudieron} guardar: {míralo|míralos|míralos} en /failed.",

  failedNone: "Nada ha fallado: todo lo que enviaste está guardado o en camino.",
  failedHead: "{count} {mensaje|de mensajes|mensajes} no se {pudo|pudieron|pudieron} guardar:",
  failedOfOther: "Lo enviaste para {account}. «Reintentar» lo guarda en tu cuenta de ahora.",
  failedStaysWith:
    "Lo enviaste para {account}, y puede que una parte ya esté allí: conecta esa cuenta de nuevo y pulsa entonces «Reintentar».",
  staysElsewhere:
    "Puede que una parte esté en la cuenta para la que lo enviaste: conéctala de nuevo y pulsa entonces «Reintentar».",
  retryAll: "Reintentar todo",
  discardAll: "Descartar todo",
  discardAllQuestion: "¿Descartar {messages} para siempre?",
  withoutText: "(sin texto)",

  settingsHead: "Ajustes para la cuenta de Memos de {name}",
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
  followTelegram: "como en Telegram ({language})",
  confirmations: { reply: "respuesta con botones", reaction: "reacción 👍", off: "ninguna" },
  formattings: { as_typed: "como lo escribes", exact: "exacto" },
  on: "sí",
  off: "no",
  none: "ninguna",
  back: "‹ Volver",
  noTags: "Sin etiquetas",
  tagQuestion: "¿Qué etiquetas llevará cada nota nueva, por ejemplo #entrada #móvil?",
  tagsSet: "Cada nota nueva llevará {tags}.",
  badTag:
    "«{tag}» no es una etiqueta válida. Las etiquetas llevan letras, cifras, - _ / y ningún espacio: #entrada #del/móvil",
  tooManyTags: "Son demasiadas etiquetas: {limit} como mucho.",

  searchHow:
    'Envía lo que buscas, por ejemplo\n/search tarta manzana\no palabras en su orden:\n/search "tarta de manzana"',
  found: "{count} {nota|de notas|notas} con {query}",
  foundMany: "Las últimas {limit} notas con {query}",
  foundNone: "Ninguna de tus notas contiene {query}.",
  recent: "Tus últimas notas",
  recentNone: "Todavía no tienes notas. Envíame algo.",
  random: "Una de tus notas",
  today: "Este día en otros años",
  todayNone: "Este día no escribiste nada en otros años.",
  lookedBackTo: "Solo he mirado tus notas desde el {day}.",
  filesOnly: "({count} {archivo|de archivos|archivos})",
  gone: "(borrada entretanto)",
  listTooOld: "Esta lista es demasiado antigua. Pregunta otra vez, por favor.",
  show: "Mostrar",
  restInMemos: "… El resto está en Memos.",
  tooBigToSend: "pesa {megabytes} MB, más de lo que un bot puede enviar. Está en Memos.",
  couldNotSend: "no he podido enviarlo. Está en Memos.",

  replyToMemo: "Envía /{command} como respuesta a un mensaje que guardé o a mi confirmación.",
  noMemoThere: "No conozco ninguna nota para ese mensaje.",
  notSavedYet: "Ese mensaje aún no está guardado. Inténtalo de nuevo cuando lo esté.",
  notSavedAtAll: "Ese mensaje no se pudo guardar: /failed muestra por qué.",
  pinned: "Está fijada.",
  archived: "Está archivada.",
  unarchive: "Sacar del archivo",
  tagHow: "Envíalo con la etiqueta, como respuesta a un mensaje guardado:\n/tag #palabra",
  tagged: "Etiquetada con {tags}.",
  refused: "Memos no ha aceptado esto.",

  groupHint:
    "Guardo mensajes para quienes han conectado su cuenta de Memos conmigo. Para conectar la tuya, escríbeme:",
  groupHelp:
    "Responde a un mensaje con /save y se convierte en una nota en tu propia cuenta de Memos.\n/save palabras guarda las palabras; también un mensaje que me mencione o me responda.\n\nComo respuesta a lo que guardaste:\n/delete, /pin, /archive, /tag #palabra, /public, /protected, /private",
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

  memo: {
    kinds: {
      text: "Mensaje",
      animation: "GIF",
      audio: "Audio",
      paid_media: "Contenido de pago",
      photo: "Foto",
      sticker: "Sticker",
      story: "Historia",
      video: "Vídeo",
      video_note: "Videomensaje",
      voice: "Mensaje de voz",
      document: "Archivo",
      checklist: "Lista de tareas",
      contact: "Contacto",
      dice: "Dado",
      game: "Juego",
      poll: "Encuesta",
      location: "Ubicación",
      invoice: "Factura",
      giveaway: "Sorteo",
    },
    liveLocation: "Ubicación en tiempo real",
    deletedAccount: "Cuenta eliminada",
    storyOf: "Historia de",
    forwardedFrom: "Reenviado de",
    giveawayOf: "Sorteo de",
  },
});
