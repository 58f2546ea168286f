/** Users, signing in, access tokens and each user's settings. */
import { randomUUID } from "node:crypto";
import { type Answer, ApiError, denied, invalid, json, notFound, unauthenticated } from "./answers.ts";
import { bodyOf, type Call, patchOf, type Route, requireUser } from "./call.ts";
import { child, text } from "./protojson.ts";
import { userJson } from "./render.ts";
import type { TokenRow, UserRow } from "./state.ts";
import type { Features } from "./version.ts";

const loginMs = 15 * 60_000;
const refreshMs = 30 * 24 * 3_600_000;
const user = "/api/v1/users/([^/]+)";

export const userRoutes: Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+)\/setting$/,
    when: ({ userSetting }) => userSetting === "setting",
    access: "anyone",
    handle: getOldSetting,
  },
  {
    method: "PATCH",
    path: /^\/api\/v1\/users\/([^/:]+)\/setting$/,
    when: ({ userSetting }) => userSetting === "setting",
    access: "login",
    handle: updateOldSetting,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+):getSetting$/,
    when: ({ userSetting }) => userSetting === "getSetting",
    access: "anyone",
    handle: getOldSetting,
  },
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
    method: "POST",
    path: /^\/api\/v1\/auth\/signin$/,
    when: whoAmIs("me"),
    access: "anyone",
    handle: signIn,
  },
  { method: "POST", path: /^\/api\/v1\/users$/, access: "anyone", handle: createUser },
  { method: "GET", path: /^\/api\/v1\/users$/, access: "login", handle: listUsers },
  { method: "GET", path: new RegExp(`^${user}$`), access: "public", handle: getUser },
  { method: "PATCH", path: new RegExp(`^${user}$`), access: "login", handle: updateUser },
  { method: "DELETE", path: new RegExp(`^${user}$`), access: "login", handle: deleteUser },
  {
    method: "POST",
    path: new RegExp(`^${user}/personalAccessTokens$`),
    access: "login",
    handle: createToken,
  },
  { method: "GET", path: new RegExp(`^${user}/personalAccessTokens$`), access: "login", handle: listTokens },
  {
    method: "DELETE",
    path: new RegExp(`^${user}/personalAccessTokens/([^/]+)$`),
    access: "login",
    handle: deleteToken,
  },
  {
    method: "GET",
    path: new RegExp(`^${user}/settings/([^/]+)$`),
    when: ({ userSetting }) => userSetting === "settings",
    access: "login",
    handle: getSetting,
  },
  {
    method: "PATCH",
    path: new RegExp(`^${user}/settings/([^/]+)$`),
    when: ({ userSetting }) => userSetting === "settings",
    access: "login",
    handle: updateSetting,
  },
];

function whoAmIs(kind: Features["whoAmI"]): (features: Features) => boolean {
  return (features) => features.whoAmI === kind;
}

function whoAmI(call: Call): Answer {
  const { user, state, features } = call;
  if (user && features.whoAmI === "status") return json(userJson(state, user));
  const session = features.whoAmI === "session" ? { lastAccessedAt: null } : {};
  if (user) return json({ user: userJson(state, user), ...session });
  if (features.tokens === "jwt") throw new ApiError(16, "user not found");
  // Before 0.30 the handler refuses, and takes the browser's cookie away at once.
  throw new ApiError(16, "user not found", { "grpc-metadata-set-cookie": cookie("", 0) });
}

