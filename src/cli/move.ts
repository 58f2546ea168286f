import { systemClock } from "../base/clock.ts";
import { AppError, messageOf } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { Config } from "../config/config.ts";
import { createMemosClient, type MemosAccount, type MemosClient } from "../memos/client.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import { openStore, type Store } from "../store/store.ts";
import { runningUrl } from "./api.ts";
import { messages } from "./bind.ts";
import { alignColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface Move {
  readonly telegram_id: number;
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly moved: boolean;
  /** Why it was left, or what goes with it. */
  readonly detail: string;
}

/** Moves the bindings of other servers to the one at MEMOS_URL where it proves to be the same. Returns the exit code. */
export async function moveBindings(config: Config, terminal: Terminal, json: boolean): Promise<number> {
  const url = runningUrl(config.dataDir);
  if (url !== null) {
    throw new AppError(
      "conflict",
      `a memoferry is running at ${url}: stop it first, move, then start it again`,
    );
  }
  const memos = createMemosClient({ baseUrl: config.memosUrl, clock: systemClock });
  const store = openStore(config, systemClock);
  try {
    const others = store.bindings
      .list({ limit: store.bindings.count(), after: null })
      .filter(({ server }) => server !== memos.server);
    // No token leaves before it is known that a Memos answers.
    if (others.length > 0) await memos.info();
    const moves: Move[] = [];
    for (const binding of others) moves.push(await moveOne(store, memos, binding));
    terminal.print(json ? JSON.stringify(moves, null, 2) : movesText(moves, memos.server));
    return moves.every(({ moved }) => moved) ? 0 : 1;
  } finally {
    store.close();
  }
}

async function moveOne(
  { bindings, jobs, database }: Store,
  memos: MemosClient,
  binding: Binding,
): Promise<Move> {
  const { telegram_id, account, server: from } = binding;
  const to = memos.server;
  const left = (detail: string): Move => ({ telegram_id, account, from, to, moved: false, detail });
  const token = bindings.accessToken(telegram_id);
  if (!token) return left("the access token was forgotten: bind anew");
  const found = await whoAmI(memos, token);
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
  const detail = `${messages(jobs.unfinishedOf(telegram_id))} waiting${renamed}`;
  return { telegram_id, account, from, to, moved: true, detail };
}

async function whoAmI(memos: MemosClient, token: Secret): Promise<MemosAccount | string> {
  try {
    return await memos.whoAmI(token);
  } catch (error) {
    return messageOf(error);
  }
}

function movesText(moves: readonly Move[], server: string): string {
  if (moves.length === 0) return `All bindings are to ${server} already: there is nothing to move.`;
  return alignColumns(
    moves.map(({ moved, telegram_id, account, from, detail }) => [
      moved ? "moved" : "LEFT",
      String(telegram_id),
      account,
      `${moved ? `${from} -> ${server}` : from}: ${detail}`,
    ]),
  ).join("\n");
}
