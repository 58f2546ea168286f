import { createClients } from "../app/context.ts";
import { systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import type { MemosClient } from "../memos/client.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import { openStore, type Store } from "../store/store.ts";
import { alignColumns, messages } from "./format.ts";
import type { CommandLine } from "./terminal.ts";

/** Moves the bindings of other servers to the one at MEMOS_URL where it proves to be the same. */
export async function moveBindings(config: Config, commandLine: CommandLine): Promise<void> {
  const { memos } = createClients(config, systemClock);
  const store = openStore(config, systemClock);
  try {
    const others = store.bindings.list().filter(({ server }) => server !== memos.server);
    // No token leaves before it is known that a Memos answers.
    if (others.length > 0) await memos.info();
    const lines: string[][] = [];
    for (const binding of others) lines.push(await moveOne(store, memos, binding));
    commandLine.terminal.print(
      lines.length === 0
        ? `All bindings are to ${memos.server} already: there is nothing to move.`
        : alignColumns(lines),
    );
    if (lines.some(([outcome]) => outcome !== MOVED)) commandLine.exitCode = 1;
  } finally {
    store.close();
  }
}

const MOVED = "moved";

async function moveOne(
  { bindings, jobs, database }: Store,
  memos: MemosClient,
  binding: Binding,
): Promise<string[]> {
  const { telegram_id, account, server: from } = binding;
  const to = memos.server;
  const left = (why: string) => ["LEFT", String(telegram_id), account, `${from}: ${why}`];
  const token = bindings.accessToken(telegram_id);
  if (!token) return left("the access token was forgotten: bind anew");
  const found = await memos.whoAmI(token).catch(messageOf);
  if (typeof found === "string") return left(found);
  const { name, username: memos_username } = found;
  // The same person under another name: the server was upgraded as well.
  if (name !== account && memos_username !== binding.memos_username) {
    return left(`there the token belongs to ${name}: bind anew if this is right`);
  }
  const { version: memos_version } = await memos.info();
  database.durable(() => {
    bindings.told(telegram_id, account, { account: name, memos_username, memos_version });
    bindings.move({ server: from, account: name }, to);
    bindings.renew(telegram_id, token);
    jobs.release(telegram_id, { server: to, account: name });
  });
  const renamed = name === account ? "" : `, by now ${name}`;
  const waiting = messages(jobs.unfinishedOf(telegram_id));
  return [MOVED, String(telegram_id), account, `${from} -> ${to}: ${waiting} waiting${renamed}`];
}
