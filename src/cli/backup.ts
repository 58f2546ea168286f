import { join, resolve } from "node:path";
import type { Command } from "commander";
import { backUp } from "../store/db/backup.ts";
import type { Context } from "./context.ts";

export function backup(program: Command, context: Context): void {
  program
    .command("backup")
    .summary("copies the database into a new file, also while memoferry runs")
    .description(
      [
        "The copy is the database as it is at one moment, checked and synced, for this user alone. It does not hold the key that opens the access tokens in it: keep DATA_DIR/secret-key, or SECRET_KEY, with it.",
        "To restore: stop memoferry, put the copy in the place of DATA_DIR/memoferry.db, remove memoferry.db-wal and memoferry.db-shm beside it, put the key where it was, and start. Memos that exist already are not doubled.",
      ].join("\n\n"),
    )
    .argument("<file>", "must not exist yet")
    .action((file: string) => {
      const { dataDir, secretKey } = context.config();
      const target = resolve(file);
      const megabytes = backUp(dataDir, target) / 1e6;
      const key = secretKey === null ? join(dataDir, "secret-key") : "SECRET_KEY";
      context.terminal.print(
        `The database is in ${target} (${megabytes.toFixed(1)} MB).\n` +
          `The key is not: keep ${key} somewhere safe as well. Without it nobody can read the access tokens.`,
      );
    });
}
