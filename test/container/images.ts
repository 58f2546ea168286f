import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const TOOLS = ["buildah", "podman", "runc"];

/** What the version tells in place of the source's. */
export const COMMIT = "0123456789ab";

const LABEL = "memoferry-test=1";

/** Those of earlier runs, which newer ones of their names have taken the place of. */
export const removeOldImages = () => podman(["image", "prune", "--force", "--filter", `label=${LABEL}`]);

/** What a kernel, or a sandbox around it, says where it lets nobody make containers. */
const REFUSED =
  /\b(?:runc|container|mount|overlay|unshare|namespace|cgroups?)\b.*(?:not permitted|permission denied|not supported|not implemented)/i;

/** What a compiled Bun needs of glibc, and where that is looked for. */
const LIBRARIES = {
  lib64: ["ld-linux-x86-64.so.2"],
  lib: ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"],
};

/** Once a run. */
let isBunBuilt = false;

/** Runs a program to its end; resolves with what it printed. Rejects with what it complained of. */
export async function call(command: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd: root,
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}\n${out}\n${err}`);
  return out.trim();
}

export const podman = (args: readonly string[], input?: string) =>
  call(["podman", "--runtime", "runc", ...args], input);

/**
 * Builds the image of `deploy/Dockerfile`. What it begins with comes from no registry: in place of Bun's image stands this
 * machine's own /usr with the Bun that runs this, in place of the one with glibc this machine's glibc. Of another platform only the executable
 * is real. Returns why that is refused here; null when it is built.
 */
export async function buildImage(
  name: string,
  platform: "linux/amd64" | "linux/arm64",
): Promise<string | null> {
  const missing = TOOLS.filter((tool) => Bun.which(tool) === null);
  if (missing.length > 0) {
    const why = `apt-get install ${missing.join(" ")}`;
    if (process.env["CI"] === "true") throw new Error(why);
    return why;
  }
  const folder = mkdtempSync(join(tmpdir(), "memoferry-image-"));
  try {
    const [bun, base] = ["localhost/memoferry-test/bun", `localhost/memoferry-test/${platform}`];
    if (!isBunBuilt) await build(["--platform", "linux/amd64", "-t", bun, bunFolder(join(folder, "bun"))]);
    isBunBuilt = true;
    await build(["--platform", platform, "-t", base, await baseFolder(join(folder, "base"), platform)]);
    const volumes = ["/usr:/usr:ro", "/etc/ssl:/etc/ssl:ro", ...caches()];
    // Older releases of buildah take it to be what is built for.
    const args = [`BUN_IMAGE=${bun}`, `BASE_IMAGE=${base}`, "BUILDPLATFORM=linux/amd64", `COMMIT=${COMMIT}`];
    const from = args.flatMap((arg) => ["--build-arg", arg]);
    const given = [...volumes.flatMap((volume) => ["--volume", volume]), ...from];
    await build(["--platform", platform, ...given, "-f", "deploy/Dockerfile", "-t", name, root]);
    return null;
  } catch (error) {
    const [said] = REFUSED.exec(String(error)) ?? [];
    if (said === undefined) throw error;
    return `containers are refused here: ${said}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What Bun has downloaded on this machine before. */
function caches(): string[] {
  const cache = join(homedir(), ".bun/install/cache");
  return existsSync(cache) ? [`${cache}:/root/.bun/install/cache`] : [];
}

async function build(args: readonly string[]): Promise<void> {
  // Of the formats only Docker's has a health check.
  const bud = "buildah --runtime runc bud --pull-never --format docker --network host".split(" ");
  await call([...bud, "--label", LABEL, ...args]);
}

function bunFolder(folder: string): string {
  mkdirSync(join(folder, "opt"), { recursive: true });
  cpSync(process.execPath, join(folder, "opt/bun"));
  for (const name of ["usr", "tmp", "root", "etc/ssl"]) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ["bin", "lib", "lib64", "sbin"]) symlinkSync(`usr/${name}`, join(folder, name));
  writeFileSync(join(folder, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  // A certificate authority of this machine's own.
  const given = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].filter((name) => process.env[name]);
  const env = given.map((name) => `ENV ${name}=${process.env[name]}\n`);
  writeFileSync(
    join(folder, "Dockerfile"),
    `FROM scratch\nCOPY . /\nENV PATH=/opt:/usr/bin\n${env.join("")}`,
  );
  return folder;
}

async function baseFolder(folder: string, platform: string): Promise<string> {
  mkdirSync(folder);
  const libraries = platform === "linux/amd64" ? Object.entries(LIBRARIES) : [];
  const known = await call(["/sbin/ldconfig", "-p"]);
  for (const [place, names] of libraries) {
    mkdirSync(join(folder, place));
    for (const name of names) {
      const path = new RegExp(`${name.replaceAll(".", "\\.")} .*x86-64.* => (.+)`).exec(known)?.[1];
      if (!path) throw new Error(`there is no ${name} on this machine`);
      cpSync(realpathSync(path), join(folder, place, name));
    }
  }
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");
  return folder;
}
