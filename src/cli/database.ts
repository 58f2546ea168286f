import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Config } from "../config/config.ts";
import { backUp } from "../store/db/backup.ts";
import { forgetLostKey } from "../store/db/keys.ts";
import type { CommandLine } from "./terminal.ts";

export function backup(program: Command, commandLine: CommandLine): void {
  program
    .command("backup")
    .summary("copies the database into a new file, also while memoferry runs")
    .description(
      [
        "The copy is the database as it is at one moment, checked and synced, for this user alone. It does not hold the key that opens the access tokens in it: keep DATA_DIR/secret-key, or SECRET_KEY, with it.",
        "To restore: stop memoferry, put the copy in the place of DATA_DIR/memoferry.db, remove memoferry.db-wal and memoferry.db-shm beside it, put the key where it was, and start. Memos that exist already are not doubled. What an older copy costs: docs/operations.md.",
      ].join("\n\n"),
    )
    .argument("<file>", "must not exist yet")
    .action((file: string) => {
      const config = commandLine.onDatabase();
      const target = resolve(file);
      const { bytes, sha256 } = backUp(config.dataDir, target);
      const megabytes = (bytes / 1024 ** 2).toFixed(1);
      const key = keyOf(config);
      const keyText = key.isThere
        ? `The key is not: keep ${key.name} somewhere safe as well. Without it nobody can read the access tokens.`
        : `The key that opens the access tokens in it is missing: there is neither SECRET_KEY nor ${key.name}.`;
      commandLine.terminal.print(
        `The database is in ${target} (${megabytes} MB, SHA-256 ${sha256}).\n${keyText}`,
      );
    });
}

export function forgetTokens(program: Command, commandLine: CommandLine): void {
  program
    .command("forget-tokens")
    .summary("goes on after the encryption key (SECRET_KEY) was lost")
    .description(
      "Only when the database was written with another key: forgets the access tokens, which nothing opens any more. Everybody has to bind anew; messages that wait stay and are saved after that. memoferry must not be running. If the old key can be found, bring it back instead: as SECRET_KEY, or as the file DATA_DIR/secret-key.",
    )
    .action(() => {
      const config = commandLine.onDatabase();
      const forgotten = forgetLostKey(config);
      const key = keyOf(config).isThere ? "today's key" : "a new key, which the next start makes";
      const who = forgotten === 1 ? "1 person has" : `${forgotten} people have`;
      commandLine.terminal.print(
        `The database goes on with ${key}. ` +
          (forgotten === 0
            ? "Nobody was bound."
            : `${who} to bind anew: by /bind in the chat, or \`memoferry bind\`. Messages that wait are saved after that.`),
      );
    });
}

/** Where the key that opens the access tokens is, or would be. */
function keyOf({ dataDir, secretKey }: Config): { name: string; isThere: boolean } {
  if (secretKey !== null) return { name: "SECRET_KEY", isThere: true };
  const name = join(dataDir, "secret-key");
  return { name, isThere: existsSync(name) };
}
