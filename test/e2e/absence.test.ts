import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { api, createWorld, memosSaved, rows, settled, until } from "../support/app.ts";
import { talking } from "../support/conversation.ts";

setDefaultTimeout(60_000);
const rate = 20;

describe("after an absence", () => {
  test("it is told from when to when messages may be missing, by /status and the API too, for a week", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("hello");
    await memosSaved(world, 1);
    await settled(world);
    await world.stopApp();
    world.clock.advance(40 * 3_600_000);
    await world.startApp();
    await alice.hears("I was away from");
    const { last_absence } = (await api(world, "GET", "/api/v1/status")).body;
    const absence = last_absence as Record<"from" | "until" | "lost_before", string>;
    const hoursTo = (time: string) => (Date.parse(absence.until) - Date.parse(time)) / 3_600_000;
    expect(hoursTo(absence.from)).toBeGreaterThan(39);
    expect(hoursTo(absence.lost_before)).toBe(24);
    const minute = (time: string) => time.slice(0, 16).replace("T", " ");
    alice.says("/status");
    const { text } = await alice.hears("I was away");
    expect(text).toContain(`from ${minute(absence.from)} UTC to ${minute(absence.until)} UTC`);
    expect(text).toContain(`before ${minute(absence.lost_before)} UTC never reached me`);
    for (let day = 0; day < 8; day += 1) {
      world.clock.advance(22 * 3_600_000);
      alice.says("/id");
      const seen = () => rows<{ at: number }>(world, "SELECT last_poll_at AS at FROM bots")[0]?.at ?? 0;
      await until("a poll", () => world.clock.now() - seen() < 3_600_000);
    }
    alice.says("/status");
    expect((await alice.hears("0 messages are waiting to be saved.")).text).not.toContain("away");
  });
});
