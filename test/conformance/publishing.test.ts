/** The executable posts what Alice writes on a real server: `MEMOS_REAL=0.30.0=http://127.0.0.1:5230#admin:secret`. */
import { expect, test } from "bun:test";
import { Readable } from "node:stream";
import { systemClock } from "../../src/base/clock.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { createProgramWorld } from "../crash/world.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { channelOf } from "../support/channels.ts";
import { conversation } from "../support/conversation.ts";
import { newAccount, realServers } from "./servers.ts";

/** Where no events come in it is looked once a minute. */
const PATIENCE_MS = 100_000;

for (const server of realServers(process.env["MEMOS_REAL"] ?? "")) {
  test.concurrent(`on Memos ${server.version} PUBLIC memos with a tag are posted, and the posts follow`, async () => {
    const token = await newAccount(server);
    await using world = await createProgramWorld(server.url);
    const { program, telegram } = world;
    const person = telegram.user({ first_name: "alice" });
    const place = { ...world, until, quiet: world.settled, bind: async () => undefined };
    const alice = conversation(place, person);
    const channel = channelOf(world, alice);
    const posts = () =>
      telegram
        .chat(channel.id)
        .messages.map(({ text, caption, photo }) => `${photo ? "photo " : ""}${text ?? caption ?? ""}`);
    const memos = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const draft = (content: string, attachments: string[] = []) => ({
      ...{ id: `pub-${Date.now().toString(36)}-${content.length}`, content, attachments },
      ...({ createTime: null, visibility: "PUBLIC" } as const),
    });
    const upload = async (nth: number) => {
      const bytes = new Uint8Array(onePixelJpeg);
      const file = {
        id: `pub-${Date.now().toString(36)}-${nth}`,
        filename: `${nth}.jpg`,
        type: "image/jpeg",
      };
      const source = { size: bytes.length, open: async () => Readable.from([bytes]) };
      return (await memos.createAttachment(token, { ...file, ...source })).name;
    };

    await program.start();
    await world.bindNow(person, token.reveal());
    await memos.createMemo(token, draft("before #blog"));
    alice.says("/settings");
    await alice.presses("Publishing");
    await alice.presses("Add");
    const { id } = await alice.hears("Which tag goes to which channel?");
    alice.says("#blog @kitchen", { replyTo: id });
    await alice.hears("PUBLIC memos with a tag");

    const files = [await upload(1), await upload(2)];
    const { name } = await memos.createMemo(token, draft("**cakes** #blog", files));
    await until("it is posted", () => posts().length === 2, PATIENCE_MS);
    expect(posts()).toEqual(["photo cakes #blog", "photo "]);

    // By Telegram, as an edit of a message is.
    alice.says("a thought of #blog");
    await alice.hears("Saved as");
    await alice.presses("PUBLIC");
    await until("it is posted", () => posts().length === 3, PATIENCE_MS);
    expect(posts()[2]).toBe("a thought of #blog");

    const sent = alice.says("by hand");
    await until(
      "it is saved",
      () => alice.seen().filter(({ text }) => text.startsWith("Saved as")).length === 2,
    );
    alice.says("/publish", { replyTo: sent });
    await alice.hears("Publish it in @kitchen for everybody to read?");
    await alice.presses("Publish");
    await alice.hears("Published in @kitchen");
    expect(posts()[3]).toBe("by hand");

    const { dialect } = await memos.info();
    if (dialect.tellsEvents) {
      await memos.updateMemo(token, name, { content: "two *cakes* #blog" });
      await until("the post follows", () => posts()[0] === "photo two cakes #blog", PATIENCE_MS);
      await memos.updateMemo(token, name, { visibility: "PRIVATE" });
      await alice.hears("A memo that I published in @kitchen is PRIVATE now.");
      await alice.presses("Keep it");
      await memos.updateMemo(token, name, { visibility: "PUBLIC", content: "no cakes #blog" });
      await until("the post follows again", () => posts()[0] === "photo no cakes #blog", PATIENCE_MS);
      await memos.deleteMemo(token, name);
      await alice.hears("A memo that I published in @kitchen was deleted in Memos.");
      await alice.presses("Delete the post");
      await alice.hears("The post is deleted.");
      expect(posts()).toEqual(["a thought of #blog", "by hand"]);
    }
    await world.settled();
    expect(posts().filter((post) => post.includes("before"))).toEqual([]);
  }, 600_000);
}
