import type { LeftOut } from "../domain/saved.ts";
import type { Texts } from "../locales/texts.ts";

/** What stands in the memo for a file that stays in Telegram: its name, which leads there where it can. */
export function leftOutLine(
  texts: Texts,
  { filename, link }: { readonly filename: string; readonly link: string | null },
  leftOut: LeftOut,
): string {
  const name = filename.replace(/[\\`*_[\]<>~$#|=^]/g, "\\$&");
  return `📎 ${texts.onlyInTelegram({ name: link === null ? name : `[${name}](${link})`, why: whyLeftOut(texts, leftOut) })}`;
}

export function whyLeftOut(texts: Texts, { why, bytes }: LeftOut): string {
  const size = { megabytes: ((bytes ?? 0) / (1024 * 1024)).toFixed(1) };
  switch (why) {
    case "bots":
      return texts.tooBigForBots;
    case "memos":
      return texts.tooBigForMemos(size);
    case "proxy":
      return texts.tooBigForProxy(size);
    case "lost":
      return texts.lostInTelegram;
    default:
      return why satisfies never;
  }
}
