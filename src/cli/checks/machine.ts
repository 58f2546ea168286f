import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import { databasePath, freeBytes, isLocked, requireLocalDisk } from "../../store/db/data-dir.ts";
import { FULL_BYTES, TIGHT_BYTES } from "../../store/db/maintenance.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { httpAddress } from "../api.ts";
import { messages, oneLine } from "../format.ts";
import { type Finding, failure, within } from "./finding.ts";

/** DATA_DIR, or where it will be made. Makes and writes nothing. */
export function checkDataDir({ dataDir }: Config): Finding {
  const folder = existingParent(dataDir);
  if (!statSync(folder).isDirectory()) throw failure(`${folder} is not a folder: set DATA_DIR to one`);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw failure(
      `${folder} cannot be written by this user (${codeOf(error)}): give the user that runs memoferry write access to ` +
        "it, or set DATA_DIR to another folder",
    );
  }
  requireLocalDisk(folder);
  return `${dataDir} ${folder === dataDir ? "can be written" : "will be made at the first start"}`;
}

function existingParent(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingParent(dirname(path));
}

export const checkDisk = ({ dataDir }: Config): Finding => diskFinding(freeBytes(existingParent(dataDir)));

export function diskFinding(free: number): Finding {
  const text = `${Math.floor(free / 1024 ** 2)} MiB free`;
  const limit = `${text}: below 64 MiB no more messages are taken. Make space`;
  if (free < FULL_BYTES) throw failure(`${limit}, at least 96 MiB`);
  return free < TIGHT_BYTES ? { warning: limit } : text;
}

export function checkDatabase({ dataDir }: Config, store: ReadOnlyStore | null): Finding {
  if (store === null) return "none yet, will be made at the first start";
  const path = databasePath(dataDir);
  const soundness = store.soundness();
  if (soundness !== "ok") {
    throw failure(
      `${path} is damaged (${oneLine(soundness)}): stop memoferry and restore a backup, or move the file away to start ` +
        "anew; memos that were saved already are not doubled",
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

export async function checkRunning({ dataDir }: Config): Promise<Finding> {
  if (!existsSync(dataDir) || !isLocked(dataDir)) return "not running";
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
