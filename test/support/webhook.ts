import { api, createWorld, type ProgramWorld, type World, type WorldOptions } from "./app.ts";
import { type Between, startProxy } from "./proxy.ts";

export const PUBLIC_URL = "https://bot.example.com/ferry";

/**
 * A world whose WEBHOOK_URL leads to the program, through a proxy that keeps the path prefix, or to nothing while the
 * program is stopped.
 */
export async function createWebhookWorld(
  env: Record<string, string>,
  { between, ...options }: Partial<WorldOptions> & { between?: Between } = {},
): Promise<World> {
  let world: World | undefined;
  const listening = () => {
    try {
      return world?.app.url ?? null;
    } catch {
      return null;
    }
  };
  const proxy = startProxy(listening, between);
  world = await createWorld({
    rate: 20,
    ...options,
    telegram: {
      limits: false,
      ...options.telegram,
      webhookConnect: (url) => url.replace("https://bot.example.com", proxy.url),
    },
    env: { WEBHOOK_URL: PUBLIC_URL, ...env },
  });
  const dispose = world[Symbol.asyncDispose].bind(world);
  return Object.assign(world, {
    async [Symbol.asyncDispose]() {
      await dispose();
      await proxy[Symbol.asyncDispose]();
    },
  });
}

/** How updates come in, as the API tells. */
export async function receiveOf(world: ProgramWorld) {
  const { receive } = (await api(world, "GET", "/api/v1/status")).body;
  return receive as { mode: "polling" | "webhook"; since: string; reason: string };
}

export const modeOf = async (world: ProgramWorld) => (await receiveOf(world)).mode;

/** Changes of how updates come in, as they were logged. */
export const changesOf = (world: ProgramWorld) =>
  world.log
    .filter(({ message }) => message === "receiving changes")
    .map(({ from, to, reason }) => `${from} → ${to}: ${reason}`);

/** The secret that Telegram was told. */
export function secretOf(world: ProgramWorld): string {
  const set = world.telegram.requests.findLast(({ method }) => method === "setWebhook");
  return set?.params["secret_token"] ?? "";
}

export function deliver(world: ProgramWorld, init: RequestInit): Promise<Response> {
  return fetch(`${world.app.url}/telegram/webhook`, { method: "POST", ...init });
}

/** As Telegram brings it. */
export function deliverUpdate(world: ProgramWorld, update: object): Promise<Response> {
  const headers = { "x-telegram-bot-api-secret-token": secretOf(world) };
  return deliver(world, { headers, body: JSON.stringify(update) });
}
