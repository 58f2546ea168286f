import { databasePath } from "../../store/db/data-dir.ts";
import { KEY_MENDS } from "../../store/db/keys.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import { messages } from "../bind.ts";
import { oneLine } from "../table.ts";
import { fail, type Line, ok, warning } from "./line.ts";

/** The database and its key. */
export function checkDatabase(dataDir: string, look: ReadOnlyStore | null): Line[] {
  if (look === null) return [ok("database", "none yet, will be made at the first start")];
  const soundness = look.soundness();
  if (soundness !== "ok") {
    return [
      fail(
        "database",
        `${databasePath(dataDir)} is damaged (${oneLine(soundness)}): stop memoferry and restore a backup, or move the ` +
          "file away to start anew; memos that were saved already are not doubled",
      ),
    ];
  }
  const people = look.bindings.count();
  const { waiting, working, dead } = look.jobs.counts();
  const queue = `${messages(waiting + working)} waiting, ${dead} failed`;
  const summary = `${databasePath(dataDir)}: ${people} bound, ${queue}`;
  const lines = [
    dead > 0 ? warning("database", `${summary}: their senders were told why`) : ok("database", summary),
  ];
  switch (look.key) {
    case "fits":
      return [...lines, ok("key", "opens the access tokens in the database")];
    case "unused":
      return lines;
    case "missing":
      return [...lines, fail("key", `the key of the access tokens is gone: ${KEY_MENDS}`)];
    case "wrong":
      return [
        ...lines,
        fail(
          "key",
          `SECRET_KEY is not what the access tokens in this database were encrypted with: ${KEY_MENDS}`,
        ),
      ];
    default:
      return look.key satisfies never;
  }
}
