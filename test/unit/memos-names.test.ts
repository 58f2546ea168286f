import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Secret } from "../../src/base/secret.ts";
import { attachmentUid, idKey, memoUid, safeFilename, safeMimeType } from "../../src/memos/names.ts";
import { runs } from "../support/property.ts";

const key = idKey("123456:bot-token");

describe("ids", () => {
  test("are the same for the same parts, whether numbers or their text", () => {
    expect(memoUid(key, [1, "alice", -100200n])).toBe(memoUid(key, ["1", "alice", "-100200"]));
    expect(idKey(new Secret("123456:bot-token"))).toEqual(key);
  });

  test("stay what they are from release to release: memos already saved are found by them", () => {
    expect(memoUid(key, ["123456", "http://memos:5230", "users/alice", 42, "7", 0])).toBe(
      "51981385d211c60861c8ba97c4b9a24d",
    );
    expect(attachmentUid(key, [42, 7, "AQAD", 0])).toBe("67adcdd1d6e3cb356e73a583dd109d5c");
  });

  test("are ids that every server takes", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(memoUid(key, parts)).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  test("differ when the same letters are cut into parts elsewhere", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" })),
        fc.array(fc.string({ unit: "binary" })),
        (a, b) => {
          expect(memoUid(key, a) === memoUid(key, b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        },
      ),
    );
    expect(memoUid(key, ["ab", "c"])).not.toBe(memoUid(key, ["a", "bc"]));
    expect(memoUid(key, ['a","b'])).not.toBe(memoUid(key, ["a", "b"]));
  });

  test("differ between memos and attachments, and between bots", () => {
    expect(memoUid(key, [1])).not.toBe(attachmentUid(key, [1]));
    expect(memoUid(key, ["attachment", 1])).not.toBe(attachmentUid(key, [1]));
    expect(memoUid(idKey("other"), [1])).not.toBe(memoUid(key, [1]));
  });
});

describe("safeFilename", () => {
  test.each([
    ["photo.jpg", "photo.jpg"],
    ["  two words .txt ", "two words .txt"],
    ["archive.tar.gz", "archive.tar.gz"],
    ["отчёт 2024.pdf", "отчёт 2024.pdf"],
    [".env", "env"],
    ["name.", "name"],
    ["...", "file"],
    ["", "file"],
    [" \u0000\n", "file"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\note.md", "note.md"],
    ["folder/", "folder"],
    ["a/..", "a"],
    ["tab\tand\nline.txt", "tabandline.txt"],
    ['what? a <b>: "c"|*.txt', "what_ a _b__ _c___.txt"],
    ["gpj\u202eexe.jpg", "gpjexe.jpg"],
    ["half \ud83d.txt", "half \ufffd.txt"],
  ])("makes %j into %j", (name, expected) => {
    expect(safeFilename(name)).toBe(expected);
  });

  test("takes the fallback when nothing is left of the name", () => {
    expect(safeFilename("..", "photo-2024-05-06-7.jpg")).toBe("photo-2024-05-06-7.jpg");
    expect(safeFilename("..", "..")).toBe("file");
  });

  test("cuts long names to 198 bytes, keeps the extension and no half of a character", () => {
    expect(safeFilename(`${"a".repeat(300)}.jpeg`)).toBe(`${"a".repeat(193)}.jpeg`);
    expect(safeFilename(`${"é".repeat(120)}.txt`)).toBe(`${"é".repeat(97)}.txt`);
    expect(safeFilename(`x${"é".repeat(120)}.txt`)).toBe(`x${"é".repeat(96)}.txt`);
    expect(safeFilename(`${"a".repeat(190)}..${"b".repeat(90)}`)).toBe(
      `${"a".repeat(190)}..${"b".repeat(6)}`,
    );
    expect(safeFilename(`x.${"e".repeat(300)}`)).toBe(`x.${"e".repeat(196)}`);
  });

  test("gives a name that no Memos server refuses, whatever comes in", () => {
    const pieces = fc.constantFrom(
      "a",
      ".",
      " ",
      "/",
      "\\",
      "..",
      "\u0000",
      "é",
      "😀",
      "\u0301",
      ".jpg",
      "x".repeat(90),
    );
    const names = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(names, (name) => {
        const safe = safeFilename(name);
        expect(safe).not.toBe("");
        expect(safe).not.toMatch(/[/\\\p{Cc}<>:"|?*]/u);
        expect(safe).not.toMatch(/^[\s.]|[\s.]$/);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(198);
        expect(safe.isWellFormed()).toBe(true);
        expect(safeFilename(safe)).toBe(safe);
      }),
      runs,
    );
  });
});

describe("safeMimeType", () => {
  test.each([
    ["image/png", "image/png"],
    [" Text/HTML; charset=utf-8", "text/html"],
    ["application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"],
    ["image/svg+xml", "image/svg+xml"],
    ["text", "application/octet-stream"],
    ["*/*", "application/octet-stream"],
    ["a/b/c", "application/octet-stream"],
    ["image/png\r\nX: y", "application/octet-stream"],
    ["", "application/octet-stream"],
    [null, "application/octet-stream"],
    [undefined, "application/octet-stream"],
  ])("makes %j into %j", (type, expected) => {
    expect(safeMimeType(type)).toBe(expected);
  });
});
