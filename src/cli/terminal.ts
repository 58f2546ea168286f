import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { writeWhole } from "../base/output.ts";

export type Terminal = typeof systemTerminal;

/** Where a command speaks to the person who runs it. */
export const systemTerminal = {
  /** A line or more for stdout: what was asked for. */
  print: (text: string): void => writeWhole(1, `${text}\n`),
  /** A line or more for stderr: what went wrong, and what is said beside. */
  complain: (text: string): void => writeWhole(2, `${text}\n`),
  /** Whether stdout shows colours. */
  get colour(): boolean {
    return process.stdout.isTTY === true && process.stdout.hasColors?.() !== false;
  },
  /** Whether somebody can be asked. */
  get interactive(): boolean {
    return process.stdin.isTTY === true;
  },
  /** All of stdin. */
  readInput: (): Promise<string> => text(process.stdin),
  /** Asks for a text that is not shown while it is typed; null when the person gave up. */
  async askHidden(question: string): Promise<string | null> {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    const typed = await new Promise<string | null>((resolve) => {
      const giveUp = () => resolve(null);
      lines.once("line", resolve).once("SIGINT", giveUp).once("close", giveUp);
      // Only now: what is pasted at once would still be shown before.
      writeWhole(2, question);
    });
    lines.close();
    writeWhole(2, "\n");
    return typed;
  },
};
