import type { Command } from "commander";
import type { Binding } from "../http/bindings.ts";
import { listFromApi } from "./api.ts";
import { accountText } from "./bind.ts";
import type { Context } from "./context.ts";
import { moveBindings } from "./move.ts";
import { alignColumns, oneLine } from "./table.ts";

export function bindings(program: Command, context: Context): void {
  program
    .command("bindings")
    .summary("lists who is bound to which Memos account")
    .description(
      "--move goes on with the same Memos server under another address: set MEMOS_URL to the new one, stop memoferry, and run this. Each access token is shown to the server at MEMOS_URL. Whose account has the same name there is moved, with the messages that wait and the links from messages to memos. The others are left and named. Use it for the same server only: its memos must be there under their old ids. Ids of new memos are made from the server's address too. Messages whose saving had begun keep the id they had, so none is doubled.",
    )
    .option("--json", "prints the list as the API gives it")
    .option("--move", "moves the bindings of the same server to its new address")
    .action(async (options: { json?: boolean; move?: boolean }) => {
      const { terminal } = context;
      const config = context.config();
      if (options.move) {
        context.exitCode = await moveBindings(config, terminal, options.json === true);
        return;
      }
      const list = await listFromApi<Binding>(config, "/api/v1/bindings");
      terminal.print(options.json ? JSON.stringify(list, null, 2) : bindingsTable(list));
    });
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
