import { describe, expect, test } from "bun:test";
import { compare, planOf } from "../../src/chat/publishing/plan.ts";
import type { Attachment } from "../../src/memos/client.ts";

const MB = 1_000_000;
const file = (filename: string, type: string, size = 1): Attachment => ({
  name: `attachments/${filename}`,
  ...{ filename, type, size, createTime: "" },
});
const plan = (content: string, ...attachments: Attachment[]) => planOf({ content, attachments }, 50 * MB);
/** The text of each message, or the names of its files. */
const shown = ({ parts }: Awaited<ReturnType<typeof plan>>) =>
  parts.map((part) => ("text" in part ? part.text.text : part.files.map(({ filename }) => filename).join()));

describe("a memo as a post", () => {
  test("has what is shown alike together, a moving picture alone, and no album larger than what is taken", async () => {
    const made = await plan(
      "",
      file("a.pdf", "application/pdf"),
      file("b.jpg", "image/jpeg"),
      file("c.gif", "image/gif"),
      file("d.mp3", "audio/mpeg"),
      file("e.mp4", "video/mp4", 30 * MB),
      file("f.mp4", "video/mp4", 30 * MB),
      file("g.png", "image/png", 11 * MB),
      file("h.gif", "image/gif"),
      file("big.zip", "application/zip", 51 * MB),
      file("none.txt", "text/plain", 0),
    );
    expect(shown(made)).toEqual(["b.jpg,e.mp4", "f.mp4", "c.gif", "h.gif", "d.mp3", "a.pdf,g.png"]);
    expect(made.left.map(({ filename }) => filename)).toEqual(["big.zip", "none.txt"]);
  });

  test("has up to 1,024 characters with up to 100 marks as a caption, and messages of 4,096 before its files", async () => {
    const picture = file("a.jpg", "image/jpeg");
    const captionOf = async (text: string) => {
      const [first] = (await plan(text, picture)).parts;
      return first && "files" in first ? first.caption?.text.length : undefined;
    };
    expect(await captionOf("x".repeat(1_024))).toBe(1_024);
    expect(await captionOf("x".repeat(1_025))).toBeUndefined();
    expect(await captionOf("**x** ".repeat(101))).toBeUndefined();
    const long = shown(await plan("word ".repeat(1_000), picture));
    expect(long.map((text) => text.length <= 4_096)).toEqual([true, true, true]);
    expect(long.at(-1)).toBe("a.jpg");
    expect(shown(await plan("\u200b"))).toEqual([]);
  });

  test("can be edited into one of as many messages and the same files", async () => {
    const [one, two] = [file("a.jpg", "image/jpeg"), file("b.jpg", "image/jpeg")];
    const between = async (...plans: [ReturnType<typeof plan>, ReturnType<typeof plan>]) => {
      const [from, to] = await Promise.all(plans);
      const { hasSameMessages, hasSameFiles } = compare(from.contentHash, to.contentHash);
      return [hasSameMessages, hasSameFiles, from.contentHash === to.contentHash];
    };
    expect(await between(plan("a", one), plan("a", one))).toEqual([true, true, true]);
    expect(await between(plan("a", one), plan("b", one))).toEqual([true, true, false]);
    expect(await between(plan("a", one), plan("", one))).toEqual([true, true, false]);
    expect(await between(plan("a", one), plan("a", one, two))).toEqual([true, false, false]);
    expect(await between(plan("a"), plan("a ".repeat(3_000)))).toEqual([false, true, false]);
    expect(await between(plan("a", one), plan("x".repeat(2_000), one))).toEqual([false, true, false]);
  });
});
