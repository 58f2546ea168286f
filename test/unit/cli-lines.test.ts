import { describe, expect, test } from "bun:test";
import { withoutSecrets } from "../../src/base/access-token.ts";
import { lineOf, render } from "../../src/cli/checks/finding.ts";
import { checkFilesDir, diskFinding } from "../../src/cli/checks/machine.ts";
import { checkMemos } from "../../src/cli/checks/servers.ts";
import { alignColumns, oneLine } from "../../src/cli/format.ts";
import type { MemosServerInfo } from "../../src/memos/client.ts";

describe("a line of check", () => {
  test("begins with its mark, and stays one line", () => {
    const plain = { colored: (_color: string, text: string) => text };
    const line = (status: "ok" | "fail", check: string, detail: string) =>
      render({ status, check, detail }, plain);
    expect(line("fail", "memos", "wrong\nmend it")).toBe("FAIL     memos               wrong mend it");
    expect(line("ok", "bot", "\u001b[2Jevil")).toBe("ok       bot                 [2Jevil");
  });

  test("is a failed one when the check throws, without the secret in the error", async () => {
    const lines = await lineOf("bot", () => {
      throw new Error("GET https://api.telegram.org/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/getMe");
    });
    const detail = "GET https://api.telegram.org/bot[redacted]/getMe";
    expect(lines).toEqual([{ check: "bot", status: "fail", detail }]);
  });

  test("warns of a tight disk and fails on a full one", () => {
    const mib = 1024 * 1024;
    expect(diskFinding(96 * mib)).toBe("96 MiB free");
    expect(diskFinding(95 * mib)).toEqual({ warning: expect.stringContaining("95 MiB free") });
    expect(() => diskFinding(63 * mib)).toThrow("63 MiB free");
  });

  test("tells of a folder of files that no Bot API server of one's own needs", () => {
    const folder = { telegramFilesDir: import.meta.dir, telegramApiUrl: "https://api.telegram.org" };
    expect(checkFilesDir(folder)).toEqual({ warning: expect.stringContaining("is not used") });
    expect(checkFilesDir({ ...folder, telegramApiUrl: "http://127.0.0.1:8082" })).toContain("can be read");
  });

  test.each([
    [null, null, "http://memos:5230", "set MEMOS_PUBLIC_URL"],
    [null, null, "http://localhost:5230", "this machine only"],
    [null, null, "http://127.0.0.1:5230", "this machine only"],
    [null, null, "http://192.168.1.5:5230", null],
    [null, "https://memos.example.com", "http://memos:5230", null],
    ["https://other.example.com", "https://memos.example.com", "http://memos:5230", null],
    ["http://memos", null, "http://memos:5230", "to a name with a dot"],
  ])("about Memos with MEMOS_PUBLIC_URL %p, instance URL %p, MEMOS_URL %p is %p", async (...row) => {
    const [memosPublicUrl, instanceUrl, memosUrl, trouble] = row;
    const memos = { info: async () => ({ version: "0.30.0", instanceUrl }) as MemosServerInfo };
    const found = await checkMemos({ memosUrl, memosPublicUrl }, memos);
    const well = `0.30.0 at ${memosUrl}`;
    const warning = { warning: expect.stringContaining(`${trouble}`) };
    expect(found as unknown).toEqual(trouble === null ? well : warning);
  });
});

describe("a table", () => {
  test("aligns names with emoji and Chinese, and trims the ends", () => {
    expect(
      alignColumns([
        ["日本", "a"],
        ["x", ""],
        ["🙂🙂🙂", "b"],
      ]),
    ).toBe("日本    a\nx\n🙂🙂🙂  b");
  });

  test("keeps what a terminal would obey out of a line", () => {
    expect(oneLine(" a\r\nb\u0007\u202ec ")).toBe("a b c");
  });
});

test("secrets of every kind are taken out of texts", () => {
  const text = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA memos_pat_abcdefghijkl http://user:pass@proxy:1";
  expect(withoutSecrets(text)).toBe("[redacted] [redacted] http://[redacted]@proxy:1");
});
