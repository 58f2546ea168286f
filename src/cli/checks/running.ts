import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "../../config/config.ts";
import { isLocked } from "../../store/db/lock.ts";
import { httpAddress } from "../api.ts";
import { oneLine } from "../table.ts";
import { fail, type Line, ok, warning, within } from "./line.ts";

/** Whether a memoferry runs on this folder and is ready; else whether its port is free. */
export async function checkRunning({
  dataDir,
  httpHost,
  httpPort,
}: Pick<Config, "dataDir" | "httpHost" | "httpPort">): Promise<Line[]> {
  if (existsSync(dataDir) && isLocked(dataDir)) return [await runningLine(httpAddress(dataDir))];
  const code = httpPort === 0 ? null : await listenCode(httpHost, httpPort);
  if (code === null) return [ok("memoferry", "not running")];
  return [fail("memoferry", notListening(code, httpHost, httpPort))];
}

async function runningLine(url: string | null): Promise<Line> {
  if (url === null) return warning("memoferry", "runs, but has not yet said where its API is");
  try {
    const answer = await within(url, (signal) => fetch(`${url}/readyz`, { redirect: "manual", signal }));
    if (answer.status === 200) return ok("memoferry", `running at ${url}, ready`);
    const { detail } = Object(await answer.json()) as { detail?: unknown };
    return warning(
      "memoferry",
      `running at ${url}. ${typeof detail === "string" ? oneLine(detail) : "Not ready."}`,
    );
  } catch {
    return fail("memoferry", `runs, but does not answer at ${url}: look at its log, or start it anew`);
  }
}

/** Tries the port for a moment; null when it is free. */
function listenCode(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function notListening(code: string, host: string, port: number): string {
  if (code === "EADDRINUSE") {
    return `not running, and HTTP_PORT ${port} is in use by another program: stop that one, or choose another port`;
  }
  if (code === "EACCES")
    return `not running, and the system does not allow port ${port}: set HTTP_PORT above 1023`;
  return `not running, and it could not listen on HTTP_HOST ${host}, HTTP_PORT ${port} (${code}): set HTTP_HOST to an address of this machine`;
}
