import { Elysia } from "elysia";
import { json } from "./answer.ts";

/** What `GET /api/v1/status` tells, as it is sent. Times are RFC 3339 in UTC; null is "not known" or "none yet". */
export interface Status {
  version: string;
  commit: string | null;
  started_at: string;
  /** Null until Telegram has said who the bot token belongs to. */
  bot: { id: number; username: string; name: string } | null;
  receive: {
    /** `RECEIVE` as configured. */
    setting: "auto" | "polling" | "webhook";
    mode: "polling" | "webhook";
    since: string;
    /** Why it is so. */
    reason: string;
  };
  /** The last time that no updates came in for longer than Telegram keeps them: those sent before `lost_before` may be missing. */
  last_absence: { from: string; until: string; lost_before: string } | null;
  telegram: { reachable: boolean; detail: string | null };
  memos: { url: string; version: string | null; reachable: boolean; detail: string | null };
  bindings: { active: number; paused: number };
  /** Jobs by state. */
  jobs: { waiting: number; working: number; done: number; dead: number };
  oldest_waiting_at: string | null;
  last_saved_at: string | null;
  disk: { free_bytes: number | null; taking_updates: boolean };
}

/** `/api/v1/status`. Authentication is the root's. */
export function status({ status }: { status(): Status | Promise<Status> }) {
  return new Elysia().get("/api/v1/status", async () => json(await status()));
}
