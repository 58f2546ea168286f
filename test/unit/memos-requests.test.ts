import { describe, expect, test } from "bun:test";
import { dialectOf } from "../../src/memos/dialects.ts";
import { patchOf, searchable, uidOf } from "../../src/memos/requests.ts";

const of = (version: string) => dialectOf(version).dialect;
const v0_22 = of("0.22.5");
const v0_23_1 = of("0.23.1");
const v0_24 = of("0.24.4");
const v0_25_3 = of("0.25.3");
const v0_26 = of("0.26.2");
const v0_30 = of("0.30.0");

test.each([
  ["0.22.3", "0.22.3"],
  ["0.22.5", "0.22.3"],
  ["0.23.1", "0.23.1"],
  ["0.24.4", "0.24"],
  ["0.25.0", "0.25"],
  ["0.25.2", "0.25.1"],
  ["0.25.3", "0.25.3"],
  ["0.26.0", "0.26"],
  ["0.27.1", "0.27"],
  ["v0.28.0", "0.27"],
  ["0.29.1", "0.27"],
  ["0.30.0-rc.1", "0.27"],
  ["1.0.0", "0.27"],
  ["dev", "0.27"],
])("Memos %s is spoken with as %s", (version, since) => {
  expect(of(version).since).toBe(since);
});

describe("a patch", () => {
  test("holds what the dialect knows, and nothing else", () => {
    const patch = { state: "ARCHIVED", pinned: true, createTime: new Date(0) } as const;
    const time = "1970-01-01T00:00:00Z";
    expect(patchOf(patch, v0_26)).toEqual({
      mask: ["pinned", "create_time", "state"],
      body: { pinned: true, createTime: time, state: "ARCHIVED" },
    });
    expect(patchOf(patch, v0_22)).toEqual({
      mask: ["pinned", "create_time", "row_status", "update_time"],
      body: { pinned: true, createTime: time, rowStatus: "ARCHIVED" },
    });
    expect(patchOf({ state: "NORMAL" }, v0_22).body).toEqual({ rowStatus: "ACTIVE" });
    expect(patchOf({ pinned: true }, v0_23_1).mask).toEqual(["pinned", "update_time"]);
  });

  test("of what a person sees names the time of the change, once", () => {
    const location = { placeholder: "", latitude: 1, longitude: 2 };
    expect(patchOf({ content: "x", location }, v0_26)).toEqual({
      mask: ["content", "location", "update_time"],
      body: { content: "x", location },
    });
    expect(patchOf({ location: null }, v0_23_1)).toEqual({
      mask: ["location", "update_time"],
      body: { location: null },
    });
    expect(patchOf({ location }, v0_22)).toEqual({ mask: [], body: {} });
  });
});

describe("own memos", () => {
  const wanted = { state: "ARCHIVED", content: 'a "b" \\' } as const;

  test("are asked for as each family has it", () => {
    expect(v0_30.ownMemos("users/alice", { state: "NORMAL" })).toEqual({
      filter: 'creator == "users/alice"',
      state: "NORMAL",
    });
    expect(v0_26.ownMemos("users/alice", { state: "NORMAL" })["filter"]).toBe('creator == "users/alice"');
    expect(v0_26.ownMemos("users/7", wanted)["filter"]).toBe(
      'creator_id == 7 && content.contains("a \\"b\\" \\\\")',
    );
    expect(v0_25_3.ownMemos("users/7", wanted)["state"]).toBe("ARCHIVED");
    expect(v0_24.ownMemos("users/7", { state: "NORMAL" })).toEqual({
      parent: "users/7",
      filter: "",
      state: "NORMAL",
    });
    expect(v0_22.ownMemos("users/7", wanted)["filter"]).toBe(
      `creator == "users/7" && row_status == 'ARCHIVED' && content_search == ["a \\"b\\" \\\\"]`,
    );
  });

  test("no user name gets out of its quotes", () => {
    expect(v0_30.ownMemos('users/a" || true || "', { state: "NORMAL" })["filter"]).toBe(
      'creator == "users/a\\" || true || \\""',
    );
  });
});

describe("what narrows a search", () => {
  test("is the longest run of plain words, or nothing", () => {
    expect(searchable("**bold** and 100% of _everything else_ here")).toBe("everything else");
    expect(searchable("👍 %_%")).toBeUndefined();
    expect(searchable("")).toBeUndefined();
  });
});

test("a name that would leave its path is refused", () => {
  expect(uidOf("memos/abc-1", "memos")).toBe("abc-1");
  for (const name of ["memos/", "memos/a/b", "memos/..", "attachments/a", "memos/a?b"]) {
    expect(() => uidOf(name, "memos")).toThrow("no name of the form memos/…");
  }
});
