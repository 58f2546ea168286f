// Every button of the bot, and what has become of it when it was pressed.
import { type Texts, textsIn } from "../../src/locales/texts.ts";
import {
  appointed,
  archived,
  cameBack,
  digested,
  failures,
  guest,
  list,
  listed,
  narrowed,
  open,
  orphaned,
  overtaken,
  pinned,
  pressed,
  question,
  type Reach,
  reminded,
  reminders,
  ruled,
  type Scene,
  saved,
  says,
  settings,
  toPublish,
  unanswered,
  unbind,
} from "./button-scenes.ts";

export interface Button {
  readonly reach: Reach;
  label(texts: Texts): string;
  /** What is said where the button stood, or below it, when it was pressed, once or more often. */
  after(texts: Texts): string | RegExp;
  /** What the memos are then; unchanged where it is about no memo. */
  readonly memos?: readonly Shown[];
  /** What people are bound to then; unchanged by default. */
  readonly bindings?: readonly string[];
  /** What is said when the memo is gone; none where the button is about no memo. */
  gone?(texts: Texts): string;
  /** Whether Memos is asked while the presser waits. */
  readonly asksMemos?: boolean;
  /** What is said then with a dead token, where it is more than that. */
  deadToken?(texts: Texts): string;
  /** How many messages the bot sends besides: confirmations, and what is shown. */
  readonly adds?: number;
  /** Whether the message with the button stays as it is, and the answer is below it. */
  readonly below?: true;
}

/** A memo: its content, its visibility, and what else there is to tell. */
export type Shown = readonly [string, string, ...("pinned" | "archived" | "of bob")[]];

/** The name of a text, or what gives one. */
type Words = { [Name in keyof Texts]: Texts[Name] extends string ? Name : never }[keyof Texts];
type Said<Text = string> = Words | ((texts: Texts) => Text);

const textOf =
  <Text>(said: Said<Text>) =>
  (texts: Texts) =>
    typeof said === "function" ? said(texts) : texts[said];

const button = (
  reach: Reach,
  label: Said,
  after: Said<string | RegExp>,
  more: Omit<Button, "reach" | "label" | "after"> = {},
): Button => ({ reach, label: textOf(label), after: textOf(after), ...more });

/** Under the message that was saved. */
const onMemo = (reach: Reach, label: Said, after: Said, memos?: Shown[], gone: Said = "memoGone") =>
  button(reach, label, after, { asksMemos: true, gone: textOf(gone), ...(memos && { memos }) });

const ofList = (reach: Reach, label: Said, after: Said<string | RegExp>, more: Partial<Button> = {}) =>
  button(reach, label, after, { asksMemos: true, gone: textOf("memoGone"), ...more });

const isSaved = (visibility: string) => (texts: Texts) => texts.saved({ visibility });
const isPrivate = isSaved("PRIVATE");
const thought = (visibility: string, ...flags: ("pinned" | "archived")[]): Shown[] => [
  ["a thought", visibility, ...flags],
];
const as = (visibility: "PRIVATE" | "PROTECTED" | "PUBLIC", reach: Reach = saved) =>
  onMemo(reach, () => visibility, isSaved(visibility), thought(visibility));

const mine: Shown[] = [["mine", "PRIVATE"]];
const letters = (...contents: string[]) => ({
  memos: contents.map((content): Shown => [content, "PRIVATE"]),
  adds: contents.length,
});
const next = () => "6–6 ›";
const previous = () => "‹ 1–5";

async function unbindOfHost(scene: Scene) {
  await guest(scene);
  await unbind(scene);
}

async function tagged(scene: Scene) {
  const { alice, texts } = scene;
  await open("tags")(scene);
  const { id: question } = await alice.hears(texts.tagQuestion);
  alice.says("#inbox", { replyTo: question });
  await alice.hears(`${texts.settings.tags}: #inbox`);
  await alice.presses(texts.settings.tags);
  await alice.hears(texts.tagQuestion);
}

const unknown = says("/frobnicate", (texts) => texts.unknownCommand({ name: "frobnicate" }));
const help = says("/help", (texts) => texts.help);
const left = (texts: Texts) => texts.unbound({ account: "alice" });
const askedToDiscard = (texts: Texts) => texts.discardAllQuestion({ count: 2 });

