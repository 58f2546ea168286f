import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "../../src/base/errors.ts";
import { type Config, EX_CONFIG, loadConfig, redactedConfig } from "../../src/config/config.ts";
import { readEnvironment } from "../../src/config/environment.ts";
import { ConfigError } from "../../src/config/problems.ts";
import { type Environment, entries } from "../../src/config/settings.ts";
import { configTable } from "../support/config-table.ts";

const TOKEN = "123456789:AAFabcdefghijklmnopqrstuvwxyz01234";
const BASE = { BOT_TOKEN: TOKEN, MEMOS_URL: "https://memos.example.com" };

/** The path of a file with this content. */
const folder = mkdtempSync(join(tmpdir(), "memoferry-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
function fileOf(content: string): string {
  const path = join(folder, `${Bun.hash(content)}`);
  writeFileSync(path, content);
  return path;
}

function load(env: Environment): Config {
  return loadConfig({ ...BASE, ...env });
}

function refusal(env: Environment): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** The one problem that `env` adds to a right configuration. */
function problemOf(env: Environment) {
  const { problems } = refusal({ ...BASE, ...env });
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  if (!problem) throw new Error("no problem");
  return problem;
}

test("takes the two required variables and defaults for the rest", () => {
  const config = load({});
  expect(config.botToken.reveal()).toBe(TOKEN);
  expect({ ...config, botToken: null }).toEqual({
    botToken: null,
    botId: 123456789,
    memosUrl: "https://memos.example.com",
    memosPublicUrl: null,
    memosHeaders: null,
    memosWebhookSecret: null,
    allowPrivateUrls: "no",
    dataDir: resolve("data"),
    httpHost: "127.0.0.1",
    httpPort: 8081,
    trustedProxies: null,
    adminToken: null,
    secretKey: null,
    receive: "auto",
    webhookUrl: null,
    telegramApiUrl: "https://api.telegram.org",
    telegramFilesDir: null,
    telegramProxy: null,
    allowedUsers: null,
    logLevel: "info",
    logFormat: null,
    keepDays: 30,
    warnings: [],
  });
});

describe("right values", () => {
  const local = { TELEGRAM_API_URL: "http://127.0.0.1:8082" };
  const cases: [env: Environment, key: keyof Config, value: unknown][] = [
    [{ MEMOS_URL: "https://home.example.com/memos///" }, "memosUrl", "https://home.example.com/memos"],
    [{ MEMOS_URL: " 'HTTPS://Memos.Example.COM:443/' " }, "memosUrl", "https://memos.example.com"],
    [{ MEMOS_URL: "http://[::1]:5230" }, "memosUrl", "http://[::1]:5230"],
    [{ MEMOS_PUBLIC_URL: "https://m.example.com/" }, "memosPublicUrl", "https://m.example.com"],
    [{ DATA_DIR: "/var/lib/memoferry/" }, "dataDir", "/var/lib/memoferry"],
    [{ DATA_DIR: "there" }, "dataDir", resolve("there")],
    [{ HTTP_HOST: "::" }, "httpHost", "::"],
    [{ HTTP_HOST: "[::1]" }, "httpHost", "::1"],
    [{ HTTP_PORT: "0" }, "httpPort", 0],
    [
      { TRUSTED_PROXIES: "127.0.0.1, 172.16.0.0/12 2001:db8::/32" },
      "trustedProxies",
      ["127.0.0.1", "172.16.0.0/12", "2001:db8::/32"],
    ],
    [{ RECEIVE: "Polling" }, "receive", "polling"],
    [{ WEBHOOK_URL: "https://bot.example.com:8443/a/" }, "webhookUrl", "https://bot.example.com:8443/a"],
    [{ WEBHOOK_URL: "https://8.8.8.8" }, "webhookUrl", "https://8.8.8.8"],
    [{ ...local, WEBHOOK_URL: "https://10.0.0.5:9000" }, "webhookUrl", "https://10.0.0.5:9000"],
    [{ ...local, WEBHOOK_URL: "http://memoferry:8081" }, "webhookUrl", "http://memoferry:8081"],
    [{ ...local, TELEGRAM_FILES_DIR: "/srv/files" }, "telegramFilesDir", "/srv/files"],
    [
      { ALLOWED_USERS: "@Alice, 123456789,alice ,,BOB_b,123456789" },
      "allowedUsers",
      ["alice", "123456789", "bob_b"],
    ],
    [{ LOG_LEVEL: "DEBUG" }, "logLevel", "debug"],
    [{ KEEP_DAYS: "1" }, "keepDays", 1],
    [{ KEEP_DAYS: "" }, "keepDays", 30],
    [{ ALLOWED_USERS: "  " }, "allowedUsers", null],
    [{ ADMIN_TOKEN: '""' }, "adminToken", null],
  ];
  for (const [env, key, value] of cases) {
    test(`${JSON.stringify(env)} gives ${key} ${JSON.stringify(value)}`, () => {
      expect(load(env)[key]).toEqual(value as never);
    });
  }

  test.each([
    ["BOT_TOKEN", "botToken", TOKEN],
    ["ADMIN_TOKEN", "adminToken", "0123456789abcdef"],
    ["SECRET_KEY", "secretKey", "ein Schlüssel mit Lücken"],
    ["TELEGRAM_PROXY", "telegramProxy", "http://ann:pass@proxy.example.com:3128/"],
    ["MEMOS_HEADERS", "memosHeaders", "CF-Access-Client-Id: a"],
  ] as const)("%s becomes a Secret, without quotes and spaces around it", (name, key, text) => {
    expect(load({ [name]: ` "${text}"\n` })[key]?.reveal()).toBe(text);
  });
});

test.each([
  ["X-A: one, two=2; three,X-B:4", "X-A: one, two=2; three\nX-B:4"],
  ["\nX-A: one\r\n\n  X-B: https://two:2/, 3 \n", "X-A: one\nX-B: https://two:2/, 3"],
  ["Proxy-Authorization: Basic YTpi, Cookie: a=b; c=d", "Proxy-Authorization: Basic YTpi\nCookie: a=b; c=d"],
])("MEMOS_HEADERS %p is a header a line", (given, headers) => {
  expect(load({ MEMOS_HEADERS: given }).memosHeaders?.reveal()).toBe(headers);
  expect(load({ MEMOS_HEADERS_FILE: fileOf(given) }).memosHeaders?.reveal()).toBe(headers);
});

describe("wrong values", () => {
  const cases: [name: string, value: string, problem: RegExp][] = [
    ["MEMOS_URL", "memos.example.com", /^must begin with http/],
    ["MEMOS_URL", "ftp://memos.example.com", /nothing else/],
    ["MEMOS_URL", "https://", /not a URL/],
    ["MEMOS_URL", "https://ann:pw@memos.example.com", /user name or password/],
    ["MEMOS_URL", "https://memos.example.com/?a=1", /query/],
    ["MEMOS_URL", "https://memos.example.com/#x", /fragment/],
    ["MEMOS_URL", "https://example.com/memos/api/v1/", /^goes on with \/api\/v1, which memoferry adds/],
    ["MEMOS_URL", "https://example.com/api/v1/memos", /leave that out/],
    ["MEMOS_PUBLIC_URL", "memos.example.com", /^must begin/],
    ["MEMOS_PUBLIC_URL", "https://example.com/api/v1", /leave that out/],
    ["MEMOS_HEADERS", "a-secret-alone", /Name: value/],
    ["MEMOS_HEADERS", "X-A: one, two, X-B: ü", /in ASCII/],
    ["MEMOS_HEADERS", "X-A:", /Name: value/],
    ["MEMOS_HEADERS", "Authorization: Basic YTpi", /Proxy-Authorization/],
    ["MEMOS_HEADERS", "X-A: one\ncontent-type: text/plain", /memoferry sets itself/],
    ["MEMOS_WEBHOOK_SECRET", "whsec_", /begins with whsec_/],
    ["MEMOS_WEBHOOK_SECRET", "bWVtb2ZlcnJ5LWV4YW1wbGUtc2VjcmV0LWtleQ==", /begins with whsec_/],
    ["MEMOS_WEBHOOK_SECRET", "whsec_bWVtb2ZlcnJ5LWV4YW1wbGU=, another", /begins with whsec_/],
    ["MEMOS_WEBHOOK_SECRET", ",", /begins with whsec_/],
    ["DATA_DIR", "~/memoferry", /only a shell/],
    ["HTTP_PORT", "65536", /from 0 to 65535/],
    ["HTTP_PORT", "-1", /from 0 to 65535/],
    ["HTTP_PORT", "80.5", /from 0 to 65535/],
    ["TRUSTED_PROXIES", "proxy.lan", /neither an address nor a network/],
    ["TRUSTED_PROXIES", "10.0.0.0/", /neither an address nor a network/],
    ["TRUSTED_PROXIES", "10.0.0.0/33", /neither an address nor a network/],
    ["TRUSTED_PROXIES", "10.0.0/8", /neither an address nor a network/],
    ["HTTP_PORT", "0x50", /from 0 to 65535/],
    ["ADMIN_TOKEN", "short", /at least 16/],
    ["ADMIN_TOKEN", "sixteen letters and more", /without spaces/],
    ["SECRET_KEY", "fifteen-letters", /at least 16/],
    ["RECEIVE", "pull", /one of auto, polling, webhook/],
    ["WEBHOOK_URL", "http://bot.example.com", /https/],
    ["WEBHOOK_URL", "https://bot.example.com:8081", /443, 80, 88 and 8443/],
    ["WEBHOOK_URL", "https://192.168.1.5", /private/],
    ["WEBHOOK_URL", "https://[fd00::1]", /private/],
    ["WEBHOOK_URL", "https://[::ffff:10.0.0.1]", /private/],
    ["WEBHOOK_URL", "https://nas.local", /private/],
    ["WEBHOOK_URL", "https://bot.example.com/telegram/webhook", /leave that out/],
    ["TELEGRAM_API_URL", "api.telegram.org", /^must begin/],
    ["TELEGRAM_API_URL", `https://api.telegram.org/bot${TOKEN}`, /^goes on with \/bot and the token, which/],
    [
      "TELEGRAM_PROXY",
      "socks5://proxy.example.com:1080",
      /is a SOCKS proxy: put an HTTP proxy, such as privoxy, before it/,
    ],
    ["ALLOWED_USERS", "alice, bob smith", /number 2, that is neither the id/],
    ["ALLOWED_USERS", "-1001234", /neither the id/],
    ["ALLOWED_USERS", "https://t.me/alice_the_first", /neither the id/],
    ["ALLOWED_USERS", ",", /nobody/],
    ["LOG_LEVEL", "trace", /one of debug, info, warn, error/],
    ["LOG_FORMAT", "logfmt", /one of text, json/],
    ["KEEP_DAYS", "0", /from 1 to/],
  ];
  for (const [name, value, problem] of cases) {
    test(`${name}=${value}`, () => {
      const found = problemOf({ [name]: value });
      expect(found.variable).toBe(name);
      expect(found.problem).toMatch(problem);
    });
  }

  for (const value of [
    "123456789:short",
    `bot${TOKEN}`,
    `${TOKEN}!`,
    "99999999999999999999:AAFabcdefghijklmnopqrstuvwxyz01234",
  ]) {
    test(`BOT_TOKEN=${value}`, () => {
      const { variable, problem } = problemOf({ BOT_TOKEN: value });
      expect(variable).toBe("BOT_TOKEN");
      expect(problem).toContain("@BotFather");
      expect(problem).not.toContain(value);
    });
  }
});

test("every example is itself a right value", () => {
  const examples = entries.map(({ name, setting }) => [name, setting.example ?? String(setting.fallback)]);
  expect(loadConfig(Object.fromEntries(examples)).warnings).toEqual([]);
});

test("reports all problems at once, a line each with variable, problem and example", () => {
  const error = refusal({
    HTTP_PORT: "x",
    KEEP_DAYS: "0",
    WEBHOOK_URL: "https://10.0.0.1",
    ALLOWED_USERS: "a b",
  });
  expect(error).toBeInstanceOf(AppError);
  expect(error.code).toBe("invalid");
  expect(error.message.split("\n")).toEqual([
    "The configuration cannot be used:",
    "  BOT_TOKEN: is missing: bot token from @BotFather (example: 123456789:replace-with-your-own-token)",
    "  MEMOS_URL: is missing: base URL of the Memos server, path prefix allowed (example: https://memos.example.com)",
    "  HTTP_PORT: must be a whole number from 0 to 65535 (example: 8081)",
    "  ALLOWED_USERS: has an entry, number 1, that is neither the id of a person nor a @username (example: 123456789,@alice)",
    "  KEEP_DAYS: must be a whole number from 1 to 36500 (example: 30)",
    "  WEBHOOK_URL: is a private address, which Telegram cannot reach (example: https://memoferry.example.com)",
  ]);
  expect(EX_CONFIG).toBe(78);
});

describe("several settings together", () => {
  test("says that the webhook's URL is missing", () => {
    const { problems } = refusal({ ...BASE, RECEIVE: "webhook" });
    expect(problems.map(({ variable }) => variable)).toEqual(["WEBHOOK_URL"]);
    expect(problems[0]?.problem).toContain("is missing");
  });

  test("takes TELEGRAM_PROXY from HTTPS_PROXY, unless the API is asked over http", () => {
    const proxy = "http://proxy.example.com:3128/";
    expect(load({ HTTPS_PROXY: proxy }).telegramProxy?.reveal()).toBe(proxy);
    expect(load({ https_proxy: proxy }).telegramProxy?.reveal()).toBe(proxy);
    expect(load({ HTTP_PROXY: proxy }).telegramProxy).toBeNull();
    expect(load({ HTTPS_PROXY: "http://a", TELEGRAM_PROXY: proxy }).telegramProxy?.reveal()).toBe(proxy);
    expect(load({ HTTPS_PROXY: proxy, TELEGRAM_API_URL: "http://127.0.0.1:8082" }).telegramProxy).toBeNull();
  });

  test("says where a wrong proxy comes from", () => {
    const { variable, problem } = problemOf({ HTTPS_PROXY: "socks5://ann:secret@proxy.example.com" });
    expect(variable).toBe("TELEGRAM_PROXY");
    expect(problem).toStartWith("its default, HTTPS_PROXY, is a SOCKS proxy: put an HTTP proxy");
  });
});

describe("NAME_FILE", () => {
  test("gives the trimmed content of the file", () => {
    const BOT_TOKEN_FILE = fileOf(`\ufeff${TOKEN}\r\n`);
    expect(loadConfig({ MEMOS_URL: BASE.MEMOS_URL, BOT_TOKEN_FILE }).botToken.reveal()).toBe(TOKEN);
  });

  test("is a problem beside NAME, but not beside an empty NAME", () => {
    const BOT_TOKEN_FILE = fileOf(TOKEN);
    expect(problemOf({ BOT_TOKEN_FILE }).problem).toBe(
      "is given twice, also as BOT_TOKEN_FILE: take one of them away",
    );
    expect(load({ BOT_TOKEN: "", BOT_TOKEN_FILE }).botId).toBe(123456789);
    expect(load({ BOT_TOKEN_FILE: "" }).botId).toBe(123456789);
  });

  test("is named when the file is missing, empty or holds a wrong value", () => {
    expect(problemOf({ ADMIN_TOKEN_FILE: "/run/none" })).toEqual({
      variable: "ADMIN_TOKEN_FILE",
      problem: "/run/none cannot be read: ENOENT: no such file or directory",
    });
    expect(problemOf({ BOT_TOKEN: "", BOT_TOKEN_FILE: "secrets/bot_token.txt" }).problem).toStartWith(
      "secrets/bot_token.txt cannot be read",
    );
    expect(problemOf({ ADMIN_TOKEN_FILE: fileOf(" \n") }).problem).toBe("names an empty file");
    expect(problemOf({ HTTP_PORT_FILE: fileOf("x") })).toEqual({
      variable: "HTTP_PORT_FILE",
      problem: "what its file holds must be a whole number from 0 to 65535 (example: 8081)",
    });
  });
});

describe("did you mean", () => {
  test.each([
    ["BOT_TOKENS", "BOT_TOKEN"],
    ["bot_token", "BOT_TOKEN"],
    ["TELEGRAM_BOT_TOKEN_FILE", "BOT_TOKEN"],
    ["MEMOFERRY_BOT_TOKEN", "BOT_TOKEN"],
    ["MEMOS_ULR", "MEMOS_URL"],
    ["SERVER_ADDR", "MEMOS_URL"],
    ["MEMOS_SERVER", "MEMOS_URL"],
    ["ALLOWED_USER_IDS", "ALLOWED_USERS"],
    ["DATADIR", "DATA_DIR"],
    ["ALLOWED_USER", "ALLOWED_USERS"],
  ] as const)("%s is %s, which is missing or has its default", (written, name) => {
    const line = `is not a setting of memoferry: did you mean ${name}?`;
    if (name === "DATA_DIR" || name === "ALLOWED_USERS")
      expect(load({ [written]: "some-value" }).warnings).toEqual([`${written} ${line}`]);
    else
      expect(refusal({ ...BASE, [name]: undefined, [written]: "some-value" }).problems).toEqual([
        { variable: name, problem: expect.stringContaining("is missing") },
        { variable: written, problem: line },
      ]);
  });

  test("a misspelt one beside the right one is told too, another program's name and an empty one are not", () => {
    expect(load({ TELEGRAM_TOKEN: "x", DATADIR: "", BOT_TOKEN_FILE: "" }).warnings).toEqual([]);
    expect(load({ DATADIR: "x", DATA_DIR: "/y" }).warnings).toEqual([
      "DATADIR is not a setting of memoferry: DATA_DIR is given beside it, and counts",
    ]);
  });

  test("leaves alone what else lives in an environment", () => {
    const others = `API_TOKEN BASH_ENV BASE_DIR CI_TOKEN DATABASE_URL DATE DEMO_URL DISPLAY EDITOR FTP_HOST
      GITHUB_TOKEN GIT_TOKEN GH_TOKEN HOME HOST HOSTNAME HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY
      NO_PROXY INVOCATION_ID JOURNAL_STREAM JWT_TOKEN KUBERNETES_SERVICE_HOST LANG LC_ALL LESS LOGNAME LOG_DIR
      LOG_FILE LS_COLORS MAIL MEMOS_ADDR MEMOS_DATA MEMOS_DRIVER MEMOS_DSN MEMOS_INSTANCE_URL MEMOS_MODE MEMOS_PORT
      MEMOS_PORT_5230_TCP MEMOS_SERVICE_HOST MEMOS_SERVICE_PORT META_DIR NODE_ENV NODE_EXTRA_CA_CERTS NPM_TOKEN
      OLDPWD PAGER PATH PORT PWD REDIS_URL SECRET_KEY_BASE SHELL SHLVL SMTP_HOST SMTP_PORT SSH_AUTH_SOCK
      SSL_CERT_FILE SSL_CERT_DIR STATE_DIRECTORY SYSTEMD_EXEC_PID TELEGRAM_API_HASH TELEGRAM_API_ID TERM TMPDIR TZ
      USER VAULT_TOKEN WATCHDOG_USEC XDG_DATA_DIRS XDG_RUNTIME_DIR _`.split(/\s+/);
    // A proxy is a setting: it needs a right value.
    const env = Object.fromEntries(others.map((name) => [name, /proxy$/i.test(name) ? "http://p:1" : "x"]));
    expect(load(env).warnings).toEqual([]);
  });
});

describe("secrets", () => {
  test("stay out of every message, also in the wrong place", () => {
    const secret = "s3cr3t-that-must-not-show";
    const attempts: Environment[] = [
      { BOT_TOKEN: secret },
      { BOT_TOKEN: "", BOT_TOKEN_FILE: secret },
      { BOT_TOKEN: "", TELEGRAM_TOKEN: secret },
      { ADMIN_TOKEN: `${secret} ä` },
      { TELEGRAM_PROXY: secret },
      { TELEGRAM_PROXY: `ann:${secret}@proxy.example.com` },
      { TELEGRAM_PROXY: `socks5://ann:${secret}@proxy.example.com` },
      { MEMOS_HEADERS: secret },
      { MEMOS_WEBHOOK_SECRET: secret },
      { MEMOS_HEADERS: `X-Key: ü${secret}` },
      { MEMOS_HEADERS: `Authorization: Bearer ${secret}` },
      { MEMOS_URL: `https://ann:${secret}@memos.example.com` },
      { MEMOS_URL: `ann:${secret}@memos.example.com` },
      { ALLOWED_USERS: `alice, ${secret}` },
      { LOG_LEVEL: secret },
    ];
    for (const env of attempts) {
      const error = refusal({ ...BASE, ...env });
      expect(`${error.message} ${error.stack} ${Bun.inspect(error)} ${JSON.stringify(error)}`).not.toContain(
        secret,
      );
    }
  });

  test("stay out of the printed config", () => {
    const secrets = {
      BOT_TOKEN: TOKEN,
      ADMIN_TOKEN: "admin-admin-admin-admin",
      TELEGRAM_PROXY: "http://ann:pass@proxy.example.com:3128",
      MEMOS_HEADERS: "X-Key: open-sesame",
      MEMOS_WEBHOOK_SECRET: "whsec_b3BlbiBzZXNhbWU3Nzc3,whsec_b3BlbiBzZXNhbWU4ODg4",
    };
    const config = load({ ...secrets, ALLOWED_USERS: "5,Alice" });
    const pairs = Object.fromEntries(redactedConfig(config));
    expect(pairs).toMatchObject({
      BOT_TOKEN: "[redacted]",
      MEMOS_URL: "https://memos.example.com",
      MEMOS_PUBLIC_URL: "not set (what the server reports as its instance URL, else MEMOS_URL)",
      MEMOS_HEADERS: "[redacted]",
      MEMOS_WEBHOOK_SECRET: "[redacted],[redacted]",
      WEBHOOK_URL: "not set (none)",
      ADMIN_TOKEN: "[redacted]",
      SECRET_KEY: "not set (generated into DATA_DIR/secret-key at the first start)",
      TELEGRAM_PROXY: "[redacted]",
      ALLOWED_USERS: "5,alice",
      KEEP_DAYS: "30",
    });
    const printed = JSON.stringify(pairs) + JSON.stringify(config) + Bun.inspect(config);
    for (const part of ["AAFabc", "admin-admin", "ann:pass", "open-sesame", "b3Blbi"])
      expect(printed).not.toContain(part);
  });
});

describe("readEnvironment", () => {
  /** Reads in a folder of its own, with this `.env` if any; `mine/env` is another file. */
  /** With a folder of its own as the working directory. */
  function inFolder<T>(work: (folder: string) => T): T {
    const before = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), "memoferry-config-"));
    process.chdir(folder);
    try {
      return work(folder);
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  }

  const read = (processEnv: Environment, dotenv?: string, mine?: string) =>
    inFolder((folder) => {
      if (dotenv === undefined) mkdirSync(".env");
      else writeFileSync(".env", dotenv);
      mkdirSync("mine");
      if (mine !== undefined) writeFileSync("mine/env", mine);
      const { env, odd } = readEnvironment(mine === undefined ? undefined : "mine/env", processEnv);
      const within = ([name, value]: [string, string | undefined]) => [name, value?.replace(folder, "")];
      return { env: Object.fromEntries(Object.entries(env).map(within)), odd };
    });

  test("reads .env of the folder, and the process wins over it", () => {
    const lines = [
      "# mine",
      'MEMOS_URL="http://file:1" # home',
      "export HTTP_PORT=9",
      "KEEP_DAYS=7",
      "A=x$B",
    ];
    const { env, odd } = read({ HTTP_PORT: "10", KEEP_DAYS: "" }, `\ufeff${lines.join("\r\n")}\n`);
    const written = { MEMOS_URL: "http://file:1", HTTP_PORT: "10", KEEP_DAYS: "7", A: "x$B" };
    expect(env).toEqual({ ...written, DATA_DIR: "/data" });
    expect(odd).toEqual([]);
  });

  test("the process wins with either form of a setting over either form in the file", () => {
    const file = "BOT_TOKEN=file\nADMIN_TOKEN_FILE=token\nDATA_DIR=x\nHTTP_PORT=1";
    const given = { BOT_TOKEN_FILE: "a", ADMIN_TOKEN: "b", DATA_DIR_FILE: "c" };
    expect(read(given, "", file).env).toEqual({ ...given, HTTP_PORT: "1" });
  });

  test("reads the file of --env-file instead of .env, and its relative paths from beside it", () => {
    const file = `DATA_DIR="x"\nBOT_TOKEN_FILE=../token\nTELEGRAM_FILES_DIR=/srv\nSECRET_KEY_FILE=~/key\nLOG_FILE=l\n`;
    expect(read({}, "A=default", file).env).toEqual({
      DATA_DIR: "/mine/x",
      BOT_TOKEN_FILE: "/token",
      TELEGRAM_FILES_DIR: "/srv",
      SECRET_KEY_FILE: "~/key",
      LOG_FILE: "l",
    });
    expect(read({}, "", "A=1").env).toEqual({ A: "1", DATA_DIR: "/mine/data" });
    expect(read({}, "", "DATA_DIR_FILE=d").env).toEqual({ DATA_DIR_FILE: "/mine/d" });
    expect(read({ DATA_DIR: "x" }, "", "DATA_DIR=y").env).toEqual({ DATA_DIR: "x" });
  });

  test("begins no new database beside the file where an older version made one in the working directory", () =>
    inFolder(() => {
      mkdirSync("data");
      mkdirSync("etc/data", { recursive: true });
      writeFileSync("data/memoferry.db", "");
      writeFileSync("etc/env", "A=1");
      const dataDir = (given: Environment) => readEnvironment("etc/env", given).env["DATA_DIR"];
      expect(() => dataDir({})).toThrow(`write DATA_DIR=${resolve("data")} into that file`);
      expect(dataDir({ DATA_DIR: "data" })).toBe("data");
      writeFileSync("etc/data/memoferry.db", "");
      expect(dataDir({})).toBe(resolve("etc/data"));
    }));

  test("tells of lines that set nothing, by their numbers", () => {
    const file = [
      "BOT_TOKEN s3cr3t",
      "# a comment = or not",
      'TEXT="two',
      "  lines",
      '"',
      "  export X = y",
      "",
      "MEMOS_URL: z",
    ].join("\r\n");
    const problem = (line: number) => `line ${line} is not NAME=value, so it sets nothing`;
    expect(read({}, "", file).odd).toEqual([
      { variable: "--env-file", problem: problem(1) },
      { variable: "--env-file", problem: problem(8) },
    ]);
    expect(read({}, "A").odd).toEqual([{ variable: ".env", problem: problem(1) }]);
    expect(loadConfig(BASE, read({}, "A").odd).warnings).toEqual([`.env ${problem(1)}`]);
  });

  test("tells of what only the environment of the process can set", () => {
    const problem = "counts in the environment alone: the program runs already when the file is read";
    expect(read({}, "", "TZ=Europe/Berlin\nSSL_CERT_FILE=ca.pem\nLANG=C").odd).toEqual([
      { variable: "TZ", problem },
      { variable: "SSL_CERT_FILE", problem },
    ]);
    expect(read({ TZ: "UTC" }, "", "TZ=Europe/Berlin").odd).toEqual([]);
  });
  test("tells what Bun passes over without a word: a time zone that is none, a certificate that is not there", () => {
    const said = (given: Environment) =>
      read(given, "", "").odd.map(({ variable, problem }) => `${variable} ${problem}`);
    expect(said({ TZ: "Europe/Berln", NODE_EXTRA_CA_CERTS: "/none/ca.pem" })).toEqual([
      "TZ is Europe/Berln, which is no time zone: dates are those of UTC (example: Europe/Berlin)",
      "NODE_EXTRA_CA_CERTS /none/ca.pem cannot be read: ENOENT: no such file or directory",
    ]);
    expect(
      said({ TZ: ":Europe/Berlin", SSL_CERT_FILE: import.meta.path, SSL_CERT_DIR: import.meta.dir }),
    ).toEqual([]);
  });

  test("refuses a file of --env-file that does not exist", () => {
    expect(() => readEnvironment("/none", {})).toThrow(ConfigError);
    expect(() => readEnvironment("/none", {})).toThrow("--env-file: /none cannot be read: ENOENT");
  });

  test("takes the proxy variables away from the process, but hands them on", () => {
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    const proxies = Object.fromEntries(names.map((name) => [name, "http://proxy:1"]));
    const processEnv: Environment = { ...proxies, KEPT: "1" };
    expect(read(processEnv).env).toMatchObject({ ...proxies, KEPT: "1" });
    expect(processEnv).toEqual({ KEPT: "1" });
  });

  test("makes Bun's fetch go directly", async () => {
    const script = `
      import { readEnvironment } from ${JSON.stringify(resolve(import.meta.dir, "../../src/config/environment.ts"))};
      const server = Bun.serve({ port: 0, fetch: () => new Response("direct") });
      const { env } = readEnvironment(undefined);
      console.log(await (await fetch(server.url)).text(), env.http_proxy);
      process.exit();`;
    // Nothing listens at the discard port.
    const proxies = { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9" };
    const child = Bun.spawn([process.execPath, "-e", script], {
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"] ?? "", ...proxies },
      stderr: "inherit",
    });
    expect(await new Response(child.stdout).text()).toBe("direct http://127.0.0.1:9\n");
  });
});

test("renders the configuration table of the README", () => {
  const lines = configTable().split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "| Variable | Default | Meaning |",
    "| --- | --- | --- |",
    "| `BOT_TOKEN` | required | bot token from @BotFather |",
    "| `MEMOS_URL` | required | base URL of the Memos server, path prefix allowed |",
  ]);
  expect(lines).toContain("| `HTTP_PORT` | `8081` | its port; 0 = any free one, printed |");
  expect(lines).toHaveLength(2 + 21 + 1);
  expect(lines.at(-1)).toBe("");
});
