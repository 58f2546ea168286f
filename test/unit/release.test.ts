import { describe, expect, test } from "bun:test";
import { parseEnv } from "node:util";
import { ar, tar } from "../../.ci/release/archive.ts";
import { deb } from "../../.ci/release/deb.ts";
import { exampleSettings } from "../../.ci/release/files.ts";
import { SETTINGS } from "../../src/config/settings.ts";

const TIME = 1_700_000_000;

/** Name and content of what an `ar` holds. */
function membersOf(archive: Buffer): [string, Buffer][] {
  expect(archive.toString("latin1", 0, 8)).toBe("!<arch>\n");
  const members: [string, Buffer][] = [];
  for (let at = 8; at < archive.length; ) {
    const head = archive.toString("latin1", at, at + 60);
    expect(head.slice(58)).toBe("`\n");
    const size = Number(head.slice(48, 58));
    members.push([head.slice(0, 16).trim(), archive.subarray(at + 60, at + 60 + size)]);
    at += 60 + size + (size % 2);
  }
  return members;
}

const filesOf = async (archive: Buffer) =>
  new Map(
    await Promise.all(
      [...(await new Bun.Archive(archive).files())].map(
        async ([path, file]) => [path.replace(/^\.\//, ""), await file.text()] as const,
      ),
    ),
  );

describe("the archives of a release", () => {
  test("a tar holds files below their folders, owned by root, and follows from them alone", async () => {
    const entries = [
      { path: "a/b/run", content: "#!/bin/sh\n", isExecutable: true },
      { path: "a/text", content: "ü".repeat(300) },
    ];
    const archive = tar(entries, TIME);
    expect(await filesOf(archive)).toEqual(
      new Map([
        ["a/b/run", "#!/bin/sh\n"],
        ["a/text", "ü".repeat(300)],
      ]),
    );
    const heads = [0, 512, 1024, 2048].map((at) => archive.toString("latin1", at, at + 512));
    expect(heads.map((head) => head.slice(0, 8).replaceAll("\0", ""))).toEqual([
      "a/",
      "a/b/",
      "a/b/run",
      "a/text",
    ]);
    expect(heads.map((head) => head.slice(100, 107))).toEqual(["0000755", "0000755", "0000755", "0000644"]);
    expect(heads.every((head) => head.slice(265, 269) === "root" && head.slice(297, 301) === "root")).toBe(
      true,
    );
    expect(tar(entries, TIME).equals(archive)).toBe(true);
    expect(() => tar([{ path: "x".repeat(101), content: "" }], TIME)).toThrow("too long");
  });

  test("an ar pads what has an odd length", () => {
    const members = [
      { name: "odd", content: "abc" },
      { name: "even", content: "abcd" },
    ];
    expect(membersOf(ar(members, TIME)).map(([name, content]) => [name, String(content)])).toEqual([
      ["odd", "abc"],
      ["even", "abcd"],
    ]);
  });

  test("a package for Debian has its parts in their order, the unit of its executable, and a sum of each file", async () => {
    const about = {
      version: "1.2.3",
      architecture: "arm64",
      maintainer: "A Person <a@example.org>",
      time: TIME,
      executable: Buffer.from("executable"),
      license: "MIT License\n\nCopyright (c) 2026 somebody\n\nPermission is granted.\n\nNo warranty.\n",
      changelog: "# Changes\n",
      man: ".Dd now\n",
      completions: { bash: "bash", zsh: "zsh", fish: "fish" },
      docs: [{ path: "more.txt", content: "more" }],
    } as const;
    const [version, control, data] = membersOf((await deb(about, true)).content);
    expect([version?.[0], String(version?.[1]), control?.[0], data?.[0]]).toEqual([
      "debian-binary",
      "2.0\n",
      "control.tar",
      "data.tar",
    ]);
    const told = await filesOf(control?.[1] ?? Buffer.alloc(0));
    expect(told.get("control")).toMatch(/^Package: memoferry\nVersion: 1.2.3\nArchitecture: arm64\n/);
    const files = await filesOf(data?.[1] ?? Buffer.alloc(0));
    expect(files.get("usr/bin/memoferry")).toBe("executable");
    expect(files.get("usr/lib/systemd/system/memoferry.service")).toContain(
      "ExecStart=/usr/bin/memoferry serve",
    );
    expect(files.get("usr/share/doc/memoferry/copyright")).toContain(
      "Copyright: 2026 somebody\nLicense: Expat\n\nLicense: Expat\n Permission is granted.\n .\n No warranty.\n",
    );
    const summed = [...(told.get("md5sums") ?? "").matchAll(/^[0-9a-f]{32} {2}(.*)$/gm)].map(
      ([, path]) => path,
    );
    expect(summed.toSorted()).toEqual([...files.keys()].toSorted());
    expect(membersOf((await deb(about, false)).content).map(([name]) => name)).toEqual([
      "debian-binary",
      "control.tar.xz",
      "data.tar.xz",
    ]);
  });
});

test("the example of the settings sets what is required to nothing, and names all others in comments", () => {
  const text = exampleSettings();
  expect(parseEnv(text)).toEqual({ BOT_TOKEN: "", MEMOS_URL: "" });
  for (const name of Object.keys(SETTINGS)) expect(text).toMatch(new RegExp(`^#?${name}=$`, "m"));
});
