/** `npm test` tries each property with a few inputs, `npm run fuzz` with many more and larger ones. */

const FEW = 100;

export const runs = {
  seed: Number(process.env["PROPERTY_SEED"] ?? 20261129),
  numRuns: Number(process.env["PROPERTY_RUNS"] ?? FEW),
};

export const isCampaign = runs.numRuns > FEW;
