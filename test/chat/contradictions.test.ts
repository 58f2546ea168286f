import { describe, expect } from "bun:test";
import { botTexts, sentName } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

const VERSIONS = ["0.25.3", "0.26.2", "0.30.0"];
const ONE_MEMO = /memos\/[^/]+$/;
const ONE_FILE = /attachments\/[^/]+$/;
const COMMENTS = /comments$/;

/** As a server in trouble answers for what it has. */
const notFound = { status: 404, body: { code: 5, message: "not found", details: [] } };

const lies = (world: ChatWorld, method: string, path: RegExp, times = 1) =>
  world.memos.fault({ match: { method, path }, times, action: notFound });

const saved = (world: ChatWorld) =>
  world.memos.memos().map(({ name, content, attachments }) => ({
    content,
    files: attachments.map(sentName),
    comments: world.memos.comments(name).map((comment) => comment.content),
  }));

for (const version of VERSIONS) {
  describe(`Memos ${version} that has something, and answers that it is not there`, () => {
    const testThere = (title: string, script: Parameters<typeof testBound>[1]) =>
      testBound(title, script, { memos: { version } });

    testThere("for a memo whose id it says is used: the text is there once", async ({ world, person }) => {
      world.memos.fault({ match: { method: "POST", path: /memos$/ }, times: 1, action: "drop-after" });
      const lie = lies(world, "GET", ONE_MEMO, 3);
      person.say("once");
      await world.settled();
      expect(lie.hits).toBe(3);
      expect(saved(world)).toEqual([{ content: "once", files: [], comments: [] }]);
      expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    });

    testThere(
      "for a file that it took, after a memo that it made without: the file is in it",
      async ({ world, person, account }) => {
        let isMade = false;
        // As where it makes the memo, and then fails at its files.
        world.memos.onRequest = async ({ method, path, query, body }, phase) => {
          if (isMade || method !== "POST" || !path.endsWith("/memos") || phase !== "before") return;
          isMade = true;
          const { attachments: _, ...bare } = JSON.parse(Buffer.from(body).toString());
          await fetch(`${world.memos.url}${path}?${new URLSearchParams(query)}`, {
            method,
            headers: { authorization: `Bearer ${account.token}` },
            body: JSON.stringify(bare),
          });
        };
        const lie = lies(world, "GET", ONE_FILE, 2);
        person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "see" });
        await world.settled();
        expect(isMade).toBe(true);
        expect(lie.hits).toBe(2);
        expect(saved(world)).toEqual([{ content: "see", files: ["a.txt"], comments: [] }]);
        expect(world.memos.attachments()).toHaveLength(1);
      },
    );

    testThere("for the memo that a reply answers: the reply is its comment", async ({ world, person }) => {
      const first = person.say("a question");
      await world.quiet();
      const lie = lies(world, "GET", ONE_MEMO);
      person.reply(first, "an answer");
      await world.settled();
      expect(lie.hits).toBe(1);
      expect(saved(world)).toEqual([{ content: "a question", files: [], comments: ["an answer"] }]);
    });

    testThere("for a memo that it has just shown: an edit is followed", async ({ world, person }) => {
      const sent = person.say("one");
      await world.quiet();
      const lie = lies(world, "PATCH", ONE_MEMO);
      person.edit(sent.message_id, "two");
      await world.settled();
      expect(lie.hits).toBe(1);
      expect(saved(world)).toEqual([{ content: "two", files: [], comments: [] }]);
      expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    });

    testThere("for a memo that goes on in comments: none of them is missing", async ({ world, person }) => {
      const lie = lies(world, "POST", COMMENTS);
      person.say(`${"a".repeat(3_000)} ${"b".repeat(1_000)}`);
      for (const letter of ["c", "d"]) person.say(letter.repeat(4_000));
      await world.settled();
      expect(lie.hits).toBe(1);
      const words = saved(world).map(({ content, comments }) => [content, ...comments].join(""));
      expect(words.join("").replace(/\s/g, "")).toHaveLength(12_000);
    });
  });
}
