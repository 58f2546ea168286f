/** How updates come in. */
export type ReceiveMode = "polling" | "webhook";

/** How updates come in right now; kept over restarts. */
export interface Receive {
  readonly mode: ReceiveMode;
  /** When it became so, in ms since 1970. */
  readonly since: number;
  readonly reason: string;
  /** How long `auto` keeps to it before it may change again. */
  readonly hold_ms: number;
}

/** What a change is decided by. */
export interface Observation {
  /** RECEIVE */
  readonly setting: "auto" | ReceiveMode;
  /** Whether WEBHOOK_URL is set. */
  readonly hasWebhookUrl: boolean;
  readonly mode: ReceiveMode;
  /** True for the first look after a start. */
  readonly starting: boolean;
  /** What a person asks for right now. */
  readonly asked: ReceiveMode | null;
  /** How long ago the mode changed. */
  readonly inModeForMs: number;
  readonly holdMs: number;
  readonly polling: {
    /** How long no poll was answered; 0 while they are. */
    readonly failsForMs: number;
    /** How long polls that wait have been broken off; 0 where they are not. */
    readonly cutForMs: number;
    readonly anotherPoller: boolean;
  };
  /** As getWebhookInfo tells; null while that is not known, and while polling with no webhook in the way. */
  readonly webhook: WebhookHealth | null;
}

export interface WebhookHealth {
  /** Whose webhook Telegram has. */
  readonly set: "ours" | "foreign" | "none";
  /** An error after the last delivery and after the switch, which was not our own 503. */
  readonly failing: boolean;
  /** The backlog grew at this many checks in a row, a minute apart. */
  readonly growing: number;
}

export interface Transition {
  readonly from: ReceiveMode;
  /** The same as `from`: it stays so, and is put right at Telegram. */
  readonly to: ReceiveMode;
  readonly reason: string;
  /**
   * `settings`: at a start, and Telegram need not be asked first. `person`: when asked for. `need`: at once, since
   * nothing would come in otherwise. `auto`: with RECEIVE=auto, once the hold is over, and to the webhook only where
   * WEBHOOK_URL is set.
   */
  readonly by: "settings" | "person" | "need" | "auto";
  when(observed: Observation): boolean;
}

const POLLING_LIMIT_MS = 2 * 60_000;
const GROWING_CHECKS = 3;

/** When the way that updates come in changes, and why: the first that applies. */
export const TRANSITIONS: readonly Transition[] = [
  {
    from: "polling",
    to: "webhook",
    reason: "RECEIVE=webhook",
    by: "settings",
    when: ({ setting }) => setting === "webhook",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "RECEIVE=polling",
    by: "settings",
    when: ({ setting }) => setting === "polling",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "WEBHOOK_URL is not set any more",
    by: "settings",
    when: ({ hasWebhookUrl }) => !hasWebhookUrl,
  },

  {
    from: "polling",
    to: "webhook",
    reason: "asked for by the API",
    by: "person",
    when: ({ asked }) => asked === "webhook",
  },
  {
    from: "webhook",
    to: "webhook",
    reason: "asked for by the API",
    by: "person",
    when: ({ asked }) => asked === "webhook",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "asked for by the API",
    by: "person",
    when: ({ asked }) => asked === "polling",
  },

  {
    from: "polling",
    to: "webhook",
    reason: "the webhook of WEBHOOK_URL is set",
    by: "need",
    when: ({ webhook, setting }) => webhook?.set === "ours" && setting !== "polling",
  },
  {
    from: "polling",
    to: "polling",
    reason: "a webhook was in the way",
    by: "need",
    when: ({ webhook }) => webhook !== null && webhook.set !== "none",
  },
  {
    from: "polling",
    to: "webhook",
    reason: "another program polls with this bot token",
    by: "auto",
    when: ({ polling }) => polling.anotherPoller,
  },
  {
    from: "polling",
    to: "webhook",
    reason: "no poll was answered for 2 minutes",
    by: "auto",
    when: ({ polling }) => polling.failsForMs >= POLLING_LIMIT_MS,
  },
  {
    from: "polling",
    to: "webhook",
    reason: "long polls have been cut off for 2 minutes",
    by: "auto",
    when: ({ polling }) => polling.cutForMs >= POLLING_LIMIT_MS,
  },

  {
    from: "webhook",
    to: "webhook",
    reason: "the webhook was not set",
    by: "need",
    when: ({ webhook, setting }) => webhook?.set === "none" && setting === "webhook",
  },
  {
    from: "webhook",
    to: "webhook",
    reason: "another program had set a webhook of its own",
    by: "need",
    when: ({ webhook, setting }) => webhook?.set === "foreign" && setting === "webhook",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "the webhook is not set any more",
    by: "need",
    when: ({ webhook }) => webhook?.set === "none",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "another program had set a webhook of its own",
    by: "need",
    when: ({ webhook }) => webhook?.set === "foreign",
  },
  {
    from: "webhook",
    to: "polling",
    reason: "Telegram reports errors of the webhook",
    by: "auto",
    when: ({ webhook }) => webhook?.failing === true,
  },
  {
    from: "webhook",
    to: "polling",
    reason: "updates pile up behind the webhook",
    by: "auto",
    when: ({ webhook }) => webhook !== null && webhook.growing >= GROWING_CHECKS,
  },
];

/** The change that is due, if any. */
export function dueTransition(observed: Observation): Transition | undefined {
  return TRANSITIONS.find(
    (row) => row.from === observed.mode && mayApply(row, observed) && row.when(observed),
  );
}

function mayApply({ by, to }: Transition, observed: Observation): boolean {
  const { setting, hasWebhookUrl, starting, asked, inModeForMs, holdMs } = observed;
  switch (by) {
    case "settings":
      return starting;
    case "person":
      return asked !== null;
    case "need":
      return true;
    case "auto":
      return setting === "auto" && inModeForMs >= holdMs && (to === "polling" || hasWebhookUrl);
    default:
      return by satisfies never;
  }
}

/** At least this long between two changes of `auto`, … */
export const FIRST_HOLD_MS = 10 * 60_000;
/** … doubling with each up to this, and back to the first after as long without one. */
export const LONGEST_HOLD_MS = 6 * 3_600_000;

/** The hold of what follows on a change. */
export function nextHoldMs(holdMs: number, inModeForMs: number): number {
  if (inModeForMs > LONGEST_HOLD_MS) return FIRST_HOLD_MS;
  return Math.min(LONGEST_HOLD_MS, Math.max(FIRST_HOLD_MS, holdMs * 2));
}
