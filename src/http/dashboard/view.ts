import type { BindingDeps, BindingRow } from "../bindings.ts";
import type { Status, StatusDeps } from "../status.ts";
import type { TokenDeps, TokenRow } from "../tokens.ts";
import type { UpdateDeps, UpdateRow } from "../updates.ts";

/** So many of a list are shown. */
export const SHOWN = { updates: 20, people: 100, tokens: 100 };
const CHART_HOURS = 24;

export interface ViewDeps extends BindingDeps, TokenDeps, UpdateDeps, StatusDeps {
  /** How many messages were saved in each of the last hours, the oldest first. */
  savedByHour(hours: number): number[];
  clock: { now(): number };
}

/** All that the page shows: what the API tells, read by the same functions. Lists have one row more than is shown. */
export interface View {
  readonly now: number;
  readonly status: Status;
  readonly readiness: ReturnType<StatusDeps["readiness"]>;
  readonly hours: readonly number[];
  readonly dead: readonly UpdateRow[];
  readonly working: readonly UpdateRow[];
  readonly waiting: readonly UpdateRow[];
  readonly people: readonly BindingRow[];
  readonly tokens: readonly TokenRow[];
}

export async function viewOf(deps: ViewDeps): Promise<View> {
  const { updates, bindings, tokens, clock } = deps;
  const list = (state: "dead" | "working" | "waiting") =>
    updates.list({ state, chat_id: null }, { limit: SHOWN.updates + 1, after: null });
  return {
    now: clock.now(),
    status: await deps.status(),
    readiness: deps.readiness(),
    hours: deps.savedByHour(CHART_HOURS),
    dead: list("dead"),
    working: list("working"),
    waiting: list("waiting"),
    people: bindings.list({ limit: SHOWN.people + 1, after: null }),
    tokens: tokens.list({ limit: SHOWN.tokens + 1, after: null }),
  };
}
