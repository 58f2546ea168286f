import { lost } from "../support/proxy.ts";
import type { CrashWorld } from "./world.ts";

type Servers = Pick<CrashWorld, "telegram" | "memos" | "deliveries">;

/** What catches a call does to it: `lose` it, or let it be done as if nothing had happened. */
type Verdict = "lose" | "let through";

/** When a call is caught: nothing of it done yet, or all done but its answer not sent. */
type Phase = "before" | "after";

/** One call out of a run: the nth with this label. */
export interface Point {
  readonly label: string;
  readonly nth: number;
  readonly phase: Phase;
}

export const nameOf = ({ label, nth, phase }: Point) => `${phase} ${label} #${nth}`;

/** Names that a server chose are others in each run. */
const labelOf = ({ method, path }: { method: string; path: string }) =>
  `memos ${method} ${path.replace(/\/(memos|attachments|resources)\/[\w-]{20,}(?=\/|$)/g, "/$1/:id")}`;

/**
 * Calls `strike` for each call to either fake, and each delivery of a webhook, in both phases; whoever was called waits
 * for it. A call lost in phase "before" never reached its server, a delivery never the program.
 */
export function watch(world: Servers, strike: (point: Point) => Verdict | Promise<Verdict>): void {
  const { telegram, memos } = world;
  const seen = new Map<string, number>();
  /** The number of a call is that of its arrival, in both phases. */
  const numbers = new WeakMap<object, number>();
  const meet = async (key: object, label: string, phase: Phase): Promise<Verdict> => {
    if (phase === "before") {
      const nth = (seen.get(label) ?? 0) + 1;
      seen.set(label, nth);
      numbers.set(key, nth);
    }
    const nth = numbers.get(key);
    // One that began before, such as the last poll of a run that ended by now, is none of this run.
    return nth === undefined ? "let through" : strike({ label, nth, phase });
  };
  telegram.onRequest = async (info, phase) => {
    const verdict = await meet(info, `telegram ${info.method}`, phase);
    if (verdict === "lose" && phase === "before") {
      telegram.fault({ match: { method: info.method }, times: 1, action: "drop-before" });
    }
  };
  memos.onRequest = async (info, phase) => {
    // The fake makes a new object for the second phase, with the same body.
    const verdict = await meet(info.body, labelOf(info), phase);
    if (verdict === "lose" && phase === "before") {
      const path = new RegExp(`^${RegExp.escape(info.path)}$`);
      memos.fault({ match: { method: info.method, path }, times: 1, action: "drop-before" });
    }
  };
  let delivered = 0;
  const { deliveries } = world;
  if (!deliveries) return;
  deliveries.between = async (forward) => {
    delivered += 1;
    const nth = delivered;
    const isLost = async (phase: Phase) => (await strike({ label: "a delivery", nth, phase })) === "lose";
    if (await isLost("before")) return lost();
    const answer = await forward();
    return (await isLost("after")) ? lost() : answer;
  };
}

export function unwatch(world: Servers): void {
  world.telegram.onRequest = undefined;
  world.memos.onRequest = undefined;
  if (world.deliveries) world.deliveries.between = (forward) => forward();
}

/** The bot's commands and descriptions are set beside everything else, at some moment after each start. */
const ABOUT_THE_BOT = /^telegram (get|set)My/;

/** The points of a run that nothing disturbs, in order, on the path of a message. */
export function record(world: Servers): Point[] {
  const points: Point[] = [];
  watch(world, (point) => {
    if (!ABOUT_THE_BOT.test(point.label)) points.push(point);
    return "let through";
  });
  return points;
}

/** Calls that change something at their server: those may also be done late, long after their sender died. */
export const changes = ({ label }: Point) =>
  / (POST|PATCH|DELETE) | (sendMessage|editMessageText|deleteMessage)$/.test(label);

export const sameCall = (left: Point, right: Point) =>
  left.label === right.label && left.nth === right.nth && left.phase === right.phase;
