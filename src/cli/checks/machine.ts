import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import { DEFAULT_API_URL } from "../../config/settings.ts";
import { callable, cannotListen } from "../../http/server.ts";
import { databasePath, freeBytes, isLocked, requireLocalDisk } from "../../store/db/data-dir.ts";
import { FULL_BYTES, TIGHT_BYTES } from "../../store/db/maintenance.ts";
import { existingParent } from "../../store/db/obstacles.ts";
import { startAnew } from "../../store/db/sqlite.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { httpAddress } from "../api.ts";
import { messages, oneLine } from "../format.ts";
import { isHealthy } from "../serve.ts";
import { type Finding, failure, within } from "./finding.ts";

/** DATA_DIR, or where it will be made. Makes and writes nothing. */
export function checkDataDir({ dataDir }: Config): Finding {
  const folder = existingParent(dataDir);
  if (!statSync(folder).isDirectory()) throw failure(`${folder} is not a folder: set DATA_DIR to one`);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const mend =
      codeOf(error) === "EROFS"
        ? "mount its disk anew"
        : "give the user that runs memoferry write access to it";
    throw failure(
      `${folder} cannot be written by this user (${codeOf(error)}): ${mend}, or set DATA_DIR to another folder`,
    );
  }
  requireLocalDisk(folder);
  if (!isOnDisk(folder))
    throw failure(`${folder} is on no disk, nothing can be stored there: set DATA_DIR to another folder`);
  return `${dataDir} ${folder === dataDir ? "can be written" : "will be made at the first start"}`;
}

export function checkDisk({ dataDir }: Config): Finding {
  const folder = existingParent(dataDir);
  return isOnDisk(folder) ? diskFinding(freeBytes(folder)) : null;
}

/** False for the likes of /proc. */
const isOnDisk = (folder: string) => statfsSync(folder).blocks > 0;

export function diskFinding(free: number): Finding {
  const text = `${Math.floor(free / 1024 ** 2)} MiB free`;
  const limit = `${text}: below 64 MiB no more messages are taken. Make space`;
  if (free < FULL_BYTES) throw failure(`${limit}, at least 96 MiB`);
  return free < TIGHT_BYTES ? { warning: limit } : text;
}

export function checkDatabase(config: Config, store: ReadOnlyStore | null): Finding {
  const path = databasePath(config.dataDir);
  if (store === null) {
    if (isRunning(config)) {
      throw failure(
        `${path} was removed while memoferry runs, which takes nothing any more: bring it back with its -wal, or stop ` +
          "memoferry, restore a backup and start it",
      );
    }
    if (!existsSync(join(config.dataDir, "secret-key"))) return "none yet, will be made at the first start";
    return { warning: `${path} is missing beside an old secret-key: bring it back, or a backup of it` };
  }
  const soundness = store.soundness();
  if (soundness !== "ok") {
    throw failure(
      `${path} is damaged (${oneLine(soundness)}): stop memoferry and restore a backup, or ${startAnew(path)}`,
    );
  }
  const { waiting, working, dead } = store.jobs.counts();
  const summary = `${path}: ${store.bindings.list().length} bound, ${messages(waiting + working)} waiting, ${dead} failed`;
  return dead > 0 ? { warning: `${summary}: their senders were told why` } : summary;
}

export function checkKey(store: ReadOnlyStore | null): Finding | null {
  if (store === null || store.keyFits === null) return null;
  if (store.keyFits) return "opens the access tokens in the database";
  throw failure(store.keyTrouble);
}

/** The folder of the files that a local Bot API server has. */
export function checkFilesDir({
  telegramFilesDir: folder,
  telegramApiUrl,
}: Pick<Config, "telegramFilesDir" | "telegramApiUrl">): Finding {
  if (folder === null) return null;
  try {
    readdirSync(folder);
  } catch (error) {
    throw failure(
      `TELEGRAM_FILES_DIR ${folder} cannot be read (${codeOf(error)}): set it to where the folder of the local Bot API ` +
        "server is found on this machine, and give the user that runs memoferry access to it",
    );
  }
  if (telegramApiUrl !== DEFAULT_API_URL) return `${folder} can be read`;
  return {
    warning: `${folder} is not used: it holds the files of a local Bot API server, which TELEGRAM_API_URL does not name`,
  };
}

export const isRunning = ({ dataDir }: Config) => existsSync(dataDir) && isLocked(dataDir);

export async function checkRunning(config: Config): Promise<Finding> {
  const { dataDir } = config;
  if (!isRunning(config)) return portFinding(config);
  const url = httpAddress(dataDir);
  if (url === null) return { warning: "runs, but has not yet said where its API is" };
  const asked = within(url, (signal) => fetch(`${url}/readyz`, { redirect: "manual", signal }));
  const answer = await asked.catch(() => {
    throw failure(`runs, but does not answer at ${url}: look at its log, or start it anew`);
  });
  if (answer.status === 200) return `running at ${url}, ready`;
  const { detail = "Not ready." } = Object(await answer.json().catch(() => null)) as { detail?: string };
  return { warning: `running at ${url}. ${detail}` };
}

/** Where no memoferry runs on DATA_DIR: whether one could listen. A memoferry of another folder is told from others. */
async function portFinding({ dataDir, httpHost, httpPort }: Config): Promise<Finding> {
  try {
    const server = createServer().listen({ host: httpHost, port: httpPort, exclusive: true });
    await once(server, "listening");
    server.close();
    return "not running";
  } catch (cause) {
    const address = URL.parse(`http://${httpHost.includes(":") ? `[${httpHost}]` : httpHost}:${httpPort}`);
    const url = address && callable(address);
    if (url === null || !(await isHealthy(url))) throw await cannotListen(httpHost, httpPort, cause);
    throw failure(
      `not running on DATA_DIR ${dataDir}, but a memoferry answers at ${url}. If it is the one you mean, set DATA_DIR to its ` +
        "folder or give the same --env-file; where this folder was removed while it ran, it takes nothing any more: stop " +
        "it, restore a backup and start it. Else choose another HTTP_PORT",
    );
  }
}
