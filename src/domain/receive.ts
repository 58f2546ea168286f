export type ReceiveMode = "polling" | "webhook";

/** How updates come in right now; kept over restarts. */
export interface Receive {
  readonly mode: ReceiveMode;
  /** When it became so, in ms since 1970. */
  readonly since: number;
  readonly reason: string;
}

/** A time in which no updates came in, longer than Telegram keeps them. In ms since 1970. */
export interface Absence {
  readonly from: number;
  readonly until: number;
  /** What was sent before this may never have come. */
  readonly lostBefore: number;
}
