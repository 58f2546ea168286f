import type { FakeTime } from "./clock.ts";
import { badRequest } from "./errors.ts";

interface CallbackAnswer {
  text?: string;
  show_alert?: boolean;
}

/** A pressed button, or an inline query. `answer` settles when the bot answers it; it stays open when it never does. */
export interface Press<Answer = CallbackAnswer> {
  /** The id of the query. */
  id: string;
  answer: Promise<Answer>;
  readonly isAnswered: boolean;
}

export type Callbacks<Answer = CallbackAnswer> = ReturnType<typeof createCallbacks<Answer>>;

export function createCallbacks<Answer = CallbackAnswer>(time: FakeTime, lifetimeMs: number) {
  const queries = new Map<string, { openedAt: number; resolve: (answer: Answer) => void }>();
  return {
    /** Opens a query that can be answered once, for a while. */
    open(id = randomId()): Press<Answer> {
      const { promise: answer, resolve } = Promise.withResolvers<Answer>();
      queries.set(id, { openedAt: time.now(), resolve });
      const press = { id, answer, isAnswered: false };
      answer.then(() => {
        press.isAnswered = true;
      });
      return press;
    },
    answer(id: string, answer: Answer): void {
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
