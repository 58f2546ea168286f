import { describe, expect, test } from "bun:test";
import { MemosError, type MemosTrouble } from "../../src/memos/errors.ts";
import {
  type Circumstances,
  decide,
  isSilentTooLong,
  type Later,
  needsProbe,
  type Outcome,
} from "../../src/saving/outcome.ts";
import { TelegramError, type TelegramTrouble } from "../../src/telegram/errors.ts";

const NOW: Circumstances = {
  attempts: 0,
  snoozes: 0,
  failingForMs: 0,
  heldForMs: 0,
  tookMs: 0,
  memosIsAway: false,
  random: 1,
};
const DAY = 24 * 3_600_000;
/** It goes on beside its lane, and its sender was told. */
const LONG = { heldForMs: 60_000 };

const retry = { kind: "later", waiting_for: "retry", reason: "failed", attempt: true } as const;
const RETRY: Outcome = { ...retry, pauseMs: 5_000, aside: false };
const snooze = (waiting_for: "memos" | "telegram" | "disk", pauseMs: number): Later => ({
  kind: "later",
  waiting_for,
  reason: "server_trouble",
  pauseMs,
});
const SHUT = snooze("memos", 0);
const pauseOf = (outcome: Outcome) => (outcome.kind === "later" ? outcome.pauseMs : undefined);

