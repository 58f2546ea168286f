import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createWorld } from "../support/app.ts";
import { talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";

setDefaultTimeout(60_000);
const HOUR = 3_600_000;

describe("what is due by the clock", () => {
  test("is told at its time, and after a start what was missed, each once", async () => {
    await using world = await createWorld({ rate: 100 });
    const alice = await talking(world);
    const sent = alice.says("a thought");
    await alice.hears("Saved as");
    for (const time of ["1h", "5h"]) {
      alice.says(`/remind ${time}`, { replyTo: sent });
      await alice.hears("⏰");
    }
    await writes(world, "alice", ["- [ ] milk"]);
    alice.says("/settings");
    await alice.presses("Digest");
    await alice.presses("daily");
    await alice.hears("Digest: daily", "anywhere");
    // A call under way would tell the time of before.
    await world.quiet();
    world.clock.advance(HOUR);
    await alice.hears("⏰ Reminder\n\na thought");
    await world.stopApp();
    world.clock.advance(23 * HOUR);
    await world.startApp();
    await alice.hears(/⏰ Reminder\nIt was due: .*\n\na thought/, "anywhere");
    await alice.hears("1. ☐ milk", "anywhere");
    await alice.presses("☐ 1");
    await alice.hears("1. ☑ milk", "anywhere");
    expect(world.memos.memos().map(({ content }) => content)).toContain("- [x] milk");
    await world.quiet();
    const told = alice.seen().filter(({ text }) => /^⏰ Reminder|^Digest\n/.test(text));
    expect(told).toHaveLength(3);
  });
});
