import { describe, expect, test } from "bun:test";
import { withoutSecrets } from "../../src/base/access-token.ts";
import { bindingsTable } from "../../src/cli/bindings.ts";
import { lineOf, render } from "../../src/cli/checks/finding.ts";
import { diskFinding } from "../../src/cli/checks/machine.ts";
import { checkMemos, clockFinding, webhookFinding } from "../../src/cli/checks/servers.ts";
import { alignColumns, oneLine } from "../../src/cli/format.ts";
import type { Binding } from "../../src/http/bindings.ts";
import type { MemosServerInfo } from "../../src/memos/client.ts";

const MINUTE = 60_000;

describe("a line of check", () => {
  test("begins with its mark, and stays one line", () => {
    const line = (status: "ok" | "fail", check: string, detail: string) => ({ status, check, detail });
    expect(render(line("fail", "memos", "wrong\nmend it"))).toBe(
      "FAIL     memos               wrong mend it",
    );
    expect(render(line("ok", "bot", "\u001b[2Jevil"))).toBe("ok       bot                 [2Jevil");
  });

  test("is a failed one when the check throws, without the secret in the error", async () => {
    const lines = await lineOf("bot", () => {
      throw new Error("GET https://api.telegram.org/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/getMe");
    });
    const detail = "GET https://api.telegram.org/bot[redacted]/getMe";
    expect(lines).toEqual([{ check: "bot", status: "fail", detail }]);
  });

  test("takes a clock as right up to five minutes off, to both sides", () => {
    const now = Date.UTC(2026, 10, 22);
    const right = "agrees with Telegram's";
    expect(clockFinding(now - 5 * MINUTE, now)).toBe(right);
    expect(clockFinding(now + 5 * MINUTE, now)).toBe(right);
    expect(() => clockFinding(now - 6 * MINUTE, now)).toThrow("this machine's clock is 6 minutes ahead of");
    expect(() => clockFinding(now + 6 * MINUTE, now)).toThrow("6 minutes behind Telegram's: set it");
    expect(clockFinding(null, now)).toEqual({ warning: expect.stringContaining("not compared") });
  });

  test("warns of a tight disk and fails on a full one", () => {
    const mib = 1024 * 1024;
    expect(diskFinding(96 * mib)).toBe("96 MiB free");
    expect(diskFinding(95 * mib)).toEqual({ warning: expect.stringContaining("95 MiB free") });
    expect(() => diskFinding(63 * mib)).toThrow("63 MiB free");
  });

  test("names the host of a webhook only, and tells our own from a foreign one", () => {
    const hook = { url: "https://n8n.example.com:8443/hook/s3cr3t", pending_update_count: 3 };
    const ours = "https://ferry.example.com";
    expect(webhookFinding({ url: "", pending_update_count: 0 }, null)).toStartWith("none, so updates");
    const foreign = webhookFinding({ ...hook, last_error_message: "Wrong response: 500" }, ours);
    expect(foreign).toEqual({
      warning: expect.stringContaining("another program at n8n.example.com:8443 gets this bot's updates"),
    });
    const text = JSON.stringify(foreign);
    expect(text).toContain("3 pending updates; its last error: Wrong response: 500");
    expect(text).not.toContain("s3cr3t");
    const own = { url: `${ours}/telegram/webhook`, pending_update_count: 0 };
    expect(webhookFinding(own, ours)).toStartWith("updates come to WEBHOOK_URL (ferry.example.com)");
    expect(webhookFinding({ ...own, last_error_message: "x" }, ours)).toHaveProperty("warning");
  });

  test.each([
    [null, null, "http://memos:5230", "set MEMOS_PUBLIC_URL"],
    [null, null, "http://localhost:5230", "no link to such a host (localhost)"],
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

  test("of bindings shows the server only when there are several", () => {
    const binding: Binding = {
      telegram_id: 7,
      server: "http://a.example.com",
      account: "users/alice",
      display_name: "Alice\u001b[2J",
      username: "alice",
      visibility: "PUBLIC",
      tags: [],
      state: "paused",
      paused_reason: "Memos refuses the access token",
      created_at: "2026-11-22T10:00:00.000Z",
      updated_at: "2026-11-22T10:00:00.000Z",
    };
    const [head, row] = bindingsTable([binding]).split("\n");
    expect(head).not.toContain("SERVER");
    expect(row).toBe(
      "7            @alice  users/alice (Alice [2J)  paused: Memos refuses the access token  PUBLIC      2026-11-22",
    );
    expect(bindingsTable([binding, { ...binding, server: "http://b.example.com" }])).toContain("SERVER");
  });

  test("keeps what a terminal would obey out of a line", () => {
    expect(oneLine(" a\r\nb\u0007\u202ec ")).toBe("a b c");
  });
});

test("secrets of every kind are taken out of texts", () => {
  const text = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA memos_pat_abcdefghijkl http://user:pass@proxy:1";
  expect(withoutSecrets(text)).toBe("[redacted] [redacted] http://[redacted]@proxy:1");
});
