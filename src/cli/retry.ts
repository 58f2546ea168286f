import type { Command } from "commander";
import { AppError } from "../base/errors.ts";
import { withApi } from "./api.ts";
import { messages } from "./bind.ts";
import type { Context } from "./context.ts";

export function retry(program: Command, context: Context): void {
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
        const mend = "name one update id, or --all; `memoferry updates --state dead` lists them";
        throw new AppError("invalid", mend);
      }
      const one = updateId === undefined ? "" : `/${encodeURIComponent(updateId)}`;
      const path = `/api/v1/updates${one}/retry`;
      const answer = await withApi(context.config(), (call) => call("POST", path));
      const what =
        updateId === undefined ? messages((answer as { retried: number }).retried) : `The update ${updateId}`;
      context.terminal.print(`${what} will be tried again.`);
    });
}
