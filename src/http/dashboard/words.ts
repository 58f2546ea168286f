import { type Html, html } from "../html.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago something was: the server does not know the time zone of who looks. */
export function ago(at: number | string, now: number): Html {
  const time = new Date(at);
  const passed = now - time.getTime();
  const since =
    passed < MINUTE_MS
      ? "just now"
      : passed < HOUR_MS
        ? `${Math.floor(passed / MINUTE_MS)} min ago`
        : passed < 2 * DAY_MS
          ? `${Math.floor(passed / HOUR_MS)} h ago`
          : `${Math.floor(passed / DAY_MS)} days ago`;
  return html`<time datetime="${time.toISOString()}">${since}</time>`;
}

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

export function bytes(count: number): string {
  const megabytes = count / 1_000_000;
  return megabytes < 1000 ? `${Math.floor(megabytes)} MB` : `${(megabytes / 1000).toFixed(1)} GB`;
}
