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
