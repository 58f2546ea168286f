/**
 * A part that runs: `start` returns once it is at work, `stop` once it is quiet.
 * Stopping twice, or before a start, is fine.
 */
export interface Service {
  start(): void | Promise<void>;
  stop(): Promise<void>;
}
