import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Config } from "../config/config.ts";
import { backUp, digestPath, writeDigest } from "../store/db/backup.ts";
import { forgetLostKey } from "../store/db/keys.ts";
import { restore } from "../store/db/restore.ts";
import type { CommandLine } from "./terminal.ts";

export function backup(program: Command, commandLine: CommandLine): void {
  program
    .command("backup")
    .summary("copies the database into a new file, also while memoferry runs")
    .description(
      "The copy is the database as it is at one moment, checked and synced, for this user alone; its checksum is in a second file beside it. It does not hold the key that opens the access tokens in it: keep DATA_DIR/secret-key, or SECRET_KEY, with it. `memoferry restore` puts it back.",
    )
    .argument("<file>", "must not exist yet")
    .action((file: string) => {
      const config = commandLine.onDatabase();
      const target = resolve(file);
      const made = backUp(config.dataDir, target);
      writeDigest(target, made);
      const megabytes = (made.bytes / 1024 ** 2).toFixed(1);
      const key = keyOf(config);
      const keyText = key.isThere
        ? `The key is not: keep ${key.name} somewhere safe as well. Without it nobody can read the access tokens.`
        : `The key that opens the access tokens in it is missing: there is neither SECRET_KEY nor ${key.name}.`;
      commandLine.terminal.print(
        `The database is in ${target} (${megabytes} MB), its checksum in ${digestPath(target)}.\n${keyText}`,
      );
    });
}

export function restoreCommand(program: Command, commandLine: CommandLine): void {
  program
    .command("restore")
    .summary("puts a backup in the place of the database")
    .description(
      "memoferry must not be running. Refused is what is no database of memoferry's, is damaged, has another checksum than the file beside it says, was written by a newer version or with another key. Broken off at any moment, it leaves the database that was there, or the new one. Memos that exist already are not doubled; what an older copy costs: docs/operations.md.",
    )
    .argument("<file>", "what `memoferry backup` or POST /api/v1/backup made, or another copy that is whole")
    .option("--force", "replaces the database that is there, and keeps it beside the new one")
    .option("--without-key", "takes it although nothing opens its access tokens: then run `forget-tokens`")
    .action(
      (file: string, { force = false, withoutKey = false }: { force?: boolean; withoutKey?: boolean }) => {
        const config = commandLine.config();
        commandLine.terminal.complain(`DATA_DIR is ${config.dataDir}`);
        const { replaced } = restore({ ...config, file: resolve(file), replaces: force, withoutKey });
        const kept = replaced === null ? "" : ` The one before is kept as ${replaced}.`;
        const next = withoutKey ? "Run `memoferry forget-tokens`, then start memoferry." : "Start memoferry.";
        commandLine.terminal.print(`The database is that of ${resolve(file)}.${kept}\n${next}`);
      },
    );
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
