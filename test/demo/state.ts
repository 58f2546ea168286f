import type { ShownMessage } from "./chat.ts";
import type { Demo } from "./demo.ts";
import type { LogLine } from "./ferry.ts";
import type { ShownMemo } from "./memos-view.ts";

/** Everything that the page shows, for one of the people. */
export interface DemoState {
  readonly as: string;
  readonly people: readonly { key: string; name: string; isBound: boolean; bindToken: string | null }[];
  /** Null with a real bot. */
  readonly messages: readonly ShownMessage[] | null;
  readonly memos: {
    readonly url: string;
    readonly isReal: boolean;
    readonly account: string | null;
    readonly version: string | null;
    readonly away: string | null;
    readonly items: readonly ShownMemo[];
  };
  readonly ferry: {
    readonly pid: number | null;
    /** As `GET /api/v1/status` gives it; null while it cannot be asked. */
    readonly status: FerryStatus | null;
    readonly log: readonly LogLine[];
  };
}

/** The part of memoferry's status that the page shows. */
export interface FerryStatus {
  readonly bot: { readonly username: string; readonly name: string } | null;
  readonly telegram: { readonly reachable: boolean; readonly detail: string | null };
  readonly jobs: {
    readonly waiting: number;
    readonly working: number;
    readonly done: number;
    readonly dead: number;
  };
}

const LOG_SHOWN = 80;

export async function stateOf(demo: Demo, as: string): Promise<DemoState> {
  const { people, ferry } = demo;
  const shown = people.find(({ key }) => key === as) ?? people[0];
  const [status] = await Promise.all([statusOf(demo), shown?.view?.refresh()]);
  return {
    as: shown?.key ?? "",
    people: people.map(({ key, name, isBound, bindToken }) => ({ key, name, isBound, bindToken })),
    messages: shown?.chat?.messages ?? null,
    memos: {
      url: demo.memosUrl,
      isReal: demo.isRealMemos,
      account: shown?.view?.account ?? null,
      version: shown?.view?.version ?? null,
      away: demo.memosUp ? (shown?.view?.away ?? null) : "You switched it off.",
      items: shown?.view?.memos ?? [],
    },
    ferry: { pid: ferry.pid, status, log: ferry.log.slice(-LOG_SHOWN) },
  };
}

async function statusOf({ ferry }: Demo): Promise<FerryStatus | null> {
  if (ferry.pid === null) return null;
  try {
    const { bot, telegram, jobs } = (await ferry.api("GET", "/api/v1/status")).body as FerryStatus;
    return { bot, telegram, jobs };
  } catch {
    // It was killed just now, or has not started to listen.
    return null;
  }
}
