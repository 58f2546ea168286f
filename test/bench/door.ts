// Before the fake of Telegram, for another bot: what the fake does not imitate since memoferry never uses it, such as
// parse_mode, is left out on the way.
import { called } from "../fakes/telegram/called.ts";

/** Returns where it listens. */
export function openDoor(telegramUrl: string): string {
  const door = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 120,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const known = called[pathname.split("/").at(-1) ?? ""];
      if (request.method === "GET" || !known) return fetch(`${telegramUrl}${pathname}`);
      const values = new URLSearchParams(searchParams);
      for (const [name, value] of await fieldsOf(request)) if (known.includes(name)) values.set(name, value);
      return fetch(`${telegramUrl}${pathname}?${values}`, { method: "POST" });
    },
  });
  return `http://127.0.0.1:${door.port}`;
}

async function fieldsOf(request: Request): Promise<[string, string][]> {
  const body = await request.bytes();
  // Some clients send a form without a part for a method without parameters.
  if (!Buffer.from(body).includes("Content-Disposition")) return [];
  const form = await new Response(body, { headers: request.headers }).formData();
  return [...form].flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
}
