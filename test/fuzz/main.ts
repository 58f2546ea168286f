// npm run fuzz -- --updates N --seed S --runs R: every property with R inputs, larger than in npm test, then random and
// damaged updates through the whole program.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Finding, runFuzz } from "./run.ts";

const { values } = parseArgs({
  options: {
    updates: { type: "string", default: "100000" },
    runs: { type: "string", default: "400" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const updates = Number(values.updates);
const runs = Number(values.runs);
const seed = Number(values.seed);
if (![updates, runs, seed].every((value) => Number.isSafeInteger(value)) || updates < 1 || runs < 0) {
  console.error("npm run fuzz -- --updates N --seed S --runs R: N, S and R are whole numbers");
  process.exit(2);
}
if (runs > 0) {
  console.log(`properties, ${runs} inputs each, seed ${seed}`);
  const env = { ...process.env, PROPERTY_RUNS: String(runs), PROPERTY_SEED: String(seed) };
  const found = new Bun.Glob("test/{unit,http}/*.test.ts").scanSync();
  const files = [...found].filter((file) => readFileSync(file, "utf8").includes("support/property.ts"));
  const { status } = spawnSync(process.execPath, ["test", "--timeout=3600000", ...files], {
    stdio: "inherit",
    env,
  });
  if (status !== 0) process.exit(1);
}
console.log(`${updates} updates, seed ${seed}`);
let told = 0;
try {
  const { ends } = await runFuzz({
    updates,
    seed,
    progress(played) {
      if (played - told < 5_000) return;
      told = played;
      console.log(`${played} updates`);
    },
  });
  for (const [end, count] of [...ends].toSorted((a, b) => b[1] - a[1])) console.log(`${count}\t${end}`);
} catch (error) {
  if (!(error instanceof Finding)) throw error;
  console.error(error.message);
  for (const update of error.updates) console.error(JSON.stringify(update));
  process.exit(1);
}
process.exit(0);
