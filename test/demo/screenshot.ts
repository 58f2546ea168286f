// `npm run screenshot`: the picture of the README, of the demo page with a little history. Needs Debian's chromium,
// pngquant, fonts-inter and fonts-noto-color-emoji.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startDemo } from "./demo.ts";
import { servePage } from "./page-server.ts";

const PICTURE = join(import.meta.dirname, "../../docs/demo.png");
const SIZE = { width: 1120, height: 760 };

/** What only the demo has is left out; what is left is a chat and the memos. */
const STYLE = `
  * { font-family: Inter, "Noto Color Emoji"; caret-color: transparent; }
  code, pre, pre * { font-family: "DejaVu Sans Mono"; }
  .top, .log, .samples, .format, .people { display: none !important; }
`;

/** The same pictures and colours each time. */
const SEED = `{ let seed = 1; Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647; }`;

const HISTORY = ["Formatted", "Album of 4", "Forward"];

const demo = await startDemo();
const served = servePage(demo, "0");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({
    viewport: SIZE,
    bypassCSP: true,
    colorScheme: "light",
    locale: "en-GB",
  });
  await page.addInitScript(SEED);
  await page.goto(served.url);
  await page.addStyleTag({ content: STYLE });
  for (const [at, label] of HISTORY.entries()) {
    // It is hidden: the person presses it all the same.
    await page.getByText(label, { exact: true }).dispatchEvent("click");
    await page.locator("#memos > *").nth(at).waitFor();
    await page.getByText("Saved as PRIVATE").nth(at).waitFor();
  }
  await page.waitForFunction("[...document.images].every(({ complete }) => complete)");
  await page.locator("#editor").blur();
  const png = await page.screenshot({ animations: "disabled" });
  const { status, stdout, stderr } = spawnSync("pngquant", ["--speed", "1", "--strip", "-"], {
    input: png,
    maxBuffer: 10e6,
  });
  if (status !== 0) throw new Error(`pngquant: ${stderr}`);
  await Bun.write(PICTURE, stdout);
  console.log(`${PICTURE}: ${Math.round(stdout.length / 1000)} kB`);
} finally {
  await browser.close();
  await served.stop();
  await demo.stop();
}
