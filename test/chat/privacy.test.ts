// docs/privacy.md is what is tested here: a cell that is not so fails, and so does one that is missing.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createTestServer } from "../http/api-server.ts";
import { chatWorld } from "../support/chat.ts";
import { talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";
import { ACTIONS, cellOf, happens, PERSONS, PLACES, stage } from "../support/privacy.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../docs/privacy.md"), "utf8");

/** The table below a heading, by rows and columns. */
function tableOf(heading: string): Map<string, Map<string, string>> {
  const [, section = ""] = PAGE.split(`\n## ${heading}\n`);
  const lines = section.split("\n## ")[0]?.split("\n") ?? [];
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [head = "", , ...rows] = lines.filter((line) => line.startsWith("|"));
  const [, ...columns] = cells(head);
  return new Map(
    rows
      .map(cells)
      .map(([name = "", ...row]) => [name, new Map(columns.map((column, at) => [column, row[at] ?? ""]))]),
  );
}

for (const [heading, place] of Object.entries(PLACES)) {
  describe(heading, () => {
    let at: Awaited<ReturnType<typeof stage>>;
    beforeAll(async () => {
      at = await stage(place);
    });
    afterAll(() => at.world[Symbol.asyncDispose]());
    const table = tableOf(heading);

    test("the table has a cell for each person and action", () => {
      expect([...table.keys()]).toEqual(Object.keys(ACTIONS));
      for (const row of table.values()) expect([...row.keys()]).toEqual([...PERSONS]);
    });

    for (const [nth, person] of PERSONS.entries()) {
      const actions = [...table].flatMap(([action, row]) => (row.get(person) === "–" ? [] : [action]));
      if (actions.length === 0) continue;
      test(person, async () => {
        for (const [n, action] of actions.entries()) {
          const cell = cellOf(action, await happens(at, person, action, nth * 100 + n));
          expect({ action, cell }).toEqual({ action, cell: table.get(action)?.get(person) ?? "" });
        }
      });
    }
  });
}

test("In any other chat, behind the bot's name", async () => {
  const [row] = tableOf("In any other chat, behind the bot's name").values();
  await using world = await chatWorld({ telegram: { inline: true } });
  const secret = (name: string) => `the secret of ${name}`;
  const bound = await Promise.all(["alice", "bob", "dora"].map((name) => talking(world, name)));
  for (const name of ["alice", "bob", "dora"]) await writes(world, name, [secret(name)]);
  const [alice, bob, dora] = bound.map(({ person }) => person);
  const [eve, sam] = ["eve", "sam"].map((first_name) => world.telegram.user({ first_name }));
  for (const [nth, person] of [alice, bob, eve, undefined, dora, sam].entries()) {
    if (!person) continue;
    const query = person.asks("secret");
    await world.quiet();
    const { results, button } = await query.answer;
    const found = results.map(({ title }) => title);
    const cell = button ? "how to connect" : "shown";
    expect([person.user.first_name, cell]).toEqual([
      person.user.first_name,
      row?.get(PERSONS[nth] ?? "") ?? "",
    ]);
    expect(found).toEqual(cell === "shown" ? [secret(person.user.first_name)] : []);
  }
});

describe("By the API and the dashboard", () => {
  const table = tableOf("By the API and the dashboard");

  /** What the routes of a group are called with, and the fields that they answer. */
  async function groups() {
    const { paths } = (await (await createTestServer().ask("/openapi/json")).json()) as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    const calls = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => ({
        path,
        method,
        fields: fieldsIn(responses),
      })),
    );
    const own = calls.filter(({ path }) => !/^\/(healthz|readyz)/.test(path));
    return Map.groupBy(own, ({ path }) => /^(?:\/api\/v1)?(\/\w+)/.exec(path)?.[1] ?? path);
  }

  test("each of its routes is in the table, and is refused to who has no token", async () => {
    const found = await groups();
    const told = [...table].flatMap(([names, row]) =>
      names.split(", ").map((name) => [name.replaceAll("`", ""), row] as const),
    );
    expect(told.map(([name]) => name).toSorted()).toEqual([...found.keys()].toSorted());
    for (const [name, row] of told) {
      const calls = found.get(name) ?? [];
      const sees = calls.some(({ method }) => method === "get");
      const changes = calls.some(({ method }) => method !== "get");
      const cells = sees
        ? changes
          ? ["sees and changes"]
          : ["sees"]
        : ["makes", "changes", "all of it, sealed"];
      expect(cells).toContain(row.get("admin") ?? "");
      for (const { path, method } of calls) {
        const asked = path.replace(/\{\w+\}/g, "7");
        const { status } = await createTestServer().ask(asked, { method: method.toUpperCase() });
        expect([method, asked, status]).toEqual([method, asked, 401]);
      }
      expect(row.get("anybody else")).toBe("refused");
    }
  });

  test("no answer has what a memo or a message says, or a token but the one that it makes", async () => {
    for (const { path, method, fields } of [...(await groups()).values()].flat()) {
      const shown = fields.filter((field) =>
        /^(text|content|caption|payload|access_token|token)$/.test(field),
      );
      const made = path === "/api/v1/tokens" && method === "post" ? ["token"] : [];
      expect([method, path, shown]).toEqual([method, path, made]);
    }
  });
});

/** Names of the properties in a schema, wherever they stand. */
function fieldsIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]) => [
    ...(name === "properties" ? Object.keys(value as object) : []),
    ...fieldsIn(value),
  ]);
}
