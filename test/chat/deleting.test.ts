import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { withThought } from "../support/thought.ts";

describe("a memo that is to be deleted", () => {
  for (const version of ["0.30.0", "0.24.4"]) {
    test(`by /delete or a button, is gone at once (${version})`, async () => {
      await using saved = await withThought({ memos: { version } });
      const { world, alice, sent, confirmed } = saved;
      alice.says("/delete", { replyTo: sent });
      const asked = await alice.hears("Delete this memo for good");
      expect(asked.buttons).toEqual(["Delete", "Archive", "Cancel"]);
      await alice.pressesOn(confirmed.id, "Delete");
      await world.until("asked in both", () =>
        alice.seen().every(({ text }) => text.startsWith("Delete this memo")),
      );
      await alice.pressesOn(asked.id, "Delete");
      expect((await alice.hears("Deleted from Memos.")).buttons).toEqual([]);
      expect(world.memos.memos()).toEqual([]);
      // What is wanted is so.
      await alice.pressesOn(confirmed.id, "Delete");
      await world.until("told in both", () =>
        alice.seen().every(({ text }) => text === "Deleted from Memos."),
      );
    });
  }

  test("is not while Memos does not answer, and can be once it does, also where its answer is lost", async () => {
    await using saved = await withThought();
    const { world, alice, memo } = saved;
    await alice.presses("Delete");
    await alice.hears("Delete this memo");
    await world.memos.stop();
    await alice.presses("Delete");
    await alice.hears("Memos does not answer right now. Please try again");
    await world.memos.start();
    expect(memo()?.state).toBe("NORMAL");
    world.memos.fault({ match: { method: "DELETE" }, times: 1, action: "drop-after" });
    await alice.presses("Delete");
    await world.until("done, unheard", () => world.memos.memos().length === 0);
    await world.quiet();
    await alice.presses("Delete");
    expect((await alice.hears("Deleted from Memos.", "anywhere")).buttons).toEqual([]);
  });
});

const contentHash = (content: string) => createHash("sha256").update(content).digest("hex");

describe("what an older version left to be deleted", () => {
  const HOUR = 3_600_000;

  /** The memo is in the archive, as after a press on [Delete it], and the program starts again. */
  async function left(
    saved: Awaited<ReturnType<typeof withThought>>,
    state: string,
    { change, comments = [] }: { change?: () => void; comments?: object[] } = {},
  ) {
    const { world, alice, memo } = saved;
    const { name = "", content = "" } = memo() ?? {};
    world.memos.setMemoState(name, "ARCHIVED");
    change?.();
    await world.restart(() => {
      const database = new Database(join(world.dataDir, "memoferry.db"));
      const plan = {
        memo_name: name,
        content_hash: contentHash(content),
        state_before: "NORMAL",
        restore: state === "restoring",
        comments,
      };
      database.run(
        `INSERT INTO jobs (chat_key, kind, job_key, queue, lane, telegram_id, account_key, state, waiting_for, old_plan, created_at)
        SELECT chat_key, 'deletion', '1', 'commands', -999, telegram_id, account_key, 'waiting', 'memos', ?, 0 FROM jobs
        WHERE memo_name = ?`,
        [JSON.stringify(plan), name],
      );
      database.close();
    });
    await world.quiet();
    return alice;
  }
  const owed = (world: ChatWorld) =>
    rows(world, "SELECT id FROM jobs WHERE kind = 'deletion' AND state <> 'done'");
  const carriedOut = (world: ChatWorld) =>
    world.eventually("carried out", () => owed(world).length === 0, HOUR / 4);

  test("is deleted at the start, and waits for a Memos that is away", async () => {
    await using saved = await withThought();
    const { world, memo } = saved;
    const away = world.memos.fault({ match: { method: "DELETE" }, action: "drop-before" });
    await left(saved, "deleting");
    expect(away.hits).toBeGreaterThan(0);
    expect(owed(world)).toHaveLength(1);
    away.clear();
    await carriedOut(world);
    expect(memo()).toBeUndefined();
  });

  test("takes along the comments that go on with it, but for what was changed in them since", async () => {
    await using saved = await withThought();
    const { world, alice } = saved;
    for (const text of ["goes on", "goes on and on"]) {
      alice.says(text);
      await world.until(text, () => world.memos.memos().some(({ content }) => content === text));
    }
    await world.quiet();
    const others = world.memos.memos().filter(({ content }) => content !== "a thought");
    const comments = others.map(({ name, content }) => ({
      memo_name: name,
      content_hash: contentHash(content),
      state_before: "NORMAL" as const,
    }));
    const changed = others.find(({ content }) => content === "goes on")?.name ?? "";
    await left(saved, "deleting", {
      comments,
      change() {
        for (const { name } of others) world.memos.setMemoState(name, "ARCHIVED");
        world.memos.editContent(changed, "mine");
      },
    });
    await carriedOut(world);
    expect(world.memos.memos().map(({ content, state }) => [content, state])).toEqual([["mine", "NORMAL"]]);
  });

  test("is brought back where that was wanted", async () => {
    await using saved = await withThought();
    await left(saved, "restoring");
    await carriedOut(saved.world);
    expect(saved.memo()?.state).toBe("NORMAL");
  });

  test("stays where its person changed it, or took it out of the archive, since", async () => {
    for (const state of ["NORMAL", "ARCHIVED"] as const) {
      await using saved = await withThought();
      const { world, memo } = saved;
      await left(saved, "deleting", {
        change() {
          world.memos.setMemoState(memo()?.name ?? "", state);
          if (state === "ARCHIVED") world.memos.editContent(memo()?.name ?? "", "a better thought");
        },
      });
      await carriedOut(world);
      expect(memo()?.state).toBe("NORMAL");
    }
  });

  test("waits until the account is bound again", async () => {
    await using saved = await withThought();
    const { world, memo } = saved;
    saved.alice.says(`/bind ${world.memos.addUser("bob").token}`);
    await saved.alice.hears("account of bob.", "anywhere");
    const alice = await left(saved, "deleting");
    for (let quarter = 0; quarter < 8; quarter += 1) await world.passes(HOUR / 4);
    expect(memo()?.state).toBe("ARCHIVED");
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await alice.hears("account of alice.", "anywhere");
    await carriedOut(world);
    expect(memo()).toBeUndefined();
  });
});
