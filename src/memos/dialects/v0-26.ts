import { isObject, type JsonObject } from "../json.ts";
import type { Dialect } from "./dialect.ts";

/** 0.26 and newer: attachments, ids chosen by us, the time set by the create, personal access tokens. */
export const v0_26: Dialect = {
  name: "0.26",
  whoAmI: { method: "GET", path: "/api/v1/auth/me", account: (answer) => answer["user"] },
  contentLimit: {
    path: "/api/v1/instance/settings/MEMO_RELATED",
    bytes: (answer) => within(answer, "memoRelatedSetting", "contentLengthLimit"),
  },
  defaultVisibility: {
    path: (account) => `/api/v1/${account}/settings/GENERAL`,
    visibility: (answer) => within(answer, "generalSetting", "memoVisibility"),
  },
  files: "attachments",
};

function within(answer: JsonObject, outer: string, inner: string): unknown {
  const value = answer[outer];
  return isObject(value) ? value[inner] : undefined;
}
