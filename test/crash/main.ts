// npm run crash -- --kills N --seed S: the campaign of random.test.ts, as long as one likes.
import { parseArgs } from "node:util";
import { binaryPath } from "../support/binary.ts";
import { runCampaign } from "./campaign.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error("npm run crash -- --kills N --seed S: both are whole numbers");
  process.exit(2);
}
await binaryPath();
console.log(`${kills} kills, seed ${seed}`);
const { messages } = await runCampaign({
  kills,
  seed,
  settleMs: 600_000,
  progress: (killed, sent) => {
    if (killed % 25 === 0) console.log(`${killed} kills, ${sent} messages`);
  },
});
console.log(`${messages} messages, each saved once and in order, through ${kills} kills`);
process.exit(0);
