import { test } from "bun:test";
import { type Texts, type TokenPlace, textsIn } from "../../src/locales/texts.ts";
import { createWorld, type World, type WorldOptions } from "./app.ts";
import { type Conversation, conversation, talking } from "./conversation.ts";

/** One person and the bot, in one language. */
export interface Talk {
  readonly world: World;
  readonly person: Conversation;
  readonly texts: Texts;
}

/** Where the stand-in of Memos has access tokens made: its address is this machine's, and told to nobody. */
export const TOKEN_PLACE: TokenPlace = { url: null, ownPage: true };

export interface TalkOptions extends WorldOptions {
  /** Whether the person is bound to the account `alice`. Default true. */
  readonly bound?: boolean;
}

/** Plays a conversation through the whole program, once in English and once in German. */
export function inTwoLanguages(
  title: string,
  script: (talk: Talk) => Promise<void>,
  { bound = true, ...options }: TalkOptions = {},
): void {
  for (const language of ["en", "de"] as const) {
    test(`${title} (${language})`, async () => {
      await using world = await createWorld({ rate: 20, ...options });
      const person = bound
        ? await talking(world, "alice", language)
        : conversation(world, world.telegram.user({ first_name: "Ada", language_code: language }));
      await script({ world, person, texts: textsIn(language) });
    });
  }
}
