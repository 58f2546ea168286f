/** What memoferry needs of Memos, against real servers: `MEMOS_REAL=0.30.0=http://127.0.0.1:5230#alice:secret`. */
import { describe, expect, test } from "bun:test";
import { coreSuite, nextRealSecond } from "../http/memos-client-core.ts";
import { newsSuite } from "../http/memos-client-news.ts";
import { threadsSuite } from "../http/memos-client-threads.ts";
import { HOW_TO_GIVE_SERVERS, realServers, twoAccounts } from "./servers.ts";

const servers = realServers(process.env["MEMOS_REAL"] ?? "");

test.skipIf(servers.length === 0)(`real servers are given: ${HOW_TO_GIVE_SERVERS}`, () => {
  expect(servers.length).toBeGreaterThan(0);
});

for (const server of servers) {
  describe(`on a real Memos ${server.version}`, () => {
    const connect = async () => {
      const [token, otherToken] = await twoAccounts(server);
      return { url: server.url, token, otherToken, nextSecond: nextRealSecond };
    };
    describe("the core", () => coreSuite(server.version, connect));
    describe("threads", () => threadsSuite(server.version, connect));
    describe("news", () => newsSuite(server.version, connect));
  });
}
