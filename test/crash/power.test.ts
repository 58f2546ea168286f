import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { WHOLE } from "../support/whole.ts";
import { runCampaign } from "./campaign.ts";
import { createDisk } from "./disk.ts";
import { expectMemos, png } from "./expected.ts";
import { nameOf } from "./points.ts";
import { createPower, needsStrace, strace } from "./power.ts";
import { finish, killAt, pointsOf, staged, startToDie, withLog } from "./runs.ts";
import { scenarioNamed } from "./scenarios.ts";
import { oneInEach, theSeed } from "./seeded.ts";
import { createCrashWorld, forEach } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

/** As many as one likes: `npm run crash -- --power`. */
const CUTS = 6;

/** A power whose cuts another run can repeat. */
const power = () => createPower(theSeed());

describe.skipIf(needsStrace.skip)("the power cut", () => {
  test("leaves what was synced and nothing else (of the disk that these tests have)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "memoferry-disk-"));
    const traceFile = `${folder}.trace`;
    const disk = createDisk({ folder, traceFile, strace: strace() });
    const at = (name: string) => join(folder, name);
    const run = async (script: string) => {
      const env = { PATH: process.env["PATH"], D: folder };
      const child = Bun.spawn([...disk.under, "sh", "-c", script], { env, stdout: "pipe", stderr: "ignore" });
      // strace holds the pipe until it has written all.
      await new Response(child.stdout).text();
    };
    const text = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), "utf8") : null);
    try {
      await run(
        "printf one > $D/a; printf two > $D/b; sync $D/a $D; printf three > $D/c; sync $D/c; mkdir $D/d; printf x > $D/d/e; sync $D/d/e $D/d",
      );
      expect(disk.cut({ keep: "nothing" })).toBeGreaterThan(0);
      expect([text("a"), text("b"), text("c"), text("d/e")]).toEqual(["one", "", null, null]);
      await run("mv $D/a $D/z; printf four > $D/b; sync $D/b; rm $D/b");
      disk.cut({ keep: "nothing" });
      expect([text("a"), text("z"), text("b")]).toEqual(["one", null, "four"]);
      await run("mv $D/a $D/z; sync $D; dd if=/dev/zero of=$D/z bs=512 count=2");
      disk.cut({ keep: "pieces", random: () => 0.4 });
      expect([text("a"), text("z")]).toEqual([null, "\0".repeat(1024)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      rmSync(traceFile, { force: true });
    }
  });

  for (const name of [
    ...["a text", "a document", "a /bind with a token", "an edit of a text", "a reply"],
    "the press that deletes a comment which goes on in another",
  ]) {
    const scenario = scenarioNamed(name);
    test.concurrent(`at a call around ${name} comes to the same`, async () => {
      const cuts = power();
      const points = await pointsOf(scenario);
      const some = WHOLE ? points : oneInEach(points, 5, cuts.seed);
      await forEach(some, nameOf, async (point) => {
        const stage = await staged(scenario, { power: cuts });
        await using world = stage.world;
        await withLog(world, async () => {
          await startToDie(world, killAt(world, point).dead);
          await world.program.start();
          await finish(scenario, stage, [point]);
        });
      });
      expect(cuts.undone, "the cuts undid something").toBeGreaterThan(0);
    }, 300_000);
  }

  test.concurrent("right after a binding was made in a new folder keeps it, with the key that opens its token", async () => {
    const cuts = power();
    for (let round = 0; round < 3; round += 1) {
      await using world = await createCrashWorld({ power: cuts });
      const [alice] = world.people("alice");
      alice.person.say(`round ${round}`);
      await withLog(world, async () => {
        await world.bind([alice], () => world.kill());
        expect(world.rows("SELECT telegram_id FROM bindings")).toEqual([{ telegram_id: alice.person.id }]);
        await world.program.start();
        await world.settled();
        expectMemos(world, alice.account.name, [{ content: `round ${round}` }]);
      });
    }
  }, 300_000);

  test.concurrent("right after a webhook's update was answered 200 loses none", async () => {
    const cuts = power();
    await using world = await createCrashWorld({ power: cuts, webhook: true });
    const [alice] = world.people("alice");
    const { deliveries } = world;
    if (!deliveries) throw new Error("no webhook");
    await world.bind([alice]);
    let taken = 0;
    // Telegram hears the 200 of a program that is dead by then.
    deliveries.between = async (forward) => {
      const { status } = await forward();
      if (status === 200) {
        await world.kill();
        taken += 1;
      }
      return new Response(null, { status });
    };
    await withLog(world, async () => {
      const texts = Array.from({ length: 5 }, (_, at) => `message ${at}`);
      for (const [at, text] of texts.entries()) {
        await world.program.start();
        alice.person.say(text);
        await until("it to be answered", () => taken > at && !world.program.running);
      }
      await world.program.start();
      await world.settled();
      expectMemos(
        world,
        alice.account.name,
        texts.map((content) => ({ content })),
      );
    });
    expect(cuts.undone).toBeGreaterThan(0);
  }, 300_000);

  test.concurrent("right after a memo of the API was answered 202 keeps it with its file, once", async () => {
    const cuts = power();
    await using world = await createCrashWorld({ power: cuts });
    const [alice] = world.people("alice");
    await world.bind([alice]);
    const file = png("plan");
    const contents = Array.from({ length: 3 }, (_, at) => `memo ${at}`);
    const send = async (content: string) => {
      const form = new FormData();
      form.set("telegram_id", String(alice.person.id));
      form.set("content", content);
      form.set("idempotency_key", content);
      form.set("plan", new File([Buffer.from(file.bytes)], file.name ?? "", { type: file.type }));
      const answer = await world.call("POST", "/api/v1/memos", form);
      expect(answer.status).toBe(202);
      return answer.json();
    };
    await withLog(world, async () => {
      for (const content of contents) {
        await world.program.start();
        const answer = await send(content);
        await world.kill();
        // Whose answer was lost sends it again.
        await world.program.start();
        expect(await send(content)).toEqual(answer);
        await world.kill();
      }
      await world.program.start();
      await world.settled();
      expectMemos(
        world,
        alice.account.name,
        contents.map((content) => ({ content, files: [file] })),
      );
    });
    expect(cuts.undone).toBeGreaterThan(0);
  }, 300_000);

  test.concurrent("right after a notification was answered 202 sends it, and tells so", async () => {
    const cuts = power();
    await using world = await createCrashWorld({ power: cuts });
    const [alice] = world.people("alice");
    await world.bind([alice]);
    alice.person.say("hello");
    await withLog(world, async () => {
      // Nothing of it is sent before the cut.
      const held = world.telegram.fault({ match: { method: "sendMessage" }, action: "hang" });
      await world.program.start();
      const body = { telegram_id: alice.person.id, text: "**ping**", idempotency_key: "k" };
      const answer = await world.call("POST", "/api/v1/messages", body);
      expect(answer.status).toBe(202);
      const taken = (await answer.json()) as { id: string };
      await world.kill();
      held.clear();
      await world.program.start();
      expect(await (await world.call("POST", "/api/v1/messages", body)).json()).toEqual(taken);
      await world.settled();
      const texts = world.telegram.botMessages(alice.person.id).map(({ text }) => text);
      expect(texts.filter((text) => text === "ping")).toEqual(["ping"]);
      const fate = await (await world.call("GET", `/api/v1/messages/${taken.id}`)).json();
      expect(fate).toMatchObject({ id: taken.id, state: "done" });
    });
    expect(cuts.undone).toBeGreaterThan(0);
  }, 300_000);

  test(`${CUTS} times at random moments, with both servers misbehaving, saves each message once`, async () => {
    const cuts = power();
    const { messages } = await runCampaign({ kills: CUTS, seed: cuts.seed, settleMs: 150_000, power: cuts });
    expect(messages).toBe(2 * CUTS);
    expect(cuts.undone, "the cuts undid something").toBeGreaterThan(0);
  }, 300_000);
});
