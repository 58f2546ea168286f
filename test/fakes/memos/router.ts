/** From a path to its handler, with the gateway's and the router's own refusals. */
import { accountRoutes } from "./accounts-api.ts";
import { type Answer, ApiError, authRefusal, errorAnswer } from "./answers.ts";
import { notImitated } from "./body.ts";
import type { Call, Route } from "./call.ts";
import { commentRoutes } from "./comments-api.ts";
import { downloadFile, fileRoutes } from "./files-api.ts";
import { inboxRoutes } from "./inbox-api.ts";
import { instanceRoutes } from "./instance-api.ts";
import { memoRoutes } from "./memos-api.ts";
import { reactionRoutes } from "./reactions-api.ts";

const routes: Route[] = [
  ...instanceRoutes,
  ...accountRoutes,
  ...memoRoutes,
  ...commentRoutes,
  ...fileRoutes,
  ...inboxRoutes,
  ...reactionRoutes,
];

/** What memoferry asks for on one release or another, with or without a base path too much. */
const asked = [
  ...routes.map(({ path }) => path),
  /^\/api\/v1\/status$/,
  /^\/api\/v1\/sse$/,
  /^\/file\/(attachments|resources)\/[^/]+\/.+$/,
];

/** Answers one request; every change of the state is made when this returns. */
export function answer(call: Call, method: string, path: string): Answer {
  try {
    // Routes are found by the decoded path: a slash is a slash, escaped or not.
    return routed(call, method, decoded(path));
  } catch (error) {
    const isValue = !call.features.namesBadFields && error instanceof ApiError;
    if (!isValue) return errorAnswer(error);
    const words = error.message.replace(/(invalid value for \w+) field \w+:/, "$1 type:");
    return errorAnswer(new ApiError(error.code, words));
  }
}

function routed(call: Call, method: string, path: string): Answer {
  if (!asked.some((pattern) => pattern.test(path))) throw notImitated(`${method} ${path}`);
  if (path.startsWith("/api/v1/")) return gateway(call, method, path);
  const [, files, uid = ""] = /^\/file\/(\w+)\/([^/]+)/.exec(path) ?? [];
  if (method !== "GET") throw notImitated(`${method} ${path}`);
  if (files !== call.features.files) throw new ApiError(5, "Not Found");
  return downloadFile(call, uid);
}

function gateway(call: Call, method: string, path: string): Answer {
  const { features } = call;
  if (call.body.length > features.bodyLimitBytes) throw new ApiError(3, "http: request body too large");
  const matching = routes.filter(
    ({ path: pattern, when }) => pattern.test(path) && when?.(features) !== false,
  );
  if (matching.length === 0) throw new ApiError(5, "Not Found");
  const route = matching.find((candidate) => candidate.method === method);
  if (!route) throw notImitated(`${method} ${path}`);
  for (const name of call.query.keys()) {
    if (!route.query?.includes(name)) throw notImitated(`${name} of ${method} ${path}`);
  }
  if (!call.user && !mayCallAnonymously(call, route)) {
    if (features.refusal === "gateway") return authRefusal();
    if (features.refusal === "session") throw new ApiError(16, "authentication required");
    if (features.refusal === "interceptor") throw intercepted(call);
  }
  const params = (route.path.exec(path) ?? []).slice(1);
  return route.handle(call, ...params);
}

/** Who is archived or gone is told as a mishap. */
function intercepted({ token, state }: Call): ApiError {
  if (token === undefined) return new ApiError(16, "access token not found");
  const refusal = state.refusalOf(token);
  if (refusal === "unknown") return new ApiError(16, "Invalid or expired access token");
  if (refusal === "taken away") return new ApiError(16, "invalid access token");
  return new ApiError(2, `user ${goQuoted(refusal.userId)} ${refusal.why}`);
}

/** Go's %q of a number: the letter of that number. */
function goQuoted(id: number): string {
  const named: Record<number, string> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
  };
  const letter = id < 32 ? `\\x${id.toString(16).padStart(2, "0")}` : String.fromCodePoint(id);
  return `'${named[id] ?? letter}'`;
}

function mayCallAnonymously(call: Call, route: Route): boolean {
  const access = typeof route.access === "string" ? route.access : route.access(call.features);
  return access === "anyone" || (access === "public" && !call.profile.privateInstance);
}

function decoded(path: string): string {
  return Buffer.from(
    path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");
}
