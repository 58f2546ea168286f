import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import {
  command,
  databasePath,
  must,
  photo,
  press,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const PAT = "memos_pat_0123456789abcdefABCDEF";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const ODD = 'pa"ss\\wörd-ñ';

/** A token that is short of nothing: what it looks like in the payload's JSON. */
const inJson = (token: string) => JSON.stringify(token).slice(1, -1);

function handle(world: StoreWorld, queue: "commands" | "messages"): void {
  const leased = world.lease(queue);
  const covered = Math.max(...leased.updates.map(({ seq }) => seq));
  expect(
    world.store.jobs.finish(leased.lease, { outcome: queue === "commands" ? "handled" : "saved", covered }),
  ).toBe("done");
}

const forms = (world: StoreWorld) =>
  world
    .all<{ payload_form: string }>("SELECT payload_form FROM updates ORDER BY seq")
    .map((row) => row.payload_form);

/** Waiting, handled, and after the files were closed: at no time are the token's bytes on the disk. */
function leavesNoTrace(sent: TelegramUpdate, token: string, queue: "commands" | "messages"): void {
  using world = storeWorld();
  world.bind();
  const traces = () => [...world.filesWith(token), ...world.filesWith(inJson(token))];
  world.accept([update({ text: "before" }), sent]);
  if (queue === "messages") handle(world, queue);
  expect(forms(world).at(-1)).toBe("sealed");
  expect(traces()).toEqual([]);
  handle(world, queue);
  expect(forms(world).at(-1)).toBe("redacted");
  expect(traces()).toEqual([]);
  world.store.database.emptyLog();
  expect(statSync(`${databasePath(world.dataDir)}-wal`).size).toBe(0);
  world.store.close();
  expect(traces()).toEqual([]);
}

const reply = { message_id: 1, date: 1, chat: { id: 1, type: "private" }, text: PAT } as never;

describe("an access token leaves no trace in any file", () => {
  const group = { id: -100123, type: "supergroup", title: "All" } as never;
  test.each([
    ["after /bind memos_pat_…", command(`/bind ${PAT}`), PAT, "commands"],
    ["after /bind with a token of the old kind", command(`/bind ${JWT}`), JWT, "commands"],
    ["after /bind with what looks like no token at all", command(`/bind ${ODD}`), ODD, "commands"],
    ["in a plain message", update({ text: `look: ${PAT}.` }), PAT, "commands"],
    ["in a caption", photo(null, { caption: `my ${JWT}` }), JWT, "commands"],
    ["in the message that is replied to", update({ reply_to_message: reply }), PAT, "messages"],
    [
      "in code, where it was shown on purpose and is saved as a message",
      update({ text: `a ${PAT}`, entities: [{ type: "code", offset: 2, length: PAT.length }] }),
      PAT,
      "messages",
    ],
    ["in a group, where nothing can be saved", command(`/bind ${PAT}`, { chat: group }), PAT, "commands"],
  ] as const)("%s", (_where, sent, token, queue) => leavesNoTrace(sent, token, queue));

  test("in the file name of an album's part", async () => {
    using world = storeWorld();
    world.bind();
    const document = { file_id: "F", file_unique_id: "U", file_name: `${PAT}.txt` };
    world.accept([update({ document, media_group_id: "G" })]);
    expect(world.filesWith(PAT)).toEqual([]);
    await world.clock.advance(2_000);
    handle(world, "messages");
    expect(forms(world)).toEqual(["redacted"]);
    expect(world.filesWith(PAT)).toEqual([]);
  });
  test("where a stranger's message is ignored", () => {
    using world = storeWorld({ allowedUsers: ["1"] });
    world.accept([command(`/bind ${PAT}`), command(`/bind ${PAT}`)]);
    expect(forms(world)).toEqual(["sealed", "sealed"]);
    for (const _ of forms(world)) {
      world.store.jobs.finish(world.lease("commands").lease, { outcome: "ignored", dropPayloads: true });
    }
    expect(forms(world)).toEqual(["dropped", "dropped"]);
    expect(world.filesWith(PAT)).toEqual([]);
  });
});

describe("a sealed update", () => {
  test("is whole for the work that handles it", () => {
    using world = storeWorld();
    const sent = command(`/bind ${PAT}`);
    world.accept([sent]);
    expect(world.lease("commands").updates[0]?.update).toEqual(sent);
  });

  test("stays sealed while its job is put off, handed back or dead", () => {
    using world = storeWorld();
    world.accept([command(`/bind ${PAT}`)]);
    const { jobs } = world.store;
    jobs.putOff(world.lease("commands").lease, {
      waiting_for: "retry",
      reason: "failed",
      detail: "",
      attempt: true,
    });
    jobs.handBack(world.lease("commands").lease);
    jobs.bury(world.lease("commands").lease, { reason: "command_failed", detail: "", owed: [] });
    expect(forms(world)).toEqual(["sealed"]);
    expect(world.filesWith(PAT)).toEqual([]);
  });

  test("of a dead job that a person discards is redacted", () => {
    using world = storeWorld();
    world.accept([command(`/bind ${PAT}`)]);
    const { lease } = world.lease("commands");
    world.store.jobs.bury(lease, { reason: "command_failed", detail: "", owed: [] });
    world.store.deadLetters.discard(lease.job_id, "telegram:1");
    expect(forms(world)).toEqual(["redacted"]);
    expect(world.filesWith(PAT)).toEqual([]);
  });

  test("keeps everything but the token when it is redacted", () => {
    using world = storeWorld();
    const sent = command(`/bind ${PAT} and ${JWT}`);
    world.accept([sent]);
    handle(world, "commands");
    const { payload } = must(world.all<{ payload: string }>("SELECT payload FROM updates")[0]);
    expect(payload).toBe(JSON.stringify(sent).replace(PAT, "[redacted]").replace(JWT, "[redacted]"));
  });
});

describe("an update without a token", () => {
  test("stays as it came, and handling it empties no log", () => {
    using world = storeWorld();
    world.accept([press("p:1:1"), command("/bind short")]);
    handle(world, "commands");
    expect(forms(world)).toEqual(["plain", "plain"]);
  });
});
