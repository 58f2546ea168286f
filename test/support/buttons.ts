// Every button of the bot, and what has become of it when it was pressed.
import type { Texts } from "../../src/locales/texts.ts";
import type { Reach } from "./button-scenes.ts";
import { MEMO_BUTTONS } from "./memo-buttons.ts";
import { OWN_BUTTONS } from "./own-buttons.ts";

export interface Button {
  readonly reach: Reach;
  label(texts: Texts): string;
  /** What is said where the button stood, or below it, when it was pressed, once or more often. */
  after(texts: Texts): string | RegExp;
  /** What the memos are then, as `[content, visibility, flags]`; unchanged where it is about no memo. */
  memos?(texts: Texts): Shown[];
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

export const BUTTONS: Readonly<Record<string, Button>> = { ...MEMO_BUTTONS, ...OWN_BUTTONS };
