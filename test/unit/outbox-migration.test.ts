import { expect, test } from "bun:test";
import { migrate, migrations } from "../../src/store/db/migrations.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import { databasePath, removeDir, tempDir } from "../support/store.ts";

interface Older {
  readonly id: number;
  readonly state: "waiting" | "sending" | "sent" | "uncertain" | "dropped";
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly note?: Record<string, unknown>;
  readonly promise?: "confirmation" | "notice";
  readonly changes?: number;
  readonly sent?: number;
}

const REPLY = { disable_notification: true, reply_parameters: { message_id: 3 } };
const MEMO = { about: "memo" };
const EDIT = "editMessageText";

/** What is owed after the migration to who was owed this by an older version, all of it about one saved job. */
function migrated(rows: readonly Older[], { link }: { link?: number } = {}) {
  const dir = tempDir();
  const sqlite = openSqlite(databasePath(dir));
  const before = migrations.findIndex(({ tag }) => tag.startsWith("0009"));
  migrate(sqlite, migrations.slice(0, before));
  sqlite.run(`INSERT INTO jobs (id, bot_id, kind, job_key, queue, lane, chat_id, state, memo_name, created_at)
    VALUES (5, 1, 'message', '3', 'messages', '7', 7, 'done', 'memos/m', 0)`);
  if (link !== undefined)
    sqlite.run(
      `INSERT INTO memo_links (bot_id, chat_id, message_id, job_id, server, account, memo_name, confirmation)
         VALUES (1, 7, ?, 5, 's', 'users/a', 'memos/m', 1)`,
      link,
    );
  for (const row of rows)
    sqlite.run(
      `INSERT INTO outbox (id, bot_id, chat_id, job_id, method, params, promise, state, changes_id, sent_message_id, created_at)
         VALUES (?, 1, 7, 5, ?, ?, ?, ?, ?, ?, 9)`,
      row.id,
      row.method ?? "sendMessage",
      JSON.stringify({ chat_id: 7, ...row.params, ...(row.note && { memoferry: row.note }) }),
      row.promise ?? "notice",
      row.state,
      row.changes ?? null,
      row.sent ?? null,
    );
  migrate(sqlite);
  const owed = sqlite
    .all<{
      id: number;
      slot: string;
      method: string;
      params: string;
      promise: string;
      instead: string | null;
    }>("SELECT id, slot, method, params, promise, instead FROM outbox WHERE state = 'waiting' ORDER BY id")
    .map(({ params, instead, ...row }) => ({ ...row, params: JSON.parse(params), instead }));
  const jobs = sqlite.all<{ confirmation_id: number | null }>("SELECT confirmation_id FROM jobs");
  sqlite.close();
  removeDir(dir);
  return { owed, confirmation_id: jobs[0]?.confirmation_id ?? null };
}

/** A confirmation, and a change of it. */
const said = (more: Partial<Older> & Pick<Older, "state">): Older => ({
  id: 1,
  promise: "confirmation",
  note: MEMO,
  params: { text: "Saved", entities: [1], ...REPLY },
  ...more,
});
const change = (id: number, text: string): Older => ({
  id,
  state: "waiting",
  method: EDIT,
  params: { text },
  changes: 1,
});

for (const [what, rows, expected] of [
  ["a confirmation that waits", [said({ state: "waiting" })], [["saved:5", "sendMessage", "Saved"]]],
  ["one that was on its way", [said({ state: "sending" })], []],
  [
    "one that was on its way and had to be heard",
    [said({ state: "sending", promise: "notice" }), change(2, "new")],
    [["saved:5", "sendMessage", "new"]],
  ],
  ["one that was on its way and was changed", [said({ state: "sending" }), change(2, "new")], []],
  ["one that may have been sent and was changed", [said({ state: "uncertain" }), change(2, "new")], []],
  [
    "one that was sent and was changed",
    [said({ state: "sent", sent: 8 }), change(2, "new")],
    [["saved:5", EDIT, "new"]],
  ],
  [
    "edits of a message",
    [
      { id: 1, state: "waiting", method: EDIT, params: { message_id: 4, text: "older" } },
      { id: 2, state: "waiting", method: EDIT, params: { message_id: 4, text: "newer" } },
      { id: 3, state: "sending", method: EDIT, params: { message_id: 6, text: "other" } },
    ],
    [
      ["edit:4", EDIT, "newer"],
      ["edit:6", EDIT, "other"],
    ],
  ],
  [
    "marks, and such as a sum stands for",
    [
      { id: 1, state: "waiting", method: "setMessageReaction", params: { message_id: 4, text: "👍" } },
      { id: 2, state: "waiting", method: "setMessageReaction", params: { message_id: 5 }, note: { sum: 9 } },
    ],
    [["mark:4", "setMessageReaction", "👍"]],
  ],
  [
    "a notice, the question for tags, and what was over",
    [
      { id: 1, state: "waiting", params: { text: "failed" } },
      { id: 2, state: "waiting", params: { text: "tags?" }, note: { about: "tag_question" } },
      { id: 3, state: "sent", params: { text: "sent" }, sent: 3 },
      { id: 4, state: "dropped", params: { text: "dropped" } },
    ],
    [
      [null, "sendMessage", "failed"],
      ["tags", "sendMessage", "tags?"],
    ],
  ],
] satisfies [string, Older[], unknown[]][]) {
  test(`of an older version's outbox: ${what}`, () => {
    const { owed } = migrated(rows);
    expect(owed.map(({ slot, method, params }) => [slot, method, params.text])).toEqual(expected as never);
  });
}

test("a change that waits becomes part of what it changes, which stays a reply", () => {
  const { owed } = migrated([said({ state: "waiting" }), change(2, "older"), change(3, "new")]);
  expect(owed).toEqual([
    {
      id: 1,
      slot: "saved:5",
      method: "sendMessage",
      promise: "confirmation",
      params: { chat_id: 7, text: "new", ...REPLY },
      instead: null,
    },
  ]);
});

test("what is to be said instead of what cannot be done stays so", () => {
  const instead = { chat_id: 7, text: "delete it yourself" };
  const { owed } = migrated([
    { id: 1, state: "waiting", method: "deleteMessage", params: { message_id: 3 }, note: { instead } },
  ]);
  expect(owed.map((row) => [row.method, row.params, JSON.parse(row.instead ?? "null")])).toEqual([
    ["deleteMessage", { chat_id: 7, message_id: 3 }, instead],
  ]);
});

test("the confirmation of a job is the message that was linked, else the one that was sent", () => {
  const sent = said({ state: "sent", sent: 9 });
  expect(migrated([sent], { link: 8 }).confirmation_id).toBe(8);
  expect(migrated([sent]).confirmation_id).toBe(9);
  expect(migrated([]).confirmation_id).toBeNull();
});
