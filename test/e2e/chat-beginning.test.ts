import { describe, expect, setDefaultTimeout } from "bun:test";
import { memosSaved, until } from "../support/app.ts";
import { inTwoLanguages, TOKEN_PLACE } from "../support/languages.ts";

setDefaultTimeout(20_000);

describe("somebody who never saw the bot", () => {
  inTwoLanguages(
    "is told how to begin, binds, saves, asks for help and disconnects",
    async ({ world, person: ada, texts }) => {
      const { token } = world.memos.addUser("ada");

      ada.says("Hello?");
      await ada.hears(texts.stranger(ada.person.id, TOKEN_PLACE));
      ada.says("/start");
      await ada.hears(texts.greetingUnbound(ada.person.id, TOKEN_PLACE));
      ada.says("/help");
      await ada.hears(texts.helpUnbound(TOKEN_PLACE));
      ada.says("/id");
      await ada.hears(texts.yourId(ada.person.id));
      ada.says("/bind");
      await ada.hears(texts.howToBind(TOKEN_PLACE));

      const withToken = ada.says(`/bind ${token}`);
      await ada.hears(texts.bound("ada"));
      await until("the token's message is gone", () =>
        world.telegram.chat(ada.person.id).messages.every(({ message_id }) => message_id !== withToken),
      );
      ada.says("/start");
      await ada.hears(texts.greetingBound("ada"));

      ada.says("my first note");
      await ada.hears(texts.saved("PRIVATE"));
      expect((await memosSaved(world, 1))[0]?.content).toBe("my first note");
      ada.says("/help");
      await ada.hears(texts.help);

      ada.says("/unbind");
      await ada.hears(texts.unbindQuestion("ada", 0, 0));
      await ada.presses(texts.stayConnected);
      await ada.hears(texts.stillBound);
      ada.says("/unbind");
      await ada.hears(texts.unbindQuestion("ada", 0, 0));
      await ada.presses(texts.unbindYes);
      await ada.hears(texts.unbound);
      ada.says("/recent");
      await ada.hears(texts.notBound);
    },
    { bound: false },
  );

  inTwoLanguages(
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
