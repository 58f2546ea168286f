import { isOwn } from "../../accounts/account-name.ts";
import { createKeyedMutex } from "../../base/keyed-mutex.ts";
import { logger } from "../../base/log.ts";
import type { PostQuestion } from "../../domain/choices.ts";
import { chatAlone, type Owed } from "../../domain/outgoing.ts";
import { isNarrower } from "../../domain/visibility.ts";
import type { Memo } from "../../memos/client.ts";
import { isMemosError, UploadSizeError } from "../../memos/errors.ts";
import { inPlaceOf, type Message, say } from "../../replies/messages.ts";
import { cut, oneLine } from "../../replies/text-writer.ts";
import { isRefused, type Post, publicationOf } from "../../store/publishing/posts.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { type Channel, channelName, findChannel, whyNotPost } from "../channels.ts";
import type { Asker, ChatContext, Worked } from "../context.ts";
import { bestLine } from "../lists/best-line.ts";
import { compare, type Plan, planOf } from "./plan.ts";
import { editPart, sendPart } from "./send.ts";
import { postMessage, telegramsWords } from "./words.ts";

/** What the work on a post is done with. */
interface Publishing extends Asker {
  readonly post: Post;
  /** Null where it is not found any more. */
  readonly channel: Channel | null;
  /** Somebody waits to hear what becomes of it. */
  readonly isAsked: boolean;
  /** The message by which they asked, or whose button they pressed. */
  readonly message_id: number | null;
  readonly isPressed: boolean;
}

const NOTHING: Worked = { owed: [] };
const LIMITS = { waiting_for: "telegram", reason: "server_trouble", detail: "Telegram's limits" } as const;
const LONGEST_NAME = 200;
const LONGEST_LINE = 200;

