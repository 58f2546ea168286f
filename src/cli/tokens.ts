import { type Command, Option } from "commander";
import { SCOPES, type Scope } from "../domain/scope.ts";
import type { AddedToken, NamedToken } from "../http/tokens.ts";
import { callApi, listFromApi } from "./api.ts";
import { readTelegramId } from "./format.ts";
import type { CommandLine } from "./terminal.ts";

export function token(program: Command, commandLine: CommandLine): void {
  const { onDatabase, terminal } = commandLine;
  const group = program
    .command("token")
    .summary("makes, lists and revokes tokens that may do one thing")
    .description(
      "A script on another machine need not hold the admin token. A named token does one thing at the HTTP API: notify sends messages, capture makes memos for one person, metrics reads /metrics, read reads whatever GET tells. Works beside a running memoferry.",
    )
    .helpCommand(false);
  group
    .command("add")
    .summary("makes a token and prints it, this once")
    .description("Prints the token alone, so that a script can take it. It is kept as a hash only.")
    .argument("<name>", "what you call it, such as grafana")
    .addOption(new Option("--scope <scope>", "what it may do").choices(SCOPES).makeOptionMandatory())
    .option("--for <telegram id>", "of the scope capture: whose memos it makes", readTelegramId)
    .option("--json", "prints all that POST /api/v1/tokens gives")
    .action(async (name: string, options: { scope: Scope; for?: number; json?: boolean }) => {
      const body = { name, scope: options.scope, telegram_id: options.for };
      const added = await callApi<AddedToken>(onDatabase(), "POST", "/api/v1/tokens", body);
      commandLine.print(options.json && added, () => added.token);
    });
  group
    .command("list")
    .summary("lists them, with when each was last used")
    .option("--json", "prints all of the list as GET /api/v1/tokens gives it: { items, next }")
    .action(async ({ json }: { json?: boolean }) => {
      const list = await listFromApi<NamedToken>(onDatabase(), "/api/v1/tokens");
      commandLine.printList(json, list, TABLE);
    });
  group
    .command("revoke")
    .summary("takes one back: it opens nothing from then on")
    .argument("<name>")
    .action(async (name: string) => {
      await callApi(onDatabase(), "DELETE", `/api/v1/tokens/${encodeURIComponent(name)}`);
      terminal.print(`The token ${name} is revoked.`);
    });
}

const TABLE = {
  none: "There is no named token.",
  head: ["NAME", "SCOPE", "FOR", "SINCE (UTC)", "LAST USED (UTC)"],
  row: ({ name, scope, telegram_id, created_at, used_at }: NamedToken) => [
    name,
    scope,
    String(telegram_id ?? "-"),
    created_at.slice(0, 10),
    used_at?.slice(0, 16).replace("T", " ") ?? "never",
  ],
};
