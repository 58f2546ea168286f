/** Who a token is of, and what that person has chosen for new memos. */
import { type Answer, ApiError, denied, invalid, json, notFound } from "./answers.ts";
import { type Call, type Route, requireUser } from "./call.ts";
import { userJson } from "./render.ts";
import type { UserRow } from "./state.ts";
import type { Features } from "./version.ts";

const whoAmIs = (kind: Features["whoAmI"]) => (features: Features) => features.whoAmI === kind;
const settings = (kind: Features["userSetting"]) => (features: Features) => features.userSetting === kind;

export const accountRoutes: Route[] = [
  { method: "GET", path: /^\/api\/v1\/auth\/me$/, when: whoAmIs("me"), access: "login", handle: whoAmI },
  {
    method: "GET",
    path: /^\/api\/v1\/auth\/sessions\/current$/,
    when: whoAmIs("session"),
    access: "anyone",
    handle: whoAmI,
  },
  {
    method: "POST",
    path: /^\/api\/v1\/auth\/status$/,
    when: whoAmIs("status"),
    access: "anyone",
    handle: whoAmI,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+)\/setting$/,
    when: settings("setting"),
    access: "anyone",
    handle: getOldSetting,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+):getSetting$/,
    when: settings("getSetting"),
    access: "anyone",
    handle: getOldSetting,
  },
  {
    // There it is somebody of that name.
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+:getSetting)$/,
    when: ({ userSetting }) => userSetting !== "getSetting",
    access: "public",
    handle: getOldSetting,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/]+)\/settings\/GENERAL$/,
    when: settings("settings"),
    access: "login",
    handle: getSetting,
  },
];

function whoAmI({ user, state, features }: Call): Answer {
  if (user && features.whoAmI === "status") return json(userJson(state, user));
  if (user) return json({ user: userJson(state, user) });
  throw new ApiError(16, "user not found");
}

/** The user of a path. What counts as a name differs between versions. */
export function findUser({ state, features }: Call, name: string): UserRow {
  if (features.userLookup === "id" && !/^\d+$/.test(name)) {
    throw invalid(`invalid user name: invalid user ID ${JSON.stringify(name)}`);
  }
  if (
    features.userLookup === "checked-username" &&
    !/^(?!\d+$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(name)
  ) {
    throw invalid(`invalid user name: users/${name}`);
  }
  const byId =
    features.userLookup === "id-or-username" || features.userLookup === "id"
      ? state.users.find((candidate) => String(candidate.id) === name)
      : undefined;
  const found = byId ?? state.users.find((candidate) => candidate.username === name);
  if (!found) throw notFound("user");
  return found;
}

/** Everybody may read everybody's. */
function getOldSetting(call: Call, name: string): Answer {
  return json({ memoVisibility: findUser(call, name).memoVisibility ?? "PRIVATE" });
}

function getSetting(call: Call, name: string): Answer {
  const caller = requireUser(call);
  const owner = findUser(call, name);
  if (owner !== caller) throw denied();
  return json({ generalSetting: { memoVisibility: owner.memoVisibility ?? "PRIVATE" } });
}
