import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { createWorld, memosSaved, until } from "../support/app.ts";

setDefaultTimeout(60_000);

const executablePath = Bun.which("chromium");
const skip = !executablePath && process.env["CI"] !== "true";
if (skip) console.log("skipped: the dashboard in a browser (there is no chromium: apt-get install chromium)");

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** A page of a browser that minds what it is not allowed to load or to run. */
async function openPage(browser: Browser, url: string, options: object = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  await page.goto(url);
  return { page, complaints };
}

/** A reverse proxy that has the program under a path of its own. */
const behindPrefix = (prefix: string, target: () => string) =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch({ url, method, headers, body }) {
      const { pathname, search } = new URL(url);
      if (!pathname.startsWith(`${prefix}/`)) return new Response("not here", { status: 404 });
      try {
        const asked = `${target()}${pathname.slice(prefix.length)}${search}`;
        return await fetch(asked, { method, headers, body, redirect: "manual" });
      } catch {
        return new Response("bad gateway", { status: 502 });
      }
    },
  });

/** What axe finds; in the dark only the colours differ. */
async function found(page: Page): Promise<string[]> {
  const all: string[] = [];
  // Evaluated from outside, so that no policy of the page has to allow it.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  for (const [colorScheme, run] of [
    ["dark", "axe.run({ runOnly: ['color-contrast'] })"],
    ["light", "axe.run()"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<axe.AxeResults>(run);
    for (const { id, nodes } of violations) {
      for (const { html, failureSummary } of nodes)
        all.push(`${colorScheme} ${id}: ${html} ${failureSummary}`);
    }
  }
  return all;
}

const widerThanThePhone = (page: Page) =>
  page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth");

describe.skipIf(skip)("the dashboard in a browser", () => {
  test("leads from the first start to a saved message, a retry, an invitation and a token", async () => {
    const world = await createWorld({ rate: 20 });
    closing.push(() => world[Symbol.asyncDispose]());
    const browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ["--no-sandbox"],
    });
    closing.push(() => browser.close());
    const proxy = behindPrefix("/ferry", () => world.app.url);
    closing.push(() => proxy.stop(true));
    const { page, complaints } = await openPage(browser, `${proxy.url}ferry/`);

    // Signing in, by the keyboard alone.
    expect(await found(page)).toEqual([]);
    await page.keyboard.type("not the token");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=This is not the admin token.");
    expect(complaints.splice(0)).toEqual([expect.stringContaining("403")]);
    await page.fill("[name=token]", world.adminToken);
    await page.keyboard.press("Enter");

    // The guide, and the binding that it ends with.
    await page.waitForSelector("text=Connect your account");
    await page.waitForSelector(".step.now .qr");
    expect(await found(page)).toEqual([]);
    const person = world.telegram.user({ first_name: "Alice", username: "alice" });
    await page.click("text=Without the chat");
    await page.fill("[name=telegram_id]", String(person.id));
    await page.fill("[name=access_token]", "memos_pat_wrong");
    await page.click("#guide button");
    await page.waitForSelector("#news [role=alert]");
    expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);
    await page.fill("[name=access_token]", world.memos.addUser("alice").token);
    await page.click("#guide button");

    // Messages come in and fail while it is looked at.
    await page.waitForSelector("#people >> text=alice");
    person.say("saved");
    await page.waitForSelector("#chart >> text=1 message");
    world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/ },
      action: { status: 400, body: { code: 3, message: "it is not taken", details: [] } },
    });
    for (const text of ["is retried", "is discarded"]) {
      person.say(text);
      await page.waitForSelector(`#messages >> text=Failed >> nth=0`);
    }
    await page.waitForSelector("#summary >> text=2 messages failed");
    expect(await found(page)).toEqual([]);
    expect(await widerThanThePhone(page)).toBe(false);
    world.memos.clearFaults();
    await page.click("#messages >> text=Retry >> nth=1");
    await page.waitForSelector("#summary >> text=1 message failed");
    await memosSaved(world, 2);

    // Discarding asks first; what is open stays so while the page goes on.
    await page.click("text=Discard…");
    person.say("meanwhile");
    await page.waitForSelector("#chart >> text=3 messages");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Cancel");
    expect(await found(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await page.locator("[popover]:popover-open").count()).toBe(0);
    await page.click("text=Discard…");
    await page.click("[popover]:popover-open .danger");
    await page.waitForSelector("#summary >> text=All is well");
    expect(await page.evaluate("document.activeElement.id")).toBe("messages-title");

    // An invitation and a token.
    await page.click("text=Invite…");
    await page.click("text=Make a link");
    await page.waitForSelector("#news .qr");
    expect(await page.evaluate("document.activeElement.id")).toBe("news");
    expect(await found(page)).toEqual([]);
    await page.click("text=New token…");
    await page.fill("#add-token [name=name]", "grafana");
    // What is typed stays while the choices beside it change.
    await world.bind(world.telegram.user().id, world.memos.addUser("bob").token);
    await page.waitForSelector("#people >> text=bob");
    await page.waitForSelector("#add-token >> text=bob", { state: "attached" });
    expect(await page.inputValue("#add-token [name=name]")).toBe("grafana");
    await page.selectOption("#add-token [name=scope]", "metrics");
    await page.click("text=Make a token");
    const token = await page.locator("#news .once").textContent();
    const metrics = () =>
      fetch(`${world.app.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect((await metrics()).status).toBe(200);
    await page.click("text=Close");
    await page.waitForSelector("#tokens >> text=grafana");
    expect(await page.content()).not.toContain(String(token));
    await page.click("text=Revoke…");
    await page.click("[popover]:popover-open .danger");
    await until("revoked", async () => (await metrics()).status === 401);

    // It goes on after a restart, in the same session, until that is ended.
    await world.stopApp();
    await page.waitForSelector("text=memoferry does not answer");
    expect(await found(page)).toEqual([]);
    await world.startApp();
    await page.waitForSelector("#offline", { state: "hidden" });
    complaints.length = 0;
    person.say("after");
    await page.waitForSelector("#chart >> text=4 messages");
    await page.click("text=Sign out");
    await page.waitForSelector("text=Admin token");
    expect(complaints).toEqual([]);

    // The other pages, which are the same for everybody.
    await page.goto(`${world.app.url}/capture`);
    expect(await found(page)).toEqual([]);
    await page.goto(`${world.app.url}/problems`);
    expect(await found(page)).toEqual([]);
    await page.goto(`${world.app.url}/openapi`);
    await page.waitForSelector("text=Lists who is bound >> nth=0");
    expect(await found(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
