import { test } from "bun:test";
import { type Texts, textsIn } from "../../src/locales/texts.ts";
import { type ChatOptions, type ChatWorld, chatWorld } from "./chat.ts";
import { type Conversation, conversation, talking } from "./conversation.ts";

/** One person and the bot. */
export interface Talk {
  readonly world: ChatWorld;
  readonly person: Conversation;
  readonly texts: Texts;
}

/** Where the stand-in of Memos has access tokens made: its address is this machine's, and told to nobody. */
export const tokenPlace = ({ inMemos }: Texts) => inMemos({ at: "" });

interface TalkOptions extends ChatOptions {
  /** Whether the person is bound to the account `alice`. Default true. */
  readonly bound?: boolean;
}

/** Plays a conversation in German: what is said in the default language by mistake is noticed. */
export function inGerman(
  title: string,
  script: (talk: Talk) => Promise<void>,
  { bound = true, ...options }: TalkOptions = {},
): void {
  test(title, async () => {
    await using world = await chatWorld(options);
    const person = bound
      ? await talking(world, "alice", "de")
      : conversation(world, world.telegram.user({ first_name: "Ada", language_code: "de" }));
    await script({ world, person, texts: textsIn("de") });
  });
}
