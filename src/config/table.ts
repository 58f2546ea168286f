import { isIP } from "node:net";
import { Secret } from "../base/secret.ts";
import { BadValue, type Outside, type Setting } from "./setting.ts";
import {
  type AllowedUsers,
  absolutePath,
  baseUrl,
  botIdOf,
  clean,
  httpUrl,
  integer,
  oneOf,
  userList,
} from "./values.ts";

export const DEFAULT_API_URL = "https://api.telegram.org";

/** The one list of settings: the config, its type, its problems, the README's table and the dump follow it. */
export const SETTINGS = {
  botToken: {
    required: true,
    name: "BOT_TOKEN",
    description: "bot token from @BotFather",
    example: "123456789:replace-with-your-own-token",
    secret: true,
    parse: (text: string) => {
      if (!/^\d+:[A-Za-z0-9_-]{24,}$/.test(text) || !Number.isSafeInteger(botIdOf(text))) {
        throw new BadValue("is not a bot token: copy it whole from @BotFather in Telegram");
      }
      return new Secret(text);
    },
  },
  memosUrl: {
    required: true,
    name: "MEMOS_URL",
    description: "base URL of the Memos server, path prefix allowed",
    example: "https://memos.example.com",
    parse: baseUrl,
  },
  memosPublicUrl: {
    name: "MEMOS_PUBLIC_URL",
    defaultText: "what the server reports as its instance URL, else `MEMOS_URL`",
    description: "base of the links shown in the chat",
    example: "https://memos.example.com",
    parse: baseUrl,
  },
  dataDir: {
    fallback: "./data",
    name: "DATA_DIR",
    description: "database, keys, generated tokens; created with mode 0700; on a local disk",
    example: "/var/lib/memoferry",
    parse: absolutePath,
  },
  httpHost: {
    fallback: "127.0.0.1",
    name: "HTTP_HOST",
    description: "address that the admin API, health and webhooks listen on",
    example: "127.0.0.1",
    parse: (text: string) => {
      const host = text.replace(/^\[(.*)\]$/, "$1");
      if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) {
        throw new BadValue("is not an address or host name (the port goes into HTTP_PORT)");
      }
      return host;
    },
  },
  httpPort: {
    fallback: "8081",
    name: "HTTP_PORT",
    description: "its port; 0 = any free one, printed",
    example: "8081",
    parse: integer(0, 65535),
  },
  adminToken: {
    name: "ADMIN_TOKEN",
    defaultText: "generated into `DATA_DIR/admin-token` at the first start",
    description: "bearer token of the admin API, at least 16 characters",
    example: "a-long-random-text-of-yours",
    secret: true,
    parse: (text: string) => {
      // It must fit into an Authorization header.
      if (!/^[\x21-\x7e]{16,}$/.test(text)) {
        throw new BadValue("must be at least 16 letters, digits and signs of ASCII, without spaces");
      }
      return new Secret(text);
    },
  },
  secretKey: {
    name: "SECRET_KEY",
    defaultText: "generated into `DATA_DIR/secret-key` at the first start",
    description: "encrypts the Memos access tokens at rest, at least 16 characters",
    example: "another-long-random-text-of-yours",
    secret: true,
    parse: (text: string) => {
      if (text.length < 16) throw new BadValue("must be at least 16 characters");
      return new Secret(text);
    },
  },
  receive: {
    fallback: "auto",
    name: "RECEIVE",
    description: "how updates come in: `auto`, `polling` or `webhook`",
    example: "auto",
    parse: oneOf("auto", "polling", "webhook"),
  },
  webhookUrl: {
    name: "WEBHOOK_URL",
    description:
      "public https base URL that reaches `HTTP_PORT`; Telegram allows the ports 443, 80, 88, 8443 and no private addresses (a local Bot API server allows both)",
    example: "https://memoferry.example.com",
    parse: baseUrl,
  },
  telegramApiUrl: {
    fallback: DEFAULT_API_URL,
    name: "TELEGRAM_API_URL",
    description: "reverse proxy of the Bot API, or a local Bot API server",
    example: "http://127.0.0.1:8082",
    parse: baseUrl,
  },
  telegramFilesDir: {
    name: "TELEGRAM_FILES_DIR",
    description:
      "where the files of a local Bot API server (`--local`) are found on this machine, if its folder is mounted elsewhere",
    example: "/var/lib/telegram-bot-api",
    parse: absolutePath,
  },
  telegramProxy: {
    name: "TELEGRAM_PROXY",
    defaultText: "`HTTPS_PROXY`",
    description: "http(s) proxy for Telegram only",
    example: "http://proxy.example.com:3128",
    secret: true,
    // By its custom HTTPS_PROXY is for https: a Bot API server in the own network is asked directly.
    fallback: ({ env, telegramApiUrl }: Outside) =>
      telegramApiUrl?.startsWith("http:")
        ? undefined
        : clean(env["HTTPS_PROXY"]) || clean(env["https_proxy"]) || undefined,
    parse: (text: string) => {
      const url = httpUrl(text);
      if (url.pathname !== "/" || url.search || url.hash) throw new BadValue("must end after host and port");
      return new Secret(url.href);
    },
  },
  allowedUsers: {
    name: "ALLOWED_USERS",
    defaultText: "any Telegram user who has a Memos access token",
    description: "comma list of numeric ids and @usernames",
    example: "123456789,@alice",
    parse: userList,
    show: ({ ids, usernames }: AllowedUsers) => [...ids, ...usernames.map((name) => `@${name}`)].join(", "),
  },
  logLevel: {
    fallback: "info",
    name: "LOG_LEVEL",
    description: "`debug`, `info`, `warn` or `error`",
    example: "info",
    parse: oneOf("debug", "info", "warn", "error"),
  },
  logFormat: {
    fallback: ({ isTerminal }: Outside) => (isTerminal ? "text" : "json"),
    name: "LOG_FORMAT",
    defaultText: "`text` on a terminal, else `json`",
    description: "`text` or `json`",
    example: "json",
    parse: oneOf("text", "json"),
  },
  keepDays: {
    fallback: "30",
    name: "KEEP_DAYS",
    description: "how many days the raw updates of finished work are kept",
    example: "30",
    parse: integer(1, 36500),
  },
} as const satisfies Record<string, Setting>;

type ValueOf<S extends Setting> = S extends
  | { required: true }
  | { fallback: string | ((outside: Outside) => string) }
  ? ReturnType<S["parse"]>
  : ReturnType<S["parse"]> | null;

export type Settings = { readonly [Key in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Key]> };

export const entries = Object.entries(SETTINGS) as [keyof Settings, Setting][];
