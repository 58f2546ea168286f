// `npm run demo`: memoferry, unchanged, between a chat and a list of memos in one local page.
import { readEnvironment } from "../../src/config/environment.ts";
import { startDemo } from "./demo.ts";
import { servePage } from "./page-server.ts";

/** Whatever hangs: a person pressed Ctrl-C. */
const STOP_LIMIT_MS = 4_500;

const ended = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});

async function run(): Promise<void> {
  // Also takes the proxy variables away: what is on this machine is reached directly.
  const { DEMO_PORT, HTTP_PORT } = readEnvironment(undefined).env;
  const demo = await startDemo(HTTP_PORT);
  try {
    const page = servePage(demo, DEMO_PORT);
    console.log(`memoferry demo: open ${page.url} in a browser`);
    console.log(demo.forCurl());
    console.log("Ctrl-C ends it.");
    await ended;
    await page.stop();
  } finally {
    await demo.stop();
  }
}

if (process.argv.length > 2) {
  console.error(
    "usage: npm run demo (DEMO_PORT is the port of its page, 8090 without it; HTTP_PORT is memoferry's own)",
  );
  process.exit(2);
}
try {
  const late = ended.then(() => Bun.sleep(STOP_LIMIT_MS));
  await Promise.race([run(), late]);
  process.exit(0);
} catch (error) {
  console.error(`memoferry demo: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
