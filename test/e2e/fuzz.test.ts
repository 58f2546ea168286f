import { expect, test } from "bun:test";
import { Finding, runFuzz } from "../fuzz/run.ts";

/** Ever more of them: `npm run fuzz`. */
const UPDATES = 300;

test(`${UPDATES} random and damaged updates end well, and none breaks a message after it`, async () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`FUZZ_SEED=${seed}`);
  const result = await runFuzz({ updates: UPDATES, seed }).catch((error) => {
    if (error instanceof Finding) console.error(JSON.stringify(error.updates));
    throw error;
  });
  expect(result.updates).toBeGreaterThanOrEqual(UPDATES);
  expect([...result.ends.keys()]).toContain("done/saved");
}, 120_000);
