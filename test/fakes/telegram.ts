import type { TelegramMessage, TelegramUser } from "@gramio/types";
import { createFaults, type FaultRule } from "./faults.ts";
import { createHttpServer, type Exchange, type Reply } from "./http.ts";
import { failTest, NotImitated } from "./not-imitated.ts";
import { createAllowedUpdates } from "./telegram/allowed-updates.ts";
import { createCallbacks, randomId } from "./telegram/callbacks.ts";
import { checkCalled, Described, type Methods } from "./telegram/called.ts";
import { createChats } from "./telegram/chats.ts";
import { type Clock, createTime } from "./telegram/clock.ts";
import { editingMethods } from "./telegram/editing.ts";
import { ApiError } from "./telegram/errors.ts";
import { createFileStore, type FileKind, type NewFile } from "./telegram/files.ts";
import { createInlineQueries, type InlineAnswer } from "./telegram/inline.ts";
import { compact, copyOf, encodeJson, isObject, type JsonObject } from "./telegram/json.ts";
import { type KeptTelegram, restoreTelegram } from "./telegram/kept.ts";
import { createSendLimits } from "./telegram/limits.ts";
import { memberMethods, type Standing } from "./telegram/members.ts";
import { type Params, paramsOf, readParams } from "./telegram/params.ts";
import { createPeople } from "./telegram/people.ts";
import { createPolling } from "./telegram/polling.ts";
import { profileMethods } from "./telegram/profile.ts";
import { type Sent, sendingMethods } from "./telegram/sending.ts";
import { createUpdateQueue } from "./telegram/update-queue.ts";
import { createWebhook } from "./telegram/webhook.ts";

export type { Actor } from "./telegram/actor.ts";
export type { Press } from "./telegram/callbacks.ts";
export { onePixelJpeg } from "./telegram/files.ts";
export type { InlineAnswer } from "./telegram/inline.ts";
export type { KeptTelegram } from "./telegram/kept.ts";
export type { AlbumItem, Change, GroupOptions, Person } from "./telegram/people-types.ts";

/** What goes wrong with a request. "before" means that nothing was done, "after" that all was done. */
export type FaultAction =
  | { status: number; error_code?: number; description?: string; retryAfter?: number }
  | "html502"
  | "drop-before"
  | "drop-after"
  /** All done, the answer cut in the middle. */
  | "truncate"
  /** Done and answered, but so much later. */
  | { delayMs: number }
  /** Nothing done, never answered. */
  | "hang"
  /** For downloads: so many bytes of the body, then the connection is cut. `chunked`: without Content-Length. */
  | { cutAfter: number; chunked?: boolean };

export interface RequestInfo {
  /** The name as documented ("sendMessage"), "file" for downloads. */
  method: string;
  /** Texts as they were read; never the token. */
  params: Record<string, string>;
}

export interface LoggedRequest extends RequestInfo {
  /** The answer's HTTP status; 0 while there is none, or when the connection was cut without one. */
  status: number;
  at: number;
}

/** A message as everyone in the chat sees it now. */
export interface VisibleMessage extends TelegramMessage {
  /** The bot's reactions. */
  reactions: { type: string; emoji: string }[];
}

export interface FakeTelegramOptions {
  /** `bot-id:secret`. */
  token?: string;
  username?: string;
  /** Behaves as an own server started with --local: no downloads, absolute paths, http webhooks. */
  local?: boolean;
  clock?: Clock;
  /** What it shows of its clock, in the Date header and in getWebhookInfo; by default its own time. */
  wallClock?: () => number;
  /** False switches the limits on sending off, for load tests. */
  limits?: boolean;
  /** Whether inline mode is on, as /setinline of BotFather switches it. Default off. */
  inline?: boolean;
  /** How long a callback query can be answered. Default 30 s. */
  callbackLifetimeMs?: number;
  /** Where a webhook's public address really listens: maps its origin to another URL to connect to. */
  webhookConnect?: (url: string) => string;
  /** The authority whose certificates it believes where that is an https URL. */
  webhookCa?: string;
  onRequest?: OnRequest;
  /** What becomes of a call that memoferry never made. By default it fails the test. */
  onNotImitated?: (error: NotImitated) => void;
  /** What it holds from the beginning. */
  kept?: KeptTelegram;
}

