import { parentPort, workerData } from "node:worker_threads";
import type { IntegrityReport } from "./integrity.ts";
import { openSqlite } from "./sqlite.ts";

// An entry of its own: `integrity.ts` starts it as a thread.
const sqlite = openSqlite(String(workerData));
const found = sqlite.all<{ quick_check: string }>("PRAGMA quick_check").map((row) => row.quick_check);
sqlite.close();
const report: IntegrityReport = { result: found.slice(0, 5).join("; ") };
parentPort?.postMessage(report);
