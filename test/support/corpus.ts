import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NEWEST as newestRelease } from "../../src/memos/dialects.ts";
import {
  bindPerson,
  changeSettings,
  type GivenSettings,
  giveChat,
  type PersonSettings,
  type Place,
  SAMPLE_USER,
  sample,
} from "./app.ts";
import type { Note, Notes } from "./notes.ts";

/** A file of test/corpus; its README tells what the fields mean. */
export interface Case {
  /** Its path below test/corpus, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly traps?: readonly string[];
  readonly settings?: CaseSettings;
  readonly sample?: string;
  readonly messages?: readonly CaseMessage[];
  readonly given?: true | GivenSettings;
  readonly then?: readonly Step[];
  readonly version?: string;
  readonly alone?: boolean;
  readonly memos: readonly ExpectedMemo[];
  readonly answers?: readonly string[];
  readonly alerts?: readonly string[];
}

type Fields = Record<string, unknown>;

/** Of Ada, as long as the case is played. */
interface CaseSettings extends PersonSettings {
  /** Her default in Memos. */
  readonly memos_visibility?: NonNullable<PersonSettings["visibility"]>;
}

/** The message as Telegram sends it, but for what every one of Ada's messages has. */
type CaseMessage = Fields & { reply_to?: { message: number } | { answer: number } };

/** What happens next, as soon as the bot has nothing left to do. */
type Step =
  | { readonly messages: readonly CaseMessage[] }
  | { readonly sample: string }
  /** The n-th message of the case is edited: these fields are other ones now, null takes one away. */
  | { readonly edit: number; readonly to: Fields }
  /** A button of the bot's last answer that has it. */
  | { readonly press: string }
  /** Their n-th memo is changed, or deleted, in Memos. */
  | { readonly write: number; readonly content: string }
  | { readonly remove: number };

export interface ExpectedMemo {
  readonly content: string | readonly string[];
  readonly files?: readonly { readonly name: string; readonly type: string; readonly size: number }[];
  readonly location?: Note["location"];
  readonly visibility?: string;
  readonly pinned?: boolean;
  readonly comments?: readonly Omit<ExpectedMemo, "comments">[];
}

/** What there was afterwards. */
export interface Played {
  /** Made by the case, in order. */
  readonly memos: readonly (Note & { readonly comments: readonly Note[] })[];
  /** What the bot says in the chat, as it reads at the end. */
  readonly answers: readonly string[];
  /** What presses were answered with. */
  readonly alerts: readonly string[];
  /** Fills in `{day}`, `{id}`, `{id+1}` … */
  readonly fill: (text: string) => string;
  /** Of its messages, RFC 3339. */
  readonly times: readonly string[];
  /** Whether Telegram has a file of just these bytes in one of the messages. */
  gave(bytes: Uint8Array): boolean;
}

export const NEWEST = `${newestRelease}.0`;
const FOLDER = join(import.meta.dir, "../corpus");

export const cases: readonly Case[] = readdirSync(FOLDER, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".json"))
  .toSorted()
  .map((name) => ({
    ...(JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Omit<Case, "name">),
    name: name.replaceAll("\\", "/").replace(/\.json$/, ""),
  }));

const ADA = sample("text-plain")[0]?.["message"] as { from: Fields; chat: Fields; date: number };

/** Ada, who sends nearly all of it, with an account in Memos. */
export async function bindAda(world: Place, accessToken: string): Promise<Ada> {
  const ada = await bindPerson(world, "alice", accessToken);
  if (ada.id !== SAMPLE_USER) throw new Error(`the first person has the id ${ada.id}`);
  return ada;
}

type Ada = Awaited<ReturnType<typeof bindPerson>>;

interface Sent {
  readonly chat: { readonly id: number };
  readonly message_id: number;
  readonly date: number;
}

/** Plays one case: each case is a few messages more in the same chat. */
export async function play(world: Place, notes: Notes, ada: Ada, given: Case): Promise<Played> {
  const { memos_visibility, ...settings } = given.settings ?? {};
  if (memos_visibility) await notes.setDefaultVisibility(memos_visibility);
  const before = changeSettings(world, ada, settings);
  if (given.given) giveChat(world, chatOf(given), ada.id, given.given === true ? {} : given.given);
  // In the same second it would go on with the last text of the case before.
  if (given.messages?.[0]?.["forward_origin"]) world.telegram.advance(2_000);
  try {
    return await playMessages(world, notes, ada, given);
  } finally {
    changeSettings(world, ada, before);
    if (memos_visibility) await notes.setDefaultVisibility("PRIVATE");
  }
}

