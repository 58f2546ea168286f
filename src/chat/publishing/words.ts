import type { PostQuestion } from "../../domain/choices.ts";
import type { Texts } from "../../locales/texts.ts";
import { messageUrl } from "../../markdown/write/markdown-parts.ts";
import type { Keyboard } from "../../replies/callback-data.ts";
import { button, type Message } from "../../replies/messages.ts";
import { createTextWriter } from "../../replies/text-writer.ts";
import type { Post } from "../../store/publishing/posts.ts";
import type { TelegramError } from "../../telegram/errors.ts";
import type { Channel } from "../channels.ts";

/** What Telegram itself says, without what it was asked and the name of the status. */
export const telegramsWords = ({ message }: TelegramError) =>
  message.replace(/^\w+: (?:Bad Request: |Forbidden: )?/, "");

/** Words about a post, with its address where it has one, and what can be answered. */
export function postMessage(
  texts: Texts,
  about: {
    readonly post: Post;
    readonly channel: Channel | null;
    readonly text: string;
    readonly question?: PostQuestion | undefined;
    /** Stands above, where nothing else tells which memo it is. */
    readonly memo?: { readonly line: string; readonly url: string | null } | undefined;
  },
): Message {
  const { post, channel, text, question, memo } = about;
  const { memo_name, account_key } = post;
  const writer = createTextWriter();
  if (memo) writer.add(memo.line, memo.url === null ? undefined : { url: memo.url }).add("\n\n");
  writer.add(text);
  const url = channel && messageUrl({ ...channel, type: "channel" }, post.parts.find(Array.isArray)?.[0]);
  if (url) writer.add(" · ").add(texts.open, { url });
  return {
    ...writer.done(),
    shows: { memo_name, account_key },
    ...(question && { buttons: answers(texts, post, question) }),
  };
}

function answers(texts: Texts, { id: post_id, parts }: Post, question: PostQuestion): Keyboard {
  const { again, isThere, remove, keep } = texts.publish;
  const publishAgain = (text: string) => button(text, { ask: "post_again", post_id });
  switch (question) {
    case "sent":
      return [[publishAgain(again), button(isThere, { ask: "post_there", post_id })]];
    case "removed":
      return [[button(remove, { ask: "post_delete", post_id }), button(keep, { ask: "post_keep", post_id })]];
    case "changed":
      return [[publishAgain(parts.length === 0 ? texts.retry : again)]];
  }
}
