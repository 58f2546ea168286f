/** Alice is told by the executable what Bob comments on a real server: `MEMOS_REAL=0.30.0=http://127.0.0.1:5230#admin:secret`. */
import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { createProgramWorld } from "../crash/world.ts";
import { until } from "../support/app.ts";
import { conversation } from "../support/conversation.ts";
import { lost, startProxy } from "../support/proxy.ts";
import { realServers, twoAccounts } from "./servers.ts";

/** Where no events come in it is looked once a minute. */
const PATIENCE_MS = 90_000;

for (const server of realServers(process.env["MEMOS_REAL"] ?? "")) {
  // Killed while he writes, and when it had just read what he wrote; and Memos is away. Most of it is waiting.
  test.concurrent(`on Memos ${server.version} each comment is told once and in order, and answered`, async () => {
    const [aliceToken, bobToken] = await twoAccounts(server);
    let isAway = false;
    await using proxy = startProxy(() => (isAway ? null : server.url));
    await using world = await createProgramWorld(proxy.url);
    const { program, telegram } = world;
    const person = telegram.user({ first_name: "alice" });
    const place = { ...world, until, quiet: world.settled, bind: async () => undefined };
    const alice = conversation(place, person);
    const memos = createMemosClient({ baseUrl: server.url, clock: systemClock });
    let memoIds = 0;
    const draft = (content: string) => ({
      id: `news-${Date.now().toString(36)}-${memoIds++}`,
      content,
      createTime: null,
      attachments: [],
    });
    const comment = (memo: string, content: string) => memos.createComment(bobToken, memo, draft(content));
    const told = () =>
      telegram.botMessages(person.id).flatMap(({ text = "" }) => {
        const [head = "", said] = text.split("\n\n");
        return head.includes("commented on") && said !== undefined ? [said] : [];
      });
    const hears = (count: number) =>
      until(`${count} comments; told are ${told()}`, () => told().length >= count, PATIENCE_MS);

    await program.start();
    await world.bindNow(person, aliceToken.reveal());
    const { name } = await memos.createMemo(aliceToken, { ...draft("Groceries"), visibility: "PROTECTED" });
    await comment(name, "before");
    alice.says("/settings");
    await alice.presses("Notifications");
    await alice.presses("comments and mentions");
    await alice.hears("Notifications: comments and mentions");
    await until(
      "what is there counts as told",
      () => world.rows("SELECT 1 FROM bindings WHERE news_after IS NOT NULL").length === 1,
    );
    await comment(name, "one");
    await hears(1);
    // The kill is not to come before the answer to the call that told it.
    await world.settled();

    await world.kill();
    await comment(name, "two");
    await comment(name, "three");
    const dead = Promise.withResolvers<void>();
    proxy.between = async (forward, { method, url }) => {
      const answer = await forward();
      if (method !== "GET" || !/\/memos\//.test(url)) return answer;
      proxy.between = (next) => next();
      await world.kill();
      dead.resolve();
      return lost();
    };
    await program.start();
    await dead.promise;
    await program.start();
    await hears(3);
    await world.settled();

    isAway = true;
    await comment(name, "four");
    await program.stop();
    await program.start();
    isAway = false;
    await hears(4);
    await world.settled();
    const [, { message_id = 0 } = {}] = telegram
      .botMessages(person.id)
      .filter(({ text }) => text?.includes("commented on"));
    alice.replies(message_id, "an answer");
    await until("the answer in memos", async () =>
      (await memos.listComments(aliceToken, name)).some(({ content }) => content.endsWith("an answer")),
    );
    person.react(message_id, "❤");
    const two =
      (await memos.listComments(aliceToken, name)).find(({ content }) => content === "two")?.name ?? "";
    const reactions = async () => (await memos.reactions(aliceToken, two)).map(({ type }) => type);
    await until("the reaction in memos", async () => (await reactions()).join() === "❤️");
    person.react(message_id);
    await until("none of them", async () => (await reactions()).length === 0);
    if (memos.known()?.dialect.tellsEvents) {
      await memos.addReaction(bobToken, (await memos.whoAmI(bobToken)).name, two, "🎉");
      await until("the bot's reaction", () =>
        telegram
          .botMessages(person.id)
          .some((shown) => shown.message_id === message_id && shown.reactions[0]?.emoji === "🎉"),
      );
    }
    await program.stop();
    await program.start();
    await world.settled();
    expect(told()).toEqual(["one", "two", "three", "four"]);
    const said = (await memos.listComments(aliceToken, name)).map(({ content }) => content);
    expect(said.filter((content) => content.endsWith("an answer"))).toHaveLength(1);
    expect(said).toHaveLength(told().length + 2);
  }, 600_000);
}
