// npm run fuzz -- --updates N --seed S: random and damaged updates through the whole program, as many as one likes.
import { parseArgs } from "node:util";
import { Finding, runFuzz } from "./run.ts";

const { values } = parseArgs({
  options: {
    updates: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const updates = Number(values.updates);
const seed = Number(values.seed);
if (!Number.isSafeInteger(updates) || updates < 1 || !Number.isSafeInteger(seed)) {
  console.error("npm run fuzz -- --updates N --seed S: N and S are whole numbers");
  process.exit(2);
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
  if (error.update) console.error(JSON.stringify(error.update));
  process.exit(1);
}
process.exit(0);
