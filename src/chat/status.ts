import type { Binding } from "../store/bindings.ts";
import type { StrandedMessages } from "../store/stranded.ts";
import type { Message } from "./messages.ts";
import type { Texts } from "./texts.ts";

/** How the program stands towards its two sides. */
export interface Health {
  readonly mode: "polling" | "webhook";
  readonly receiving: boolean;
  readonly memos: boolean;
  /** Null until Memos was asked once. */
  readonly memosVersion: string | null;
}

export function statusMessage(
  texts: Texts,
  person: {
    readonly binding: Binding | undefined;
    /** For the account they are bound to. */
    readonly waiting: number;
    /** What waits for other accounts. */
    readonly left: readonly StrandedMessages[];
    readonly failed: number;
  },
  health: Health,
): Message {
  const { binding, waiting, left, failed } = person;
  const lines = [
    binding ? texts.statusBound(nameOf(binding)) : texts.notBound,
    ...(binding?.state === "paused" ? [texts.statusPaused] : []),
    "",
    health.receiving ? texts.statusReceiving(health.mode) : texts.statusNotReceiving,
    health.memos ? texts.statusMemos(health.memosVersion) : texts.statusMemosAway,
    "",
    ...(waiting === 0 && left.length > 0 ? [] : [texts.statusWaiting(waiting)]),
    ...left.map(({ name, free, begun }) => texts.waitFromOther(name, free + begun)),
    texts.statusFailed(failed),
  ];
  return { text: lines.join("\n") };
}

/** Alice Smith (alice) */
function nameOf({ display_name, memos_username }: Binding): string {
  return memos_username === null || memos_username === display_name
    ? display_name
    : `${display_name} (${memos_username})`;
}