export const BUTTONS: Readonly<Record<string, Button>> = {
  PUBLIC: as("PUBLIC"),
  PROTECTED: as("PROTECTED"),
  PRIVATE: as(
    "PRIVATE",
    pressed(saved, () => "PUBLIC", isSaved("PUBLIC")),
  ),
  pin: onMemo(saved, "pin", isPrivate, thought("PRIVATE", "pinned")),
  unpin: onMemo(pinned, "unpin", isPrivate, thought("PRIVATE")),
  delete: onMemo(saved, "delete", "deleteQuestion"),
  "delete it": onMemo(question, "delete", "deleted", [], "deleted"),
  "keep it": onMemo(question, "cancel", isPrivate),
  archive: onMemo(question, "archive", "archived", thought("PRIVATE", "archived")),
  "take out of the archive": onMemo(archived, "unarchive", isPrivate, thought("PRIVATE")),
  overwrite: button(overtaken, "overwrite", "working", { memos: mine, adds: 1, gone: textOf("memoGone") }),
  "save again": button(
    orphaned,
    "saveAgain",
    (texts) => new RegExp(`^(${texts.working}|${isPrivate(texts)})`),
    // Without a token nobody can tell what is there: it waits for the next one.
    { asksMemos: true, memos: mine, adds: 1, deadToken: textOf("working") },
  ),
  "next page": ofList(list, next, () => "6. one"),
  "previous page": ofList(
    pressed(list, next, () => "6. one"),
    previous,
    () => "1. six",
  ),
  show: ofList(
    list,
    (texts) => `${texts.show} 1`,
    () => /^six\n/,
    { adds: 1, below: true },
  ),
  setting: button(
    settings,
    (texts) => texts.settings.confirmation,
    (texts) => texts.settings.confirmation,
  ),
  "back to the settings": button(open("confirmation"), "back", (texts) =>
    texts.settingsHead({ name: "alice" }),
  ),
  "value of a setting": button(
    open("confirmation"),
    (texts) => texts.confirmations.off,
    (texts) => `${texts.settings.confirmation}: ${texts.confirmations.off}`,
  ),
  "no tags": button(tagged, "off", (texts) => `${texts.settings.tags}: ${texts.off}`),
  language: button(
    open("language"),
    () => "Español",
    () => textsIn("es").settingsHead({ name: "alice" }),
  ),
  "remind in an hour": button(
    reminded(""),
    (texts) => texts.remind.hour,
    () => /^⏰ /,
  ),
  "cancel a reminder": button(reminded("1h"), "cancel", (texts) => texts.remind.canceled),
  done: button(
    cameBack,
    (texts) => texts.remind.done,
    (texts) => `✓ ${texts.remind.done}`,
  ),
  "put off": button(
    cameBack,
    (texts) => texts.remind.snooze,
    () => /⏰ .* 2026.*$/,
  ),
  "next page of the reminders": button(reminders(6), next, () => "6. a thought"),
  "cancel in the list": button(
    reminders(1),
    (texts) => `${texts.cancel} 1`,
    (texts) => texts.remind.none,
  ),
  tick: ofList(
    digested("- [ ] milk"),
    () => "☐ 1",
    () => /☑ milk/,
    { memos: [["- [x] milk", "PRIVATE"]], gone: (texts) => texts.digest.taskGone },
  ),
  "rest of the help": button(help, "more", (texts) => texts.moreHelp),
  "back to the help": button(
    pressed(help, textOf("more"), (texts) => texts.moreHelp),
    "back",
    (texts) => texts.help,
  ),
  "save its posts": button(appointed, "channelSave", (texts) =>
    texts.channelBound({ channel: "Kitchen Notes", account: "alice" }),
  ),
  disconnect: button(unbind, "unbindYes", left, { bindings: [] }),
  "stay connected": button(unbind, "cancel", (texts) => texts.greetingBound({ name: "alice" })),
  "disconnect with guests": button(unbindOfHost, "unbindYes", left, { bindings: [] }),
  "save as memo": button(unknown, "saveAsMemo", "working", letters("/frobnicate")),
  retry: button(
    failures(1),
    "retry",
    (texts) => new RegExp(`^(${texts.working}|${texts.alreadySettled})$`),
    letters("letter 1"),
  ),
  discard: button(failures(1), "discard", "discarded"),
  "retry in the list": button(listed, (texts) => `${texts.retry} 1`, "failedNone", letters("letter 1")),
  "discard in the list": button(listed, (texts) => `${texts.discard} 1`, "failedNone"),
  "retry all": button(failures(2), "retryAll", "failedNone", letters("letter 1", "letter 2")),
  "discard all": button(failures(2), "discardAll", askedToDiscard),
  "discard all, once asked": button(
    pressed(failures(2), textOf("discardAll"), askedToDiscard),
    "discardAll",
    "failedNone",
  ),
  "publish all the same": button(
    toPublish,
    (texts) => texts.publish.anyway,
    (texts) => texts.publish.done({ channel: "@kitchen" }),
    { asksMemos: true, gone: textOf("memoGone") },
  ),
  "publish again": button(
    unanswered,
    (texts) => texts.publish.again,
    (texts) => texts.publish.done({ channel: "@kitchen" }),
  ),
  "it is there": button(
    unanswered,
    (texts) => texts.publish.isThere,
    (texts) => texts.publish.there({ channel: "@kitchen" }),
  ),
  "delete the post": button(
    narrowed,
    (texts) => texts.publish.remove,
    (texts) => texts.publish.deleted,
  ),
  "keep the post": button(
    narrowed,
    (texts) => texts.publish.keep,
    (texts) => texts.publish.kept,
  ),
  "add a rule": button(
    open("publishing"),
    (texts) => texts.publish.addRule,
    (texts) => texts.publish.ruleQuestion({ example: "#blog @channel" }),
    { adds: 1, below: true },
  ),
  "remove a rule": button(
    ruled,
    () => "✕ #blog → Kitchen Notes",
    (texts) => texts.publish.rules,
  ),
  "next page of the failures": button(failures(6), next, () => "6. letter 1"),
  "previous page of the failures": button(
    pressed(failures(6), next, () => "6. letter 1"),
    previous,
    () => "1. letter 6",
  ),
};
