import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { notificationMessages } from "../../src/chat/notify.ts";
import type { ApiMessage } from "../../src/domain/outgoing.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { boundPerson, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

interface Given extends Partial<Omit<ApiMessage, "files" | "file_urls">> {
  readonly chat_id: number;
  readonly files?: File[];
  readonly idempotency_key?: string;
}

const NOTICE = {
  ...{ chat_id: 1, text: "ping", format: "markdown" as const, silent: false },
  ...{ buttons: [], files: [] as File[], file_urls: [] as string[] },
};

async function notify(world: ChatWorld, given: Given): Promise<string> {
  const notice = { ...NOTICE, ...given };
  const messages = await notificationMessages(notice);
  return world.store.notifications.accept({ ...notice, messages });
}

const fate = (world: ChatWorld, id: string) => {
  const { state, detail } = world.store.updates.get(id) ?? {};
  return detail ? [state, detail] : [state];
};

const sent = (world: ChatWorld, chat: { id: number }) => world.telegram.botMessages(chat.id).slice(1);

/** In a chat that the bot may write to. */
const testMet = (title: string, script: Parameters<typeof testBound>[1]) =>
  testBound(title, async (bound) => {
    bound.person.say("/start");
    await bound.world.quiet();
    await script(bound);
  });

describe("a notification", () => {
  testMet("says Markdown with Telegram's marks, and is done once it was sent", async ({ world, person }) => {
    const id = await notify(world, {
      chat_id: person.id,
      text: "**Disk** of `nas` is [full](https://x.org/)",
    });
    expect(fate(world, id)).toEqual(["waiting"]);
    await world.quiet();
    expect(fate(world, id)).toEqual(["done"]);
    const [message] = sent(world, person);
    expect(message?.text).toBe("Disk of nas is full");
    expect(message?.entities?.map(({ type }) => type)).toEqual(["bold", "code", "text_link"]);
    const [row] = rows<{ kind: string; outcome: string }>(
      world,
      "SELECT kind, outcome FROM jobs ORDER BY id DESC",
    );
    expect(row).toEqual({ kind: "notification", outcome: "handled" });
    expect(world.log.filter(({ update_id }) => update_id === id)).toMatchObject([
      { level: "info", message: "notification sent", chat_id: person.id },
    ]);
  });

  testMet("says a plain text as it is, under its title, with buttons below", async ({ world, person }) => {
    const buttons = [{ text: "Open", url: "https://grafana.example.org/d/1" }];
    await notify(world, { chat_id: person.id, title: "Down", text: "*not* bold", format: "plain", buttons });
    await world.quiet();
    const [message] = sent(world, person);
    expect(message).toMatchObject({
      text: "Down\n*not* bold",
      entities: [{ type: "bold", offset: 0, length: 4 }],
    });
    expect(message?.reply_markup).toEqual({ inline_keyboard: [buttons] });
  });

  testMet("is heard unless it is to be silent", async ({ world, person }) => {
    await notify(world, { chat_id: person.id, text: "loud" });
    await notify(world, { chat_id: person.id, text: "quiet", silent: true });
    await world.quiet();
    const calls = world.telegram.requests.filter(({ method }) => method === "sendMessage").slice(-2);
    expect(calls.map(({ params }) => [params["text"], params["disable_notification"]])).toEqual([
      ["loud", "false"],
      ["quiet", "true"],
    ]);
  });

  testMet("that is long becomes several messages, with nothing lost", async ({ world, person }) => {
    const text = Array.from({ length: 300 }, (_, at) => `- line **${at}** of the report`).join("\n");
    const buttons = [{ text: "All", url: "https://x.org/" }];
    const id = await notify(world, { chat_id: person.id, text, buttons });
    await world.settled();
    const messages = sent(world, person);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.flatMap(({ text = "" }) => text.split("\n"))).toEqual(
      Array.from({ length: 300 }, (_, at) => `• line ${at} of the report`),
    );
    const bold = messages.flatMap(({ entities = [], text = "" }) =>
      entities.map(({ offset, length }) => text.slice(offset, offset + length)),
    );
    expect(bold).toEqual(Array.from({ length: 300 }, (_, at) => String(at)));
    expect(messages.map(({ reply_markup }) => reply_markup !== undefined)).toEqual(
      messages.map((_, at) => at === messages.length - 1),
    );
    expect(fate(world, id)).toEqual(["done"]);
  });

  testMet("is sent once for the same key", async ({ world, person }) => {
    const given = { chat_id: person.id, idempotency_key: "k" };
    const ids = await Promise.all([notify(world, given), notify(world, given)]);
    await world.quiet();
    expect(await notify(world, given)).toBe(ids[0] ?? "");
    expect(ids[1]).toBe(ids[0] ?? "");
    await expect(notify(world, { ...given, text: "other" })).rejects.toThrow("had this idempotency_key");
    await world.quiet();
    expect(sent(world, person)).toHaveLength(1);
  });

  testMet("is forgotten with what was done at its time", async ({ world, person }) => {
    const id = await notify(world, { chat_id: person.id });
    await world.settled();
    const before = world.clock.now() + 1;
    world.store.pruning.step({ payloads: before, keys: before });
    expect(world.store.updates.get(id)).toBeUndefined();
    expect(rows(world, "SELECT 1 FROM jobs WHERE kind = 'notification'")).toEqual([]);
  });

  testMet("that waits is sent after a restart", async ({ world, person }) => {
    const id = await notify(world, { chat_id: person.id });
    expect(world.store.jobs.oldestWaitingAt()).not.toBeNull();
    await world.restart();
    await world.quiet();
    expect(fate(world, id)).toEqual(["done"]);
    expect(sent(world, person)).toHaveLength(1);
  });

  testMet(
    "of several messages whose first is refused is dead, and no more of it is sent",
    async ({ world, person }) => {
      world.telegram.fault({
        match: { method: "sendMessage" },
        times: 1,
        action: { status: 403, description: "Forbidden: bot was blocked by the user" },
      });
      const id = await notify(world, { chat_id: person.id, text: "word ".repeat(2_000) });
      await world.quiet();
      expect(fate(world, id)).toEqual(["dead", "sendMessage: Forbidden: bot was blocked by the user"]);
      expect(sent(world, person)).toEqual([]);
      expect(world.log.filter(({ update_id }) => update_id === id)).toMatchObject([
        { level: "warn", message: "notification refused" },
      ]);
      expect(world.store.updates.retry(id)).toBe(false);
      expect(world.store.updates.discard(id, "test")).toBe(true);
    },
  );

  testMet("brings its files after its words, each as Telegram shows it best", async ({ world, person }) => {
    const files = [
      new File(["%PDF"], "report.pdf", { type: "application/pdf" }),
      new File([Buffer.from(onePixelJpeg)], "door.jpg", { type: "image/jpeg" }),
      // No picture, whatever it calls itself.
      new File(["broken"], "broken.jpg", { type: "image/jpeg" }),
    ];
    const id = await notify(world, { chat_id: person.id, text: "Somebody is at the door", files });
    await world.restart();
    await world.settled();
    const messages = sent(world, person);
    expect(messages.map(({ text, document, photo }) => text ?? document?.file_name ?? photo?.length)).toEqual(
      [...["Somebody is at the door", "report.pdf", 2, "broken.jpg"]],
    );
    expect(fate(world, id)).toEqual(["done"]);
    expect(readdirSync(join(world.dataDir, "uploads"))).toEqual([id]);
    await world.store.removeUploads();
    expect(readdirSync(join(world.dataDir, "uploads"))).toEqual([]);
  });

  testMet("may be a file alone", async ({ world, person }) => {
    await notify(world, { chat_id: person.id, text: "", files: [new File(["a"], "a.txt")] });
    await world.settled();
    expect(sent(world, person).map(({ document }) => document?.file_name)).toEqual(["a.txt"]);
  });

  testMet("whose file a restored backup does not have is dead", async ({ world, person }) => {
    const id = await notify(world, { chat_id: person.id, files: [new File(["a"], "a.txt")] });
    rmSync(join(world.dataDir, "uploads", id), { recursive: true });
    await world.settled();
    expect(fate(world, id)).toEqual(["dead", "a.txt is not here any more"]);
    expect(sent(world, person).map(({ text }) => text)).toEqual(["ping"]);
  });

  testMet("fetches files once for its key", async ({ world, person }) => {
    let fetched = 0;
    const fetch = async () => {
      fetched += 1;
      return [new File([`${fetched}`], "a.txt")];
    };
    const notice = { ...NOTICE, chat_id: person.id };
    const messages = await notificationMessages(notice);
    const asked = { ...notice, messages, fetch, file_urls: ["https://x.org/a.txt"] };
    const accept = () => world.store.notifications.accept({ ...asked, idempotency_key: "k" });
    expect(await accept()).toBe(await accept());
    await world.settled();
    expect(fetched).toBe(1);
    expect(sent(world, person).map(({ document }) => document?.file_name)).toEqual([undefined, "a.txt"]);
  });

  test("of a group that becomes a supergroup is done once the last part of it was sent there", async () => {
    await using world = await chatWorld();
    const { outbox, chats } = world.store;
    chats.keyOf(-5);
    const id = await notify(world, { chat_id: -5, text: "words", files: [new File(["a"], "a.txt")] });
    const take = (chat: number, wordsAlone = false) => outbox.take(chat, { wordsAlone });
    const sendThere = () => {
      const message = take(-1005);
      if (message) outbox.sent(message, 9);
      return message?.method;
    };
    const words = take(-5);
    if (words) outbox.move(words, -1005);
    expect(sendThere()).toBe("sendMessage");
    expect(fate(world, id)).toEqual(["waiting"]);
    // A file cannot ride in the answer to a delivery.
    expect(take(-5, true)).toBeUndefined();
    const file = take(-5);
    if (file) outbox.move(file, -1005);
    expect(sendThere()).toBe("sendDocument");
    expect(fate(world, id)).toEqual(["done"]);
  });

  test("goes to nobody who is not bound, and to no chat that is not known", async () => {
    await using world = await chatWorld();
    await boundPerson(world);
    await expect(notify(world, { chat_id: 5 })).rejects.toThrow("The Telegram user 5 is not bound");
    await expect(notify(world, { chat_id: -100_5 })).rejects.toThrow("The chat -1005 is not known");
    expect(rows(world, "SELECT 1 FROM jobs UNION ALL SELECT 1 FROM outbox")).toEqual([]);
  });

  test("needs something to read, and buttons that Telegram takes", async () => {
    for (const text of [" \n", "\u200b", "[a]: https://x.org"])
      await expect(notificationMessages({ ...NOTICE, text })).rejects.toThrow("nothing to read");
    for (const url of ["ftp://x.org/", "localhost", "http://nas/", "javascript:alert(1)"])
      await expect(notificationMessages({ ...NOTICE, buttons: [{ text: "x", url }] })).rejects.toThrow(
        "A button needs words, and an address",
      );
  });
});
