import { describe } from "bun:test";
import { inGerman, TOKEN_PLACE } from "../support/languages.ts";

describe("somebody who never saw the bot", () => {
  inGerman(
    "is told why a token is refused, and may try again",
    async ({ world, person: ada, texts }) => {
      ada.says("/bind memos_pat_thisisnotatokenofanybody123");
      await ada.hears(texts.tokenRefused("", TOKEN_PLACE).split("\n")[0] ?? "", "anywhere");
      ada.says(`/start ${world.memos.addUser("ada").token}`);
      await ada.hears(texts.bound("ada"), "anywhere");
    },
    { bound: false },
  );
});
