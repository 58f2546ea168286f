import { describe, expect, test } from "bun:test";
import { rows } from "../support/app.ts";
import { withThought } from "../support/thought.ts";

/** The comment on the only memo. */
async function comment({ world, name }: Awaited<ReturnType<typeof withThought>>) {
  await world.settled();
  expect(world.memos.memos()).toHaveLength(1);
  const comments = world.memos.comments(name);
  expect(comments).toHaveLength(1);
  return comments[0]?.content;
}

describe("a reply", () => {
  test("to a saved message is a comment on its memo, and said to be one", async () => {
    await using at = await withThought();
    at.alice.replies(at.sent, "and another");
    expect(await comment(at)).toBe("and another");
    expect(at.alice.seen().at(-1)?.text).toStartWith("Saved as a comment");
    expect(rows(at.world, "SELECT parent_name FROM jobs WHERE parent_name IS NOT NULL")).toHaveLength(1);
  });
});

describe("a comment is made once", () => {
  for (const action of ["drop-after", "comment-alone", "busy"] as const) {
    for (const version of ["0.30.0", "0.25.3"]) {
      test(`though its create ends in ${action} on ${version}`, async () => {
        await using at = await withThought({ memos: { version } });
        at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action });
        at.alice.replies(at.sent, "once");
        expect(await comment(at)).toBe("once");
      });
    }
  }

  for (const version of ["0.24.4", "0.22.5"]) {
    test(`though its answer is lost on ${version}, where ids are the server's`, async () => {
      await using at = await withThought({ memos: { version } });
      at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action: "drop-after" });
      at.alice.replies(at.sent, "once");
      expect(await comment(at)).toBe("once");
    });
  }
});
