import { parentPort, workerData } from "node:worker_threads";
import { backUp } from "./backup.ts";

// A thread of its own, begun by `backUpBeside`.
parentPort?.postMessage(backUp(workerData.dataDir, workerData.target));