function signIn(call: Call): Answer {
  const { state } = call;
  const given = child(bodyOf(call, call.schema.signIn), "passwordCredentials");
  if (!given) throw invalid("invalid credentials");
  const found = state.users.find((candidate) => candidate.username === text(given, "username"));
  if (!found || found.password !== text(given, "password")) throw invalid("unmatched username and password");
  if (found.state === "ARCHIVED") throw denied(`user has been archived with username ${found.username}`);
  const expiresAt = state.now() + loginMs;
  const accessToken = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: String(found.id) })).toString("base64url")}.${randomUUID()}`;
  state.logins.set(accessToken, { userId: found.id, expiresAt });
  const headers = { "grpc-metadata-set-cookie": cookie(randomUUID(), state.now() + refreshMs) };
  return json(
    { user: userJson(state, found), accessToken, accessTokenExpiresAt: nanos(expiresAt) },
    200,
    headers,
  );
}

function cookie(value: string, expiresAt: number): string {
  return `memos_refresh=${value}; Path=/; HttpOnly; Expires=${new Date(expiresAt).toUTCString()}; SameSite=Lax`;
}

/** The first user is the administrator, whatever role was asked for. */
function createUser(call: Call): Answer {
  const { state } = call;
  const body = bodyOf(call, call.schema.user);
  const username = text(body, "username");
  if (!isUsername(username) || /^\d+$/.test(username))
    throw invalid(`invalid username ${JSON.stringify(username)}`);
  const password = text(body, "password");
  if (password === "") throw invalid("password must not be empty");
  if (state.users.some((candidate) => candidate.username === username)) {
    throw new ApiError(
      13,
      "failed to create user: constraint failed: UNIQUE constraint failed: user.username (2067)",
    );
  }
  const first = state.users.length === 0;
  const admin = first || (call.user?.role === "ADMIN" && body["role"] === "ADMIN");
  return json(userJson(state, state.addUser(username, password, admin ? "ADMIN" : "USER")));
}

const isUsername = (name: string) => /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(name);

function listUsers(call: Call): Answer {
  const { state, features } = call;
  if (requireUser(call).role !== "ADMIN") throw denied();
  const order = (a: UserRow, b: UserRow) =>
    b.createdTs - a.createdTs || (features.newestUsersFirst ? b.id - a.id : a.id - b.id);
  return json({
    users: state.users.toSorted(order).map((row) => userJson(state, row)),
    nextPageToken: "",
    ...(features.usersTotalSize ? { totalSize: state.users.length } : {}),
  });
}

/** The user of a path. What counts as a name differs between versions. */
function findUser(call: Call, name: string): UserRow {
  const { state, features } = call;
  if (features.userLookup === "id" && !/^\d+$/.test(name)) {
    throw invalid(`invalid user name: invalid user ID ${JSON.stringify(name)}`);
  }
  const byUsername = state.users.find((candidate) => candidate.username === name);
  if (features.userLookup === "checked-username" && (!isUsername(name) || /^\d+$/.test(name))) {
    throw invalid(`invalid user name: users/${name}`);
  }
  const byId =
    features.userLookup === "id-or-username" || features.userLookup === "id"
      ? state.users.find((candidate) => String(candidate.id) === name)
      : undefined;
  const found = byId ?? byUsername;
  if (!found) throw notFound("user");
  return found;
}

function getUser(call: Call, name: string): Answer {
  return json(userJson(call.state, findUser(call, name)));
}

/** Only archiving and taking back are imitated. */
function updateUser(call: Call, name: string): Answer {
  const { message, paths } = patchOf(call, call.schema.user);
  const caller = requireUser(call);
  const found = findUser(call, name);
  if (caller.role !== "ADMIN" && caller !== found) throw denied();
  const field = call.features.rowStatus ? "rowStatus" : "state";
  if (paths.includes(call.features.rowStatus ? "row_status" : "state")) {
    found.state = message[field] === "ARCHIVED" ? "ARCHIVED" : "NORMAL";
  }
  found.updatedTs = call.state.seconds();
  return json(userJson(call.state, found));
}

function deleteUser(call: Call, name: string): Answer {
  const caller = requireUser(call);
  const found = findUser(call, name);
  if (caller.role !== "ADMIN" && caller !== found) throw denied();
  call.state.deleteUser(found);
  return json({});
}

/** The caller, who must be the user of the path. */
function self(call: Call, name: string): UserRow {
  if (!call.user) throw unauthenticated();
  const found = findUser(call, name);
  if (found !== call.user) throw denied();
  return found;
}

function createToken(call: Call, name: string): Answer {
  const body = bodyOf(call, call.schema.tokenRequest);
  const owner = self(call, name);
  const days = body["expiresInDays"];
  const row = call.state.addToken(owner, text(body, "description"), typeof days === "number" ? days : 0);
  return json({ personalAccessToken: tokenJson(call, owner, row), token: row.token });
}

function listTokens(call: Call, name: string): Answer {
  const caller = requireUser(call);
  const owner = caller.role === "ADMIN" ? findUser(call, name) : self(call, name);
  return json({
    personalAccessTokens: owner.tokens.map((row) => tokenJson(call, owner, row)),
    nextPageToken: "",
    ...(call.features.totalSize ? { totalSize: 0 } : {}),
  });
}

function deleteToken(call: Call, name: string, id: string): Answer {
  const owner = self(call, name);
  owner.tokens = owner.tokens.filter((row) => row.id !== id);
  return json({});
}

function tokenJson(call: Call, owner: UserRow, row: TokenRow) {
  return {
    name: `${call.state.userName(owner)}/personalAccessTokens/${row.id}`,
    description: row.description,
    createdAt: nanos(row.createdAt),
    expiresAt: row.expiresAt === undefined ? null : nanos(row.expiresAt),
    lastUsedAt: row.lastUsedAt === undefined ? null : nanos(row.lastUsedAt),
  };
}

const nanos = (ms: number) => new Date(ms).toISOString().replace("Z", "000000Z");

/** Everybody may read everybody's. */
function getOldSetting(call: Call, name: string): Answer {
  const user = findUser(call, name);
  const { memoVisibility = "PRIVATE" } = user.setting ?? {};
  const named =
    call.features.userSetting === "setting"
      ? { name: "" }
      : { name: call.state.userName(user), theme: "default" };
  return json({ ...named, locale: "en", appearance: "system", memoVisibility });
}

/** Whose it is, the path says in vain. */
function updateOldSetting(call: Call, name: string): Answer {
  const { message, paths } = patchOf(call, call.schema.oldUserSetting);
  const user = requireUser(call);
  const old = user.setting ?? { locale: "en", memoVisibility: "PRIVATE", theme: "" };
  if (paths.includes("memo_visibility")) {
    user.setting = { ...old, memoVisibility: text(message, "memoVisibility") };
  }
  return getOldSetting(call, name);
}

function getSetting(call: Call, name: string, key: string): Answer {
  const owner = self(call, name);
  if (key !== "GENERAL") throw invalid(`invalid setting key: unknown setting key: ${key}`);
  return json(settingJson(call, owner));
}

/** Only mask paths without the message's name before them count. */
function updateSetting(call: Call, name: string, key: string): Answer {
  const { message, paths } = patchOf(call, call.schema.userSetting);
  const owner = self(call, name);
  if (key !== "GENERAL") throw invalid(`invalid setting key: unknown setting key: ${key}`);
  const given = child(message, "generalSetting");
  if (!given) throw invalid("general setting is required");
  const old = owner.setting ?? { locale: "", memoVisibility: "PRIVATE", theme: "" };
  owner.setting = {
    locale: paths.includes("locale") ? text(given, "locale") : old.locale,
    memoVisibility: paths.includes("memo_visibility") ? text(given, "memoVisibility") : old.memoVisibility,
    theme: paths.includes("theme") ? text(given, "theme") : old.theme,
  };
  return json(settingJson(call, owner));
}

function settingJson(call: Call, owner: UserRow) {
  return {
    name: `${call.state.userName(owner)}/settings/GENERAL`,
    generalSetting: owner.setting ?? { locale: "en", memoVisibility: "PRIVATE", theme: "" },
  };
}
