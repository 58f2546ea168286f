import { describe, expect, test } from "bun:test";
import { readReport, table } from "../conformance/report.ts";
import { realServers } from "../conformance/servers.ts";

const xml = `<testsuites><testsuite name="client.test.ts">
  <testcase name="real servers are given" classname="" time="0" />
  <testcase name="a &quot;b&quot; &amp; &lt;c&gt;" classname="the core &gt; on a real Memos 0.22.5" time="0.1" />
  <testcase name="a &quot;b&quot; &amp; &lt;c&gt;" classname="the core &gt; on a real Memos 0.30.0" time="0.1">
    <failure type="AssertionError" message="x" />
  </testcase>
  <testcase name="other" classname="threads &gt; on a real Memos 0.30.0" time="0">
    <skipped />
  </testcase>
</testsuite></testsuites>`;

describe("the report of a conformance run", () => {
  test("tells for each test and version how it ended", () => {
    expect(readReport(xml)).toEqual([
      { version: "0.22.5", suite: "the core", test: 'a "b" & <c>', end: "passed" },
      { version: "0.30.0", suite: "the core", test: 'a "b" & <c>', end: "failed" },
      { version: "0.30.0", suite: "threads", test: "other", end: "skipped" },
    ]);
  });

  test("is a table of tests and versions", () => {
    expect(table(readReport(xml)).split("\n")).toEqual([
      "the core     0.22.5  0.30.0",
      'a "b" & <c>      ok    FAIL',
      "",
      "threads      0.22.5  0.30.0",
      "other                     -",
    ]);
  });
});

describe("MEMOS_REAL", () => {
  test("gives servers with an administrator or with two tokens", () => {
    const [one, two] = realServers(
      "0.22.5=http://a:1/#admin:a:b, 0.30.0=https://b/x#memos_pat_1+memos_pat_2,",
    );
    expect(one).toEqual({
      version: "0.22.5",
      url: "http://a:1",
      access: { admin: { username: "admin", password: "a:b" } },
    });
    expect(two?.url).toBe("https://b/x");
    const tokens = two && "tokens" in two.access ? two.access.tokens.map((token) => token.reveal()) : [];
    expect(tokens).toEqual(["memos_pat_1", "memos_pat_2"]);
  });

  test("that is not right is refused without a word of it", () => {
    for (const setting of [
      "0.30.0=ftp://a#b:c",
      "0.30.0=http://a",
      "http://a#b:c",
      "0.30.0=http://a#secret",
    ]) {
      expect(() => realServers(setting)).toThrow("MEMOS_REAL is not right");
    }
    expect(() => realServers("0.30.0=http://a#secret")).not.toThrow("secret");
  });
});
