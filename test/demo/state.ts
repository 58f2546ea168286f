import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import type { CompileContext, HtmlExtension, Token } from "micromark-util-types";

import type { LogLine } from "../support/binary.ts";
import type { Demo } from "./demo.ts";

/** The part of memoferry's status that the page shows. */
interface FerryStatus {
  readonly bot: { readonly username: string; readonly name: string } | null;
  readonly jobs: Readonly<Record<"waiting" | "working" | "done" | "dead", number>>;
}

const LOG_SHOWN = 80;
const MEMOS_SHOWN = 50;

/** Everything that the page shows, for one of the people. */
export async function stateOf(demo: Demo, as: string) {
  const { people, ferry, memos } = demo;
  const shown = people.find(({ key }) => key === as) ?? people[0];
  const status = await statusOf(demo);
  const bound = await boundOf(demo, status);
  return {
    as: shown?.key ?? "",
    people: people.map(({ key, name, chat, account }) => {
      const isBound = bound.has(chat.person.id);
      return { key, name, isBound, bindToken: isBound ? null : account.token };
    }),
    messages: shown?.chat.shown(await waitingOf(demo, shown.chat.person.id, status)) ?? [],
    memos: {
      url: memos.url,
      account: shown?.account.name ?? "",
      version: memos.version,
      away: demo.memosUp ? null : "You switched it off.",
      items: memosOf(demo, shown?.account.name)
        .slice(0, MEMOS_SHOWN)
        .map((memo) => ({ ...shownMemo(memo), comments: memos.comments(memo.name).map(shownMemo) })),
    },
    ferry: {
      pid: ferry.running ? ferry.pid : null,
      status,
      log: ferry.log.slice(-LOG_SHOWN).map(shownLine),
    },
  };
}

/** Of one account, with those of its comments. */
export const filesOf = (demo: Demo, account: string) =>
  memosOf(demo, account).flatMap(({ name, attachments }) => [
    ...attachments,
    ...demo.memos.comments(name).flatMap((comment) => comment.attachments),
  ]);

/** Of one account, the newest first. */
export const memosOf = ({ memos }: Demo, account: string | undefined) =>
  memos
    .memos()
    .filter(({ creator, state }) => creator === account && state === "NORMAL")
    .toReversed();

function shownMemo({ name, content, visibility, pinned, createTime, tags, attachments }: Memo) {
  const files = attachments.map(({ name: file, filename, type, size }) => ({
    name: file,
    filename,
    type,
    size,
  }));
  return { name, content, html: renderMarkdown(content), visibility, pinned, time: createTime, tags, files };
}

type Memo = ReturnType<typeof memosOf>[number];

function shownLine({ time, level, part, message, ...fields }: LogLine) {
  const told = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return { time: String(time), level, text: [`${part}: ${message}`, ...told].join("  ") };
}

async function statusOf({ ferry, api }: Demo): Promise<FerryStatus | null> {
  if (!ferry.isListening) return null;
  try {
    const { bot, jobs } = (await (await api("GET", "/api/v1/status")).json()) as FerryStatus;
    return { bot, jobs };
  } catch {
    // It was killed just now.
    return null;
  }
}

/** Who has a Memos account, as far as memoferry could be asked. */
async function boundOf(demo: Demo, status: FerryStatus | null): Promise<ReadonlySet<number>> {
  if (status === null) return demo.bound;
  const asked = demo.api("GET", "/api/v1/bindings").then((answer) => answer.json());
  const found = (await asked.catch(() => null)) as { items: { telegram_id: number }[] } | null;
  if (found) demo.bound = new Set(found.items.map(({ telegram_id }) => telegram_id));
  return demo.bound;
}

/** The messages of a chat that wait, and what for: those that memoferry has, and those that Telegram keeps for it. */
async function waitingOf(
  demo: Demo,
  chatId: number,
  status: FerryStatus | null,
): Promise<ReadonlyMap<number, string>> {
  const { ferry, telegram, api } = demo;
  if (ferry.running && status !== null) demo.waiting.set(chatId, new Map());
  const waiting = demo.waiting.get(chatId) ?? new Map<number, string>();
  if (!ferry.running) {
    for (const { payload } of telegram.pendingUpdates) {
      const { chat, message_id } = payload as { chat?: { id: number }; message_id?: number };
      if (chat?.id === chatId && message_id !== undefined) waiting.set(message_id, "memoferry");
    }
  } else if (status !== null && status.jobs.waiting > 0) {
    const asked = api("GET", `/api/v1/updates?state=waiting&limit=200&chat_id=${chatId}`);
    const found = await asked.then((answer) => answer.json()).catch(() => ({ items: [] }));
    for (const { message_id, waiting_for } of (found as { items: WaitingUpdate[] }).items) {
      waiting.set(message_id, waiting_for === "memos" ? "Memos" : "its turn");
    }
  }
  return waiting;
}

interface WaitingUpdate {
  readonly message_id: number;
  readonly waiting_for: string | null;
}

/** Tags without attributes that Memos shows as HTML, as far as memoferry or people write them. */
const ALLOWED_TAG = /<\/?(?:ins|details|summary|b|i|s|u|em|strong|del|sub|sup|kbd|br)\s*\/?>/gi;

/** Raw HTML becomes visible text, except the tags above: nothing in a memo can run or load anything. */
function writeHtml(this: CompileContext, token: Token): undefined {
  const text = this.sliceSerialize(token);
  let at = 0;
  for (const tag of text.matchAll(ALLOWED_TAG)) {
    this.raw(this.encode(text.slice(at, tag.index)));
    this.raw(tag[0]);
    at = tag.index + tag[0].length;
  }
  this.raw(this.encode(text.slice(at)));
}

const someHtml: HtmlExtension = { exit: { htmlFlowData: writeHtml, htmlTextData: writeHtml } };

/** A memo's content as HTML that is safe to put into the page. Single newlines stay: the style sheet shows them. */
function renderMarkdown(content: string): string {
  return micromark(content, {
    extensions: [gfm(), math()],
    // The last one wins.
    htmlExtensions: [gfmHtml(), mathHtml({ output: "mathml", throwOnError: false }), someHtml],
  }).replaceAll("<br />\n", "<br />");
}
