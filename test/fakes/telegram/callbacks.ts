import type { FakeTime } from "./clock.ts";
import { badRequest } from "./errors.ts";

interface CallbackAnswer {
  text?: string;
  show_alert?: boolean;
}

/** A pressed button. `answer` settles when the bot answers the query; it stays open when it never does. */
export interface Press {
  /** The id of the callback query. */
  id: string;
  answer: Promise<CallbackAnswer>;
  readonly isAnswered: boolean;
}

export type Callbacks = ReturnType<typeof createCallbacks>;

export function createCallbacks(time: FakeTime, lifetimeMs: number) {
  const queries = new Map<string, { openedAt: number; resolve: (answer: CallbackAnswer) => void }>();
  return {
    /** Opens a query that can be answered once, for a while. */
    open(id = randomId()): Press {
      const { promise: answer, resolve } = Promise.withResolvers<CallbackAnswer>();
      queries.set(id, { openedAt: time.now(), resolve });
      const press = { id, answer, isAnswered: false };
      answer.then(() => {
        press.isAnswered = true;
      });
      return press;
    },
    answer(id: string, answer: CallbackAnswer): void {
      const query = queries.get(id);
      if (!query || time.now() - query.openedAt > lifetimeMs) {
        throw badRequest("query is too old and response timeout expired or query ID is invalid");
      }
      queries.delete(id);
      query.resolve(answer);
    },
  };
}

/** A positive 64-bit id, as text. */
export function randomId(): string {
  return String(1_000_000_000_000_000_000n + BigInt(Math.floor(Math.random() * 2 ** 52)) * 1024n);
}
