import { expect, test } from "bun:test";
import { tagWord } from "../../src/store/queue/owned-chats.ts";

test.each([
  ["Plans", "Plans"],
  ["To do: #pack!", "To-do-pack"],
  ["work / plans", "work/plans"],
  ["/work//plans/", "work/plans"],
  ["日本 旅行", "日本-旅行"],
  ["👩‍👩‍👧 family", "👩‍👩‍👧-family"],
  ["...", ""],
  ["- _ -", ""],
  ["x".repeat(100), "x".repeat(60)],
])("of “%s” the tag is “%s”", (name, tag) => {
  expect(tagWord(name)).toBe(tag);
});
