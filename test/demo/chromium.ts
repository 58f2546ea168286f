import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";

/** The Chromium of this machine, or null. */
export function findChromium(): string | null {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return names.map((name) => Bun.which(name)).find((path) => path !== null) ?? null;
}

interface Answer {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** One page in a headless Chromium, driven by the DevTools protocol. */
export async function startChromium(path: string) {
  const profile = mkdtempSync(join(tmpdir(), "memoferry-chromium-"));
  const child = Bun.spawn(
    [
      path,
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--window-size=1200,800",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  );
  const portFile = join(profile, "DevToolsActivePort");
  const address = await until(
    "Chromium's address",
    () =>
      existsSync(portFile) &&
      readFileSync(portFile, "utf8").trim().includes("\n") &&
      readFileSync(portFile, "utf8"),
    30_000,
  );
  const [port, socketPath] = address.trim().split("\n");
  const socket = new WebSocket(`ws://127.0.0.1:${port}${socketPath}`);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });

  const requested: string[] = [];
  const errors: string[] = [];
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const events = new Map<string, PromiseWithResolvers<void>>();
  let nextId = 1;
  let sessionId: string | undefined;

  socket.addEventListener("message", ({ data }) => {
    const { id, method, params = {}, result = {}, error } = JSON.parse(String(data)) as Answer;
    if (id !== undefined) {
      const call = waiting.get(id);
      waiting.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
      return;
    }
    events.get(method ?? "")?.resolve();
    if (method === "Network.requestWillBeSent") requested.push((params["request"] as { url: string }).url);
    if (method === "Runtime.exceptionThrown") errors.push(JSON.stringify(params["exceptionDetails"]));
    if (method === "Log.entryAdded") {
      const entry = params["entry"] as { level: string; text: string; url?: string };
      if (entry.level === "error") errors.push(`${entry.text} ${entry.url ?? ""}`);
    }
  });

  function call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = nextId++;
    const settled = Promise.withResolvers<Record<string, unknown>>();
    waiting.set(id, settled);
    socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    return settled.promise;
  }

  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const attached = await call("Target.attachToTarget", { targetId, flatten: true });
  sessionId = String(attached["sessionId"]);
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await call(`${domain}.enable`);

  /** The value of an expression, which may be a promise. */
  async function evaluate<T>(expression: string): Promise<T> {
    const answer = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer["exceptionDetails"]) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return (answer["result"] as { value: T }).value;
  }

  return {
    /** Addresses that the page asked for. */
    requested,
    /** Errors in the page's console, and exceptions. */
    errors,
    evaluate,
    async goto(url: string): Promise<void> {
      const loaded = Promise.withResolvers<void>();
      events.set("Page.loadEventFired", loaded);
      await call("Page.navigate", { url });
      await loaded.promise;
    },
    /** Types as a keyboard does, into what has the focus. */
    async type(text: string): Promise<void> {
      await call("Input.insertText", { text });
    },
    async press(key: string, { ctrl = false, shift = false } = {}): Promise<void> {
      const code = key.length === 1 ? `Key${key.toUpperCase()}` : key;
      const windowsVirtualKeyCode = key === "Enter" ? 13 : key.toUpperCase().charCodeAt(0);
      const text = key === "Enter" ? "\r" : undefined;
      const shared = { key, code, windowsVirtualKeyCode, modifiers: (ctrl ? 2 : 0) + (shift ? 8 : 0) };
      await call("Input.dispatchKeyEvent", { type: "keyDown", ...shared, ...(text && { text }) });
      await call("Input.dispatchKeyEvent", { type: "keyUp", ...shared });
    },
    /** Clicks in the middle of the element. */
    async click(selector: string): Promise<void> {
      const place = await evaluate<{ x: number; y: number }>(`(() => {
        const found = document.querySelector(${JSON.stringify(selector)});
        found.scrollIntoView({ block: "center" });
        const { x, y, width, height } = found.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      })()`);
      for (const type of ["mousePressed", "mouseReleased"]) {
        await call("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      child.kill("SIGKILL");
      await child.exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
