import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { checkSettings, serviceSettings, withoutValues } from "../../src/cli/install/settings-file.ts";
import { isAsWritten, sealed } from "../../src/cli/install/system.ts";
import { unitText } from "../../src/cli/install/unit.ts";
import { systemTerminal, type Terminal } from "../../src/cli/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "memoferry-install-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BOT_TOKEN = `123456789:${"t".repeat(35)}`;
const MEMOS_URL = "https://memos.example.com";

/** Settings from a file, whatever this process has. */
async function given(lines: readonly string[], terminal: Terminal | null = null) {
  const file = join(folder, "given.env");
  writeFileSync(file, lines.join("\n"));
  return serviceSettings(file, terminal);
}

const answering = (secret: string | null, shown: string | null): Terminal => ({
  ...systemTerminal,
  interactive: true,
  askHidden: async () => secret,
  ask: async () => shown,
});

describe("the settings of the service", () => {
  test("are those that are given, as systemd and memoferry both read them", async () => {
    const key = join(folder, "key");
    writeFileSync(key, "of #several 'words'\n");
    const env = { BOT_TOKEN, MEMOS_URL, LOG_LEVEL: "debug", MEMOS_HEADERS: 'A: b\nC: $d \\ "e" # f' };
    const { text } = await given([
      ...Object.entries(env).map(([name, value]) => `${name}='${value}'`),
      `SECRET_KEY_FILE=${key}`,
      "DATA_DIR=somewhere",
      "EDITOR=vi",
    ]);
    expect(parseEnv(text ?? "")).toMatchObject({ ...env, SECRET_KEY: "of #several 'words'" });
    for (const name of ["DATA_DIR", "EDITOR", "SECRET_KEY_FILE"]) expect(text).not.toContain(name);
    // No file of ours says it to both alike.
    expect(given([`SECRET_KEY="it's a \\"secret\\""`])).rejects.toThrow("SECRET_KEY has signs");
  });

  test("are asked for where they are missing, and nobody is there to be asked by a dry run", async () => {
    const asked = await given(["LOG_LEVEL=warn"], answering(BOT_TOKEN, MEMOS_URL));
    expect(checkSettings(asked)).toMatchObject({ memosUrl: MEMOS_URL, dataDir: "/var/lib/memoferry" });
    expect(given([], answering(null, ""))).rejects.toThrow("given up");
    expect((await given([])).env).not.toHaveProperty("BOT_TOKEN");
  });

  test("are not taken from beside data that would be left behind", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/memoferry.db"), "");
    expect(given([])).rejects.toThrow(`sudo mv ${folder}/data /var/lib/memoferry`);
    rmSync(join(folder, "data"), { recursive: true });
  });

  test("are shown without their values, however many lines those have", () => {
    expect(withoutValues("# a comment\nA=1\nB='x\ny=z'\nC=3\n")).not.toMatch(/[1xz3]/);
  });
});

test("a unit that somebody changed is told from one that an older version wrote", () => {
  const older = sealed(unitText("/usr/local/bin/memoferry").replace("150M", "120M"));
  expect(isAsWritten(older)).toBe(true);
  expect(isAsWritten(older.replace("120M", "100M"))).toBe(false);
  expect(isAsWritten(unitText("/usr/local/bin/memoferry"))).toBe(false);
});
