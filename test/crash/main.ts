// npm run crash -- --kills N --seed S [--memos VERSION] [--power] [--clock] [--stop]: the campaign of random.test.ts, as long as one likes.
// npm run crash -- --whole: the tests of this folder, the long ones of test/e2e and the model of one message in full: killed at every call, and so on.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { binaryPath } from "../support/binary.ts";
import { runCampaign } from "./campaign.ts";
import { createMachineClock } from "./faketime.ts";
import { createPower } from "./power.ts";

/** A lease lasts 60 seconds. */
const STOP_MS = 65_000;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    /** Of Memos. */
    memos: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    /** Power cuts in place of kills: of what was not synced nothing is left, or pieces. */
    power: { type: "boolean", default: false },
    /** Its machine's clock is set a day ahead and back. Needs libfaketime. */
    clock: { type: "boolean", default: false },
    /** The tests that `npm test` plays in short. */
    whole: { type: "boolean", default: false },
    /** Once the program is stopped for longer than a lease. */
    stop: { type: "boolean", default: false },
  },
});
if (values.whole) {
  const tests = join(import.meta.dirname, "..");
  const long = ["long-outage", "one-refused", "receive"].map((name) => join(tests, "e2e", `${name}.test.ts`));
  const model = join(tests, "unit", "reconcile-model.test.ts");
  const test = Bun.spawn(
    [process.execPath, "test", "--timeout=600000", join(tests, "crash"), ...long, model],
    {
      env: { ...process.env, CRASH_WHOLE: "1" },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  process.exit(await test.exited);
}
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error(
    "npm run crash -- --kills N --seed S [--memos VERSION] [--power] [--clock] [--stop], or --whole: N and S are whole numbers",
  );
  process.exit(2);
}
await binaryPath();
const ends = values.power ? "power cuts" : "kills";
console.log(`${kills} ${ends}, seed ${seed}`);
const { messages } = await runCampaign({
  kills,
  seed,
  settleMs: 600_000,
  ...(values.memos !== undefined && { version: values.memos }),
  ...(values.stop && { stopMs: STOP_MS }),
  ...(values.clock && { clock: createMachineClock("wall") }),
  ...(values.power && { power: createPower(seed) }),
  progress: (killed, sent) => {
    if (killed % 25 === 0) console.log(`${killed} ${ends}, ${sent} messages`);
  },
});
console.log(`${messages} messages, each saved once and in order, through ${kills} ${ends}`);
process.exit(0);
