/** Whether what is long is played in full, as `npm run crash -- --whole` does, or in short, as `npm test`. */
export const WHOLE = process.env["CRASH_WHOLE"] === "1";
