import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { codeOf } from "./errors.ts";

/** While it waits for a reader, it tries again so often. */
const AGAIN_MS = 2;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

type Descriptor = 1 | 2;

/**
 * Writes as much as the reader of stdout (1) or stderr (2) takes before it returns: the process may end right after.
 * Gives up where nothing was taken for `patienceMs`. Returns what is left.
 */
export function writeWaiting(descriptor: Descriptor, text: string | Uint8Array, patienceMs: number): Buffer {
  let rest: Buffer = Buffer.from(text);
  for (let waitedMs = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(unblocked(descriptor), rest));
      waitedMs = 0;
    } catch (error) {
      // Anything else than a full pipe (its reader is gone, the disk is full) must not stop the service.
      if (codeOf(error) !== "EAGAIN") return Buffer.alloc(0);
      if (waitedMs >= patienceMs) return rest;
      waitedMs += AGAIN_MS;
      Atomics.wait(NEVER, 0, 0, AGAIN_MS);
    }
  }
  return rest;
}

/** Whether systemd's journal reads there. https://systemd.io/JOURNAL_NATIVE_PROTOCOL, systemd.exec(5) */
export function isJournal(descriptor: Descriptor): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  if (!stream) return false;
  const { dev, ino } = fstatSync(descriptor);
  return stream === `${dev}:${ino}`;
}

const opened = new Map<Descriptor, number>();

/** What writes there without blocking, where the system lets us: a full pipe or terminal answers EAGAIN. */
function unblocked(descriptor: Descriptor): number {
  const known = opened.get(descriptor);
  if (known !== undefined) return known;
  // Asking for the stream makes a pipe or a socket non-blocking (Bun 1.4), a terminal not.
  const { isTTY } = descriptor === 1 ? process.stdout : process.stderr;
  const found = isTTY ? openTerminal(descriptor) : descriptor;
  opened.set(descriptor, found);
  return found;
}

function openTerminal(descriptor: Descriptor): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // No Linux, or a terminal of another user.
    return descriptor;
  }
}

/** Writes lines that nothing waits for. False for one that was dropped, since those before it are not read. */
export function createLineWriter(descriptor: Descriptor): (line: string) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  return (line) => {
    // What was begun is brought to its end: a line stays a line.
    rest = writeWaiting(descriptor, rest, 0);
    if (rest.length > 0) return false;
    const whole = Buffer.from(`${line}\n`);
    const left = writeWaiting(descriptor, whole, 0);
    if (left.length === whole.length) return false;
    rest = left;
    return true;
  };
}
