import { describe, expect } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import type { FaultAction } from "../fakes/memos/types.ts";
import { attempts, botTexts, confirmed, contents } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

const html = (status: number): FaultAction => ({
  status,
  body: "<!doctype html><html><body>nginx</body></html>",
  contentType: "text/html",
});

/** Every way in which Memos, or what stands before it, can fail for a while; by silence: test/e2e/outages. */
const TROUBLE: Record<string, FaultAction> = {
  "a closed connection before anything was done": "drop-before",
  "a closed connection after all was done": "drop-after",
  "half an answer": "truncate",
  "a busy database": "busy",
  "500 of its own": { status: 500, body: { code: 13, message: "internal", details: [] } },
  "a proxy's 502 page": html(502),
  "503 and Retry-After": { status: 503, headers: { "retry-after": "5" } },
  "429 and Retry-After": {
    status: 429,
    body: { code: 8, message: "slow down", details: [] },
    headers: { "retry-after": "5" },
  },
  "a redirect": { status: 301, headers: { location: "https://login.example.org/" } },
  "a login page with 200": html(200),
  "a proxy's 401": html(401),
  "a proxy's 403": html(403),
  "a proxy's 404": html(404),
};

describe("who asks for something while Memos is away", () => {
  const { memosDown, tryLater } = textsIn("en");
  /** Who would be told by the notice of the outage. */
  const untold = ({ store, clock }: ChatWorld) => store.outages.untold(clock.now());

  for (const asked of ["/recent", "/status"]) {
    testBound(`by ${asked}, and has messages waiting, hears all that the notice would say`, async (at) => {
      const { world, person } = at;
      await world.memos.stop();
      person.say("one");
      await world.quiet();
      expect(untold(world)).toMatchObject([{ chat_id: person.id }]);
      person.say(asked);
      await world.quiet();
      expect(botTexts(world, person)).toEqual([expect.stringContaining(memosDown)]);
      expect(untold(world)).toEqual([]);
    });
  }

  testBound("and has none waiting is still told of those that come then", async ({ world, person }) => {
    await world.memos.stop();
    person.say("/recent");
    await world.quiet();
    expect(botTexts(world, person)).toEqual([tryLater]);
    person.say("one");
    await world.quiet();
    expect(untold(world)).toMatchObject([{ chat_id: person.id }]);
  });
});

describe("Memos in trouble", () => {
  for (const [what, action] of Object.entries(TROUBLE)) {
    testBound(
      `for every call, by ${what}: nothing lost or doubled, in order, without spending attempts`,
      async ({ world, person }) => {
        const fault = world.memos.fault({ match: {}, action });
        const texts = Array.from({ length: 8 }, (_, at) => `line ${at}`);
        for (const text of texts) person.say(text);
        person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "with a file" });
        await world.eventually("several tries", () => fault.hits >= 6);
        world.memos.clearFaults();
        await world.settled();
        expect(contents(world)).toEqual([...texts, "with a file"]);
        expect(world.memos.attachments()).toHaveLength(1);
        expect(confirmed(world, person)).toBe(9);
        // Where every answer is lost the first is saved by then; of all others no attempt was spent.
        expect(attempts(world)).toEqual(Array.from({ length: 9 }, () => 0));
      },
    );

    testBound(`for one call of each kind, by ${what}: one memo with its file`, async ({ world, person }) => {
      for (const match of [
        { method: "POST", path: /attachments$/ },
        { method: "POST", path: /memos$/ },
        { method: "GET", path: /memos\// },
        { method: "GET", path: /attachments\// },
        { method: "GET", path: /settings/ },
      ]) {
        world.memos.fault({ match, times: 1, action });
      }
      person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "with a file" });
      person.say("after it");
      await world.settled();
      expect(contents(world)).toEqual(["with a file", "after it"]);
      expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(confirmed(world, person)).toBe(2);
    });
  }

  testBound(
    "that knows the id of a memo and not the memo is tried again, and no other id is taken",
    async ({ world, person }) => {
      world.memos.fault({ match: { method: "POST", path: /memos$/ }, times: 1, action: "drop-after" });
      const missing = { status: 404, body: { code: 5, message: "memo not found", details: [] } };
      const old = world.memos.fault({ match: { method: "GET", path: /memos\// }, times: 2, action: missing });
      person.say("once");
      await world.settled();
      expect(confirmed(world, person)).toBe(1);
      expect(old.hits).toBe(2);
      expect(contents(world)).toEqual(["once"]);
    },
  );
});
