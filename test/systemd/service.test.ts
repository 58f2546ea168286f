// `memoferry install` on a machine that systemd started: `npm run systemd`. Where none can be, its unit is verified.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deb } from "../../.ci/release/deb.ts";
import { unitText } from "../../src/cli/install/unit.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { startFakeTelegram } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { type Machine, startMachine, whyNoMachine } from "./machine.ts";

setDefaultTimeout(120_000);

const why = whyNoMachine();
if (why !== null) console.log(`no systemd in a container here: ${why}; its unit is verified instead`);

const UNIT_FILE = "/etc/systemd/system/memoferry.service";
const ENV_FILE = "/etc/memoferry/memoferry.env";
const NEWER = "/root/newer/memoferry";

/** The same program in other bytes: where the ELF header is filled up. */
function another(executable: string, folder: string): string {
  const path = join(folder, "newer");
  copyFileSync(executable, path);
  writeSync(openSync(path, "r+"), "x", 15);
  return path;
}

/** A package for Debian that holds an executable; gives where it is. */
async function packaged(version: string, executable: string, folder: string): Promise<string> {
  const { name, content } = await deb(
    {
      version,
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      maintainer: "A Person <a@example.org>",
      time: 0,
      executable: readFileSync(executable),
      license: "",
      changelog: "",
      man: "",
      completions: { bash: "", zsh: "", fish: "" },
      docs: [],
    },
    true,
  );
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function world() {
  const executable = await binaryPath();
  const folder = mkdtempSync(join(tmpdir(), "memoferry-systemd-"));
  const newer = another(executable, folder);
  const memos = await startFakeMemos();
  const telegram = await startFakeTelegram({ limits: false });
  const machine = await startMachine({
    "root/memoferry": executable,
    "root/newer/memoferry": newer,
    "root/memoferry.deb": await packaged("1.0", executable, folder),
    "root/newer.deb": await packaged("1.1", newer, folder),
  });
  const ann = telegram.user({ first_name: "Ann", username: "ann" });
  const { token } = memos.addUser("ann");
  const unit = async (property: string) =>
    (await machine.run("systemctl", "show", "memoferry", "--value", `--property=${property}`)).out.trim();
  return {
    machine,
    memos,
    unit,
    env: [
      `BOT_TOKEN=${telegram.token}`,
      `MEMOS_URL=${memos.url}`,
      `TELEGRAM_API_URL=${telegram.url}`,
      // Others on this machine may have the usual one.
      "HTTP_PORT=0",
      // systemd and memoferry read it alike.
      `SECRET_KEY=a #"key" $of \\ signs`,
    ],
    bind: () => ann.say(`/bind ${token}`),
    hears: (what: string) =>
      until(`"${what}"`, () => telegram.botMessages(ann.id).some(({ text }) => text?.includes(what))),
    /** Sends a text and waits for its memo. */
    async saves(text: string): Promise<void> {
      ann.say(text);
      await until(`"${text}" saved`, () => memos.memos().some(({ content }) => content === text));
    },
    async savesFile(size: number): Promise<void> {
      ann.sendDocument({ fileName: "large.bin", size });
      await until("a file saved", () => memos.memos().some(({ attachments }) => attachments.length > 0));
    },
    contents: () => memos.memos().map(({ content }) => content),
    async [Symbol.asyncDispose](): Promise<void> {
      await machine[Symbol.asyncDispose]();
      await Promise.all([memos.stop(), telegram.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs the executable there, and expects that all is well with it. */
async function runs(machine: Machine, ...command: string[]): Promise<string> {
  const { code, out, err } = await machine.run(...command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

describe.skipIf(why !== null)("a machine of systemd", () => {
  test("from `install` to a memo, over a crash, an upgrade and `uninstall`", async () => {
    await using here = await world();
    const { machine, unit, saves } = here;

    // A dry run shows all, but for secrets, and does nothing.
    const shown = await runs(machine, "env", ...here.env, "./memoferry", "install", "--dry-run");
    expect(shown).toContain(`write ${ENV_FILE} (0600):\n`);
    expect(shown).toContain("    BOT_TOKEN=…\n");
    expect(shown).toContain("    DynamicUser=yes\n");
    expect(shown).toContain("run systemctl enable memoferry.service\n");
    expect(
      (await machine.run("ls", ENV_FILE, UNIT_FILE, "/usr/local/bin/memoferry", "/var/lib/memoferry")).out,
    ).toBe("");

    expect(await runs(machine, "env", ...here.env, "./memoferry", "install")).toContain(
      "Open https://t.me/memoferry_test_bot and send /start.",
    );
    expect(await unit("ActiveState")).toBe("active");
    expect(await runs(machine, "stat", "--format=%a %U", ENV_FILE)).toBe("600 root\n");
    const exposure = /exposure level for memoferry.service: ([\d.]+)/.exec(
      (await machine.run("systemd-analyze", "security", "--no-pager", "memoferry.service")).out,
    )?.[1];
    console.log(`systemd-analyze security: ${exposure}`);
    expect(Number(exposure)).toBeLessThan(1.5);

    here.bind();
    await here.hears("becomes a memo");
    await saves("a first text");
    await here.savesFile(19_000_000);
    // Whoever is root finds it without being told where it is.
    expect(await runs(machine, "memoferry", "bindings")).toContain("@ann");

    expect(await runs(machine, "memoferry", "check")).toContain("opens the access tokens in the database");

    // Again: nothing.
    const pid = await unit("MainPID");
    expect(await runs(machine, "./memoferry", "install")).toContain("nothing was changed");
    expect(await unit("MainPID")).toBe(pid);

    await runs(machine, "kill", "-KILL", pid);
    await saves("behind a crash");
    expect(await unit("NRestarts")).toBe("1");

    // An upgrade keeps what somebody added.
    machine.write(`${UNIT_FILE}.d/override.conf`, "[Service]\nMemoryMax=140M\n");
    await runs(machine, "systemctl", "daemon-reload");
    // It need not wait for Memos.
    await here.memos.stop();
    expect(await runs(machine, NEWER, "install")).toContain("run systemctl restart memoferry.service\n");
    await here.memos.start();
    await runs(machine, "cmp", NEWER, "/usr/local/bin/memoferry");
    expect(await unit("MemoryMax")).toBe(String(140 * 1024 ** 2));
    await saves("behind an upgrade");

    // A unit that was changed is left alone, unless it is to be written anew.
    const written = machine.read(UNIT_FILE);
    machine.write(UNIT_FILE, written.replace("RestartSec=5", "RestartSec=7"));
    expect((await machine.run(NEWER, "install")).err).toContain("was changed by hand");
    expect(machine.read(UNIT_FILE)).toContain("RestartSec=7");
    await runs(machine, NEWER, "install", "--force");
    expect(machine.read(UNIT_FILE)).toBe(written);

    expect(await runs(machine, NEWER, "uninstall")).toContain("Kept: /etc/memoferry, ");
    expect(await unit("LoadState")).toBe("not-found");
    await runs(machine, NEWER, "install");
    await saves("installed again");
    expect(await runs(machine, NEWER, "uninstall", "--purge")).toContain("Nothing of memoferry is left.");
    expect(
      (await machine.run("ls", "/etc/memoferry", "/var/lib/memoferry", "/var/lib/private/memoferry")).out,
    ).toBe("");
    expect(here.contents().filter((content) => content !== "")).toEqual([
      "a first text",
      "behind a crash",
      "behind an upgrade",
      "installed again",
    ]);
  });

  test("a package for Debian, from its installation over an upgrade to its purge", async () => {
    await using here = await world();
    const { machine, unit, saves } = here;
    const isThere = async (...paths: string[]) => (await machine.run("ls", "-d", ...paths)).out;

    expect(await runs(machine, "dpkg", "--install", "memoferry.deb")).toContain("'sudo memoferry install'");
    expect([await unit("LoadState"), await unit("ActiveState")]).toEqual(["loaded", "inactive"]);
    await runs(machine, "env", ...here.env, "memoferry", "install");
    expect(await isThere("/usr/local/bin/memoferry", UNIT_FILE)).toBe("");
    here.bind();
    await here.hears("becomes a memo");
    await saves("a first text");

    const pid = await unit("MainPID");
    await runs(machine, "dpkg", "--install", "newer.deb");
    expect(await unit("MainPID")).not.toBe(pid);
    await saves("behind an upgrade");

    await runs(machine, "dpkg", "--remove", "memoferry");
    expect(await unit("LoadState")).toBe("not-found");
    expect(await isThere(ENV_FILE, "/usr/bin/memoferry")).toBe(`${ENV_FILE}\n`);
    expect(await runs(machine, "dpkg", "--install", "newer.deb")).toContain("'sudo memoferry install'");
    await runs(machine, "memoferry", "install");
    await saves("installed again");

    await runs(machine, "dpkg", "--purge", "memoferry");
    const kept = [
      "/etc/memoferry",
      "/var/lib/memoferry",
      "/var/lib/private/memoferry",
      "/usr/share/doc/memoferry",
    ];
    expect(await isThere(...kept)).toBe("");
    expect(here.contents()).toEqual(["a first text", "behind an upgrade", "installed again"]);
  });

  test("what is wrong is said, with systemd's words where those tell", async () => {
    await using here = await world();
    const { machine } = here;
    const install = (...env: string[]) => machine.run("env", ...env, "./memoferry", "install");
    const says = async (...env: string[]) => {
      const { code, err } = await install(...env);
      return `${code} ${err}`;
    };
    expect(await says()).toStartWith(
      "78 memoferry: The configuration cannot be used:\n  BOT_TOKEN: is missing",
    );
    expect(await says(...here.env, `BOT_TOKEN=1:${"w".repeat(35)}`)).toContain("Telegram refuses BOT_TOKEN");
    expect((await machine.run("ls", ENV_FILE, UNIT_FILE)).out).toBe("");
    const asNobody = await machine.run(
      "setpriv",
      "--reuid=65534",
      "--clear-groups",
      "/root/memoferry",
      "install",
    );
    expect(asNobody.code).not.toBe(0);

    // Data of a memoferry that was run by hand is not left behind without a word.
    machine.write("/root/data/memoferry.db", "");
    expect(await says(...here.env)).toContain("sudo mv /root/data /var/lib/memoferry");
    await runs(machine, "rm", "-r", "/root/data");

    machine.write(`${UNIT_FILE}.d/override.conf`, "[Service]\nEnvironment=DATA_DIR=/nowhere\n");
    const failed = await install(...here.env);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain("DATA_DIR /nowhere cannot be made");
    expect(failed.err).toContain("Result: exit-code");
    machine.write(`${UNIT_FILE}.d/override.conf`, "");
    await runs(machine, "./memoferry", "install");
  });
});

test.skipIf(spawnSync("systemd-analyze", ["--version"]).status !== 0)(
  "the unit is one that systemd reads whole",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "memoferry-unit-"));
    const path = join(folder, "memoferry.service");
    writeFileSync(path, unitText("/bin/true"));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    expect(stderr).not.toContain("memoferry.service");
    expect(status).toBe(0);
  },
);
