import { type ChatOptions, chatWorld } from "./chat.ts";
import { talking } from "./conversation.ts";

/** Alice in a chat of her own, and a thought of hers that was saved and confirmed. */
export async function withThought(options: ChatOptions = {}) {
  const world = await chatWorld(options);
  const alice = await talking(world);
  const sent = alice.says("a thought");
  const confirmed = await alice.hears("Saved as PRIVATE");
  await world.quiet();
  const name = world.memos.memos()[0]?.name ?? "";
  return {
    world,
    alice,
    sent,
    confirmed,
    name,
    memo: () => world.memos.memo(name),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
