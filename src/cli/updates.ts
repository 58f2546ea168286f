import { AppError } from "../errors.ts";
import { UPDATE_STATES, type Update, type UpdateState } from "../http/updates.ts";
import { listFromApi } from "./api.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";
import { alignColumns, oneLine } from "./table.ts";

export const updates: Command = {
  name: "updates",
  usage: "[--state waiting|working|done|dead] [--json]",
  summary: "lists what came in, and where it stands",
  details: [
    "Without --state: what is not done yet, dead letters included. It never shows what was written.",
    "--json  prints the list as GET /api/v1/updates gives it.",
  ].join("\n"),
  options: { json: { type: "boolean" }, state: { type: "string" } },
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const { terminal, options } = invocation;
    const config = commandSettings(invocation);
    const states = readStates(options["state"]);
    const paths = states.map((state) => `/api/v1/updates?state=${state}`);
    const list = (await listFromApi<Update>(config, ...paths)).sort((a, b) =>
      a.received_at.localeCompare(b.received_at),
    );
    terminal.print(options["json"] ? JSON.stringify(list, null, 2) : updatesTable(list));
    return 0;
  },
};

function readStates(given: string | boolean | undefined): UpdateState[] {
  if (given === undefined) return ["waiting", "working", "dead"];
  const known = UPDATE_STATES.find((state) => state === given);
  if (!known) throw new AppError("invalid", `--state must be one of ${UPDATE_STATES.join(", ")}`);
  return [known];
}

export function updatesTable(list: readonly Update[]): string {
  if (list.length === 0) return "Nothing waits, and nothing failed.";
  const head = ["UPDATE", "RECEIVED", "CHAT", "STATE", "ATTEMPTS", "WHY"];
  const rows = list.map((update) => [
    update.update_id,
    update.received_at.slice(0, 19).replace("T", " "),
    String(update.chat_id ?? "-"),
    update.waiting_for === null
      ? (update.outcome ?? update.state)
      : `${update.state} for ${update.waiting_for}`,
    String(update.attempts),
    oneLine(update.detail ?? update.reason ?? "-"),
  ]);
  return alignColumns([head, ...rows]).join("\n");
}
