import { expect, test } from "bun:test";
import { rows } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { talking } from "../support/conversation.ts";

test("the log has a line for what became of each update, by the id that the API has", async () => {
  await using world = await chatWorld();
  const alice = await talking(world);
  const since = world.log.length;
  alice.says("a text");
  alice.actor.send({ hologram: { depth: 1 } });
  alice.says("/help");
  await world.settled();
  const message = alice.says("a text, then changed");
  await world.settled();
  alice.edits(message, "changed");
  await world.settled();
  world.memos.fault({
    match: { method: "POST", path: /\/api\/v1\/memos$/ },
    times: 1,
    action: { status: 503 },
  });
  alice.says("another");
  await world.settled();

  const ids = rows<{ update_id: string }>(
    world,
    "SELECT update_id FROM updates WHERE kind <> 'my_chat_member' ORDER BY seq DESC LIMIT 6",
  ).map(({ update_id }) => update_id);
  const said = world.log
    .slice(since)
    .filter(({ level, update_id }) => level !== "debug" && ids.includes(String(update_id)))
    .map(({ update_id, level, message }) => [ids.toReversed().indexOf(String(update_id)), level, message]);
  expect(said.toSorted()).toEqual([
    [0, "info", "memo saved"],
    [1, "warn", "message not saved"],
    [2, "info", "command handled"],
    [3, "info", "memo saved"],
    [4, "info", "memo brought up to date"],
    [5, "info", "memo saved"],
    [5, "warn", "message not saved yet"],
  ]);
  const stored = world.log.filter(({ message }) => message === "update stored");
  expect(stored.map(({ update_id }) => update_id)).toEqual(expect.arrayContaining(ids));
});
