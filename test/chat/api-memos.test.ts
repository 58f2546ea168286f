import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiMemo } from "../../src/domain/incoming.ts";
import { botTexts, boundPerson, changeSettings, memosSaved, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { noise } from "../support/noise.ts";
import { testBound } from "../support/test-bound.ts";

const FORM = { limit: 8192, memos: "0.30.0" };

const accept = (world: ChatWorld, memo: Omit<ApiMemo, "files"> & { files?: File[] }) =>
  world.store.apiMemos.accept({ files: [], ...memo }, FORM);

const uploads = (world: ChatWorld): string[] => {
  const folder = join(world.dataDir, "uploads");
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** The bot may write to a person once they wrote to it. */
async function met(world: ChatWorld, person: { say(text: string): unknown }): Promise<void> {
  person.say("/start");
  await world.quiet();
}
const hello = expect.stringContaining("alice");

const text = (name: string, words = name) => new File([words], name, { type: "text/plain" });

describe("a memo by the API", () => {
  testBound("is saved as its person's, word for word, and nothing is said", async ({ world, person }) => {
    changeSettings(world, person, { visibility: "PROTECTED", tags: ["in"], formatting: "exact" });
    const content = "# Title\n\n- [ ] *one*";
    const id = await accept(world, { telegram_id: person.id, content });
    const [memo] = await memosSaved(world, 1);
    expect(memo).toMatchObject({ content: `${content}\n\n#in`, visibility: "PROTECTED" });
    expect(memo?.createTime).toBe("2026-11-22T12:00:00Z");
    expect(world.store.updates.get(id)).toMatchObject({
      ...{ update_id: id, source: "api", kind: "api_memo", chat_id: person.id, message_id: null },
      ...{ state: "done", outcome: "saved", memo_name: memo?.name },
    });
    expect(botTexts(world, person)).toEqual([]);
    expect(world.log.filter(({ update_id }) => update_id === id)).toMatchObject([{ message: "memo saved" }]);
  });

  testBound("has the visibility that it asks for", async ({ world, person }) => {
    await accept(world, { telegram_id: person.id, content: "see", visibility: "PUBLIC" });
    expect((await memosSaved(world, 1))[0]?.visibility).toBe("PUBLIC");
  });

  testBound("is the same one for the same key, and none of another", async ({ world, person }) => {
    const memo = { telegram_id: person.id, content: "once", idempotency_key: "k/1 ü" };
    const [first, second] = await Promise.all([accept(world, memo), accept(world, memo)]);
    expect(second).toBe(first);
    await memosSaved(world, 1);
    expect(await accept(world, memo)).toBe(first);
    const other = accept(world, { ...memo, content: "another" });
    expect(other).rejects.toThrow("Something else had this idempotency_key");
    const files = accept(world, { ...memo, files: [text("a.txt")] });
    expect(files).rejects.toThrow("Something else had this idempotency_key");
    // Of somebody else it is another one, and so is each without a key.
    const { person: bob } = await boundPerson(world, "bob");
    expect(await accept(world, { ...memo, telegram_id: bob.id })).not.toBe(first);
    const content = "no key";
    await Promise.all([1, 2].map(() => accept(world, { telegram_id: bob.id, content })));
    await world.settled();
    expect(world.memos.memos().map((saved) => saved.content)).toEqual(["once", "once", content, content]);
    expect(uploads(world)).toEqual([]);
  });

  testBound("is still the same one when its update was pruned", async ({ world, person }) => {
    const memo = { telegram_id: person.id, content: "old", idempotency_key: "k" };
    const id = await accept(world, memo);
    await memosSaved(world, 1);
    const before = world.clock.now() + 1;
    world.store.pruning.step({ payloads: before, keys: before });
    expect(world.store.updates.get(id)).toBeUndefined();
    expect(await accept(world, memo)).toBe(id);
    await world.settled();
    expect(world.memos.memos()).toHaveLength(1);
  });

  testBound("takes its turn among what its person writes", async ({ world, person }) => {
    person.say("first");
    await world.quiet();
    await accept(world, { telegram_id: person.id, content: "second" });
    person.say("third");
    const saved = await memosSaved(world, 3);
    expect(saved.map(({ content }) => content)).toEqual(["first", "second", "third"]);
  });

  test("of nobody who is bound, or who may not use the bot, is refused", async () => {
    await using world = await chatWorld();
    const { person } = await boundPerson(world);
    await expect(accept(world, { telegram_id: 5, content: "x", files: [text("a")] })).rejects.toThrow(
      "The Telegram user 5 is not bound",
    );
    world.env["ALLOWED_USERS"] = "5";
    await world.restart();
    await expect(accept(world, { telegram_id: person.id, content: "x" })).rejects.toThrow("is not bound");
    expect(rows(world, "SELECT 1 FROM jobs")).toEqual([]);
    expect(uploads(world)).toEqual([]);
  });

  testBound("that shows an access token is refused", async ({ world, person, account }) => {
    const memo = { telegram_id: person.id, content: `my token is ${account.token}` };
    await expect(accept(world, memo)).rejects.toThrow("There is an access token of Memos in it");
    expect(rows(world, "SELECT 1 FROM updates")).toEqual([]);
  });

  testBound("that cannot be saved is told, and saved by [Retry]", async ({ world, person }) => {
    await met(world, person);
    const refusal = { status: 400, body: { code: 3, message: "not like this", details: [] } };
    world.memos.fault({ match: { method: "POST", path: /\/memos$/ }, times: 1, action: refusal });
    const id = await accept(world, { telegram_id: person.id, content: "not now", files: [text("a.txt")] });
    await world.until("dead", () => world.store.updates.get(id)?.state === "dead");
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([id]);
    const word = world.telegram.botMessages(person.id).at(-1);
    expect(word?.text).toStartWith("I could not save this");
    person.press(word?.message_id ?? 0, "Retry");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map(({ filename }) => filename)).toEqual(["a.txt"]);
  });
});

describe("files of a memo by the API", () => {
  testBound("are saved with it in their order, and then not kept", async ({ world, person }) => {
    const bytes = noise(200_000);
    const files = [text("b.txt"), new File([bytes], "a.bin"), text("b.txt", "other")];
    const id = await accept(world, { telegram_id: person.id, content: "", files });
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([id]);
    await world.restart();
    const [memo] = await memosSaved(world, 1);
    const saved = memo?.attachments.map(({ filename, size, type }) => [filename, size, type]);
    expect(saved).toEqual([
      ["b.txt", 5, "text/plain"],
      ["a.bin", 200_000, "application/octet-stream"],
      ["b.txt", 5, "text/plain"],
    ]);
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([]);
  });

  testBound("without a name have one of their own", async ({ world, person }) => {
    await accept(world, { telegram_id: person.id, content: "", files: [text(""), text(" ")] });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map(({ filename }) => filename)).toEqual([
      "file-1",
      expect.stringMatching(/^document-2026-11-22-\d+\.bin$/),
    ]);
  });

  test("that Memos does not take are named, and kept for another try", async () => {
    await using world = await chatWorld({ memos: { uploadSizeLimitMb: 1 } });
    const { person } = await boundPerson(world);
    await met(world, person);
    const files = [new File([noise(1_100_000)], "film.bin"), text("a.txt")];
    const id = await accept(world, { telegram_id: person.id, content: "two", files });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe(
      "two\n\n📎 Without film.bin: at 1.0 MB it is larger than this Memos server accepts.",
    );
    expect(botTexts(world, person)).toEqual([hello, expect.stringContaining("Without film.bin")]);
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([id]);
    const before = world.clock.now() + 1;
    world.store.pruning.step({ payloads: before, keys: 0 });
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([]);
  });

  testBound(
    "that a restored backup does not have are named, and the rest is saved",
    async ({ world, person }) => {
      await met(world, person);
      const id = await accept(world, { telegram_id: person.id, content: "words", files: [text("a.txt")] });
      rmSync(join(world.dataDir, "uploads", id), { recursive: true });
      const [memo] = await memosSaved(world, 1);
      expect(memo?.content).toBe("words\n\n📎 Without a.txt: its file is not here any more.");
      expect(botTexts(world, person)).toEqual([hello, expect.stringContaining("Without a.txt")]);
    },
  );

  testBound("of which a crash left no memo are removed", async ({ world }) => {
    const folder = join(world.dataDir, "uploads", "api-0123");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "0"), "half");
    await world.store.removeUploads();
    expect(uploads(world)).toEqual([]);
  });
});
