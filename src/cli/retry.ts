import { AppError } from "../errors.ts";
import { withApi } from "./api.ts";
import { messages } from "./bind.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";

export const retry: Command = {
  name: "retry",
  usage: "<update id> | --all",
  summary: "tries dead letters again",
  details: [
    "A replay is as safe as the first try: what Memos has already is recognised and not doubled.",
    "Works beside a running memoferry; without one it is tried at the next start.",
  ].join("\n"),
  options: { all: { type: "boolean" } },
  positionals: { min: 0, max: 1 },
  async run(invocation) {
    const { terminal, options, positionals } = invocation;
    const updateId = positionals[0];
    if ((updateId === undefined) === (options["all"] !== true)) {
      throw new AppError(
        "invalid",
        "name one update id, or --all; `memoferry updates --state dead` lists them",
      );
    }
    const config = commandSettings(invocation);
    if (updateId === undefined) {
      const answer = await withApi(config, (call) => call("POST", "/api/v1/updates/retry"));
      terminal.print(`${messages((answer as { retried: number }).retried)} will be tried again.`);
      return 0;
    }
    const path = `/api/v1/updates/${encodeURIComponent(updateId)}/retry`;
    await withApi(config, (call) => call("POST", path));
    terminal.print(`The update ${updateId} will be tried again.`);
    return 0;
  },
};
