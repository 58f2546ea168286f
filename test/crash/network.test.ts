import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { startForwardProxy } from "./forward-proxy.ts";
import { createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

setDefaultTimeout(30_000);

/** Every name that Bun's fetch would obey for every call. */
const PROXY_NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

describe("proxies", () => {
  test("of the environment are asked for nothing, TELEGRAM_PROXY for Telegram only, and Memos is called directly", async () => {
    await using trap = await startForwardProxy();
    await using proxy = await startForwardProxy();
    const env = Object.fromEntries(PROXY_NAMES.map((name) => [name, trap.url]));
    await using world = await createCrashWorld({ env: { ...env, TELEGRAM_PROXY: proxy.url } });
    const [alice] = world.people("alice");
    if (!alice) throw new Error("nobody there");
    await world.bind([alice]);
    await world.program.start();
    alice.person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "by proxy" });
    await until("the memo", () => world.memos.memos().length === 1);
    await world.settled();
    expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
    expect(trap.asked).toEqual([]);
    expect(proxy.asked.length).toBeGreaterThan(3);
    expect(new Set(proxy.asked.map((url) => new URL(url).origin))).toEqual(new Set([world.telegram.url]));
  });

  test("by HTTPS_PROXY are for a Telegram by https", async () => {
    await using proxy = await startForwardProxy();
    const env = { HTTPS_PROXY: proxy.url, TELEGRAM_API_URL: "https://telegram.example.invalid" };
    await using world = await createCrashWorld({ env });
    await world.program.start();
    await until("it to be asked", () => proxy.asked.length > 0);
    await until("memos to be found", () =>
      world.program.log.some(({ message }) => message === "memos found"),
    );
    expect(new Set(proxy.asked)).toEqual(new Set(["telegram.example.invalid:443"]));
  });
});

/** A certificate authority of one's own, and a server's certificate by it. */
function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-ca-"));
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Home CA",
  );
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost\n");
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", ...by, "-out", "server.pem");
  return {
    ca: join(folder, "ca.pem"),
    key: readFileSync(join(folder, "server.key"), "utf8"),
    cert: readFileSync(join(folder, "server.pem"), "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describe("a Memos behind a certificate of one's own authority", () => {
  async function behindTls(env: (ca: string) => Record<string, string>) {
    const certificates = makeCertificates();
    let memosUrl = "";
    const terminator = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: { key: certificates.key, cert: certificates.cert },
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        const body = request.body ? await request.arrayBuffer() : undefined;
        return fetch(`${memosUrl}${pathname}${search}`, {
          method: request.method,
          headers: request.headers,
          ...(body && { body }),
        });
      },
    });
    const world = await createCrashWorld({
      env: { MEMOS_URL: `https://localhost:${terminator.port}`, ...env(certificates.ca) },
    });
    memosUrl = world.memos.url;
    return {
      world,
      async [Symbol.asyncDispose]() {
        await world[Symbol.asyncDispose]();
        await terminator.stop(true);
        certificates[Symbol.dispose]();
      },
    };
  }

  for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
    test(`is trusted with ${name}`, async () => {
      await using tls = await behindTls((ca) => ({ [name]: ca }));
      const [alice] = tls.world.people("alice");
      if (!alice) throw new Error("nobody there");
      await tls.world.bind([alice], tls.world.program.stop);
      await tls.world.program.start();
      alice.person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "by TLS" });
      await until("the memo", () => tls.world.memos.memos().length === 1);
      expect(tls.world.memos.memos()[0]?.attachments).toHaveLength(1);
    });
  }

  test("is not trusted without, and the log names both", async () => {
    await using tls = await behindTls(() => ({}));
    await tls.world.program.start();
    const line = await until("it to be said", () =>
      tls.world.program.log.find(({ message }) => message === "memos does not answer"),
    );
    expect(line["detail"]).toContain("SSL_CERT_FILE");
    expect(line["detail"]).toContain("NODE_EXTRA_CA_CERTS");
    expect(tls.world.memos.requests).toEqual([]);
  });
});
