import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { Update, UpdateState } from "../http/updates.ts";
import { updateView } from "../http-views.ts";
import { lookIntoStore } from "../store/look.ts";
import type { Command } from "./command.ts";
import { allPages, runningApi } from "./running.ts";
import { commandSettings } from "./settings.ts";
import { alignColumns, oneLine } from "./table.ts";

const STATES = ["waiting", "working", "done", "dead"] as const;
/** Read at once from the store; a list is read page by page. */
const PAGE = 500;

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
    const api = runningApi(config);
    const lists = api
      ? await Promise.all(states.map((state) => allPages<Update>(api, `/api/v1/updates?state=${state}`)))
      : states.map((state) => listFromStore(config, state));
    const list = lists.flat().sort((a, b) => a.received_at.localeCompare(b.received_at));
    terminal.print(options["json"] ? JSON.stringify(list, null, 2) : updatesTable(list));
    return 0;
  },
};

function readStates(given: string | boolean | undefined): UpdateState[] {
  if (given === undefined) return ["waiting", "working", "dead"];
  const known = STATES.find((state) => state === given);
  if (!known) throw new AppError("invalid", `--state must be one of ${STATES.join(", ")}`);
  return [known];
}

function listFromStore(config: Config, state: UpdateState): Update[] {
  const look = lookIntoStore(config, systemClock);
  if (!look) return [];
  try {
    const found: Update[] = [];
    for (let after: number | null = null; ; ) {
      const page = look.updates.list({ state, chat_id: null }, { limit: PAGE, after });
      found.push(...page.map(updateView));
      const last = page.at(-1);
      if (!last || page.length < PAGE) return found;
      after = last.seq;
    }
  } finally {
    look.close();
  }
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
