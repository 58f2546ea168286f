import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { codeOf } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import { INSTALLED } from "../../config/environment.ts";
import { DEFAULT_API_URL } from "../../config/settings.ts";
import { callable, cannotListen } from "../../http/server.ts";
import {
  databasePath,
  FULL_BYTES,
  freeBytes,
  isLocked,
  requireLocalDisk,
  TIGHT_BYTES,
} from "../../store/db/data-dir.ts";
import { statOf } from "../../store/db/files.ts";
import { existingParent } from "../../store/db/obstacles.ts";
import { startAnew } from "../../store/db/sqlite.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { httpAddress } from "../api.ts";
import { messages, oneLine } from "../format.ts";
import { UNIT_FILES } from "../install/unit.ts";
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
        : "check as the user that runs memoferry, or give this one write access to it";
    throw failure(
      `${folder} cannot be written by this user (${codeOf(error)}): ${mend}, or set DATA_DIR to another folder`,
    );
  }
  requireLocalDisk(folder);
  if (!isOnDisk(folder))
    throw failure(`${folder} is on no disk, nothing can be stored there: set DATA_DIR to another folder`);
  const found = `${dataDir} ${folder === dataDir ? "can be written" : "will be made at the first start"}`;
  const trouble = fleeting(statfsSync(folder).type);
  return trouble === null ? found : { warning: `${found}, but ${trouble}` };
}

/** Why what is stored on such a file system does not stay (linux/magic.h); null where it does. */
export function fleeting(type: number): string | null {
  if (process.platform !== "linux") return null;
  // Above 31 bits it comes as a negative number.
  switch (type >>> 0) {
    case 0x794c7630:
      return "is on an overlay, as all of a container is that is on no volume: mount a volume there, or it is gone with it";
    case 0x01021994:
    case 0x858458f6:
      return "is in memory, and gone when this machine starts anew: set DATA_DIR to a folder on a disk";
    default:
      return null;
  }
}

/** What is for memoferry's user alone, and was opened to others, mostly by a `chmod -R`. */
export function checkSecrets({ dataDir }: Config): Finding {
  if (process.platform === "win32") return null;
  const path = databasePath(dataDir);
  const files = [path, `${path}-wal`, ...["secret-key", "admin-token"].map((name) => join(dataDir, name))];
  const open = files.filter((file) => ((statOf(file)?.mode ?? 0) & 0o077) !== 0).join(" ");
  return open ? { warning: `can be read by others on this machine: chmod 600 ${open}` } : null;
}

/** Also for Podman, systemd-nspawn and Kubernetes. */
export const isInContainer = (): boolean =>
  existsSync("/.dockerenv") ||
  existsSync("/run/.containerenv") ||
  Boolean(process.env["container"] || process.env["KUBERNETES_SERVICE_HOST"]);

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
  const summary = `${path}: ${store.bindings.list().length} bound, ${messages(waiting + working)} waiting, ${dead} dead`;
  const hours = Math.floor((Date.now() - (store.jobs.oldestWaitingAt() ?? Date.now())) / HOUR_MS);
  const others = store.bots.find() ? [] : store.bots.ids();
  const troubles = [
    hours > 0 && `the oldest waits for ${hours} h: \`memoferry updates\` says for what`,
    dead > 0 && "`memoferry updates --state dead` says why, and `memoferry retry --all` tries again",
    others.length > 0 &&
      `BOT_TOKEN is not of the bot that it was begun with (${others.join(", ")}), whose messages wait until that token is back`,
  ].filter((trouble) => trouble !== false);
  return troubles.length > 0 ? { warning: [summary, ...troubles].join(". ") } : summary;
}

const HOUR_MS = 3_600_000;

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
    const isService = dataDir === INSTALLED.dataDir && Object.values(UNIT_FILES).some(existsSync);
    const mend = "`systemctl start memoferry` starts it, `journalctl -u memoferry` says why it ended";
    return isService ? { warning: `not running, though it is installed: ${mend}` } : "not running";
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
