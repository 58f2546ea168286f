import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectNoSecret } from "../support/secrets.ts";

// Each world of the suite asks this at its end. Here it is shown that it finds what it looks for.

const dataDir = mkdtempSync(join(tmpdir(), "memoferry-secrets-"));
afterAll(() => rmSync(dataDir, { recursive: true }));
const env = {
  BOT_TOKEN: "123456789:AAFabcdefghijklmnopqrstuvwxyz01234",
  ADMIN_TOKEN: "the-admin-token-of-this-test",
  SECRET_KEY: "the-key-of-this-test",
  MEMOS_HEADERS: "X-Id: short\nX-Secret: the-secret-of-a-proxy",
};
writeFileSync(join(dataDir, "admin-token"), "made-by-the-program-itself\n");
writeFileSync(join(dataDir, "memoferry.db"), Buffer.from([0, 255, 1]));
const look = (log: string) =>
  expectNoSecret({ env, dataDir, secrets: ["memos_pat_0123456789"], texts: { "the log": log } });

describe("a secret in an output", () => {
  test.each([
    [env.BOT_TOKEN, "BOT_TOKEN"],
    ["/bot123456789%3AAAFabcdefghijklmnopqrstuvwxyz01234/", "the secret part of BOT_TOKEN"],
    [env.ADMIN_TOKEN, "ADMIN_TOKEN"],
    [env.SECRET_KEY, "SECRET_KEY"],
    ["the-secret-of-a-proxy", "MEMOS_HEADERS"],
    ["made-by-the-program-itself", "the file admin-token"],
    ["memos_pat_0123456789", "secret 1"],
  ])("%s is found, and named without being repeated", (text, name) => {
    expect(() => look("nothing of it, short")).not.toThrow();
    expect(() => look(`before ${text} after`)).toThrow(`${name} stands in the log`);
    writeFileSync(
      join(dataDir, "memoferry.db-wal"),
      Buffer.concat([Buffer.from([0, 255]), Buffer.from(text)]),
    );
    expect(() => look("")).toThrow(`${name} stands in memoferry.db-wal`);
    rmSync(join(dataDir, "memoferry.db-wal"));
  });
});
