/** The core of what memoferry needs, against real servers: `MEMOS_REAL=0.30.0=http://127.0.0.1:5230#alice:secret`. */
import { describe, expect, test } from "bun:test";
import { coreSuite } from "../http/memos-client-core.ts";
import { realServers, tokenOf } from "./servers.ts";

const servers = realServers(process.env["MEMOS_REAL"] ?? "");

test.skipIf(servers.length === 0)(
  "real servers are given: MEMOS_REAL=<version>=<url>#<admin user>:<password>,…",
  () => {
    expect(servers.length).toBeGreaterThan(0);
  },
);

for (const server of servers) {
  describe(`on a real Memos ${server.version}`, () => {
    coreSuite(server.version, async () => {
      // The administrator may read what others may not.
      await tokenOf(server, server.username, server.password);
      const run = Date.now().toString(36);
      const [token, otherToken] = await Promise.all(
        ["a", "b"].map((letter) => tokenOf(server, `core-${letter}-${run}`, "core-password-1")),
      );
      if (!token || !otherToken) throw new Error("two accounts were made");
      return { url: server.url, token, otherToken };
    });
  });
}
