import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./app.ts";

const deploy = join(import.meta.dirname, "../../deploy");

/** A reverse proxy as `deploy/` configures it, with a certificate that nobody else believes, before a port here. */
export interface ReverseProxy extends AsyncDisposable {
  readonly url: string;
  /** The authority of its certificates. */
  readonly ca: string;
  /** Asks it by one of its names. `from`: the caller's address. */
  ask(url: string, options?: Asked): Promise<Answered>;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly from?: string;
  /** Ends the connection once this stands in the answer, which may go on for ever. */
  readonly until?: string;
}

interface Answered {
  readonly status: number;
  readonly type: string | undefined;
  readonly cookie: string;
  readonly text: string;
}

/** How a proxy of deploy/ is run in a folder: what its configuration has in place of the names and ports of a real machine. */
interface Kind {
  readonly program: string;
  readonly package: string;
  prepare(folder: string, port: number, target: number): { args: string[]; ca: string };
}

const read = (name: string) => readFileSync(join(deploy, name), "utf8");

/** Each place must be there: else the test would run something else than the file. */
function exchanged(text: string, places: readonly (readonly [place: string, by: string])[]): string {
  return places.reduce((changed, [place, by]) => {
    if (!changed.includes(place)) throw new Error(`there is no ${place}`);
    return changed.replaceAll(place, by);
  }, text);
}

const nginx: Kind = {
  program: "nginx",
  package: "nginx-light",
  prepare(folder, port, target) {
    const names = ["bot.example.com", "ferry.example.com"];
    const [certificate, key] = selfSigned(folder, names);
    const site = exchanged(read("nginx.conf"), [
      ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
      ["listen [::]:443 ssl;", ""],
      ["127.0.0.1:8081", `127.0.0.1:${target}`],
      ...names.flatMap((name) => [
        [`/etc/letsencrypt/live/${name}/fullchain.pem`, certificate] as const,
        [`/etc/letsencrypt/live/${name}/privkey.pem`, key] as const,
      ]),
    ]);
    const file = join(folder, "nginx.conf");
    const main = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}`;
    writeFileSync(file, `${main}\nhttp {\naccess_log off;\n${site}\n}\n`);
    return { args: ["-p", folder, "-e", join(folder, "error.log"), "-c", file], ca: certificate };
  },
};

const caddy: Kind = {
  program: "caddy",
  package: "caddy",
  prepare(folder, port, target) {
    const site = exchanged(read("Caddyfile"), [["127.0.0.1:8081", `127.0.0.1:${target}`]]);
    const options = [
      "admin off",
      "local_certs",
      "skip_install_trust",
      "auto_https disable_redirects",
      "default_bind 127.0.0.1",
      `https_port ${port}`,
      `storage file_system ${folder}`,
    ];
    const file = join(folder, "Caddyfile");
    writeFileSync(file, `{\n${options.join("\n")}\n}\n${site}`);
    const ca = join(folder, "pki/authorities/local/root.crt");
    return { args: ["run", "--adapter", "caddyfile", "--config", file], ca };
  },
};

export const REVERSE_PROXIES = { nginx, caddy };

/** Where the proxy is missing the test is skipped with a line that says so; in CI it fails. */
export function needsReverseProxy(kind: Kind): { skip: boolean } {
  const skip = Bun.which(kind.program) === null && process.env["CI"] !== "true";
  if (skip) console.log(`skipped: ${kind.program} is not on this machine: apt-get install ${kind.package}`);
  return { skip };
}

export async function startReverseProxy(kind: Kind, target: number): Promise<ReverseProxy> {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-proxy-"));
  const port = await freePort();
  const { args, ca: authority } = kind.prepare(folder, port, target);
  const child = Bun.spawn([kind.program, ...args], {
    env: { ...process.env, HOME: folder },
    stdout: "ignore",
    stderr: "pipe",
  });
  const complaint = new Response(child.stderr).text();
  const ca = await until(`${kind.program} listening`, async () => {
    if (child.exitCode !== null) throw new Error(`${kind.program} ended: ${await complaint}`);
    const text = await Bun.file(authority)
      .text()
      .catch(() => null);
    const answer = text && (await ask("https://bot.example.com/", {}, port, text).catch(() => null));
    return answer && text;
  });
  return {
    url: `https://127.0.0.1:${port}`,
    ca,
    ask: (url, options = {}) => ask(url, options, port, ca),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ask(url: string, asked: Asked, port: number, ca: string): Promise<Answered> {
  const { hostname, pathname, search } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const call = request(
    {
      agent: false,
      host: "127.0.0.1",
      port,
      ca,
      servername: hostname,
      localAddress: asked.from,
      method: asked.method ?? "GET",
      path: `${pathname}${search}`,
      headers: { Host: hostname, ...asked.headers },
    },
    (response) => {
      let text = "";
      const answered = () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"],
          cookie: String(response.headers["set-cookie"] ?? "").split(";")[0] ?? "",
          text,
        });
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (asked.until === undefined || !text.includes(asked.until)) return;
        answered();
        call.destroy();
      });
      response.on("error", reject);
      response.on("end", answered);
    },
  );
  call.on("error", reject);
  call.end(asked.body);
  return promise;
}

/** Certificate and key. */
function selfSigned(folder: string, names: readonly string[]): [certificate: string, key: string] {
  mkdirSync(folder, { recursive: true });
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const made = Bun.spawnSync([
    ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ...["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${names.map((name) => `DNS:${name}`)}`],
    ...["-keyout", key, "-out", certificate],
  ]);
  if (!made.success) throw new Error(`openssl made no certificate: ${made.stderr}`);
  return [certificate, key];
}

/** Free until somebody else takes it. */
export async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
