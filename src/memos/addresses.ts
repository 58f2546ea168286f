import type { Dialect } from "./dialects.ts";
import { MemosError } from "./errors.ts";
import type { MemosRequest } from "./http.ts";
import type { JsonObject } from "./json.ts";
import { uidOf } from "./requests.ts";

/**
 * Where the server has what our callers call `memos/<uid>` and `attachments/<uid>`. That is the name itself, except on
 * 0.22 and 0.23, which number memos and files: there the number is asked for each time, so that nothing remembered can
 * hit another memo after a restored backup, and no number outlives an upgrade.
 */
export interface Addresses {
  memo(name: string): Promise<string>;
  /** As it stands in a list that is set. */
  file(name: string): Promise<{ name: string; uid?: string }>;
  /** Back from what the server calls a memo. */
  nameOf(memo: string): Promise<string>;
}

/** One call as somebody. */
export type Ask = (
  request: Omit<MemosRequest, "token"> & { body?: JsonObject; limitMs?: number },
) => Promise<JsonObject>;

export function addressesOf(ask: Ask, dialect: Dialect): Addresses {
  if (!dialect.numbered) {
    return {
      memo: async (name) => `memos/${uidOf(name, "memos")}`,
      file: async (name) => ({ name: `${dialect.files}/${uidOf(name, "attachments")}` }),
      nameOf: async (memo) => memo,
    };
  }
  return {
    memo: (name) => numberOf(uidOf(name, "memos"), "memos"),
    async file(name) {
      const uid = uidOf(name, "attachments");
      return { name: await numberOf(uid, "resources"), uid };
    },
    async nameOf(memo) {
      const { uid } = await ask({ method: "GET", path: `/api/v1/${memo}` });
      if (typeof uid !== "string") throw new MemosError("server", "Memos answered something that is no memo");
      return `memos/${uid}`;
    },
  };

  async function numberOf(asked: string, collection: "memos" | "resources"): Promise<string> {
    const { name, uid } = await ask({ method: "GET", path: `/api/v1/${collection}:by-uid/${asked}` });
    if (uid === asked && typeof name === "string" && /^\w+\/\d+$/.test(name) && name.startsWith(collection)) {
      return name;
    }
    throw new MemosError(
      "server",
      `Memos answered with another thing where ${collection}/${asked} was asked for`,
    );
  }
}
