/** The instance: its profile and the settings that clients read. */
import { type Answer, ApiError, denied, invalid, json, unauthenticated } from "./answers.ts";
import { type Call, patchOf, type Route, requireUser } from "./call.ts";
import { child, type Message, text } from "./protojson.ts";
import { userJson } from "./render.ts";
import type { Features } from "./version.ts";

export const instanceRoutes: Route[] = (["instance", "workspace"] as const).flatMap((home): Route[] => {
  const when = (features: Features) => features.home === home;
  const settings = new RegExp(`^/api/v1/${home}/settings/([^/]+)$`);
  return [
    {
      method: "GET",
      path: new RegExp(`^/api/v1/${home}/profile$`),
      when,
      access: "anyone",
      handle: getProfile,
    },
    { method: "GET", path: settings, when, access: "anyone", handle: getSetting },
    { method: "PATCH", path: settings, when, access: "login", handle: updateSetting },
  ];
});

function getProfile(call: Call): Answer {
  const { profile, features, state } = call;
  const admin = state.users.find((user) => user.role === "ADMIN");
  if (features.tokens === "jwt") {
    const owner = admin ? state.userName(admin) : "";
    return json({ owner, version: profile.version, mode: "prod", instanceUrl: profile.instanceUrl });
  }
  return json({
    version: profile.version,
    demo: false,
    instanceUrl: profile.instanceUrl,
    admin: admin ? userJson(state, admin) : null,
    ...(features.profileCommit ? { commit: profile.version === "dev" ? "unknown" : "0123abc" } : {}),
    ...(features.profileNeedsSetup ? { needsSetup: admin === undefined } : {}),
  });
}

function getSetting(call: Call, key: string): Answer {
  if (key === "STORAGE") {
    if (!call.user) throw call.features.deniesStrangers ? denied() : unauthenticated();
    if (call.user.role !== "ADMIN") throw denied();
  }
  return json(settingJson(call, key, call.state.contentLimit()));
}

function updateSetting(call: Call, key: string): Answer {
  const { message } = patchOf(call, call.schema.instanceSetting);
  const user = requireUser(call);
  if (user.role !== "ADMIN") {
    throw call.features.oldSettings
      ? new ApiError(2, `user ${JSON.stringify(user.username)} is not admin`)
      : denied();
  }
  const { settings } = call.state;
  if (key === "MEMO_RELATED") {
    const given = child(message, "memoRelatedSetting") ?? {};
    const limit = given["contentLengthLimit"];
    const reactions = given["reactions"];
    settings.contentLengthLimit = typeof limit === "number" ? limit : 0;
    settings.enableDoubleClickEdit = given["enableDoubleClickEdit"] === true;
    settings.disallowPublicVisibility = given["disallowPublicVisibility"] === true;
    settings.displayWithUpdateTime = given["displayWithUpdateTime"] === true;
    if (Array.isArray(reactions) && reactions.length > 0) settings.reactions = reactions.map(String);
  }
  if (key === "STORAGE") {
    const given = child(message, "storageSetting") ?? {};
    const limit = given["uploadSizeLimitMb"];
    settings.uploadSizeLimitMb = typeof limit === "number" && limit > 0 ? limit : 30;
    settings.storageType = text(given, "storageType") || settings.storageType;
    settings.filepathTemplate = text(given, "filepathTemplate") || settings.filepathTemplate;
  }
  if (key === "GENERAL") Object.assign(settings.general, generalOf(message));
  // The answer repeats what was given; what counts is what a GET tells.
  return json(settingJson(call, key, settings.contentLengthLimit));
}

function generalOf(message: Message): Record<string, string | number | boolean> {
  const given = child(message, "generalSetting") ?? {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (typeof value === "object" ? [] : [[key, value]])),
  );
}

function settingJson(call: Call, key: string, contentLengthLimit: number) {
  const { settings } = call.state;
  const { features } = call;
  const place = { instance: "instance/", workspace: features.nicknames ? "" : "workspace/" }[features.home];
  const name = `${place}settings/${key}`;
  if (key === "MEMO_RELATED") {
    return {
      name,
      memoRelatedSetting: {
        ...(features.disallowPublicVisibility
          ? { disallowPublicVisibility: settings.disallowPublicVisibility }
          : {}),
        ...(features.displayWithUpdateTime ? { displayWithUpdateTime: settings.displayWithUpdateTime } : {}),
        contentLengthLimit,
        enableDoubleClickEdit: settings.enableDoubleClickEdit,
        reactions: settings.reactions,
      },
    };
  }
  if (key === "STORAGE") {
    return {
      name,
      storageSetting: {
        storageType: settings.storageType,
        filepathTemplate: settings.filepathTemplate,
        uploadSizeLimitMb: String(settings.uploadSizeLimitMb),
        s3Config: null,
      },
    };
  }
  if (key === "GENERAL") return { name, generalSetting: settings.general };
  throw invalid("unsupported instance setting key: INSTANCE_SETTING_KEY_UNSPECIFIED");
}
