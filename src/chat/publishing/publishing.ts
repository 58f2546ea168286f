import type { Owed, ShownMemo } from "../../domain/outgoing.ts";
import { isNarrower, type Visibility } from "../../domain/visibility.ts";
import { replyTarget } from "../../messages/message-text.ts";
import { button, change, type Message } from "../../replies/messages.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { Cause, Post } from "../../store/publishing/posts.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { mayPost } from "../administrators.ts";
import { bound, type Handlers, type PressAnswer, type Pressed } from "../buttons.ts";
import { channelName, chatNamed, findChannel, whyNotPost } from "../channels.ts";
import type { Answers, Asker, ChatContext, Said } from "../context.ts";
import type { AskedMemo, createMemoRequests } from "../memo-requests.ts";
import { createFollow } from "./follow.ts";
import { createPublications } from "./publications.ts";
import { createRules } from "./rules.ts";
import { telegramsWords } from "./words.ts";

const MOST_NAMED = 10;

/** What people publish in channels, and what they answer about that. */
export function createPublishing(
  context: ChatContext,
  { answerAbout }: Pick<ReturnType<typeof createMemoRequests>, "answerAbout">,
) {
  const { api, jobs, memos, posts, publishRules, askerOf, askMemos } = context;
  const follow = createFollow(context);
  const rules = createRules(context, follow);

  /** What becomes of it is told by the job that posts it. */
  function want(
    { binding, from }: Pick<Asker, "binding" | "from">,
    wanted: { readonly memo_name: string; readonly chat_id: number; readonly visibility: Visibility },
    cause: Cause,
  ): [] {
    posts.want({ ...wanted, account_key: binding.account_key, telegram_id: from }, cause);
    return [];
  }

  /** `/publish @channel` as a reply. */
  async function publish(asker: AskedMemo & Said, argument: string): Promise<Message | []> {
    const { from, texts, signal, token, binding, message, name: memo_name } = asker;
    const known = argument === "" ? channelsOf(from) : [];
    if (known.length > 1) return several(asker, known);
    const [named = chatNamed(argument)] = known;
    if (named === null) return { text: texts.publish.how };
    const channel = await findChannel(api, named, signal);
    if (!channel) return { text: texts.publish.notFound({ channel: argument || channelName(texts, null) }) };
    const trouble = await whyNotPost(context, { channel, from, texts, signal });
    if (trouble !== null) return { text: trouble };
    const { visibility } = await memos.getMemo(token, memo_name, signal);
    const chat_id = channel.id;
    const { account_key } = binding;
    if (visibility === "PUBLIC" || isAgreed({ memo_name, account_key }, chat_id, visibility)) {
      const cause = { job_id: asker.job_id, message_id: message.message_id, by: "message" } as const;
      return want(asker, { memo_name, chat_id, visibility }, cause);
    }
    const anyway = { ask: "publish_anyway", job_id: asker.job.id, chat_id } as const;
    const text = texts.publish.notPublic({ visibility, channel: channelName(texts, channel) });
    const shows = { memo_name, account_key };
    return { text, shows, buttons: [[button(texts.publish.anyway, anyway)]] };
  }

  /** Whether it was published there already when as few people saw the memo. */
  const isAgreed = (memo: ShownMemo, chatId: number, visibility: Visibility) =>
    posts.of(memo).some((post) => post.chat_id === chatId && !isNarrower(visibility, post.visibility));

  const channelsOf = (telegramId: number): number[] => {
    const ofRules = publishRules.of(telegramId).map(({ chat_id }) => chat_id);
    return [...new Set([...posts.channelsOf(telegramId), ...ofRules])];
  };

  /** Which channels it may be, each as it can be named. */
  async function several({ texts, signal }: Said, known: readonly number[]): Promise<Message> {
    const names = known.slice(0, MOST_NAMED).map(async (chat_id) => {
      const channel = await findChannel(api, chat_id, signal);
      return channel?.username ? `@${channel.username}` : `${channelName(texts, channel)} (${chat_id})`;
    });
    return { text: texts.publish.several({ channels: (await Promise.all(names)).join(", ") }) };
  }

  /** A button about somebody's own post. What is settled is only shown so. */
  const ofPost =
    (question: Post["asked"], work: (pressed: Pressed, post: Post) => PressAnswer) =>
    (pressed: Pressed & { readonly binding: Binding }, { post_id }: { readonly post_id: number }) => {
      const { from, texts } = pressed;
      const post = posts.get(post_id);
      if (post && post.telegram_id !== from) return texts.notYours;
      return post?.asked && (question === null || post.asked === question)
        ? work(pressed, post)
        : texts.alreadySettled;
    };

  /** What becomes of it is told in place of the message with the button. */
  const causeOf = ({ job_id, message_id }: Pressed) => ({ job_id, message_id, by: "press" }) as const;

  /** Shown until that takes its place. */
  const working = ({ chat_id, message_id, texts }: Pressed): Owed[] =>
    message_id === null ? [] : [change(chat_id, { message_id }, { text: texts.working })];

  /** Has a post brought up to date, with what its person has said about its parts. */
  function goOn(pressed: Pressed, post: Post, known: { parts: Post["parts"] }): Owed[] {
    posts.again(post, { ...known, asked: null }, causeOf(pressed));
    return working(pressed);
  }

  async function remove({ texts, from, signal, edit }: Pressed, post: Post): Promise<Owed[]> {
    const { id, chat_id, parts } = post;
    const channel = await findChannel(api, chat_id, signal);
    const name = { channel: channelName(texts, channel) };
    if (!(await mayPost(api, { chat_id, user_id: from }, signal)))
      return edit({ text: texts.publish.youMayNot(name) });
    for (const message_id of parts.flatMap((part) => (typeof part === "string" ? [] : part))) {
      try {
        await api.call("deleteMessage", { chat_id, message_id }, signal);
      } catch (error) {
        if (!isTelegramError(error, "refused")) throw error;
        if (/message to delete not found/i.test(error.message)) continue;
        return edit({ text: texts.publish.notDeleted({ ...name, words: telegramsWords(error) }) });
      }
    }
    posts.forget(id);
    return edit({ text: texts.publish.deleted });
  }

  const buttons = {
    publish_anyway: bound((pressed, { job_id, chat_id }) => {
      const { texts } = pressed;
      const job = jobs.get(job_id);
      const asker = askerOf(pressed);
      if (!job?.memo_name || !asker || !isOf(job, asker.binding)) return texts.notYours;
      const { memo_name } = job;
      const { account_key } = asker.binding;
      const carryOut = async ({ token, signal }: Asker) => {
        const { visibility } = await memos.getMemo(token, memo_name, signal);
        if (isAgreed({ memo_name, account_key }, chat_id, visibility)) return [];
        want(asker, { memo_name, chat_id, visibility }, causeOf(pressed));
        return working(pressed);
      };
      return askMemos(asker, carryOut, pressed.fail);
    }),
    post_again: bound(
      ofPost(null, (pressed, post) => {
        // What may be there is sent once more; a post that cannot be changed is made anew.
        const parts = post.parts.map((part) => (part === "sending" ? "owed" : part));
        return goOn(pressed, post, { parts: post.asked === "sent" ? parts : [] });
      }),
    ),
    post_there: bound(
      ofPost("sent", (pressed, post) =>
        goOn(pressed, post, { parts: post.parts.map((part) => (part === "sending" ? "there" : part)) }),
      ),
    ),
    post_delete: bound(ofPost("removed", remove)),
    post_keep: bound(ofPost("removed", ({ texts, edit }) => edit({ text: texts.publish.kept }))),
    ...rules.buttons,
  } satisfies Partial<Handlers>;

  return {
    commands: {
      publish: (said, command) =>
        replyTarget(said.message) ? answerAbout(said, command, publish) : { text: said.texts.publish.how },
    } satisfies Answers,
    buttons,
    rules,
    follow,
    work: createPublications(context),
  };
}
