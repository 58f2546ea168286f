// npm run conformance: what memoferry needs of Memos, against the real servers of MEMOS_REAL, with a table at the end.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReport, table } from "./report.ts";
import { HOW_TO_GIVE_SERVERS, realServers } from "./servers.ts";

const setting = process.env["MEMOS_REAL"]?.trim() ?? "";
if (setting === "") {
  console.log(`conformance skipped: no servers are given. ${HOW_TO_GIVE_SERVERS}`);
  process.exit(0);
}
try {
  realServers(setting);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}

const root = join(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "memoferry-conformance-"));
const report = join(scratch, "report.xml");
const { status } = spawnSync(
  process.execPath,
  ["test", "test/conformance", "--reporter=junit", `--reporter-outfile=${report}`],
  { cwd: root, stdio: "inherit" },
);
const results = existsSync(report) ? readReport(readFileSync(report, "utf8")) : [];
rmSync(scratch, { recursive: true, force: true });

console.log(`\n${table(results)}\n`);
const count = (end: string) => results.filter((result) => result.end === end).length;
console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
process.exit(status === 0 && results.length > 0 ? 0 : 1);