describe("trouble with Memos", () => {
  /** Per kind: what becomes of it while Memos answers, and while it does not. */
  const table: Record<MemosTrouble, [Outcome, Outcome]> = {
    unreachable: [RETRY, SHUT],
    timeout: [RETRY, SHUT],
    server: [RETRY, SHUT],
    forbidden: [RETRY, SHUT],
    not_found: [RETRY, SHUT],
    exists: [RETRY, SHUT],
    file_too_large: [RETRY, SHUT],
    busy: [snooze("memos", 2_000), snooze("memos", 2_000)],
    not_memos: [RETRY, SHUT],
    unsupported_version: [RETRY, SHUT],
    version_changed: [RETRY, RETRY],
    token_refused: [{ kind: "token_refused" }, { kind: "token_refused" }],
    invalid: [
      { kind: "bury", reason: "refused_by_memos" },
      { kind: "bury", reason: "refused_by_memos" },
    ],
    content_too_long: [
      { kind: "bury", reason: "content_too_long" },
      { kind: "bury", reason: "content_too_long" },
    ],
    aborted: [{ kind: "hand_back" }, { kind: "hand_back" }],
  };

  for (const [kind, [answers, silent]] of Object.entries(table) as [MemosTrouble, [Outcome, Outcome]][]) {
    test(`"${kind}" gives ${answers.kind} while Memos answers, ${silent.kind} while it does not`, () => {
      const error = new MemosError(kind, "m");
      expect(decide(error, NOW)).toEqual(answers);
      expect(decide(error, { ...NOW, memosIsAway: true })).toEqual(silent);
    });
  }

  test("over a text that it does not get through is given up after three tries, if Memos is well", () => {
    const error = new MemosError("timeout", "m", { reason: "slow_text" });
    expect(decide(error, { ...NOW, attempts: 1 })).toMatchObject(retry);
    expect(decide(error, { ...NOW, attempts: 2 })).toEqual({ kind: "bury", reason: "slow_text" });
    expect(decide(error, { ...NOW, attempts: 2, memosIsAway: true })).toEqual(SHUT);
  });

  test("is looked into by a probe exactly where the two differ", () => {
    const probed = Object.keys(table).filter((kind) => needsProbe(new MemosError(kind as MemosTrouble, "m")));
    const differing = Object.entries(table).flatMap(([kind, [a, b]]) => (Bun.deepEquals(a, b) ? [] : [kind]));
    expect(probed).toEqual(differing);
    expect(needsProbe(new TelegramError("unreachable", "t"))).toBe(false);
    expect(needsProbe(new Error("e"))).toBe(false);
  });

  test("that makes it busy is waited for longer each time, up to five minutes", () => {
    const pauses = [0, 1, 2, 7, 8, 100].map((snoozes) =>
      pauseOf(decide(new MemosError("busy", "m"), { ...NOW, snoozes })),
    );
    expect(pauses).toEqual([2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
  });
});

describe("trouble with Telegram", () => {
  const table: Record<TelegramTrouble, Outcome> = {
    unreachable: { ...snooze("telegram", 2_000), aside: false },
    bad_token: { ...snooze("telegram", 2_000), aside: false },
    conflict: { ...snooze("telegram", 2_000), aside: false },
    throttled: { ...snooze("telegram", 2_000), aside: false },
    refused: RETRY,
    file_unreadable: RETRY,
    not_exported: RETRY,
    file_too_big: RETRY,
    aborted: { kind: "hand_back" },
  };
  for (const [kind, outcome] of Object.entries(table) as [TelegramTrouble, Outcome][]) {
    test(`"${kind}" gives ${outcome.kind}`, () => {
      expect(decide(new TelegramError(kind, "t"), NOW)).toEqual(outcome);
    });
  }

  test("that keeps it away is waited for longer each time, up to two minutes", () => {
    const pauses = [0, 1, 2, 5, 6, 7].map((snoozes) =>
      pauseOf(decide(new TelegramError("unreachable", "t"), { ...NOW, ...LONG, snoozes })),
    );
    expect(pauses).toEqual([2_000, 4_000, 8_000, 64_000, 120_000, 120_000]);
  });

  test("for a moment keeps the order; for longer, what was sent since goes on without Telegram", () => {
    const asides = [0, 2_000, 7_000].map((heldForMs, snoozes) =>
      decide(new TelegramError("unreachable", "t"), { ...NOW, heldForMs, snoozes }),
    );
    expect(asides).toMatchObject([{ aside: false }, { aside: false }, { aside: true }]);
  });
});

describe("a time to come back that a server names", () => {
  const HOUR = 3_600_000;
  const errors = (retryAfterMs: number) => [
    new MemosError("busy", "m", { retryAfterMs }),
    new TelegramError("throttled", "t", { retryAfterMs }),
  ];
  const pauses = (retryAfterMs: number, now: Partial<Circumstances>) =>
    errors(retryAfterMs).map((error) => pauseOf(decide(error, { ...NOW, ...now })));

  test("is kept, however often it was put off and however long it is, within a day", () => {
    expect(pauses(30_000, { random: 0, snoozes: 9 })).toEqual([30_000, 30_000]);
    expect(pauses(6 * HOUR, { random: 0 })).toEqual([6 * HOUR, 6 * HOUR]);
    expect(pauses(9_000 * HOUR, { random: 0 })).toEqual([DAY, DAY]);
    expect(pauses(0, { random: 0 })).toEqual([1_000, 1_000]);
  });

  test("is not the same moment for all that were told it", () => {
    expect(pauses(30_000, { random: 1 })).toEqual([33_000, 33_000]);
    expect(pauses(6 * HOUR, { random: 1 })).toEqual([6 * HOUR + 300_000, 6 * HOUR + 300_000]);
  });
});

describe("other trouble", () => {
  const disk = snooze("disk", 30_000);
  for (const code of [
    "ENOSPC",
    "EDQUOT",
    "EROFS",
    "EIO",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_IOERR_WRITE",
    "SQLITE_READONLY",
    "SQLITE_CORRUPT",
    "SQLITE_CANTOPEN",
  ]) {
    test(`of the disk (${code}) is waited for and costs no attempt, also as the cause of another error`, () => {
      const error = Object.assign(new Error("broken"), { code });
      expect(decide(error, NOW)).toEqual(disk);
      expect(decide(new Error("Failed query", { cause: error }), NOW)).toEqual(disk);
    });
  }

  test("of any kind, a fault of ours too, is tried again", () => {
    for (const error of [new Error("x"), "text", null, undefined, { code: 5 }])
      expect(decide(error, NOW)).toEqual(RETRY);
  });
});

describe("tries that failed", () => {
  const fail = (now: Partial<Circumstances>) => decide(new MemosError("server", "m"), { ...NOW, ...now });

  test("hold the lane for ten seconds at most; from then on the job steps aside", () => {
    const held = [0, 3_000, 7_000, 40_000, 10_000_000];
    const outcomes = held.map((heldForMs, attempts) => fail({ attempts, heldForMs }));
    expect(outcomes).toMatchObject([false, false, true, true, true].map((aside) => ({ ...retry, aside })));
  });

  test("that took long themselves let it step aside earlier", () => {
    expect(fail({ attempts: 1, heldForMs: 1_000, tookMs: 1_999 })).toMatchObject({ aside: false });
    expect(fail({ attempts: 1, heldForMs: 3_500, tookMs: 3_500 })).toMatchObject({ aside: true });
  });

  test("before a restart let no job leave its lane earlier, nor a word be said", () => {
    for (const attempts of [0, 1, 2, 3, 9, 50]) {
      const outcome = fail({ attempts });
      expect(outcome).toMatchObject({ ...retry, aside: false });
      expect(isSilentTooLong(NOW, pauseOf(outcome))).toBe(false);
    }
  });

  for (const random of [0, 0.5, 1]) {
    for (const error of [new MemosError("server", "m"), new TelegramError("unreachable", "t")]) {
      test(`of ${error.name} at random = ${random} let the lane go on after 10 s, and a word be said within 60 s`, () => {
        for (const tookMs of [0, 2_000, 15_000]) {
          let heldForMs = tookMs;
          let asideAt: number | undefined;
          let told = false;
          for (let tries = 0; !told; tries += 1) {
            const outcome = decide(error, {
              ...NOW,
              attempts: tries,
              snoozes: tries,
              heldForMs,
              tookMs,
              random,
            });
            if (outcome.kind !== "later") throw new Error(`it is to be tried again: ${outcome.kind}`);
            if (outcome.aside) asideAt ??= heldForMs;
            told = isSilentTooLong({ ...NOW, heldForMs, tookMs }, outcome.pauseMs);
            if (!told) heldForMs += (outcome.pauseMs ?? 0) + tookMs;
          }
          expect(asideAt).toBeWithin(0, Math.max(8_000, tookMs + 1));
          expect(heldForMs).toBeWithin(15_000, 50_001);
        }
      });
    }
  }

  test("pause between half and all of what is planned, longer each time", () => {
    const pauses = (random: number) =>
      [0, 1, 2, 3, 4, 5].map((attempts) => pauseOf(fail({ ...LONG, attempts, random })) ?? Number.NaN);
    const longest = pauses(1);
    expect(longest).toEqual(longest.toSorted((a, b) => a - b));
    expect(pauses(0)).toEqual(longest.map((ms) => ms / 2));
  });

  test("for a day end in a dead job, not before, and not where there were few of them", () => {
    expect(fail({ ...LONG, attempts: 50, failingForMs: DAY })).toMatchObject({ ...retry, aside: true });
    expect(fail({ ...LONG, attempts: 19, failingForMs: 9 * DAY })).toMatchObject({ ...retry, aside: true });
    expect(fail({ attempts: 20, failingForMs: DAY + 1 })).toMatchObject({ kind: "bury" });
    expect(fail({ attempts: 50, failingForMs: DAY + 1 })).toEqual({
      kind: "bury",
      reason: "failed_for_a_day",
    });
  });

  test("while Memos is away never end in a dead job", () => {
    expect(fail({ attempts: 50, failingForMs: 100 * DAY, memosIsAway: true })).toEqual(SHUT);
  });
});
