// `npm run demo`: memoferry, unchanged, between a chat and a list of memos in one local page.

import { AppError } from "../../src/base/errors.ts";
import { readEnvironment } from "../../src/config/environment.ts";
import { startDemo } from "./demo.ts";
import { servePage } from "./page-server.ts";
import { DemoError, readDemoSettings } from "./settings.ts";

/** Whatever hangs: a person pressed Ctrl-C. */
const STOP_LIMIT_MS = 4_500;

const ended = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});

async function run(): Promise<void> {
  // Also takes the proxy variables away: what is on this machine is reached directly.
  const settings = readDemoSettings(readEnvironment(undefined));
  const demo = await startDemo(settings);
  try {
    const page = servePage(demo, settings.port);
    console.log(`memoferry demo: open ${page.url} in a browser`);
    console.log("Ctrl-C ends it.");
    await ended;
    await page.stop();
  } finally {
    await demo.stop();
  }
}

try {
  const late = ended.then(() => Bun.sleep(STOP_LIMIT_MS));
  await Promise.race([run(), late]);
  process.exit(0);
} catch (error) {
  if (!(error instanceof DemoError || error instanceof AppError)) throw error;
  console.error(`memoferry demo: ${error.message}`);
  process.exit(1);
}
