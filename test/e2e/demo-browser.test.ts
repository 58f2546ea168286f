import { expect, test } from "bun:test";
import { findChromium, startChromium } from "../demo/chromium.ts";
import { startDemoProcess } from "../demo/process.ts";
import { until } from "../support/app.ts";

const chromium = findChromium();
const isCI = process.env["CI"] === "true";
if (!chromium && !isCI) console.log("skipped: the demo in a browser (there is no chromium on this machine)");

test.skipIf(!chromium && !isCI)(
  "a person types, sends, sees the memo and makes it public, in a browser",
  async () => {
    if (!chromium) throw new Error("there is no chromium on this machine: apt-get install chromium");
    await using demo = await startDemoProcess();
    await using browser = await startChromium(chromium);
    const shown = (selector: string) =>
      browser.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
    const button = (label: string) =>
      until(`a button ${label}`, () =>
        browser.evaluate<boolean>(`(() => {
          const found = [...document.querySelectorAll(".keyboard button")].findLast((one) => one.textContent === ${JSON.stringify(label)});
          found?.click();
          return Boolean(found);
        })()`),
      );

    await browser.goto(demo.url);
    await until("the suggestions", () => shown("#samples"));

    await browser.click("#editor");
    await browser.type("Hello ");
    await browser.press("b", { ctrl: true });
    await browser.type("world");
    await browser.press("b", { ctrl: true });
    await browser.press("Enter", { shift: true });
    await browser.type("<script>document.title = 'broken'</script>");
    await browser.press("Enter");

    await until("the memo", async () => /^Hello world\s+<script>document/.test(await shown(".memo .md")));
    expect(await browser.evaluate<string>(`document.querySelector(".memo strong").innerText`)).toBe("world");
    expect(await browser.evaluate<string>("document.title")).toBe("memoferry demo");
    expect(await shown(".memo .badge")).toBe("PRIVATE");
    expect(await shown("#editor")).toBe("");

    await button("PUBLIC");
    await until("the badge", async () => (await shown(".memo .badge")) === "PUBLIC");
    await until("the new text", async () => (await shown("#messages")).includes("Saved as PUBLIC"));

    await browser.evaluate(
      `[...document.querySelectorAll("#samples button")].find((one) => one.textContent === "Album of 4").click()`,
    );
    const widths = await until("four pictures", async () => {
      const loaded = await browser.evaluate<number[]>(
        `[...document.querySelectorAll(".memo-photos img")].map((image) => image.naturalWidth)`,
      );
      return loaded.length === 4 && loaded.every((width) => width > 0) && loaded;
    });
    expect(widths).toEqual([1280, 1280, 1280, 1280]);

    await button("Delete");
    await button("Delete it");
    await until("no pictures", async () => (await shown("#memo-count")) === "1");

    expect(browser.errors).toEqual([]);
    const foreign = browser.requested.filter(
      (url) => !url.startsWith(demo.url) && !/^(?:data|blob):/.test(url),
    );
    expect(foreign).toEqual([]);
    expect(await demo.interrupt()).toBe(0);
  },
  60_000,
);
