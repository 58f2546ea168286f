/** `npm test` tries each property with a few inputs, `npm run fuzz` with many more and larger ones. */

const FEW = 100;

export const runs = {
  seed: Number(process.env["PROPERTY_SEED"] ?? 20261129),
  numRuns: Number(process.env["PROPERTY_RUNS"] ?? FEW),
};

export const isCampaign = runs.numRuns > FEW;

/** For one property: a slow machine takes its time. */
export const LIMIT_MS = isCampaign ? 3_600_000 : 60_000;

/** What work costs, whatever else the machine does meanwhile. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
