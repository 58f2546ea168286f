// `npm run api-fuzz -- --examples N --seed S`: schemathesis asks the whole program, over stand-ins of Telegram and
// Memos, whatever its OpenAPI document allows and much that it forbids. Fails at an answer that the document does not
// have, and at any 5xx. Needs python3 with venv; schemathesis is installed beside the dependencies.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { boundPerson, createWorld, memosSaved, settled } from "../support/app.ts";

const SCHEMATHESIS = "4.32.5";

const { values } = parseArgs({
  options: { examples: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});

const venv = join(import.meta.dir, `../../node_modules/.cache/schemathesis-${SCHEMATHESIS}`);
const program = join(venv, process.platform === "win32" ? "Scripts/schemathesis.exe" : "bin/schemathesis");

function run(command: string, ...args: string[]): number {
  const { error, status } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  return status ?? 1;
}

if (!existsSync(program)) {
  const made =
    run("python3", "-m", "venv", venv) === 0 &&
    run(join(program, "../pip"), "install", "--quiet", `schemathesis==${SCHEMATHESIS}`) === 0;
  if (!made) throw new Error("schemathesis could not be installed: is python3 with venv there?");
}

await using world = await createWorld({ rate: 20 });
const { person } = await boundPerson(world);
person.say("saved");
person.send({ hologram: { depth: 1 } });
await memosSaved(world, 1);
await settled(world);

const { app, adminToken } = world;
// Not waited for as above: this process answers it.
const fuzz = Bun.spawn(
  [
    program,
    `--config-file=${join(import.meta.dir, "schemathesis.toml")}`,
    "run",
    `${app.url}/openapi/json`,
    "--checks=all",
    // They want 401 each time: after ten requests without a right token it is 429. test/http/api-auth.test.ts has both.
    "--exclude-checks=ignored_auth,missing_required_header",
    `--header=Authorization: Bearer ${adminToken}`,
    `--max-examples=${values.examples}`,
    `--seed=${values.seed}`,
    "--continue-on-failure",
    "--warnings=off",
  ],
  // It keeps what it found where it is started.
  { cwd: venv, stdio: ["ignore", "inherit", "inherit"] },
);
const failures = await fuzz.exited;
const faults = world.log.filter(({ level }) => level === "error");
for (const fault of faults) console.error(JSON.stringify(fault));
process.exitCode = failures !== 0 || faults.length > 0 ? 1 : 0;
