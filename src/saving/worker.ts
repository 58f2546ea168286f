import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Service } from "../base/service.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";

export interface Worker extends Service {
  /** There may be work: looks at once instead of at the next due time. */
  wake(): void;
  /** Jobs at work right now. */
  readonly running: number;
}

export interface WorkerDeps {
  readonly name: string;
  /** Jobs worked side by side, each of another lane. */
  readonly concurrency: number;
  readonly queue: {
    /** What can be leased, and from when on. */
    next(): readonly { readonly id: number; readonly due_at: number }[];
    lease(jobId: number, forMs: number): LeasedJob;
    renew(leased: LeasedJob, forMs: number): boolean;
    handBack(leased: LeasedJob): boolean;
  };
  /** Works a job and settles its lease. The signal aborts at the end of a stop, and when the lease was lost. */
  readonly work: (leased: LeasedJob, signal: AbortSignal) => Promise<void>;
  /** False while there is no use in leasing. */
  readonly ready: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** What running work may still take during a stop, before it is aborted. */
  readonly graceMs: number;
}

const LEASE_MS = 60_000;
const RENEW_MS = 20_000;
/** Looks again even if nothing woke it: a clock may have been set. */
const LONGEST_SLEEP_MS = 60_000;
/** The store could not be read or written: before it is tried again. */
const FAILED_PAUSE_MS = 5_000;

/** Leases jobs and works them: of each lane one at a time, of different lanes side by side. */
export function createWorker(deps: WorkerDeps): Worker {
  const { name, concurrency, queue, work, ready, clock, log, graceMs } = deps;
  const running = new Map<number, Promise<void>>();
  let wakeUp = new AbortController();
  let stopping = false;
  let aborting = new AbortController();
  let loop: Promise<void> | null = null;

  function wake(): void {
    wakeUp.abort();
  }

  async function run(): Promise<void> {
    while (!stopping) {
      wakeUp = new AbortController();
      await untilWoken(look());
    }
  }

  /** Leases what can be; returns how long there is nothing more to do. */
  function look(): number {
    if (stopping || !ready()) return LONGEST_SLEEP_MS;
    try {
      let soonest = LONGEST_SLEEP_MS;
      for (const { id, due_at } of queue.next()) {
        // What runs here is never leased again, however late it is; its end wakes this loop.
        if (running.has(id)) continue;
        const inMs = due_at - clock.now();
        if (inMs > 0) soonest = Math.min(soonest, Math.max(inMs, 5));
        else if (running.size >= concurrency || !ready()) return LONGEST_SLEEP_MS;
        else begin(queue.lease(id, LEASE_MS));
      }
      return soonest;
    } catch (error) {
      // A full disk, say: nothing was leased.
      log.error("jobs could not be leased", { worker: name, error });
      return FAILED_PAUSE_MS;
    }
  }

  function begin(leased: LeasedJob): void {
    const { id } = leased.job;
    running.set(
      id,
      handle(leased).finally(() => {
        running.delete(id);
        wake();
      }),
    );
  }

  async function untilWoken(ms: number): Promise<void> {
    if (!wakeUp.signal.aborted && !stopping) await clock.sleep(ms, wakeUp.signal);
  }

  async function handle(leased: LeasedJob): Promise<void> {
    const lost = new AbortController();
    const renewing = keepLease(leased, lost);
    try {
      await work(leased, AbortSignal.any([lost.signal, aborting.signal]));
    } catch (error) {
      log.error("work could not be settled", { worker: name, job_id: leased.job.id, error });
      await handBack(leased);
    } finally {
      renewing.abort();
    }
  }

  /** As soon as the store takes it: till its lease ran out the job would hold up its lane. */
  async function handBack(leased: LeasedJob): Promise<void> {
    while (!aborting.signal.aborted) {
      try {
        queue.handBack(leased);
        return;
      } catch {
        await clock.sleep(FAILED_PAUSE_MS, aborting.signal);
      }
    }
  }

  function keepLease(leased: LeasedJob, lost: AbortController): AbortController {
    const ended = new AbortController();
    const renew = async () => {
      for (;;) {
        await clock.sleep(RENEW_MS, ended.signal);
        if (ended.signal.aborted) return;
        if (!queue.renew(leased, LEASE_MS)) return lost.abort();
      }
    };
    renew().catch((error) => {
      log.error("a lease could not be renewed", { worker: name, job_id: leased.job.id, error });
      lost.abort();
    });
    return ended;
  }

  return {
    wake,
    get running() {
      return running.size;
    },
    start() {
      if (loop) return;
      stopping = false;
      aborting = new AbortController();
      loop = run();
    },
    async stop() {
      if (!loop) return;
      stopping = true;
      wake();
      await loop;
      const grace = new AbortController();
      const quiet = Promise.all(running.values()).then(() => grace.abort());
      await clock.sleep(graceMs, grace.signal);
      aborting.abort();
      await quiet;
      loop = null;
    },
  };
}