/** "before": nothing is done yet. "after": all is done, but the answer isn't sent. Waited for. */
type OnRequest = (info: RequestInfo, phase: "before" | "after") => void | Promise<void>;

export type FakeTelegram = Awaited<ReturnType<typeof startFakeTelegram>>;

/** What becomes of a request: an answer, a closed connection, or nothing at all. */
type Outcome = Reply | "drop" | "hang";

const maxParameterBytes = 1024 * 1024;
const maxUploadBytes = 2100 * 1024 * 1024;
const inlineLifetimeMs = 30_000;
const botId = 6_912_873_450;

/** Starts a strict stand-in for the Bot API server on 127.0.0.1. */
export async function startFakeTelegram(options: FakeTelegramOptions = {}) {
  const local = options.local ?? false;
  const time = createTime(options.clock);
  const wallClock = options.wallClock ?? time.now;
  let token = options.token ?? `${botId}:${secret()}`;
  let onRequest = options.onRequest;
  let readsAll = false;

  const bot: JsonObject & { id: number } = {
    id: Number(token.split(":")[0]),
    is_bot: true,
    first_name: "memoferry",
    username: options.username ?? "memoferry_test_bot",
  };
  const queue = createUpdateQueue(time);
  const allowed = createAllowedUpdates();
  const chats = createChats({ time, queue, allowed, bot });
  const files = createFileStore({ time, local, token: () => token });
  const callbacks = createCallbacks(time, options.callbackLifetimeMs ?? 30_000);
  const inlineQueries = createCallbacks<InlineAnswer>(time, inlineLifetimeMs);
  const inline = createInlineQueries(time, inlineQueries);
  const hasInline = options.inline ?? false;
  const people = createPeople({
    time,
    chats,
    queue,
    files,
    callbacks,
    inline: hasInline ? inline : undefined,
  });
  const limits = createSendLimits(time, options.limits ?? true);
  const faults = createFaults<FaultAction>();
  const sent: Sent[] = [];
  const requests: LoggedRequest[] = [];
  const polling = createPolling({ time, queue, allowed, webhookIsSet: () => webhook.isSet });
  const webhook = createWebhook({
    time,
    wallClock,
    queue,
    allowed,
    polling: () => polling,
    local,
    connect: options.webhookConnect ?? ((url) => url),
    ca: options.webhookCa,
    run: (method, values) => void runFromWebhook(method, values),
  });

  const methods: Methods = {
    getMe: () => ({
      ...bot,
      can_join_groups: true,
      can_read_all_group_messages: readsAll,
      supports_inline_queries: hasInline,
      can_connect_to_business: false,
      has_main_web_app: false,
    }),
    getUpdates: (params) => polling.getUpdates(params),
    getFile: (params) => files.getFile(params.text("file_id")),
    ...sendingMethods({ time, chats, files, limits, local, sent }),
    ...editingMethods({ time, chats, callbacks }),
    ...inline.methods,
    ...memberMethods({ chats }),
    ...profileMethods(),
    ...webhook.methods,
  };
  const tellNotImitated = options.onNotImitated ?? failTest;

  async function runFromWebhook(method: string, values: Record<string, string>): Promise<void> {
    const logged: LoggedRequest = { method, params: values, status: 0, at: time.now() };
    requests.push(logged);
    const reply = await execute(method, paramsOf(values));
    logged.status = reply.status;
  }

  const refusedToken = (given: string) => (given === token ? undefined : new ApiError(401, "Unauthorized"));

  async function execute(method: string, params: Params): Promise<Reply> {
    try {
      checkCalled(method, params);
      const result = await methods[method]?.(params);
      if (result instanceof Described) {
        return jsonReply(
          200,
          encodeJson({ ok: true, result: result.result, description: result.description }),
        );
      }
      return jsonReply(200, `{"ok":true,"result":${encodeJson(result)}}`);
    } catch (error) {
      if (error instanceof ApiError) return errorReply(error);
      if (error instanceof NotImitated) return refused(error);
      throw error;
    }
  }

  function refused(error: NotImitated): Reply {
    tellNotImitated(error);
    return errorReply(new ApiError(501, error.message));
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { target, headers } = exchange;
    const type = headers["content-type"] ?? "";
    const body = await exchange.body(type.startsWith("multipart/") ? maxUploadBytes : maxParameterBytes);
    if (body === undefined) return;
    const outcome = body === "too long" ? { status: 413, body: "" } : await handle(target, type, body);
    if (outcome === "drop") exchange.drop();
    else if (outcome !== "hang") {
      const date = new Date(wallClock()).toUTCString();
      await exchange.reply({ ...outcome, headers: { Date: date, ...outcome.headers } });
    }
  }

  async function handle(target: string, type: string, body: Buffer): Promise<Outcome> {
    const [path = "", query = ""] = target.split(/\?(.*)/s);
    const call = /^\/bot([^/]+)\/([^/]+)\/?$/.exec(path);
    const download = local ? null : /^\/file\/bot([^/]+)\/(.+)$/.exec(path);
    if (download) {
      const [, given = "", file = ""] = download.map(decodeURIComponent);
      return handleDownload(given, file);
    }
    if (!call) return errorReply(new ApiError(404, "Not Found"));
    const [, given = "", method = ""] = call.map(decodeURIComponent);
    let params: Params;
    try {
      params = await readParams(query, type, body);
    } catch (error) {
      if (error instanceof NotImitated) return refused(error);
      throw error;
    }
    return observed({ method, params: { ...params.values } }, `/${method}`, async () => {
      const error = refusedToken(given);
      return error ? errorReply(error) : execute(method, params);
    });
  }

  function handleDownload(given: string, path: string): Promise<Outcome> {
    return observed({ method: "file", params: { path } }, `/file/${path}`, async () => {
      const error = refusedToken(given);
      if (error) return errorReply(error);
      const body = files.download(path);
      if (!body) return errorReply(new ApiError(404, "Not Found"));
      return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body };
    });
  }

  /** Logs a request, calls the hook around the work and lets a fault strike. */
  async function observed(info: RequestInfo, path: string, work: () => Promise<Reply>): Promise<Outcome> {
    const logged: LoggedRequest = { ...info, status: 0, at: time.now() };
    requests.push(logged);
    await onRequest?.(info, "before");
    const fault = faults.meet(info.method, path);
    const instead = fault && replacement(fault);
    if (instead) {
      logged.status = typeof instead === "string" ? 0 : instead.status;
      return instead;
    }
    const reply = await work();
    await onRequest?.(info, "after");
    const outcome = fault ? await spoiled(reply, fault) : reply;
    logged.status = typeof outcome === "string" ? 0 : outcome.status;
    return outcome;
  }

  async function spoiled(reply: Reply, fault: FaultAction): Promise<Outcome> {
    if (fault === "drop-after") return "drop";
    if (fault === "truncate") return { ...reply, cutAfter: Math.floor(Buffer.byteLength(reply.body) / 2) };
    if (typeof fault === "string") return reply;
    if ("cutAfter" in fault) return { ...reply, ...fault };
    if ("delayMs" in fault) await new Promise<void>((resolve) => time.after(fault.delayMs, resolve));
    return reply;
  }

  function view(chatId: number): VisibleMessage[] {
    const chat = chats.find(chatId);
    if (!chat) return [];
    return [...chat.messages.values()].map((message) => {
      const shown = { ...chats.view(chat, message), reactions: copyOf(message.reactions) };
      return shown as unknown as VisibleMessage;
    });
  }

  function deliverOne(raw: JsonObject, shift: number): number | undefined {
    const update = copyOf(raw);
    const kind = Object.keys(update).find((name) => name !== "update_id");
    const payload = kind === undefined ? undefined : update[kind];
    if (kind === undefined || !isObject(payload)) throw new Error("an update has exactly one kind");
    for (const name of ["date", "edit_date"]) {
      if (typeof payload[name] === "number" && payload[name] > 0) payload[name] += shift;
    }
    files.adopt(payload);
    adopt(kind, payload);
    return chats.emit(kind, payload);
  }

  /** Makes what a raw update speaks of known, so that the bot can answer. */
  function adopt(kind: string, payload: JsonObject): void {
    const { chat, from, message } = payload;
    if (isObject(from)) chats.users.set(Number(from["id"]), from);
    if (kind === "callback_query") {
      callbacks.open(String(payload["id"]));
      if (isObject(message) && isObject(message["chat"]))
        adoptMessage(message["chat"], message, message["date"] !== 0);
      return;
    }
    if (kind === "inline_query") inlineQueries.open(String(payload["id"]));
    if (!isObject(chat)) return;
    if (/^(edited_)?(message|channel_post)$/.test(kind)) adoptMessage(chat, payload, true);
    const status = isObject(payload["new_chat_member"]) ? payload["new_chat_member"]["status"] : undefined;
    if (kind !== "my_chat_member" || typeof status !== "string") return;
    const state = chats.ensure(chat);
    if (state.kind === "private") state.isBlocked = status === "kicked";
    else if (["member", "administrator", "left", "kicked"].includes(status)) {
      state.standing = status as typeof state.standing;
    }
  }

  function adoptMessage(chat: JsonObject, body: JsonObject, keep: boolean): void {
    const state = chats.ensure(chat);
    if (!keep) return;
    const { from, migrate_to_chat_id: next } = body;
    const fromBot = isObject(from) && from["id"] === bot.id;
    chats.post(state, { body: { ...body }, fromBot, reactions: [] });
    if (typeof next === "number") state.migratedTo = next;
    const target = body["reply_to_message"];
    if (isObject(target) && !state.messages.has(Number(target["message_id"])))
      adoptMessage(chat, target, true);
  }

  const server = createHttpServer(0, serve);

  async function stop(): Promise<void> {
    webhook.pause();
    polling.abandon();
    await server.stop();
  }

  async function close(): Promise<void> {
    await stop();
    files.dispose();
  }

  if (options.kept) {
    restoreTelegram(options.kept, { chats, files, queue });
    if (options.kept.webhook) await methods["setWebhook"]?.(paramsOf({ ...options.kept.webhook }));
  }
  await server.start();

  return {
    /** For TELEGRAM_API_URL; no slash at the end. */
    get url() {
      return server.origin;
    },
    /** The token in force. */
    get token() {
      return token;
    },
    /** Where files are downloaded from: append `/<file_path>`. */
    get fileUrl() {
      return `${server.origin}/file/bot${token}`;
    },
    bot: bot as unknown as TelegramUser,
    /** What somebody is in a group or channel from now on. The bot hears nothing of it. */
    setStanding(chat: { id: number }, person: { id: number }, standing: Standing): void {
      chats.find(chat.id)?.members.set(person.id, standing);
    },
    /** Whether an administrator of a channel, or the bot as one, has the right to post. By default they have. */
    letPost(channel: { id: number }, who: { id: number }, mayPost: boolean): void {
      chats.find(channel.id)?.silent[mayPost ? "delete" : "add"](who.id);
    },
    /** Revokes the token and returns the new one. */
    rotateToken() {
      token = `${bot.id}:${secret()}`;
      return token;
    },
    user: people.user,
    /** A group that the bot is in. Its making sends no update. */
    group: people.group,
    /** A channel that the bot is an administrator of, unless told. Its making sends no update. */
    channel: people.channel,
    /** Somebody adds the bot to a group or channel, makes it an administrator or removes it. */
    setBot: people.setBot,
    /** Whether its privacy mode is off: groups that it is in keep what held when it was added, which is their `privacy`. */
    setReadsAll(on: boolean): void {
      readsAll = on;
    },
    /**
     * Puts raw updates in, as `test/fixtures/telegram/updates` has them, and makes their chats, messages, files and
     * callback queries known. Ids are given anew; dates are moved so that the last is now unless `keepDates`. Returns
     * the update ids, undefined for what was dropped.
     */
    deliver(updates: object | object[], { keepDates = false } = {}): (number | undefined)[] {
      const list = [updates].flat() as JsonObject[];
      const latest = Math.max(0, ...list.map(dateOf));
      const shift = keepDates || latest === 0 ? 0 : time.seconds() - latest;
      return list.map((update) => deliverOne(update, shift));
    },
    /** Registers a file; the fields returned go into a message. */
    file: (kind: FileKind, file: Omit<NewFile, "kind"> = {}) => files.add({ kind, ...file }),
    /** It cannot be had any more, by nobody. */
    forgetFile: files.forget,
    chat: (chatId: number) => ({
      get messages() {
        return view(chatId);
      },
    }),
    /** The bot's messages in a chat as they are now. */
    botMessages: (chatId: number) => view(chatId).filter((message) => message.from?.id === bot.id),
    /** What the bot sent successfully, as it was then. */
    sent: sent as readonly Sent[],
    requests: requests as readonly LoggedRequest[],
    get pendingUpdates() {
      return queue.list().map(({ id, kind, json }) => {
        const payload = (JSON.parse(`{${json}}`) as Record<string, JsonObject>)[kind] ?? {};
        return { update_id: id, kind, payload };
      });
    },
    /** The highest update id that was confirmed last; 0 at first. */
    get confirmedUpTo() {
      return queue.confirmedUpTo;
    },
    /** As getWebhookInfo shows it. */
    get webhook() {
      return webhook.info();
    },
    get isPollWaiting() {
      return polling.isWaiting;
    },
    /** A method "file" is a download. Without `times` it strikes once. */
    fault: (fault: FaultRule<FaultAction>) => faults.add({ times: 1, ...fault }),
    clearFaults: faults.clear,
    get onRequest() {
      return onRequest;
    },
    set onRequest(hook: OnRequest | undefined) {
      onRequest = hook;
    },
    now: time.now,
    /**
     * Moves the fake's time ahead; what falls due on the way happens now. That includes the 60 s that a webhook has
     * for its answer: a delivery under way times out and is retried.
     */
    advance: time.advance,
    /** The next update gets this id, or a random one, as after a quiet week. Pending updates are lost. */
    restartUpdateIds: ({ to }: { to?: number } = {}) => queue.restartIds(to),
    /** Listens again on the same port after a stop. All state is still there. */
    async start(): Promise<void> {
      await server.start();
      webhook.resume();
    },
    /** Stops listening and cuts every connection. */
    stop,
    /** Stops and removes what the "local" mode wrote to disk. */
    close,
    [Symbol.asyncDispose]: close,
  };
}

