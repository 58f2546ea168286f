import type { Command } from "commander";
import { createClients } from "../app/context.ts";
import { systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { type Config, EX_CONFIG, redactedConfig } from "../config/config.ts";
import { openReadOnlyStore, type ReadOnlyStore } from "../store/store.ts";
import { checkChats } from "./checks/chats.ts";
import { failure, type Line, lineOf, render } from "./checks/finding.ts";
import {
  checkDatabase,
  checkDataDir,
  checkDisk,
  checkFilesDir,
  checkKey,
  checkRunning,
  checkSecrets,
} from "./checks/machine.ts";
import { checkNews } from "./checks/news.ts";
import {
  checkBindings,
  checkBot,
  checkClock,
  checkInline,
  checkMemos,
  checkWebhook,
  checkWebhookUrl,
} from "./checks/servers.ts";
import type { CommandLine } from "./terminal.ts";

export function check(program: Command, commandLine: CommandLine): void {
  program
    .command("check")
    .summary("looks at every setting, Telegram, Memos, the bindings and the disk")
    .description(
      "A line each: ok, warning or FAIL, with what is wrong and how to mend it. Changes nothing, also beside a running memoferry. Exits 0, 1 when something fails, 78 when the settings or the key are wrong.",
    )
    .option(
      "--json",
      "prints the lines as a list of { check, status, detail }; status is ok, warning or fail",
    )
    .action(async ({ json }: { json?: boolean }) => {
      const lines: Line[] = [];
      for await (const line of linesOf(commandLine.config())) {
        lines.push(line);
        if (!json) commandLine.terminal.print(render(line, commandLine.terminal));
      }
      const failed = lines.filter(({ status }) => status === "fail");
      const warnings = lines.filter(({ status }) => status === "warning");
      const summary = `Failed: ${failed.length}, warnings: ${warnings.length}.`;
      commandLine.print(json && lines, () => `\n${summary}`);
      if (failed.length > 0)
        commandLine.exitCode = failed.some(({ check }) => check === "key") ? EX_CONFIG : 1;
    });
}

/** All checks begin at once; each gives its lines when they are there. */
async function* linesOf(config: Config): AsyncGenerator<Line> {
  for (const [variable, value] of redactedConfig(config)) yield* await lineOf(variable, () => value);
  for (const warning of config.warnings) yield* await lineOf("configuration", () => ({ warning }));

  const { memos, api } = createClients(config, systemClock);
  let store: ReadOnlyStore | null = null;
  let unread: Error | undefined;
  try {
    store = openReadOnlyStore(config, systemClock);
  } catch (error) {
    unread = failure(messageOf(error));
  }
  const checks = [
    lineOf("data folder", () => checkDataDir(config)),
    lineOf("disk", () => checkDisk(config)),
    lineOf("files", () => checkSecrets(config)),
    lineOf("database", () => (unread ? Promise.reject(unread) : checkDatabase(config, store))),
    lineOf("key", () => checkKey(store)),
    lineOf("bot", () => checkBot(config, api)),
    lineOf("inline mode", () => checkInline(api)),
    lineOf("webhook", () => checkWebhook(config, api)),
    lineOf("webhook url", () => checkWebhookUrl(config)),
    lineOf("telegram files", () => checkFilesDir(config)),
    lineOf("clock", () => checkClock(api)),
    lineOf("memos", () => checkMemos(config, memos)),
    unread ? [] : checkBindings(store, memos),
    checkChats(store, api, config.botId),
    lineOf("news", () => checkNews(store, memos)),
    lineOf("memoferry", () => checkRunning(config)),
  ];
  try {
    for (const lines of checks) yield* await lines;
  } finally {
    store?.close();
    // Some versions of Memos hang where a connection is closed in mid-request.
    await memos.settled();
  }
}