async function playMessages(world: Place, notes: Notes, ada: Ada, given: Case): Promise<Played> {
  const known = new Set((await notes.memos()).map(({ name }) => name));
  const messages: Sent[] = [];
  const fileIds = new Set<string>();
  const chatId = chatOf(given);
  const [sentBefore, askedBefore] = [world.telegram.sent.length, world.telegram.requests.length];
  const answers = () => {
    const sent = world.telegram.sent.slice(sentBefore).map(({ message }) => message["message_id"]);
    return world.telegram.botMessages(chatId).filter(({ message_id }) => sent.includes(message_id));
  };
  const made = async () => (await notes.memos()).filter(({ name }) => !known.has(name));

  const seen = (id: number) =>
    world.telegram.chat(chatId).messages.find(({ message_id }) => message_id === id) as unknown as Sent &
      Fields;
  const times: string[] = [];
  const deliver = async (updates: readonly Fields[], options: { keepDates?: boolean } = {}) => {
    world.telegram.deliver([...updates], options);
    for (const { message = undefined, channel_post: post } of updates as {
      message?: Sent;
      channel_post?: Sent;
    }[]) {
      const sent = message ?? post;
      if (!sent) continue;
      messages.push(sent);
      const { date = 0 } = seen(sent.message_id) ?? {};
      times.push(new Date(date * 1000).toISOString().replace(".000", ""));
    }
    for (const id of fileIdsIn(updates)) fileIds.add(id);
    await world.quiet();
  };
  const send = (list: readonly CaseMessage[]) =>
    deliver(
      list.map((message) => newMessage(nextId(world), message, { messages, answers: answers(), seen })),
    );

  const playSample = async (name: string, newId?: () => number) => {
    for (const batch of batchesOf(name)) {
      await deliver(newId ? batch.map((update) => withNewId(update, newId)) : batch);
    }
  };
  if (given.sample) await playSample(given.sample);
  if (given.messages) await send(given.messages);
  for (const step of given.then ?? []) {
    if ("messages" in step) await send(step.messages);
    // The bot's answers may have the ids by now that its messages had.
    else if ("sample" in step) await playSample(step.sample, () => nextId(world));
    else if ("edit" in step) {
      const { reply_to_message: _shown, ...body } = seen(messages[step.edit]?.message_id ?? 0);
      const edited = { ...body, edit_date: Math.floor(world.telegram.now() / 1000), ...step.to };
      const kept = Object.fromEntries(Object.entries(edited).filter(([, value]) => value !== null));
      const kind = isPost(kept) ? "edited_channel_post" : "edited_message";
      await deliver([{ update_id: nextId(world), [kind]: kept }], { keepDates: true });
    } else if ("press" in step) {
      const asked = answers().findLast((message) => buttonsOf(message).includes(step.press));
      if (!asked) throw new Error(`no answer has the button ${step.press}`);
      const pressed = ada.press(asked.message_id, step.press);
      await world.until("an answer to the press", () => pressed.isAnswered);
      await world.quiet();
    } else if ("write" in step) {
      await notes.write((await made())[step.write]?.name ?? "", step.content);
    } else {
      await notes.remove((await made())[step.remove]?.name ?? "");
    }
  }

  const hashes = new Set(await Promise.all([...fileIds].map((fileId) => hashOf(world, fileId))));
  return {
    memos: await Promise.all(
      (await made()).map(async (memo) => ({ ...memo, comments: await notes.comments(memo.name) })),
    ),
    answers: answers().map(({ text }) => text ?? ""),
    alerts: world.telegram.requests
      .slice(askedBefore)
      .filter(({ method }) => method === "answerCallbackQuery")
      .map(({ params }) => params["text"] ?? ""),
    times,
    gave: (bytes) => hashes.has(Bun.hash(bytes)),
    fill: (text) =>
      text
        .replaceAll("{day}", times[0]?.slice(0, 10) ?? "")
        .replace(/\{id(?:\+(\d+))?\}/g, (_, at = 0) => `${messages[Number(at)]?.message_id}`),
  };
}

