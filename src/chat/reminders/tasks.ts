import { hash } from "node:crypto";
import type { Nodes } from "mdast";
import type { Owed } from "../../domain/outgoing.ts";
import { isMemosError } from "../../memos/errors.ts";
import { type Keyboard, parsePress } from "../../replies/callback-data.ts";
import { type Message, say } from "../../replies/messages.ts";
import { oneLine } from "../../replies/text-writer.ts";
import { bound, type Handlers, type Pressed } from "../buttons.ts";
import type { Asker, ChatContext } from "../context.ts";

/** An item of a task list. */
export interface Task {
  /** Of what it says, short enough for a button: items that say the same are one. */
  readonly id: string;
  readonly text: string;
  readonly isDone: boolean;
  /** Where its box stands in the memo. */
  readonly at: number;
}

/** The items of the task lists in a memo, as Memos itself reads them. */
export async function tasksIn(content: string): Promise<Task[]> {
  if (!/\[[ x]\]/i.test(content)) return [];
  // Loaded by who needs it, as in `markdown/to-text.ts`: here both are of the same tree.
  const { markdownToText, parseMarkdown } = await import("../../markdown/read.ts");
  const tasks: Task[] = [];
  function look(node: Nodes): void {
    if (node.type === "listItem" && typeof node.checked === "boolean") {
      const [words] = node.children;
      const [from = 0, to = 0] = [node.position?.start.offset, words?.position?.end.offset];
      const at = from + content.slice(from, to).search(/\[[ x]\]/i);
      const source = content.slice(at + BOX.length, to).trim();
      const text = oneLine(markdownToText(source).text);
      const id = hash("sha256", source).slice(0, ID_LENGTH);
      if (text !== "") tasks.push({ id, text, isDone: node.checked, at });
    }
    if ("children" in node) node.children.forEach(look);
  }
  const tree = parseMarkdown(content);
  if (tree) look(tree);
  return tasks;
}

const BOX = "[ ]";
const ID_LENGTH = 8;

/** How it stands with an item. */
function stateOf(tasks: readonly Task[] | undefined, id: string, ticked: string): keyof typeof MARKS {
  if (!tasks) return "open";
  const same = tasks.filter((task) => task.id === id);
  if (same.length === 0) return "gone";
  return id === ticked || same.every(({ isDone }) => isDone) ? "done" : "open";
}

const MARKS = { open: "☐", done: "☑", gone: "–" } as const;

/** An item and the button that ticks it are told apart by their number. */
export const taskLine = (number: number, { text }: Pick<Task, "text">) => `${number}. ${MARKS.open} ${text}`;
export const taskLabel = (number: number) => `${MARKS.open} ${number}`;

/** Ticks items of memos, from the message that lists them. */
export function createTasks({ memos, memoMutex, askerOf, askMemos }: ChatContext) {
  async function readTasks({ token, signal }: Pick<Asker, "token" | "signal">, name: string) {
    const memo = await memos.lookUpMemo(token, name, signal);
    return { content: memo?.content ?? "", tasks: memo ? await tasksIn(memo.content) : [] };
  }

  /** Only if the memo still has that item; one that was ticked before is left at that. */
  function tick(asker: Asker, name: string, id: string): Promise<Task | undefined> {
    return memoMutex(name, async () => {
      const { content, tasks } = await readTasks(asker, name);
      const same = tasks.filter((task) => task.id === id);
      const open = same.find(({ isDone }) => !isDone);
      if (!open) return same[0];
      const ticked = `${content.slice(0, open.at)}[x]${content.slice(open.at + BOX.length)}`;
      await memos.updateMemo(asker.token, name, { content: ticked }, asker.signal);
      return open;
    });
  }

  /**
   * The message with its items as they are in Memos by now: another press may have changed it since it was seen. What is
   * `ticked` is done, also where the memo has another item that says the same.
   */
  async function refreshed(asker: Asker, held: Message, ticked: string): Promise<Message> {
    let { text } = held;
    const tasksOf = new Map<string, readonly Task[] | undefined>();
    const buttons: Keyboard = [];
    for (const row of held.buttons ?? []) {
      const left: Keyboard[number] = [];
      for (const button of row) {
        const press = parsePress(button.callback_data);
        if (press?.ask !== "tick") continue;
        const name = `memos/${press.uid}`;
        if (!tasksOf.has(name)) tasksOf.set(name, await readNow(asker, name));
        const state = stateOf(tasksOf.get(name), press.item, ticked);
        const number = button.text.replace(/\D/g, "");
        text = text.replace(new RegExp(`^${number}\\. ${MARKS.open}`, "m"), `${number}. ${MARKS[state]}`);
        if (state === "open") left.push(button);
      }
      if (left.length > 0) buttons.push(left);
    }
    return { ...held, text, buttons };
  }

  /** Undefined where Memos does not tell just now. */
  async function readNow(asker: Asker, name: string): Promise<readonly Task[] | undefined> {
    try {
      return (await readTasks(asker, name)).tasks;
    } catch (error) {
      if (!isMemosError(error)) throw error;
      return undefined;
    }
  }

  async function work(asker: Pressed & Asker, name: string, item: string): Promise<Owed[]> {
    const { held, edit, texts, to, message_id: replyTo } = asker;
    const task = await tick(asker, name, item);
    const gone = { text: texts.digest.taskGone };
    if (!held) return edit(task ? { text: `${MARKS.done} ${task.text}` } : gone);
    const changed = edit(await refreshed(asker, held, item));
    return task ? changed : [...changed, say(to, gone, { replyTo })];
  }

  const buttons = {
    tick: bound((pressed, { account_key, uid, item }) => {
      const asker = askerOf(pressed);
      if (!asker || asker.binding.account_key !== account_key) return pressed.texts.notYours;
      return askMemos(asker, (asker) => work(asker, `memos/${uid}`, item), pressed.fail);
    }),
  } satisfies Partial<Handlers>;
  return { buttons };
}
