import { test } from "bun:test";
import { boundPerson } from "./app.ts";
import { type ChatWorld, chatWorld } from "./chat.ts";

export interface Bound extends Awaited<ReturnType<typeof boundPerson>> {
  readonly world: ChatWorld;
}

/** A test in a chat of its own, with a person who is bound to the account `alice`. */
export function testBound(
  title: string,
  script: (bound: Bound) => Promise<void>,
  options?: Parameters<typeof chatWorld>[0],
): void {
  test(title, async () => {
    await using world = await chatWorld(options);
    await script({ world, ...(await boundPerson(world)) });
  });
}
