// What README.md and docs/http.md show of the API, asked by curl as it stands there.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { createWorld, memosSaved, rows, until, type World } from "../support/app.ts";
import { blocksOf, DOCS, shell, transcriptOf } from "../support/docs.ts";

const MARK = "-- the next one --";

let world: World;
let person: Person;
let account: FakeUser;
const folder = mkdtempSync(join(tmpdir(), "memoferry-transcripts-"));

beforeAll(async () => {
  world = await createWorld();
  person = world.telegram.user({ first_name: "Alice" });
  account = world.memos.addUser("alice");
  person.say("/start");
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/admin-token"), `${world.adminToken}\n`);
  writeFileSync(join(folder, "alice.token"), `${account.token}\n`);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const here = (text: string) =>
  text
    .replaceAll("http://127.0.0.1:8081", world.app.url)
    .replaceAll("123456789", String(person.id))
    .replaceAll("memos_pat_…", account.token);

/** Runs the commands of a block, behind what was set before, and compares each answer with what stands there. */
async function play(block: string, before = ""): Promise<void> {
  const commands = transcriptOf(here(block));
  const script = commands.map(({ command }) => `${command}\necho\necho '${MARK}'`).join("\n");
  const answers = (await shell(`${before}\n${script}`, folder)).split(MARK);
  for (const [at, { command, answer }] of commands.entries()) {
    const parts = answer.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    expect([command, answers[at]?.trim()]).toEqual([
      command,
      expect.stringMatching(new RegExp(`^${parts.join(".*?")}$`)),
    ]);
  }
}

test("what the README shows of the API", async () => {
  const [example = "", ...others] = blocksOf("README.md", "sh").filter((block) => block.includes("curl"));
  expect(others).toEqual([]);
  const answers = (await shell(here(example), folder)).replaceAll("}{", "}\n{").split("\n");
  expect(answers.map((answer) => JSON.parse(answer))).toMatchObject([
    { telegram_id: person.id, account: account.name },
    { id: expect.stringMatching(/^api-/) },
    { id: expect.stringMatching(/^api-/) },
    { bindings: { active: 1 } },
  ]);
  const [memo] = await memosSaved(world, 1);
  expect(memo?.content).toBe("from a script");
  await world.quiet();
  expect(world.telegram.botMessages(person.id).at(-1)?.text).toBe("backup done");
});

test("the transcripts of docs/http.md", async () => {
  const [first = "", failed = "", copy = "", ...others] = blocksOf("docs/http.md", "console");
  expect(others).toEqual([]);
  await play(first);
  const refused = world.memos.fault({
    match: { method: "POST", path: /^\/api\/v1\/memos$/ },
    action: { status: 400, body: { code: 3, message: "it is not taken", details: [] } },
  });
  person.say("hello");
  await until("it to be dead", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1);
  refused.clear();
  const set = here(transcriptOf(first)[0]?.command ?? "");
  await play(failed, set);
  await play(copy, set);
});

test("no other page has an example with curl that no test runs", () => {
  const pages = DOCS.filter((page) =>
    ["sh", "console"].some((language) => blocksOf(page, language).some((block) => block.includes("curl"))),
  );
  expect(pages.toSorted()).toEqual(
    ["README.md", "docs/capture.md", "docs/http.md", "docs/notifications.md"].toSorted(),
  );
});
