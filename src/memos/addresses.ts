import { anotherVersion } from "./answers.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { isMemosError, MemosError } from "./errors.ts";
import type { MemosRequest } from "./http.ts";
import { isObject, type JsonObject } from "./json.ts";
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
export type Ask = (request: Omit<MemosRequest, "token"> & { body?: JsonObject }) => Promise<JsonObject>;

export function addressesOf(ask: Ask, dialect: Dialect): Addresses {
  const get = (path: string, query: Record<string, string> = {}) => ask({ method: "GET", path, query });
  if (!dialect.numbered) {
    return {
      memo: async (name) => `memos/${uidOf(name, "memos")}`,
      file: async (name) => ({ name: `${dialect.files}/${uidOf(name, "attachments")}` }),
      nameOf: async (memo) => memo,
    };
  }
  return {
    async memo(name) {
      const uid = uidOf(name, "memos");
      // 0.22.0 to 0.22.2 find it by a filter.
      const filter = `uid == "${uid}" && include_comments == true`;
      const found = await orOlder(
        () => get(`/api/v1/memos:by-uid/${uid}`),
        async () => listed(await get("/api/v1/memos", { pageSize: "1", filter }), "memos"),
      );
      return numberOf(found, uid, "memos");
    },
    async file(name) {
      const uid = uidOf(name, "attachments");
      const found = await orOlder(
        () => get(`/api/v1/resources:by-uid/${uid}`),
        async () => listed(await get("/api/v1/resources"), "resources", uid),
      );
      return { name: numberOf(found, uid, "resources"), uid };
    },
    async nameOf(memo) {
      const { uid } = await get(`/api/v1/${memo}`);
      if (typeof uid !== "string") throw new MemosError("server", "Memos answered something that is no memo");
      return `memos/${uid}`;
    },
  };
}

async function orOlder(
  newer: () => Promise<JsonObject>,
  older: () => Promise<JsonObject>,
): Promise<JsonObject> {
  try {
    return await newer();
  } catch (error) {
    if (!isMemosError(error, "unsupported_version")) throw error;
  }
  return older();
}

function listed(answer: JsonObject, collection: string, uid?: string): JsonObject {
  const list = Array.isArray(answer[collection]) ? answer[collection].filter(isObject) : [];
  const found = list.find((item) => uid === undefined || item["uid"] === uid);
  if (list.some((item) => !("uid" in item))) throw anotherVersion(collection);
  if (!found) throw new MemosError("not_found", "Memos does not have it", { status: 404, grpcCode: 5 });
  return found;
}

function numberOf({ name, uid }: JsonObject, asked: string, collection: string): string {
  if (uid === asked && typeof name === "string" && /^\w+\/\d+$/.test(name) && name.startsWith(collection)) {
    return name;
  }
  throw new MemosError(
    "server",
    `Memos answered with another thing where ${collection}/${asked} was asked for`,
  );
}
