/** The instance: its profile and the settings that memoferry reads. */
import { type Answer, json } from "./answers.ts";
import type { Call, Route } from "./call.ts";
import type { Features } from "./version.ts";

export const instanceRoutes: Route[] = (["instance", "workspace"] as const).flatMap((home): Route[] => {
  const when = (features: Features) => features.home === home;
  const at = (path: string) => new RegExp(`^/api/v1/${home}/${path}$`);
  return [
    { method: "GET", path: at("profile"), when, access: "anyone", handle: getProfile },
    { method: "GET", path: at("settings/MEMO_RELATED"), when, access: "anyone", handle: getMemoSettings },
  ];
});

function getProfile({ profile: { version, instanceUrl } }: Call): Answer {
  return json({ version, instanceUrl });
}

function getMemoSettings({ state, features }: Call): Answer {
  const { disallowPublicVisibility } = state.settings;
  return json({
    memoRelatedSetting: {
      ...(features.disallowPublicVisibility ? { disallowPublicVisibility } : {}),
      contentLengthLimit: state.contentLimit(),
    },
  });
}
