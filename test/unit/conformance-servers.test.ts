import { describe, expect, test } from "bun:test";
import { realServers } from "../conformance/servers.ts";

describe("MEMOS_REAL", () => {
  test("gives servers with an administrator or with two tokens", () => {
    const [one, two] = realServers(
      "0.22.5=http://a:1/#admin:a:b, 0.30.0=https://b/x#memos_pat_1+memos_pat_2,",
    );
    expect(one).toEqual({
      version: "0.22.5",
      url: "http://a:1",
      access: { admin: { username: "admin", password: "a:b" } },
    });
    expect(two?.url).toBe("https://b/x");
    const tokens = two && "tokens" in two.access ? two.access.tokens.map((token) => token.reveal()) : [];
    expect(tokens).toEqual(["memos_pat_1", "memos_pat_2"]);
  });

  test("that is not right is refused without a word of it", () => {
    for (const setting of [
      "0.30.0=ftp://a#b:c",
      "0.30.0=http://a",
      "http://a#b:c",
      "0.30.0=http://a#secret",
    ]) {
      expect(() => realServers(setting)).toThrow("MEMOS_REAL is not right");
    }
    expect(() => realServers("0.30.0=http://a#secret")).not.toThrow("secret");
  });
});
