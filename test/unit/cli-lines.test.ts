import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutSecrets } from "../../src/base/access-token.ts";
import { lineOf, render } from "../../src/cli/checks/finding.ts";
import { checkFilesDir, checkSecrets, diskFinding, fleeting } from "../../src/cli/checks/machine.ts";
import { checkMemos, memosMend, webhookMend } from "../../src/cli/checks/servers.ts";
import { alignColumns, oneLine } from "../../src/cli/format.ts";
import type { Config } from "../../src/config/config.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import type { MemosServerInfo } from "../../src/memos/client.ts";

describe("a line of check", () => {
  test("begins with its mark, and stays one line", () => {
    const plain = { colored: (_color: string, text: string) => text };
    const line = (status: "ok" | "fail", check: string, detail: string) =>
      render({ status, check, detail }, plain);
    expect(line("fail", "memos", "wrong\nmend it")).toBe("FAIL     memos                 wrong mend it");
    expect(line("ok", "bot", "\u001b[2Jevil")).toBe("ok       bot                   [2Jevil");
  });

  test("has room for the name of every setting", () => {
    const widthOf = (check: string) =>
      render({ status: "ok", check, detail: "" }, { colored: (_, text) => text }).length;
    for (const name of Object.keys(SETTINGS)) expect(widthOf(name)).toBe(widthOf(""));
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

  test("tells of a folder whose content does not stay, and of files that others can read", () => {
    expect(fleeting(0x794c7630)).toContain("mount a volume there");
    // Above 31 bits as the system call gives it.
    expect(fleeting(0x858458f6 | 0)).toContain("is in memory");
    expect(fleeting(0xef53)).toBeNull();
    const dataDir = mkdtempSync(join(tmpdir(), "memoferry-lines-"));
    for (const name of ["memoferry.db", "secret-key"])
      writeFileSync(join(dataDir, name), "", { mode: 0o600 });
    expect(checkSecrets({ dataDir } as Config)).toBeNull();
    chmodSync(join(dataDir, "memoferry.db"), 0o664);
    const warning = `can be read by others on this machine: chmod 600 ${join(dataDir, "memoferry.db")}`;
    expect(checkSecrets({ dataDir } as Config)).toEqual({ warning });
    rmSync(dataDir, { recursive: true });
  });

  test.each([
    ["SSL error {error:0A000086:SSL routines::certificate verify failed}", "one that Telegram trusts"],
    ["Wrong response from the webhook: 502 Bad Gateway", "does not reach memoferry"],
    ["Wrong response from the webhook: 404 Not Found", "pass /telegram/webhook to HTTP_PORT"],
    ["Wrong response from the webhook: 302 Found", "without a sign-in"],
    ["Connection timed out", "the router and the firewall"],
    ["Failed to resolve host: Name or service not known", "look at the name in the DNS"],
  ])("names the mend where Telegram says %p", (error, mend) => {
    expect(webhookMend(error)).toContain(mend);
  });

  test.each([
    ["http://localhost:9", true, "is the container itself: set MEMOS_URL to the name"],
    ["http://127.0.0.1:9", false, null],
    ["http://memos-nowhere:9", true, "only on a network that both are in"],
  ])("says what a container takes %p for", async (url, inContainer, mend) => {
    const said = await memosMend(url, inContainer);
    expect(said ?? "null").toContain(`${mend}`);
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
