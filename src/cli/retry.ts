import { systemClock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { openStore, type Store } from "../store/store.ts";
import { messages } from "./bind.ts";
import type { Command } from "./command.ts";
import { runningApi } from "./running.ts";
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
    const api = runningApi(config);
    if (updateId === undefined) {
      const retried = api
        ? ((await api.call("POST", "/api/v1/updates/retry")) as { retried: number }).retried
        : alone((store) => store.updates.retryAll());
      terminal.print(`${messages(retried)} will be tried again.`);
      return 0;
    }
    if (api) await api.call("POST", `/api/v1/updates/${encodeURIComponent(updateId)}/retry`);
    else alone((store) => retryOne(store, updateId));
    terminal.print(`The update ${updateId} will be tried again.`);
    return 0;

    function alone<T>(work: (store: Store) => T): T {
      const store = openStore(config, systemClock);
      try {
        return work(store);
      } finally {
        store.close();
      }
    }
  },
};

function retryOne({ updates }: Store, updateId: string): void {
  const found = updates.get(updateId);
  if (!found) throw new AppError("not_found", `there is no update ${updateId}`);
  if (!updates.retry(updateId)) {
    throw new AppError("conflict", `the update ${updateId} is ${found.state}, not dead`);
  }
}