/** Brings posts up to date with their memos: each part is sent once, and changed where it stands. */
export function createPublications(context: ChatContext) {
  const { api, memos, urls, posts, pace, bindings, textsFor, uploadLimitBytes } = context;
  const { askerOf } = context;
  const log = logger("publishing");
  const mutex = createKeyedMutex();

  async function bring(of: Publishing): Promise<Worked> {
    const { post, token, texts, signal, isAsked } = of;
    const { id, parts, asked } = post;
    const isOpen = (question: PostQuestion) => asked === question && !isAsked;
    if (parts.includes("sending")) {
      return isOpen("sent") ? NOTHING : ask(of, "sent", texts.publish.lost(named(of)));
    }
    const memo = await memos.lookUpMemo(token, post.memo_name, signal);
    const isThere = parts.some((part) => part !== "owed" && part.length > 0);
    if (!memo || isNarrower(memo.visibility, post.visibility)) {
      if (!isThere) return giveUp(of, isAsked ? texts.memoGone : null);
      if (isOpen("removed")) return NOTHING;
      const { visibility } = memo ?? {};
      const { gone, narrowed } = texts.publish;
      return ask(of, "removed", visibility ? narrowed({ ...named(of), visibility }) : gone(named(of)));
    }
    const plan = await planOf(memo, uploadLimitBytes);
    const isWhole = isThere && !parts.includes("owed");
    const isPlanned = parts.length > 0 && post.content_hash === plan.contentHash;
    if (isWhole && isPlanned) {
      if (asked !== null) posts.note(id, { asked: null }, [], of.job_id);
      return isAsked ? tell(of, texts.publish.there(named(of))) : NOTHING;
    }
    const trouble = (await whyNot(of, memo)) ?? (plan.parts.length === 0 ? texts.publish.nothing : null);
    if (trouble !== null) return isThere ? cannotFollow(of, trouble) : giveUp(of, trouble);
    const refusal = await whyNotThere(of);
    if (refusal !== null) return isThere ? cannotFollow(of, refusal) : refuse(of, memo, plan, refusal);
    if (isWhole) return edit(of, plan);
    if (isThere && !isPlanned) {
      // The memo was changed amid the sending: what is in the channel is of the version before.
      return cannotFollow(of, undefined, { parts: parts.map((part) => (part === "owed" ? [] : part)) });
    }
    if (!isPlanned) begin(of, plan);
    return send(of, plan);
  }

  function begin(of: Publishing, { parts, contentHash, left }: Plan): void {
    const megabytes = Math.floor(uploadLimitBytes / 1_000_000);
    const told = without(of, left, of.texts.publish.tooBig({ megabytes }));
    const owed = parts.map(() => "owed" as const);
    posts.note(of.post.id, { parts: owed, content_hash: contentHash, asked: null }, told, of.job_id);
  }

  /** Why it is never posted in the channel. */
  async function whyNot(of: Publishing, memo: Memo): Promise<string | null> {
    const { post, binding, token, texts, signal } = of;
    // News show memos of others, too.
    if (!(await isOwn(context, { binding, token, memo }, signal))) return texts.notYours;
    return posts.cameFrom(post, post.chat_id) ? texts.publish.fromThere(named(of)) : null;
  }

  /** Why nothing may be posted in the channel now; asked of Telegram each time. */
  async function whyNotThere(of: Publishing): Promise<string | null> {
    const { from, channel, texts, signal } = of;
    if (!channel) return texts.publish.notFound(named(of));
    return whyNotPost(context, { channel, from, texts, signal });
  }

  /** What a person has to mend first is told once for each version of a memo, with a button to try again. */
  async function refuse(of: Publishing, memo: Memo, { contentHash }: Plan, why: string): Promise<Worked> {
    const { post, isAsked, texts } = of;
    if (isRefused(post) && post.content_hash === contentHash && !isAsked) return NOTHING;
    const line = cut((await bestLine(memo.content, [])) || texts.withoutText, LONGEST_LINE);
    const shown = { line, url: urls.memoUrl(memo.name) };
    return ask(of, "changed", why, { content_hash: contentHash }, shown);
  }

  /** Sends what is not there yet, in order. Where it is not known whether a part is, its person is asked. */
  async function send(of: Publishing, plan: Plan): Promise<Worked> {
    const { post, job_id, token, texts, signal, isAsked } = of;
    const { id, chat_id, memo_name } = post;
    for (const [at, part] of plan.parts.entries()) {
      if (posts.get(id)?.parts[at] !== "owed") continue;
      const restMs = pace.restsMs(chat_id, false);
      if (restMs > 0) return { owed: [], waits: { ...LIMITS, pauseMs: restMs } };
      posts.sending(id, at);
      try {
        const ids = await sendPart(context, { chat_id, token, part, signal });
        posts.sent(id, at, ids, { job_id, chat_id });
        log.info("posted", { job_id, chat_id, memo: memo_name, messages: ids.length });
      } catch (error) {
        if (mayBeThere(error)) {
          // The next start asks its person.
          if (signal.aborted) throw error;
          return ask(of, "sent", texts.publish.lost(named(of)));
        }
        posts.notSent(id, at);
        const words = refusalIn(of, error);
        if (words === null) throw error;
        log.warn("a part of a post was refused", { job_id, chat_id, memo: memo_name, error });
        const told = "files" in part ? without(of, part.files, words) : [remark(of, words)];
        posts.note(id, { parts: (posts.get(id) ?? post).parts.with(at, []) }, told, job_id);
      }
    }
    const parts = posts.get(id)?.parts ?? [];
    // Each part was refused, of which its person was told.
    if (parts.every((part) => part.length === 0)) {
      giveUp(of, null);
      return withoutQuestion(of);
    }
    const sent = { ...of, post: { ...post, parts } };
    return isAsked ? tell(sent, texts.publish.done(named(of))) : NOTHING;
  }

  /** Changes what can be changed: the words, where they take as many messages as before. */
  async function edit(of: Publishing, plan: Plan): Promise<Worked> {
    const { post, signal } = of;
    const { id, chat_id, parts, content_hash } = post;
    const { hasSameMessages, hasSameFiles } = compare(content_hash, plan.contentHash);
    if (!hasSameMessages) return cannotFollow(of);
    let refusal: string | undefined;
    for (const [at, part] of plan.parts.entries()) {
      // Only the first of several albums has words.
      if ("files" in part && at > 0) break;
      const message_id = idsOf(parts[at])[0];
      try {
        if (message_id === undefined) refusal ??= of.texts.publish.unknown;
        else await editPart(context, { chat_id, message_id, part, signal });
      } catch (error) {
        const words = refusalIn(of, error);
        if (words === null) throw error;
        refusal = words;
      }
    }
    if (refusal !== undefined || !hasSameFiles) return cannotFollow(of, refusal);
    posts.note(id, { content_hash: plan.contentHash, asked: null }, [], of.job_id);
    return of.isAsked ? tell(of, of.texts.publish.there(named(of))) : NOTHING;
  }

  /** The post cannot be edited to be as the memo is: its person is told once, until it is, or is published again. */
  function cannotFollow(
    of: Publishing,
    why = of.texts.publish.fixed,
    known: { parts?: Post["parts"] } = {},
  ): Worked {
    if (of.post.asked === "changed" && !of.isAsked) return NOTHING;
    return ask(of, "changed", `${why} ${of.texts.publish.changed(named(of))}`, known);
  }

  /** What Telegram, or Memos, does not do however often it is asked, in words; null for other trouble. */
  function refusalIn({ texts }: Publishing, error: unknown): string | null {
    if (isTelegramError(error, "refused")) return texts.publish.refused({ words: telegramsWords(error) });
    const isGone = error instanceof UploadSizeError || isMemosError(error, "not_found", "forbidden");
    return isGone ? texts.publish.fileGone : null;
  }

  function ask(
    of: Publishing,
    asked: PostQuestion,
    text: string,
    known: { parts?: Post["parts"]; content_hash?: string } = {},
    memo?: Parameters<typeof postMessage>[1]["memo"],
  ): Worked {
    const { id } = of.post;
    posts.note(id, { ...known, asked }, [outcome(of, { text, question: asked, memo })], of.job_id);
    return NOTHING;
  }

  /** Forgets a post of which nothing is in the channel. */
  function giveUp(of: Publishing, text: string | null): Worked {
    posts.forget(of.post.id);
    return text === null ? NOTHING : tell(of, text);
  }

  const tell = (of: Publishing, text: string): Worked => ({ owed: [outcome(of, { text })] });

  type Words = Omit<Parameters<typeof postMessage>[1], "post" | "channel">;

  /** What is told of a publication, in place of the message whose button was pressed, if it was by one. */
  function outcome(of: Publishing, words: Words): Owed {
    const { texts, post, channel, message_id, isPressed } = of;
    const message = postMessage(texts, { post, channel, ...words });
    const said = word(of, message);
    return isPressed && message_id !== null ? inPlaceOf({ message_id }, message, said) : said;
  }

  const word = ({ to, message_id, isPressed }: Publishing, message: Message): Owed =>
    say(to, message, { replyTo: isPressed ? null : message_id });

  /** Removes the message whose button was pressed, since all has been said below it. */
  const withoutQuestion = ({ to: { chat_id }, isPressed, message_id }: Publishing): Worked =>
    isPressed && message_id !== null
      ? { owed: [{ chat_id, method: "deleteMessage", promise: "notice", params: { message_id } }] }
      : NOTHING;

  const remark = (of: Publishing, text: string): Owed =>
    word(of, postMessage(of.texts, { post: of.post, channel: of.channel, text }));

  /** Tells of each file that is not posted. */
  const without = (of: Publishing, files: readonly { readonly filename: string }[], why: string): Owed[] =>
    files.map(({ filename }) =>
      remark(of, of.texts.missingFile({ name: cut(oneLine(filename), LONGEST_NAME), why })),
    );

  return async ({ job }: LeasedJob, signal: AbortSignal): Promise<Worked> => {
    const { post_id, isAsked, isPressed } = publicationOf(job);
    const from = job.telegram_id ?? 0;
    const who = {
      from,
      at: job.created_at,
      to: chatAlone(from),
      binding: bindings.get(from),
      texts: textsFor(from),
    };
    const asker = askerOf({ ...who, job_id: job.id, signal });
    // They have left the account, or Memos is another one: what they published stays as it is.
    if (!asker || !isOf(job, asker.binding)) return NOTHING;
    return mutex(String(post_id), async () => {
      const post = posts.get(post_id);
      if (!post) return NOTHING;
      const channel = await findChannel(api, post.chat_id, signal);
      const { message_id } = job;
      return bring({ ...asker, post, channel, isAsked, message_id, isPressed });
    });
  };
}

const named = ({ texts, channel }: Publishing) => ({ channel: channelName(texts, channel) });

const idsOf = (part: Post["parts"][number] | undefined) => (Array.isArray(part) ? part : []);

/** Whether Telegram may have carried out a call that failed. Whatever is wrong with the bytes of a file, it has not. */
function mayBeThere(error: unknown): boolean {
  if (isTelegramError(error)) return ["unreachable", "aborted"].includes(error.kind) && !error.surelyNotDone;
  return !isMemosError(error) && !(error instanceof UploadSizeError);
}
