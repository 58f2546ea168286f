import { hash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

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
    const digest = (text: string) => hash("sha256", text, "buffer");
    return timingSafeEqual(digest(this.#value), digest(candidate));
  }

  toString(): string {
    return "[redacted]";
  }

  readonly toJSON = this.toString;
  readonly [inspect.custom] = this.toString;
}
