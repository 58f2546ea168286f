import { describe, expect, test } from "bun:test";
import {
  dueTransition,
  FIRST_HOLD_MS,
  LONGEST_HOLD_MS,
  nextHoldMs,
  type Observation,
  TRANSITIONS,
} from "../../src/telegram/intake.ts";

const MINUTE = 60_000;

const polling: Observation = {
  setting: "auto",
  hasWebhookUrl: true,
  mode: "polling",
  starting: false,
  asked: null,
  inModeForMs: FIRST_HOLD_MS,
  holdMs: FIRST_HOLD_MS,
  polling: { failsForMs: 0, cutForMs: 0, anotherPoller: false },
  webhook: null,
};
const well = { set: "ours", failing: false, growing: 0 } as const;
const webhook: Observation = { ...polling, mode: "webhook", webhook: well };
const pollingWith = (more: Partial<Observation["polling"]>): Observation => ({
  ...polling,
  polling: { ...polling.polling, ...more },
});
const webhookWith = (more: Partial<NonNullable<Observation["webhook"]>>): Observation => ({
  ...webhook,
  webhook: { ...well, ...more },
});

/** What is observed, and the reason of the change that is due, with where to; null for none. */
type Case = [title: string, observed: Observation, due: readonly [Observation["mode"], string] | null];

const CASES: Record<string, Case[]> = {
  "while polling": [
    ["keeps polling while it works", polling, null],
    ["bears two minutes of failing polls", pollingWith({ failsForMs: 2 * MINUTE - 1 }), null],
    [
      "turns to the webhook after them",
      pollingWith({ failsForMs: 2 * MINUTE }),
      ["webhook", "no poll was answered for 2 minutes"],
    ],
    ["bears two minutes of cut polls", pollingWith({ cutForMs: 2 * MINUTE - 1 }), null],
    [
      "turns to the webhook after them, too",
      pollingWith({ cutForMs: 2 * MINUTE }),
      ["webhook", "long polls have been cut off for 2 minutes"],
    ],
    [
      "turns to the webhook when another program polls",
      pollingWith({ anotherPoller: true }),
      ["webhook", "another program polls with this bot token"],
    ],
    [
      "holds for ten minutes what it changed to",
      { ...pollingWith({ anotherPoller: true }), inModeForMs: FIRST_HOLD_MS - 1 },
      null,
    ],
    [
      "keeps polling without WEBHOOK_URL",
      { ...pollingWith({ anotherPoller: true }), hasWebhookUrl: false },
      null,
    ],
    [
      "keeps polling with RECEIVE=polling",
      { ...pollingWith({ failsForMs: 60 * MINUTE }), setting: "polling" },
      null,
    ],
    [
      "uses its own webhook, where that is in the way, at once",
      { ...polling, inModeForMs: 0, webhook: well },
      ["webhook", "the webhook of WEBHOOK_URL is set"],
    ],
    [
      "removes its own webhook with RECEIVE=polling",
      { ...polling, setting: "polling", webhook: well },
      ["polling", "a webhook was in the way"],
    ],
    [
      "removes somebody else's webhook, at once",
      { ...polling, inModeForMs: 0, webhook: { ...well, set: "foreign" } },
      ["polling", "a webhook was in the way"],
    ],
    ["lets nothing be in the way that is not there", { ...polling, webhook: { ...well, set: "none" } }, null],
  ],
  "with a webhook": [
    ["keeps one that works", webhook, null],
    ["keeps one of which nothing is known yet", { ...webhook, webhook: null }, null],
    [
      "goes back when Telegram reports errors",
      webhookWith({ failing: true }),
      ["polling", "Telegram reports errors of the webhook"],
    ],
    ["bears a backlog that grew twice", webhookWith({ growing: 2 }), null],
    [
      "goes back when the backlog grew three times",
      webhookWith({ growing: 3 }),
      ["polling", "updates pile up behind the webhook"],
    ],
    ["holds for ten minutes", { ...webhookWith({ failing: true }), inModeForMs: FIRST_HOLD_MS - 1 }, null],
    [
      "goes back when it is not set any more, at once",
      { ...webhookWith({ set: "none" }), inModeForMs: 0 },
      ["polling", "the webhook is not set any more"],
    ],
    [
      "goes back when somebody else set theirs, at once",
      { ...webhookWith({ set: "foreign" }), inModeForMs: 0 },
      ["polling", "another program had set a webhook of its own"],
    ],
  ],
  "with RECEIVE=webhook": [
    [
      "sets it when it is not set",
      { ...webhookWith({ set: "none" }), setting: "webhook" },
      ["webhook", "the webhook was not set"],
    ],
    [
      "sets it again when somebody else set theirs",
      { ...webhookWith({ set: "foreign" }), setting: "webhook" },
      ["webhook", "another program had set a webhook of its own"],
    ],
    [
      "keeps it, however it fails",
      { ...webhookWith({ failing: true, growing: 9 }), setting: "webhook" },
      null,
    ],
  ],
  "at a start": [
    ["goes on as before with auto", { ...webhook, starting: true }, null],
    [
      "begins with the webhook",
      { ...polling, starting: true, setting: "webhook" },
      ["webhook", "RECEIVE=webhook"],
    ],
    [
      "begins with polling",
      { ...webhook, webhook: null, starting: true, setting: "polling" },
      ["polling", "RECEIVE=polling"],
    ],
    [
      "begins with polling without WEBHOOK_URL",
      { ...webhook, webhook: null, starting: true, hasWebhookUrl: false },
      ["polling", "WEBHOOK_URL is not set any more"],
    ],
    [
      "leaves to later what a person asked for against the settings",
      { ...polling, setting: "webhook" },
      null,
    ],
  ],
  "when a person asks": [
    [
      "turns to the webhook, also within the hold",
      { ...polling, asked: "webhook", inModeForMs: 0 },
      ["webhook", "asked for by the API"],
    ],
    [
      "turns to polling, also with RECEIVE=webhook",
      { ...webhook, asked: "polling", setting: "webhook" },
      ["polling", "asked for by the API"],
    ],
    ["sets the webhook anew", { ...webhook, asked: "webhook" }, ["webhook", "asked for by the API"]],
    ["has nothing to do where it is polled already", { ...polling, asked: "polling" }, null],
  ],
};

for (const [when, cases] of Object.entries(CASES)) {
  describe(when, () => {
    for (const [title, observed, due] of cases) {
      test(title, () => {
        const row = dueTransition(observed);
        expect(row ? [row.to, row.reason] : null).toEqual(due as never);
      });
    }
  });
}

test("every row of the table is one of these cases", () => {
  const tried = new Set(Object.values(CASES).flatMap((cases) => cases.map((one) => dueTransition(one[1]))));
  expect(TRANSITIONS.filter((row) => !tried.has(row))).toEqual([]);
});

test("each change holds longer, up to six hours, and as briefly as at first after as long without one", () => {
  const holds: number[] = [];
  for (let hold = 0, change = 0; change < 7; change += 1) {
    hold = nextHoldMs(hold, MINUTE);
    holds.push(hold / MINUTE);
  }
  expect(holds).toEqual([10, 20, 40, 80, 160, 320, LONGEST_HOLD_MS / MINUTE]);
  expect(nextHoldMs(LONGEST_HOLD_MS, LONGEST_HOLD_MS + 1)).toBe(FIRST_HOLD_MS);
});