/** An edit keeps the id of its message. */
function withNewId(update: Fields, newId: () => number): Fields {
  const { message } = update as { message?: Fields };
  return message ? { ...update, message: { ...message, message_id: newId() } } : update;
}

/** A sample's updates; what edits a message comes after it was saved. */
function batchesOf(name: string): Fields[][] {
  const batches: Fields[][] = [];
  for (const update of sample(name)) {
    const last = batches.at(-1);
    if (last && !("edited_message" in update)) last.push(update);
    else batches.push([update]);
  }
  return batches;
}

function chatOf(given: Case): number {
  const [first] = given.sample === undefined ? [] : sample(given.sample);
  const brought = ["message", "edited_message", "channel_post", "edited_channel_post"].map(
    (kind) => first?.[kind],
  );
  const message = (brought.find(Boolean) ?? given.messages?.[0]) as { chat?: { id: number } } | undefined;
  return message?.chat?.id ?? SAMPLE_USER;
}

const isPost = ({ chat }: { readonly chat?: unknown }) =>
  (chat as { type?: string } | undefined)?.type === "channel";

const lastIds = new WeakMap<object, number>();

/** Of an update and its message: none that the bot's messages have. */
function nextId({ telegram }: Place): number {
  const sent = telegram.sent.map(({ message }) => Number(message["message_id"]));
  const id = Math.max(lastIds.get(telegram) ?? 50_000, ...sent) + 1;
  lastIds.set(telegram, id);
  return id;
}

function newMessage(
  id: number,
  { reply_to, ...fields }: CaseMessage,
  before: { messages: readonly Sent[]; answers: readonly { message_id: number }[]; seen(id: number): Fields },
): Fields {
  const target =
    reply_to === undefined
      ? undefined
      : "message" in reply_to
        ? before.messages[reply_to.message]
        : before.answers[reply_to.answer];
  if (reply_to && !target) throw new Error("there is nothing to reply to");
  const { from, chat, date } = ADA;
  const replied = target && { reply_to_message: before.seen(target.message_id) };
  const common = { message_id: id, date, ...fields, ...replied };
  return isPost(fields)
    ? { update_id: id, channel_post: { sender_chat: fields["chat"], ...common } }
    : { update_id: id, message: { from, chat, ...common } };
}

function fileIdsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "file_id" in value && typeof value.file_id === "string" ? [value.file_id] : [];
  return [...own, ...Object.values(value).flatMap(fileIdsIn)];
}

/** Of the bytes that a download gives; undefined where the file is too large for one. */
async function hashOf({ telegram }: Place, fileId: string): Promise<bigint | number | undefined> {
  const asked = await fetch(
    `${telegram.url}/bot${telegram.token}/getFile?file_id=${encodeURIComponent(fileId)}`,
  );
  const { result } = (await asked.json()) as { result?: { file_path: string } };
  return result && Bun.hash(await (await fetch(`${telegram.fileUrl}/${result.file_path}`)).bytes());
}

function buttonsOf({ reply_markup }: { reply_markup?: unknown }): string[] {
  const { inline_keyboard = [] } = (reply_markup ?? {}) as { inline_keyboard?: { text: string }[][] };
  return inline_keyboard.flat().map(({ text }) => text);
}

/** A memo as a case tells it. What a case leaves out is as it is with every memo. */
export function told({ content, files, location, visibility, pinned }: Note) {
  return {
    content,
    files: files.map(({ name, type, bytes }) => ({ name, type, size: bytes.length })),
    location,
    visibility,
    pinned,
  };
}

export function expected({ memos }: Case, { fill }: Pick<Played, "fill">) {
  const one = ({ content, files = [], location, visibility = "PRIVATE", pinned = false }: ExpectedMemo) => ({
    content: fill([content].flat().join("\n")),
    files: files.map((file) => ({ ...file, name: fill(file.name) })),
    location,
    visibility,
    pinned,
  });
  return memos.map((memo) => ({ ...one(memo), comments: (memo.comments ?? []).map(one) }));
}

/** What the bot says where a case does not tell: in a group nothing, since there it marks what is saved. */
export const answersOf = (given: Case): readonly string[] =>
  given.answers ?? (chatOf(given) < 0 ? [] : given.memos.map(() => "Saved as PRIVATE · open"));
