import { createHash, timingSafeEqual } from "node:crypto";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** A value that must not reach text: every way of printing it gives `[redacted]`; only `reveal()` gives it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Compares in constant time, whatever the lengths. */
  equals(candidate: string): boolean {
    return timingSafeEqual(digest(this.#value), digest(candidate));
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [INSPECT](): string {
    return "[redacted]";
  }
}

function digest(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}
