import { describe } from "bun:test";
import { inGerman, tokenPlace } from "../support/languages.ts";

describe("somebody who never saw the bot", () => {
  inGerman(
    "is told why a token is refused, and may try again",
    async ({ world, person: ada, texts }) => {
      ada.says("/bind memos_pat_thisisnotatokenofanybody123");
      await ada.hears(
        texts.tokenRefused({ why: "", place: tokenPlace(texts) }).split("\n")[0] ?? "",
        "anywhere",
      );
      ada.says(`/start ${world.memos.addUser("ada").token}`);
      await ada.hears(texts.bound({ name: "ada" }), "anywhere");
    },
    { bound: false },
  );
});
