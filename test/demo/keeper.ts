// Outlives the demo for a moment, however that ended: kills the memoferry it left and removes its folder. Started with
// the folder; each line of stdin is the process of memoferry from now on.
import { rmSync } from "node:fs";

let pid: number | null = null;
// The end comes as an empty line; process 0 would be this one with all of its group.
for await (const line of console) pid = Number(line) || pid;
try {
  if (pid !== null) process.kill(pid, "SIGKILL");
} catch {
  // It ended by itself.
}
rmSync(String(process.argv[2]), { recursive: true, force: true, maxRetries: 5 });
