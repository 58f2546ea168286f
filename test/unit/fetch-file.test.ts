import { afterAll, describe, expect, test } from "bun:test";
import type { lookup } from "node:dns";
import { fetchFile } from "../../src/base/fetch-file.ts";

/** Answers by the path; `asked` are the hosts that it was asked as. */
const asked: string[] = [];
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    asked.push(request.headers.get("host") ?? "");
    const to = pathname === "/loop" ? "/loop" : searchParams.get("to");
    if (to !== null) return new Response(null, { status: 302, headers: { location: to } });
    if (pathname === "/none") return new Response("no", { status: 404 });
    return new Response("12345", { headers: { "content-type": "text/plain; charset=utf-8" } });
  },
});
afterAll(() => server.stop(true));

const { port } = server;
const LIMITS = { limitBytes: 5, allowPrivate: false };

/** A resolver that gives each name its addresses, by default the server's, in turn. */
function resolver(names: Record<string, string[][]>) {
  const lookups: string[] = [];
  const resolve = (host: string, _: object, found: (error: Error | null, addresses: unknown[]) => void) => {
    lookups.push(host);
    const addresses = names[host]?.shift() ?? ["127.0.0.1"];
    found(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookups, lookup: resolve as unknown as typeof lookup };
}

const allowed = (address: string, more: Partial<Parameters<typeof fetchFile>[1]> = {}) =>
  fetchFile(address, { ...LIMITS, allowPrivate: true, ...more });

describe("a file of an address", () => {
  test("comes with its name and type, also after redirects", async () => {
    const { lookup } = resolver({});
    const to = `http://b.example.org:${port}/dir/r%C3%A9port.txt`;
    const file = await allowed(`http://a.example.org:${port}/x?to=${encodeURIComponent(to)}`, { lookup });
    expect([file.name, file.type, await file.text()]).toEqual([
      "réport.txt",
      "text/plain; charset=utf-8",
      "12345",
    ]);
    expect((await allowed(`http://127.0.0.1:${port}/`)).name).toBe(`127.0.0.1:${port}`);
    expect((await allowed(`http://127.0.0.1:${port}/100%`)).name).toBe("100%");
  });

  test.each([
    ["is larger than allowed", "/a.txt", { limitBytes: 4 }, "larger than 4 bytes"],
    ["is not there", "/none", {}, "answered 404"],
    ["redirects for ever", "/loop", {}, "redirects too often"],
    ["leads to another protocol", "/?to=file%3A%2F%2F%2Fetc%2Fpasswd", {}, "not one of http or https"],
  ])("that %s is refused", async (_, path, more, why) => {
    await expect(allowed(`http://127.0.0.1:${port}${path}`, more)).rejects.toThrow(new RegExp(why));
  });

  test("that nobody answers for is refused, and the rest of its address is not repeated", async () => {
    const gone = allowed("http://127.0.0.1:9/secret-token?key=secret");
    await expect(gone).rejects.toThrow(/^A file could not be fetched: 127\.0\.0\.1:9: \w+\.$/);
    expect(await gone.catch((error) => String(error))).not.toContain("secret");
    await expect(allowed("not a url")).rejects.toThrow("not one of http or https");
  });
});

describe("the own network is not called", () => {
  const before = () => asked.length;

  test.each([
    "http://127.0.0.1",
    "http://2130706433",
    "http://0x7f.1",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::127.0.0.1]",
    "http://[::ffff:0:127.0.0.1]",
    "http://[64:ff9b::7f00:1]",
    "http://0.0.0.0",
    "http://10.1.2.3",
    "http://169.254.169.254",
    "http://192.168.1.1",
    "http://[fd00::1]",
    "http://[fe80::1]",
    "http://224.0.0.1",
  ])("by the address %s", async (origin) => {
    const calls = before();
    await expect(fetchFile(`${origin}:${port}/a`, LIMITS)).rejects.toThrow("ALLOW_PRIVATE_URLS");
    expect(asked).toHaveLength(calls);
  });

  test("by a name, also where another of its addresses is public, or by localhost", async () => {
    const calls = before();
    const { lookup } = resolver({
      "a.example.org": [["93.184.216.34", "127.0.0.1"]],
      "b.example.org": [["::ffff:10.0.0.1"]],
    });
    for (const host of ["a.example.org", "b.example.org", "localhost"])
      await expect(fetchFile(`http://${host}:${port}/a`, { ...LIMITS, lookup })).rejects.toThrow(
        `${host} is in the network of memoferry`,
      );
    await expect(fetchFile(`http://localhost:${port}/a`, LIMITS)).rejects.toThrow("ALLOW_PRIVATE_URLS");
    expect(asked).toHaveLength(calls);
  });

  test("by a name that resolves to something else the second time: it is asked once", async () => {
    const { lookup, lookups } = resolver({ "a.example.org": [["127.0.0.1"], ["93.184.216.34"]] });
    await allowed(`http://a.example.org:${port}/a`, { lookup });
    expect(lookups).toEqual(["a.example.org"]);
    expect(asked.at(-1)).toBe(`a.example.org:${port}`);
    // Over TLS the same address is connected to: the server speaks none.
    await expect(allowed(`https://a.example.org:${port}/a`, { lookup })).rejects.toThrow(
      "could not be fetched",
    );
    expect(lookups).toEqual(["a.example.org", "a.example.org"]);
  });
});
