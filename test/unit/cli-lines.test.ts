import { describe, expect, test } from "bun:test";
import { withoutSecrets } from "../../src/base/access-token.ts";
import { bindingsTable } from "../../src/cli/bindings.ts";
import { diskLine } from "../../src/cli/checks/data-dir.ts";
import { fail, linesOf, ok, render } from "../../src/cli/checks/line.ts";
import { checkMemos } from "../../src/cli/checks/memos.ts";
import { clockLine, webhookLine } from "../../src/cli/checks/telegram.ts";
import { reachable } from "../../src/cli/healthcheck.ts";
import { alignColumns, oneLine } from "../../src/cli/table.ts";
import type { Binding } from "../../src/http/bindings.ts";
import type { MemosClient, MemosServerInfo } from "../../src/memos/client.ts";

const MINUTE = 60_000;

describe("a line of check", () => {
  test("begins with its mark, has colour only when asked, and stays one line", () => {
    expect(render(fail("memos", "wrong\nmend it"), false)).toBe("FAIL     memos               wrong mend it");
    expect(render(ok("memos", "0.30.0"), true)).toBe(
      "\u001b[32mok     \u001b[0m  memos               0.30.0",
    );
    expect(render(ok("bot", "\u001b[2Jevil"), false)).toBe("ok       bot                 [2Jevil");
  });

  test("is a failed one when the check throws, without the secret in the error", async () => {
    const lines = await linesOf("bot", () => {
      throw new Error("GET https://api.telegram.org/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/getMe");
    });
    expect(lines).toEqual([fail("bot", "GET https://api.telegram.org/bot[redacted]/getMe")]);
  });

  test("takes a clock as right up to five minutes off, to both sides", () => {
    const now = Date.UTC(2026, 10, 22);
    expect(clockLine(now - 5 * MINUTE, now).status).toBe("ok");
    expect(clockLine(now + 5 * MINUTE, now).status).toBe("ok");
    expect(clockLine(now - 6 * MINUTE, now).detail).toStartWith("this machine's clock is 6 minutes ahead of");
    expect(clockLine(now + 180 * MINUTE, now)).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("3 hours behind Telegram's: set it"),
    });
    expect(clockLine(Number.NaN, now).status).toBe("warning");
  });

  test("warns of a tight disk and fails on a full one", () => {
    const mib = 1024 * 1024;
    expect(diskLine(5 * 1024 * mib)).toEqual(ok("disk", "5.0 GiB free"));
    expect(diskLine(96 * mib).status).toBe("ok");
    expect(diskLine(95 * mib).status).toBe("warning");
    expect(diskLine(63 * mib)).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("63 MiB free"),
    });
  });

  test("names the host of a webhook only, and tells our own from a foreign one", () => {
    const hook = { url: "https://n8n.example.com:8443/hook/s3cr3t", pending_update_count: 3 };
    expect(webhookLine({ url: "", pending_update_count: 0 }, null).status).toBe("ok");
    const foreign = webhookLine(
      { ...hook, last_error_message: "Wrong response: 500" },
      "https://ferry.example.com",
    );
    expect(foreign.detail).toContain("another program at n8n.example.com:8443 gets this bot's updates");
    expect(foreign.detail).toContain("3 pending updates; its last error: Wrong response: 500");
    expect(foreign.detail).not.toContain("s3cr3t");
    const ours = webhookLine(
      { url: "https://ferry.example.com/telegram/webhook", pending_update_count: 0 },
      "https://ferry.example.com",
    );
    expect(ours.detail).toStartWith("updates come to WEBHOOK_URL (ferry.example.com)");
  });

  test.each([
    [null, null, "http://memos:5230", "warning", "set MEMOS_PUBLIC_URL"],
    [null, null, "http://localhost:5230", "warning", "no link to such a host (localhost)"],
    [null, null, "http://127.0.0.1:5230", "warning", "this machine only"],
    [null, null, "http://192.168.1.5:5230", "ok", "http://192.168.1.5:5230"],
    [null, "https://memos.example.com", "http://memos:5230", "ok", "https://memos.example.com"],
    [
      "https://other.example.com",
      "https://memos.example.com",
      "http://memos:5230",
      "ok",
      "https://other.example.com",
    ],
    ["http://memos", null, "http://memos:5230", "warning", "to a name with a dot"],
  ] as const)("about links with MEMOS_PUBLIC_URL %p, instance URL %p, MEMOS_URL %p is %p", async (...row) => {
    const [memosPublicUrl, instanceUrl, memosUrl, status, text] = row;
    const info = { version: "0.30.0", instanceUrl } as MemosServerInfo;
    const memos = { info: async () => info } as unknown as MemosClient;
    const lines = await checkMemos({ memosUrl, memosPublicUrl }, memos);
    expect(lines[0]).toEqual(ok("memos", `0.30.0 at ${memosUrl}`));
    expect(lines[1]).toMatchObject({ check: "links", status, detail: expect.stringContaining(text) });
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
    ).toEqual(["日本    a", "x", "🙂🙂🙂  b"]);
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

test("addresses that mean all of them are reached by the loopback one", () => {
  expect(reachable("0.0.0.0")).toBe("127.0.0.1");
  expect(reachable("::")).toBe("[::1]");
  expect(reachable("fd00::2")).toBe("[fd00::2]");
  expect(reachable("nas")).toBe("nas");
});

test("secrets of every kind are taken out of texts", () => {
  const text = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA memos_pat_abcdefghijkl http://user:pass@proxy:1";
  expect(withoutSecrets(text)).toBe("[redacted] [redacted] http://[redacted]@proxy:1");
});
