import { writeWhole } from "../base/output.ts";

/** Where a command speaks to the person who runs it. */
export interface Terminal {
  /** A line or more for stdout: what was asked for. */
  print(text: string): void;
  /** A line or more for stderr: what went wrong, and what is said beside. */
  complain(text: string): void;
  /** Whether stdout shows colours. */
  readonly colour: boolean;
  /** Whether somebody can be asked. */
  readonly interactive: boolean;
  /** Asks for a text that is not shown while it is typed; null when the person gave up. */
  askHidden(question: string): Promise<string | null>;
  /** All of stdin. @throws when it is longer than any token. */
  readInput(): Promise<string>;
}

const INPUT_LIMIT = 64 * 1024;

export const systemTerminal: Terminal = {
  print: (text) => writeWhole(1, `${text}\n`),
  complain: (text) => writeWhole(2, `${text}\n`),
  get colour() {
    return process.stdout.isTTY === true && process.stdout.hasColors?.() !== false;
  },
  get interactive() {
    return process.stdin.isTTY === true;
  },
  askHidden,
  async readInput() {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of process.stdin) {
      const piece = Buffer.from(chunk);
      bytes += piece.length;
      if (bytes > INPUT_LIMIT) throw new Error("the input is longer than any token");
      chunks.push(piece);
    }
    return Buffer.concat(chunks).toString("utf8");
  },
};

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const BACKSPACES = ["\u007f", "\b"];
/** Arrow keys, and the marks that some terminals put around what is pasted. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals begin these with ESC.
const ESCAPE_SEQUENCES = /\u001b\[[0-9;]*[~A-Za-z]/g;

function askHidden(question: string): Promise<string | null> {
  const { stdin } = process;
  return new Promise((resolve) => {
    let typed = "";
    const end = (answer: string | null) => {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      writeWhole(2, "\n");
      resolve(answer);
    };
    const onData = (data: Buffer | string) => {
      for (const character of String(data).replace(ESCAPE_SEQUENCES, "")) {
        if (character === CTRL_C) return end(null);
        if (character === "\r" || character === "\n" || character === CTRL_D) return end(typed);
        if (BACKSPACES.includes(character)) typed = typed.slice(0, -1);
        else if (character >= " " && typed.length < INPUT_LIMIT) typed += character;
      }
    };
    stdin.setRawMode(true);
    stdin.setEncoding("utf8");
    stdin.on("data", onData);
    stdin.resume();
    // Only now: what is pasted at once would still be shown before.
    writeWhole(2, question);
  });
}
