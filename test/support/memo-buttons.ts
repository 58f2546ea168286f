// Buttons about memos: of the message that was saved, and of lists.
import type { Texts } from "../../src/locales/texts.ts";
import { archived, list, orphaned, overtaken, pinned, pressed, question, saved } from "./button-scenes.ts";
import type { Button, Shown } from "./buttons.ts";

const OF_LIST = { asksMemos: true } as const;
const memoGone = (texts: Texts) => texts.memoGone;
const ASKING = { gone: memoGone, asksMemos: true } as const;

const thought =
  (visibility: string, ...flags: ("pinned" | "archived")[]) =>
  (): Shown[] => [["a thought", visibility, ...flags]];
const as = (visibility: "PRIVATE" | "PROTECTED" | "PUBLIC") => ({
  ...ASKING,
  label: () => visibility,
  after: (texts: Texts) => texts.saved({ visibility }),
  memos: thought(visibility),
});
const isPrivate = (texts: Texts) => texts.saved({ visibility: "PRIVATE" });
const oneOf = (...texts: string[]) => new RegExp(`^(${texts.join("|")})`);

export const MEMO_BUTTONS: Readonly<Record<string, Button>> = {
  PUBLIC: { ...as("PUBLIC"), reach: saved },
  PROTECTED: { ...as("PROTECTED"), reach: saved },
  PRIVATE: {
    ...as("PRIVATE"),
    reach: pressed(
      saved,
      () => "PUBLIC",
      (texts) => texts.saved({ visibility: "PUBLIC" }),
    ),
  },
  pin: {
    ...ASKING,
    reach: saved,
    label: (texts) => texts.pin,
    after: isPrivate,
    memos: thought("PRIVATE", "pinned"),
  },
  unpin: {
    ...ASKING,
    reach: pinned,
    label: (texts) => texts.unpin,
    after: isPrivate,
    memos: thought("PRIVATE"),
  },
  delete: {
    ...ASKING,
    reach: saved,
    label: (texts) => texts.delete,
    after: (texts) => texts.deleteQuestion,
  },
  "delete it": {
    ...ASKING,
    reach: question,
    label: (texts) => texts.deleteYes,
    after: (texts) => texts.deleted,
    gone: (texts) => texts.deleted,
    memos: () => [],
  },
  "keep it": {
    ...ASKING,
    reach: question,
    label: (texts) => texts.cancel,
    after: isPrivate,
  },
  archive: {
    ...ASKING,
    reach: question,
    label: (texts) => texts.archive,
    after: (texts) => texts.archived,
    memos: thought("PRIVATE", "archived"),
  },
  "take out of the archive": {
    ...ASKING,
    reach: archived,
    label: (texts) => texts.unarchive,
    after: isPrivate,
    memos: thought("PRIVATE"),
  },
  overwrite: {
    reach: overtaken,
    label: (texts) => texts.overwrite,
    after: (texts) => texts.working,
    memos: () => [["mine", "PRIVATE"]],
    gone: (texts) => texts.editGone,
    adds: 1,
  },
  "save again": {
    asksMemos: true,
    reach: orphaned,
    label: (texts) => texts.saveAgain,
    after: (texts) => oneOf(texts.working, isPrivate(texts)),
    memos: () => [["mine", "PRIVATE"]],
    // Without a token nobody can tell what is there: it waits for the next one.
    deadToken: (texts) => texts.working,
    adds: 1,
  },
  "next page": {
    ...OF_LIST,
    reach: list,
    label: () => "6–6 ›",
    after: () => "6. one",
    gone: (texts) => texts.gone,
  },
  "previous page": {
    ...OF_LIST,
    reach: pressed(
      list,
      () => "6–6 ›",
      () => "6. one",
    ),
    label: () => "‹ 1–5",
    after: () => "1. six",
    gone: (texts) => texts.gone,
  },
  show: {
    ...OF_LIST,
    reach: list,
    label: (texts) => `${texts.show} 1`,
    after: () => /^six\n/,
    gone: memoGone,
    adds: 1,
    below: true,
  },
};
