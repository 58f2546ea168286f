import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Binding } from "../http/bindings.ts";
import type { Binding as StoredBinding } from "../store/bindings.ts";
import { lookIntoStore } from "../store/look.ts";
import { accountText } from "./bind.ts";
import type { Command } from "./command.ts";
import { moveBindings } from "./move.ts";
import { allPages, runningApi } from "./running.ts";
import { commandSettings } from "./settings.ts";
import { alignColumns, oneLine } from "./table.ts";

export const bindings: Command = {
  name: "bindings",
  usage: "[--json] [--move]",
  summary: "lists who is bound to which Memos account",
  details: [
    "--json  prints the list as the API gives it.",
    "",
    "--move  goes on with the same Memos server under another address: set MEMOS_URL to the new one, stop memoferry,",
    "        and run this. Each access token is shown to the server at MEMOS_URL. Whose account has the same name there",
    "        is moved, with the messages that wait and the links from messages to memos. The others are left and named.",
    "        Use it for the same server only: its memos must be there under their old ids. Ids of new memos are made",
    "        from the server's address too. Messages whose saving had begun keep the id they had, so none is doubled.",
  ].join("\n"),
  options: { json: { type: "boolean" }, move: { type: "boolean" } },
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const { terminal, options } = invocation;
    const config = commandSettings(invocation);
    if (options["move"]) return await moveBindings(config, terminal, options["json"] === true);
    const api = runningApi(config);
    const list = api ? await allPages<Binding>(api, "/api/v1/bindings") : listFromStore(config);
    terminal.print(options["json"] ? JSON.stringify(list, null, 2) : bindingsTable(list));
    return 0;
  },
};

function listFromStore(config: Config): Binding[] {
  const look = lookIntoStore(config, systemClock);
  if (!look) return [];
  try {
    return look.bindings.list({ limit: look.bindings.count(), after: null }).map(asInApi);
  } finally {
    look.close();
  }
}

/** The fields and their order as `GET /api/v1/bindings` has them. */
function asInApi(binding: StoredBinding): Binding {
  return {
    telegram_id: binding.telegram_id,
    server: binding.server,
    account: binding.account,
    display_name: binding.display_name,
    username: binding.username,
    visibility: binding.visibility,
    tags: binding.tags,
    state: binding.state,
    paused_reason: binding.paused_reason,
    created_at: new Date(binding.created_at).toISOString(),
    updated_at: new Date(binding.updated_at).toISOString(),
  };
}

export function bindingsTable(list: readonly Binding[]): string {
  if (list.length === 0) return "Nobody is bound yet.";
  const servers = new Set(list.map(({ server }) => server));
  const head = [
    "TELEGRAM ID",
    "NAME",
    "ACCOUNT",
    ...(servers.size > 1 ? ["SERVER"] : []),
    "STATE",
    "VISIBILITY",
    "SINCE",
  ];
  const rows = list.map((binding) => [
    String(binding.telegram_id),
    binding.username === null ? "-" : `@${oneLine(binding.username)}`,
    accountText(oneLine(binding.account), binding.display_name),
    ...(servers.size > 1 ? [binding.server] : []),
    binding.paused_reason === null ? binding.state : `${binding.state}: ${oneLine(binding.paused_reason)}`,
    binding.visibility ?? "as in Memos",
    binding.created_at.slice(0, 10),
  ]);
  return alignColumns([head, ...rows]).join("\n");
}
