import { parentPort, workerData } from "node:worker_threads";
import type { IntegrityReport } from "./integrity.ts";
import { quickCheck } from "./quick-check.ts";
import { openSqlite } from "./sqlite.ts";

// An entry of its own: `integrity.ts` starts it as a thread.
const sqlite = openSqlite(String(workerData));
const report: IntegrityReport = { result: quickCheck(sqlite) };
sqlite.close();
parentPort?.postMessage(report);
