import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { createWorld, memosSaved, until } from "../support/app.ts";
import { conversation } from "../support/conversation.ts";
import { tokenPlace } from "../support/languages.ts";

setDefaultTimeout(60_000);

describe("somebody who never saw the bot", () => {
  test("is told how to begin, binds, saves, asks for help and disconnects", async () => {
    await using world = await createWorld({ rate: 20 });
    const ada = conversation(world, world.telegram.user({ first_name: "Ada", language_code: "de" }));
    const texts = textsIn("de");
    const { token } = world.memos.addUser("ada");

    ada.says("Hello?");
    await ada.hears(texts.stranger);
    ada.says("/start");
    await ada.hears(texts.greeting);
    ada.says("/help");
    await ada.hears(texts.howToBind({ place: tokenPlace(texts) }));
    ada.says("/id");
    await ada.hears(texts.yourId({ id: ada.person.id }));
    ada.says("/bind");
    await ada.hears(texts.howToBind({ place: tokenPlace(texts) }));

    const withToken = ada.says(`/bind ${token}`);
    await ada.hears(texts.greetingBound({ name: "ada" }));
    await until("the token's message is gone", () =>
      world.telegram.chat(ada.person.id).messages.every(({ message_id }) => message_id !== withToken),
    );
    ada.says("/start");
    await ada.hears(texts.greetingBound({ name: "ada" }));

    ada.says("my first note");
    await ada.hears(texts.saved({ visibility: "PRIVATE" }));
    expect((await memosSaved(world, 1))[0]?.content).toBe("my first note");
    ada.says("/help");
    await ada.hears(texts.help);

    ada.says("/unbind");
    await ada.hears(texts.unbindQuestion({ account: "ada" }));
    await ada.presses(texts.cancel);
    await ada.hears(texts.greetingBound({ name: "ada" }));
    ada.says("/unbind");
    await ada.hears(texts.unbindQuestion({ account: "ada" }));
    await ada.presses(texts.unbindYes);
    await ada.hears(texts.unbound({ account: "ada" }));
    ada.says("/recent");
    await ada.hears(texts.notBound);
  });
});
