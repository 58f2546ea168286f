import { type Command, Option } from "commander";
import { JOB_STATES, type JobState } from "../domain/job.ts";
import type { Update } from "../http/updates.ts";
import { callApi, listFromApi } from "./api.ts";
import { messages, oneLine, UsageError } from "./format.ts";
import type { CommandLine } from "./terminal.ts";

const UNFINISHED: readonly JobState[] = ["waiting", "working", "dead"];

export function updates(program: Command, commandLine: CommandLine): void {
  program
    .command("updates")
    .summary("lists what came in, and where it stands")
    .description(
      "Without --state: what is waiting or working, and the dead letters: what was given up, until somebody retries or discards it. What is done was saved, handled (a command, a button), ignored (nothing to save) or discarded. It never shows what was written.",
    )
    .addOption(new Option("--state <state>", "those in one state").choices(JOB_STATES))
    .option("--json", "prints all of the list as GET /api/v1/updates gives it: { items, next }")
    .action(async ({ state, json }: { state?: JobState; json?: boolean }) => {
      const states = state === undefined ? UNFINISHED : [state];
      const paths = states.map((wanted) => `/api/v1/updates?state=${wanted}`);
      const found = await listFromApi<Update>(commandLine.onDatabase(), ...paths);
      const list = found.sort((a, b) => a.received_at.localeCompare(b.received_at));
      commandLine.printList(json, list, { ...TABLE, none: NONE[state ?? "unfinished"] });
    });
}

const NONE: Readonly<Record<JobState | "unfinished", string>> = {
  unfinished: "Nothing is waiting or working, and there are no dead letters.",
  waiting: "Nothing is waiting.",
  working: "Nothing is working.",
  dead: "There are no dead letters.",
  done: "Nothing is done yet, or what was done is no longer kept (KEEP_DAYS).",
};

/** The word of `--state` first, then what it waits for, or what became of it. */
function stateText({ state, outcome, waiting_for }: Update): string {
  if (waiting_for !== null) return `${state} for ${waiting_for}`;
  return outcome === null || outcome === state ? state : `${state}: ${outcome}`;
}

const TABLE = {
  head: ["UPDATE", "RECEIVED (UTC)", "CHAT", "STATE", "FAILED TRIES", "WHY"],
  row: (update: Update) => [
    update.update_id,
    update.received_at.slice(0, 19).replace("T", " "),
    String(update.chat_id ?? "-"),
    stateText(update),
    String(update.attempts),
    oneLine(update.detail ?? update.reason ?? "-"),
  ],
};

const LISTED = "`memoferry updates --state dead` lists them";

export function retry(program: Command, commandLine: CommandLine): void {
  program
    .command("retry")
    .summary("tries dead letters again")
    .description(
      "A replay is as safe as the first try: what Memos has already is recognised and not doubled. Works beside a running memoferry; without one it is tried at the next start.",
    )
    .argument("[update id]")
    .option("--all", "all dead letters")
    .action(async (updateId: string | undefined, { all = false }: { all?: boolean }) => {
      if ((updateId === undefined) === !all) {
        throw new UsageError(`name one update id, or --all; ${LISTED}`);
      }
      if (updateId !== undefined && !/^\d+$/.test(updateId)) {
        throw new UsageError(`an update id is a number; ${LISTED}`);
      }
      const one = updateId === undefined ? "" : `/${encodeURIComponent(updateId)}`;
      const path = `/api/v1/updates${one}/retry`;
      const answer = await callApi<{ retried: number; left: number }>(commandLine.onDatabase(), "POST", path);
      const { print } = commandLine.terminal;
      if (updateId !== undefined) return print(`The update ${updateId} will be tried again.`);
      print(`${messages(answer.retried)} will be tried again.`);
      if (answer.left > 0)
        print(`${messages(answer.left)} can only be discarded, by the dashboard or the API; ${LISTED}.`);
    });
}
