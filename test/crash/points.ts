import type { CrashWorld } from "./world.ts";

/** When a call is caught: nothing of it done yet, or all done but its answer not sent. */
export type Phase = "before" | "after";

/** One call out of a run: the nth with this label. */
export interface Point {
  readonly label: string;
  readonly nth: number;
  readonly phase: Phase;
}

export const nameOf = ({ label, nth, phase }: Point) => `${phase} ${label} #${nth}`;

/** What catches a point does to the call: `lose` it, or let it be done as if nothing had happened. */
export type Verdict = "lose" | "let through";

/**
 * Calls `strike` for each call to either fake, in both phases; the fake waits for it. A call lost in phase
 * "before" never reached its server.
 */
export function watch(
  { telegram, memos }: Pick<CrashWorld, "telegram" | "memos">,
  strike: (point: Point) => Verdict | Promise<Verdict>,
): void {
  const seen = new Map<string, number>();
  /** The number of a call is that of its arrival, in both phases. */
  const numbers = new WeakMap<object, number>();
  const count = (key: object, label: string, phase: Phase) => {
    const nth = phase === "before" ? (seen.get(label) ?? 0) + 1 : (numbers.get(key) ?? seen.get(label) ?? 1);
    if (phase === "before") {
      seen.set(label, nth);
      numbers.set(key, nth);
    }
    return nth;
  };
  telegram.onRequest = async (info, phase) => {
    const label = `telegram ${info.method}`;
    const verdict = await strike({ label, nth: count(info, label, phase), phase });
    if (verdict === "lose" && phase === "before") {
      telegram.fault({ match: { method: info.method }, times: 1, action: "drop-before" });
    }
  };
  memos.onRequest = async (info, phase) => {
    const label = `memos ${info.method} ${info.path.replace(/\/[0-9a-f]{32}(?=\/|$)/g, "/:id")}`;
    // The fake makes a new object for the second phase, with the same body.
    const verdict = await strike({ label, nth: count(info.body, label, phase), phase });
    if (verdict === "lose" && phase === "before") {
      const path = new RegExp(`^${RegExp.escape(info.path)}$`);
      memos.fault({ match: { method: info.method, path }, times: 1, action: "drop-before" });
    }
  };
}

export function unwatch({ telegram, memos }: Pick<CrashWorld, "telegram" | "memos">): void {
  telegram.onRequest = undefined;
  memos.onRequest = undefined;
}

/** The bot's commands and descriptions are set beside everything else, at some moment after each start. */
const ABOUT_THE_BOT = /^telegram (get|set)My/;

/** The points of a run that nothing disturbs, in order, on the path of a message. */
export function record(world: Pick<CrashWorld, "telegram" | "memos">): Point[] {
  const points: Point[] = [];
  watch(world, (point) => {
    if (!ABOUT_THE_BOT.test(point.label)) points.push(point);
    return "let through";
  });
  return points;
}

/** Calls that change something at their server: those may also be done late, long after their sender died. */
export const changes = ({ label }: Point) =>
  / (POST|PATCH|DELETE) | (sendMessage|deleteMessage)$/.test(label);

export const sameCall = (left: Point, right: Point) =>
  left.label === right.label && left.nth === right.nth && left.phase === right.phase;
