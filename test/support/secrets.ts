import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Settings that are secrets, and files that hold one. */
const SETTINGS = ["BOT_TOKEN", "ADMIN_TOKEN", "SECRET_KEY", "MEMOS_WEBHOOK_SECRET"];
const FILES = ["admin-token", "secret-key"];
/** Shorter ones say nothing: they stand in other words too. */
const LEAST = 12;

export interface Outputs {
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** Secrets besides those of the settings, such as access tokens. */
  readonly secrets: Iterable<string>;
  /** By what they are, such as the log. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Fails where a secret stands in what the program put out, or in a file of its own. The program has ended. */
export function expectNoSecret({ env, dataDir, secrets, texts }: Outputs): void {
  const named = new Map<string, string>();
  for (const name of SETTINGS) named.set(name, env[name] ?? "");
  // In an address the part before the colon may be written otherwise.
  named.set("the secret part of BOT_TOKEN", env["BOT_TOKEN"]?.split(":")[1] ?? "");
  for (const header of env["MEMOS_HEADERS"]?.split("\n") ?? [])
    named.set("MEMOS_HEADERS", header.replace(/^.*?:\s*/, ""));
  const files = existsSync(dataDir) ? readdirSync(dataDir, { recursive: true, withFileTypes: true }) : [];
  const contents = new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]),
  );
  for (const name of FILES) {
    named.set(`the file ${name}`, contents.get(name)?.toString().trim() ?? "");
    contents.delete(name);
  }
  let count = 0;
  for (const secret of secrets) named.set(`secret ${++count}`, secret);

  const places = [...Object.entries(texts), ...contents];
  for (const [name, secret] of named) {
    if (secret.length < LEAST) continue;
    const found = places.flatMap(([place, content]) => (content.includes(secret) ? [place] : []));
    if (found.length > 0) throw new Error(`${name} stands in ${found.join(", ")}`);
  }
}

/** What the bot has said. What it answers is shown with it by Telegram. */
export const saidBy = (telegram: { readonly sent: readonly { readonly message: object }[] }): string =>
  telegram.sent.map(({ message }) => JSON.stringify({ ...message, reply_to_message: undefined })).join("\n");

/** The secrets by which a webhook was set. */
export const webhookSecretsOf = (telegram: {
  readonly requests: readonly { readonly params: Readonly<Record<string, unknown>> }[];
}): string[] =>
  telegram.requests.flatMap(({ params }) =>
    typeof params["secret_token"] === "string" ? [params["secret_token"]] : [],
  );
