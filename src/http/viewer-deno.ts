// What viewer-bun.ts gives, by Deno.

import type * as bun from "./viewer-bun.ts";

export const viewer: typeof bun.viewer = async () => {
  const { default: script } = await import("openapi-explorer/dist/browser/openapi-explorer.min.js", {
    with: { type: "text" },
  });
  return script;
};
