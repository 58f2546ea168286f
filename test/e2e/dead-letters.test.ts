import { expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

/** A world with one message that its Memos refuses, and so a dead letter. */
async function withDeadLetter() {
  const world = await createWorld({ rate: 20 });
  world.memos.fault({
    match: { method: "POST", path: /^\/api\/v1\/memos$/ },
    action: { status: 400, body: { code: 3, message: "it is not taken", details: [] } },
  });
  const { person } = await boundPerson(world);
  person.say("好".repeat(4_000));
  await until("dead", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1);
  await settled(world);
  const [letter] = items(await api(world, "GET", "/api/v1/updates?state=dead"));
  return { world, person, id: String(letter?.["update_id"]), letter };
}

const items = ({ body }: { body: Record<string, unknown> }) => body["items"] as Record<string, unknown>[];
const stateOf = async (world: World, id: string) =>
  (await api(world, "GET", `/api/v1/updates/${id}`)).body["state"];

test("a dead letter is listed with its reason, and never with what it said", async () => {
  const { world, letter, person } = await withDeadLetter();
  await using _ = world;
  expect(letter).toMatchObject({
    source: "telegram",
    kind: "message",
    chat_id: person.id,
    state: "dead",
    outcome: null,
    reason: "refused_by_memos",
    memo_name: null,
  });
  const { text } = await api(world, "GET", "/api/v1/updates");
  expect(text).not.toContain("好");
});

test("a dead letter is replayed by the API once its cause is gone, and saved once", async () => {
  const { world, id } = await withDeadLetter();
  await using _ = world;
  world.memos.clearFaults();
  expect((await api(world, "POST", `/api/v1/updates/${id}/retry`)).status).toBe(200);
  await memosSaved(world, 1);
  await settled(world);
  expect((await api(world, "GET", `/api/v1/updates/${id}`)).body).toMatchObject({
    state: "done",
    outcome: "saved",
  });
  expect((await api(world, "POST", `/api/v1/updates/${id}/retry`)).status).toBe(409);
  expect(world.memos.memos()).toHaveLength(1);
});

test("a dead letter is discarded, with who did it", async () => {
  const { world, id } = await withDeadLetter();
  await using _ = world;
  expect((await api(world, "DELETE", `/api/v1/updates/${id}`)).status).toBe(204);
  expect((await api(world, "GET", `/api/v1/updates/${id}`)).body).toMatchObject({
    state: "done",
    outcome: "discarded",
  });
  expect(rows(world, "SELECT done_by FROM jobs WHERE outcome = 'discarded'")).toEqual([
    { done_by: "admin API" },
  ]);
  expect((await api(world, "DELETE", `/api/v1/updates/${id}`)).status).toBe(204);
});

test("the command line lists and replays them, beside the program and alone", async () => {
  const { world, person, id } = await withDeadLetter();
  await using _ = world;
  const beside = await run(world.env, ["updates", "--state", "dead"]);
  expect(beside.out).toContain(id);
  expect((await run(world.env, ["retry", id])).out).toContain("will be tried again");
  await until("dead again", async () => (await stateOf(world, id)) === "dead");
  person.block();
  await api(world, "POST", "/api/v1/messages", { telegram_id: person.id, text: "hello", format: "plain" });
  await until("refused", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 2);
  person.unblock();
  await world.stopApp();
  const alone = JSON.parse((await run(world.env, ["updates", "--json"])).out);
  const items = [
    { update_id: id, state: "dead", reason: "refused_by_memos" },
    { kind: "notification", state: "dead", reason: "refused" },
  ];
  expect(alone).toMatchObject({ items, next: null });
  expect((await run(world.env, ["updates", "--state", "waiting"])).out).toBe("Nothing is waiting.");
  expect((await run(world.env, ["retry", "999"])).err).toContain("There is no update 999");
  expect((await run(world.env, ["retry", "--all"])).out).toMatch(
    /^1 message will be tried again.\n1 message can only be discarded,/,
  );
  world.memos.clearFaults();
  await world.startApp();
  await memosSaved(world, 1);
});
