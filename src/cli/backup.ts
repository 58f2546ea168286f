import { join, resolve } from "node:path";
import { backUp } from "../store/backup.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";

export const backup: Command = {
  name: "backup",
  usage: "FILE",
  summary: "copies the database into a new file, also while memoferry runs",
  details: [
    "The copy is the database as it is at one moment, checked and synced, for this user alone. FILE must not exist yet.",
    "It does not hold the key that opens the access tokens in it: keep DATA_DIR/secret-key, or SECRET_KEY, with it.",
    "To restore: stop memoferry, put FILE in the place of DATA_DIR/memoferry.db, remove memoferry.db-wal and",
    "memoferry.db-shm beside it, put the key where it was, and start. Memos that exist already are not doubled.",
  ].join("\n"),
  options: {},
  positionals: { min: 1, max: 1 },
  async run(invocation) {
    const { terminal, positionals } = invocation;
    const { dataDir, secretKey } = commandSettings(invocation);
    const target = resolve(positionals[0] ?? "");
    const megabytes = backUp(dataDir, target) / 1e6;
    const key = secretKey === null ? join(dataDir, "secret-key") : "SECRET_KEY";
    terminal.print(
      `The database is in ${target} (${megabytes.toFixed(1)} MB).\n` +
        `The key is not: keep ${key} somewhere safe as well. Without it nobody can read the access tokens.`,
    );
    return 0;
  },
};
