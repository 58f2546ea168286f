import type { Command } from "commander";
import { createClients } from "../app/context.ts";
import { systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { type Config, ConfigError, EX_CONFIG, redactedConfig } from "../config/config.ts";
import { openReadOnlyStore, type ReadOnlyStore } from "../store/store.ts";
import { checkDataDir } from "./checks/data-dir.ts";
import { checkDatabase } from "./checks/database.ts";
import { fail, type Line, linesOf, ok, render, warning } from "./checks/line.ts";
import { checkBindings, checkMemos } from "./checks/memos.ts";
import { checkRunning } from "./checks/running.ts";
import { checkBot, checkClock } from "./checks/telegram.ts";
import type { Context } from "./context.ts";

export function check(program: Command, context: Context): void {
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
      const { terminal } = context;
      const config = configOf(context);
      const lines: Line[] = [];
      for await (const line of "problems" in config ? config.problems : checksOf(config)) {
        lines.push(line);
        if (!json) terminal.print(render(line, terminal.colour));
      }
      terminal.print(json ? JSON.stringify(lines, null, 2) : summary(lines));
      const failed = lines.filter(({ status }) => status === "fail");
      const misconfigured = "problems" in config || failed.some(({ check }) => check === "key");
      context.exitCode = misconfigured ? EX_CONFIG : failed.length > 0 ? 1 : 0;
    });
}

/** The configuration, or all that is wrong with it. */
function configOf(context: Context): Config | { problems: Line[] } {
  try {
    return context.config();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const line = ({ variable, problem, example }: ConfigError["problems"][number]) =>
      fail(variable, `${problem} (example: ${example})`);
    return { problems: error.problems.map(line) };
  }
}

/** All begin at once; each gives its lines when they are there. */
async function* checksOf(config: Config): AsyncGenerator<Line> {
  const { memos, api } = createClients(config, systemClock);
  const look = tryLook(config);
  const checks = [
    linesOf("configuration", () => settingsLines(config)),
    linesOf("data folder", () => checkDataDir(config.dataDir)),
    linesOf("database", () =>
      "failure" in look ? [look.failure] : checkDatabase(config.dataDir, look.store),
    ),
    linesOf("bot", () => checkBot(config, api)),
    linesOf("clock", () => checkClock(config, systemClock.now)),
    linesOf("memos", () => checkMemos(config, memos)),
    linesOf("bindings", () => ("failure" in look ? [] : checkBindings(look.store, memos))),
    linesOf("memoferry", () => checkRunning(config)),
  ];
  try {
    for (const lines of checks) yield* await lines;
  } finally {
    if ("store" in look) look.store?.close();
  }
}

function tryLook(config: Config): { store: ReadOnlyStore | null } | { failure: Line } {
  try {
    return { store: openReadOnlyStore(config, systemClock) };
  } catch (error) {
    return { failure: fail("database", messageOf(error)) };
  }
}

function settingsLines(config: Config): Line[] {
  return [
    ...redactedConfig(config).map(([variable, value]) => ok(variable, value)),
    ...config.warnings.map((text) => warning("configuration", text)),
  ];
}

function summary(lines: readonly Line[]): string {
  const count = (status: Line["status"]) => lines.filter((line) => line.status === status).length;
  const parts = [
    ...(count("fail") > 0 ? [`${count("fail")} failed`] : []),
    ...(count("warning") > 0
      ? [`${count("warning")} ${count("warning") === 1 ? "warning" : "warnings"}`]
      : []),
  ];
  return parts.length === 0 ? "\nAll is well." : `\n${parts.join(", ")}.`;
}
