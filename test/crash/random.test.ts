import { beforeAll, expect, test } from "bun:test";
import { binaryPath } from "../support/binary.ts";
import { runCampaign } from "./campaign.ts";
import { theSeed } from "./seeded.ts";

/** As many as one likes: `npm run crash`. */
const KILLS = 12;

beforeAll(async () => {
  await binaryPath();
}, 300_000);

test(`killed ${KILLS} times at random moments, with both servers misbehaving, it saves each message once`, async () => {
  const { messages } = await runCampaign({ kills: KILLS, seed: theSeed(), settleMs: 150_000 });
  expect(messages).toBe(2 * KILLS);
}, 300_000);
