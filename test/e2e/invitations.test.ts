import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  onDisk,
  passTime,
  rows,
  until,
  type World,
} from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);
const rate = 20;
const HOUR_MS = 3_600_000;

interface Invitation {
  readonly code: string;
  readonly url: string;
  readonly expires_at: string;
}

async function invitation(world: World, body?: unknown): Promise<Invitation> {
  const answer = await api(world, "POST", "/api/v1/invitations", body);
  expect(answer.status).toBe(201);
  return answer.body as unknown as Invitation;
}

const UNSAID = `SELECT id FROM jobs WHERE queue = 'commands' AND state = 'waiting'
  UNION ALL SELECT id FROM outbox WHERE state IN ('waiting', 'sending')`;

/** What the person is told after having opened the link. */
async function opens(world: World, person: ReturnType<World["telegram"]["user"]>, code: string) {
  const before = botTexts(world, person).length;
  person.say(`/start ${code}`);
  await until("an answer", () => botTexts(world, person).length > before);
  await until("all of it is said", () => rows(world, UNSAID).length === 0);
  return botTexts(world, person).slice(before);
}

const bindings = (world: World) =>
  rows<{ telegram_id: number; account: string; state: string }>(
    world,
    "SELECT telegram_id, name AS account, state FROM bindings JOIN accounts ON accounts.id = account_key ORDER BY telegram_id",
  );

describe("POST /api/v1/invitations", () => {
  test("gives a link with a code that Telegram takes, for a day, and keeps the code hashed", async () => {
    await using world = await createWorld({ rate });
    const { code, url, expires_at } = await invitation(world, {});
    expect(code).toMatch(/^inv_[A-Za-z0-9_-]{32}$/);
    expect(url).toBe(`https://t.me/${world.telegram.bot.username}?start=${code}`);
    expect(Date.parse(expires_at) - world.clock.now()).toBeWithin(23.9 * HOUR_MS, 24 * HOUR_MS + 1);
    expect(onDisk(world, code)).toBe(false);
    // Without a body as well, but not without the admin token.
    const path = `${world.app.url}/api/v1/invitations`;
    const headers = { authorization: `Bearer ${world.adminToken}` };
    expect((await fetch(path, { method: "POST", headers })).status).toBe(201);
    expect((await fetch(path, { method: "POST" })).status).toBe(401);
  });

  test("refuses an account that nobody has, one that is paused, and unknown fields", async () => {
    await using world = await createWorld({ rate });
    const { person, account } = await boundPerson(world);
    const refusal = async (body: unknown) => {
      const answer = await api(world, "POST", "/api/v1/invitations", body);
      return [answer.status, answer.body["detail"]];
    };
    expect(await refusal({ account_of: 4711 })).toEqual([
      422,
      "The Telegram user 4711 has no access to an account in Memos right now: bind them first.",
    ]);
    expect(await refusal({ account_of: "me" })).toEqual([422, expect.stringContaining("positive integer")]);
    expect(await refusal({ account: 1 })).toEqual([422, expect.stringContaining("known are account_of")]);
    world.memos.revokeToken(account.token);
    person.say("notices it");
    await passTime(world, "paused", () => bindings(world)[0]?.state === "paused");
    expect(await refusal({ account_of: person.id })).toEqual([422, expect.stringContaining("no access")]);
    expect(rows(world, "SELECT * FROM codes")).toEqual([]);
  });
});

describe("memoferry invite", () => {
  test("makes one beside the running program and without it", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const beside = await run(world.env, ["invite", "--account-of", String(person.id), "--json"]);
    expect(beside.code).toBe(0);
    const { code } = JSON.parse(beside.out) as Invitation;
    await world.stopApp();
    const alone = await run(world.env, ["invite"]);
    expect(alone).toMatchObject({ code: 0, err: `DATA_DIR is ${world.dataDir}` });
    expect(alone.out).toMatch(
      /^https:\/\/t\.me\/memoferry_test_bot\?start=inv_\S{32}\nIt works for one person, until /,
    );
    await world.startApp();
    const [one, two] = ["Gus", "Gil"].map((first_name) => world.telegram.user({ first_name }));
    if (!one || !two) throw new Error("nobody");
    expect((await opens(world, one, code))[0]).toStartWith(
      "Hello! What you send me becomes a memo in the Memos account of alice",
    );
    expect((await opens(world, two, alone.out.split(/start=|\n/)[1] ?? ""))[0]).toStartWith(
      "Hello! I turn what you send me",
    );
    const listed = (await run(world.env, ["bindings"])).out.split("\n");
    const accountOf = (id: number) => listed.find((line) => line.startsWith(String(id)));
    expect(accountOf(one.id)).toContain(`users/alice, guest of ${person.id} `);
    expect(accountOf(person.id)).not.toContain("guest");
  });

  test("says who cannot share", async () => {
    await using world = await createWorld({ rate });
    const refused = await run(world.env, ["invite", "--account-of", "4711"]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("4711 has no access") });
    expect((await run(world.env, ["invite", "--account-of", "@alice"])).err).toContain("not a Telegram id");
  });
});
