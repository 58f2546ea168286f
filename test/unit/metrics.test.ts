import { expect, test } from "bun:test";
import { createMetrics } from "../../src/app/metrics.ts";
import { createCounter, createHistogram, gauge, total } from "../../src/base/metrics.ts";

test("a counter has a line for each set of labels, escaped as the format wants it", () => {
  const counter = createCounter<{ kind: string; code: string }>("x_total", "What it counts.");
  counter.add({ kind: "a", code: "200" });
  counter.add({ kind: 'quote " and \\ and\nline', code: "" });
  counter.add({ kind: "a", code: "200" }, 2.5);
  expect(counter.text()).toBe(
    "# HELP x_total What it counts.\n# TYPE x_total counter\n" +
      'x_total{kind="a",code="200"} 3.5\nx_total{kind="quote \\" and \\\\ and\\nline",code=""} 1\n',
  );
});

test("a histogram counts what is at most its bounds, and all", () => {
  const histogram = createHistogram("t_seconds", "How long.", [0.5, 1]);
  for (const seconds of [0.1, 0.5, 0.75, 3]) histogram.observe(seconds);
  expect(histogram.text().split("\n")).toEqual([
    "# HELP t_seconds How long.",
    "# TYPE t_seconds histogram",
    't_seconds_bucket{le="0.5"} 2',
    't_seconds_bucket{le="1"} 3',
    't_seconds_bucket{le="+Inf"} 4',
    "t_seconds_sum 4.35",
    "t_seconds_count 4",
    "",
  ]);
});

test("a gauge has one value, or one for each label", () => {
  expect(gauge("g", "Now.", 7)).toBe("# HELP g Now.\n# TYPE g gauge\ng 7\n");
  expect(gauge("g", "Now.", [[{ state: "a" }, 1]])).toEndWith('\ng{state="a"} 1\n');
  expect(total("c_total", "So far.", 2)).toBe("# HELP c_total So far.\n# TYPE c_total counter\nc_total 2\n");
});

test("calls are told apart by what they are, never by an address", async () => {
  const metrics = createMetrics();
  using server = Bun.serve({ port: 0, fetch: () => new Response(null, { status: 204 }) });
  const base = server.url.origin;
  const token = "12345:abcdefghijklmnopqrstuvwxyz";
  for (const path of [
    `/bot${token}/getUpdates`,
    `/file/bot${token}/photos/file_1`,
    `/file/bot${token}/file_1`,
  ])
    await metrics.telegramFetch(base + path);
  await metrics.memosFetch(`${base}/prefix/api/v1/memos/abc?updateMask=content`, { method: "PATCH" });
  await metrics.memosFetch(`${base}/api/v1/memos:by-uid/abc`);
  await metrics.memosFetch(`${base}/file/attachments/abc/x.png`);
  await metrics.memosFetch("http://127.0.0.1:1/api/v1/users/7", { method: "GET" }).catch(() => null);
  metrics.received(["message", "invented", "another"], "webhook");
  const lines = metrics
    .text()
    .split("\n")
    .filter((line) => /^memoferry_(telegram|memos|updates).*[{]/.test(line));
  expect(lines.toSorted()).toEqual([
    'memoferry_memos_calls_total{method="GET",resource="file",code="204"} 1',
    'memoferry_memos_calls_total{method="GET",resource="memos",code="204"} 1',
    'memoferry_memos_calls_total{method="GET",resource="users",code="none"} 1',
    'memoferry_memos_calls_total{method="PATCH",resource="memos",code="204"} 1',
    'memoferry_telegram_calls_total{method="download",code="204"} 2',
    'memoferry_telegram_calls_total{method="getUpdates",code="204"} 1',
    'memoferry_updates_received_total{kind="message",intake="webhook"} 1',
    'memoferry_updates_received_total{kind="other",intake="webhook"} 2',
  ]);
});
