import { expect, test } from "bun:test";
import { createProgramWorld } from "../crash/world.ts";
import type { Notes } from "./notes.ts";
import { lost, startProxy } from "./proxy.ts";

type Call = Pick<Request, "method" | "url">;
const isUpload = ({ method, url }: Call) => method === "POST" && /\/(attachments|resources)(\?|$)/.test(url);
const isCreate = ({ method, url }: Call) => method === "POST" && /\/memos(\?|$)/.test(url);
const isComment = ({ method, url }: Call) => method === "POST" && /\/comments(\?|$)/.test(url);
const isChange = ({ method }: Call) => method === "PATCH";

/** Memos of before 0.25.3 is looked at 5 s after a call was cut off, by the real clock here. */
const PATIENCE_MS = 60_000;

/**
 * The executable is killed in the middle of its work: whatever Memos it writes to, each thing is there once at the end.
 */
export function killSet(
  connect: () => Promise<{ url: string; token: string; notes: Notes; close(): Promise<void> }>,
): void {
  // Most of it is waiting.
  test.concurrent("killed when a file, a memo, an edit and a comment had just been made: each is there once", async () => {
    const { url, token, notes, close } = await connect();
    await using proxy = startProxy(url);
    await using world = await createProgramWorld(proxy.url);
    const { telegram, program } = world;
    const alice = telegram.user({ first_name: "alice" });

    /** Kills the program when the first such call was done, and its answer is not there yet. */
    async function killAfter(isMeant: (call: Call) => boolean, act: () => unknown): Promise<void> {
      const dead = Promise.withResolvers<void>();
      proxy.between = async (forward, call) => {
        const answer = await forward();
        if (!isMeant(call)) return answer;
        proxy.between = (next) => next();
        await world.kill();
        dead.resolve();
        return lost();
      };
      await act();
      await dead.promise;
    }

    await program.start();
    await world.bindNow(alice, token);
    const sent = { id: 0, reply: 0 };
    await killAfter(isUpload, () => {
      const { message_id } = alice.sendDocument({
        fileName: "a.txt",
        bytes: Buffer.from("bytes"),
        caption: "once",
      });
      sent.id = message_id;
    });
    await killAfter(isCreate, () => program.start());
    await program.start();
    await world.settled(PATIENCE_MS);
    await killAfter(isChange, () => alice.edit(sent.id, { caption: "edited once" }));
    await program.start();
    await world.settled(PATIENCE_MS);
    await killAfter(isComment, () => {
      sent.reply = alice.reply(sent.id, "a comment").message_id;
    });
    await program.start();
    await world.settled(PATIENCE_MS);
    alice.edit(sent.reply, "a comment, edited");
    alice.say("after it");
    await world.settled(PATIENCE_MS);

    const memos = (await notes.memos()).toSorted((one, other) => (one.content < other.content ? 1 : -1));
    expect(memos.map(({ content }) => content)).toEqual(["edited once", "after it"]);
    const [memo] = memos;
    expect(memo?.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ["a.txt", "bytes"],
    ]);
    const comments = await notes.comments(memo?.name ?? "");
    expect(comments.map(({ content }) => content)).toEqual(["a comment, edited"]);
    expect(await notes.strayFiles()).toEqual([]);
    await close();
  }, 120_000);
}
