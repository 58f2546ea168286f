import { type Command, Option } from "commander";
import type { Binding } from "../http/bindings.ts";
import { listFromApi } from "./api.ts";
import type { Context } from "./context.ts";
import { accountText, alignColumns, oneLine } from "./format.ts";
import { moveBindings } from "./move.ts";

export function bindings(program: Command, context: Context): void {
  program
    .command("bindings")
    .summary("lists who is bound to which Memos account")
    .description(
      "--move goes on with the same Memos server under another address: set MEMOS_URL to the new one, stop memoferry, and run this. Each access token is shown to the server at MEMOS_URL. Whose account has the same name there is moved, with the messages that wait and the links from messages to memos. The others are left and named. Use it for the same server only: its memos must be there under their old ids. Ids of new memos are made from the server's address too. Messages whose saving had begun keep the id they had, so none is doubled.",
    )
    .option("--json", "prints the list as the API gives it")
    .addOption(
      new Option("--move", "moves the bindings of the same server to its new address").conflicts("json"),
    )
    .action(async ({ json, move }: { json?: boolean; move?: boolean }) => {
      const config = context.config();
      if (move) return moveBindings(config, context);
      const list = await listFromApi<Binding>(config, "/api/v1/bindings");
      context.print(json && list, () => bindingsTable(list));
    });
}

export function bindingsTable(list: readonly Binding[]): string {
  if (list.length === 0) return "Nobody is bound yet.";
  const isOneServer = new Set(list.map(({ server }) => server)).size === 1;
  const head = ["TELEGRAM ID", "NAME", "ACCOUNT", "SERVER", "STATE", "VISIBILITY", "SINCE"];
  const rows = list.map((binding) => [
    String(binding.telegram_id),
    binding.username === null ? "-" : `@${oneLine(binding.username)}`,
    accountText(oneLine(binding.account), binding.display_name),
    binding.server,
    binding.paused_reason === null ? binding.state : `${binding.state}: ${oneLine(binding.paused_reason)}`,
    binding.visibility ?? "as in Memos",
    binding.created_at.slice(0, 10),
  ]);
  return alignColumns(
    [head, ...rows].map((row) => (isOneServer ? row.toSpliced(head.indexOf("SERVER"), 1) : row)),
  );
}
