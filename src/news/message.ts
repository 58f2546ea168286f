import type { Texts } from "../locales/texts.ts";
import { firstMessage } from "../markdown/split/cut.ts";
import type { Memo, Notification } from "../memos/client.ts";
import type { Message } from "../replies/messages.ts";
import { createTextWriter, cut, isBlank, oneLine } from "../replies/text-writer.ts";

/** Of what is written in Markdown. */
const MOST_SOURCE = 6_000;
/** Less than Telegram's 4,096 and 100: around it stand who wrote it and its files. */
const ROOM = { length: 3_500, entities: 95 };
const MOST_TITLE = 60;
const MOST_NAMES = 200;

/** Who wrote what, which leads to it, and the names of its files. `on`: the memo that it comments on, where that is at hand. */
export async function newsMessage(
  texts: Texts,
  { kind, sender }: Pick<Notification, "kind" | "sender">,
  { memo, on, url }: { memo: Memo; on: Memo | undefined; url: string | null },
): Promise<Message> {
  // Loaded by who needs it.
  const { markdownToText } = await import("../markdown/read.ts");
  const read = (content: string) => markdownToText(cut(content, MOST_SOURCE));
  const name = cut(oneLine(sender.displayName), MOST_TITLE);
  const title = cut(oneLine(read(on?.content ?? "").text), MOST_TITLE) || texts.withoutText;
  const whole = read(memo.content);
  const first = firstMessage(whole, ROOM);
  const isWhole = memo.content.length <= MOST_SOURCE && first.text.length === whole.text.length;
  const writer = createTextWriter();
  const head = kind === "comment" ? texts.commentedOn({ name, memo: title }) : texts.mentionedYou({ name });
  writer.add(head, url === null ? "bold" : { url });
  if (!isBlank(first.text)) writer.add("\n\n").add(first);
  if (!isWhole) writer.add(`\n\n${texts.restInMemos}`);
  const files = cut(memo.attachments.map(({ filename }) => oneLine(filename)).join(", "), MOST_NAMES);
  // As code, since `notes.md` would become a link.
  const code = { type: "code", offset: 0, length: files.length } as const;
  if (files !== "") writer.add("\n\n📎 ").add({ text: files, entities: [code] });
  return writer.done();
}