function jsonReply(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

function errorReply(error: ApiError): Reply {
  const { code: error_code, message: description, parameters } = error;
  const retryAfter = parameters?.["retry_after"];
  return jsonReply(
    error_code,
    encodeJson(compact({ ok: false, error_code, description, parameters })),
    retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) },
  );
}

/** What is answered in place of doing anything, if the fault is of that kind. */
function replacement(fault: FaultAction): Outcome | undefined {
  if (fault === "drop-before") return "drop";
  if (fault === "hang") return "hang";
  if (fault === "html502") {
    const page =
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n";
    return { status: 502, headers: { "Content-Type": "text/html" }, body: page };
  }
  if (typeof fault === "string" || !("status" in fault)) return undefined;
  const { status, error_code = status, retryAfter } = fault;
  const isFlood = status === 429;
  const seconds = retryAfter ?? (isFlood ? 1 : undefined);
  const description =
    fault.description ?? (isFlood ? `Too Many Requests: retry after ${seconds}` : `Error ${status}`);
  const parameters = seconds === undefined ? undefined : { retry_after: seconds };
  const reply = errorReply(new ApiError(error_code, description, parameters));
  return { ...reply, status };
}

function dateOf(update: JsonObject): number {
  return Math.max(
    0,
    ...Object.values(update).map((payload) =>
      isObject(payload) ? Math.max(Number(payload["date"] ?? 0), Number(payload["edit_date"] ?? 0)) : 0,
    ),
  );
}

function secret(): string {
  return `AA${randomId()}${randomId()}`.slice(0, 35).padEnd(35, "x");
}
