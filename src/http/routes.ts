const partsOf = (path: string) => path.replace(/\/$/, "").split("/");

/** The routes of a path, one for each method. */
export function routesAt<Route extends { path: string }>(routes: readonly Route[], path: string): Route[] {
  // One without parameters is meant before one with them, as `/retry` before `/:update_id`.
  const named = routes.filter((route) => route.path === path);
  if (named.length > 0) return named;
  const asked = partsOf(path);
  return routes.filter((route) => {
    const parts = partsOf(route.path);
    const fits = (part: string, at: number) => (part.startsWith(":") ? asked[at] !== "" : part === asked[at]);
    return parts.length === asked.length && parts.every(fits);
  });
}
