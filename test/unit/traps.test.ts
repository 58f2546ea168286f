import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cases } from "../support/corpus.ts";

const TESTS = join(import.meta.dir, "..");
const README = readFileSync(join(TESTS, "corpus/README.md"), "utf8");

const rows = README.slice(README.indexOf("| trap |"))
  .split("\n")
  .slice(2)
  .filter((line) => line.startsWith("|"))
  .map((line) => {
    const [trap = "", numbers = "", places = ""] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    return {
      trap,
      numbers: numbers.split(", "),
      places: [...places.matchAll(/`([^`]+)`/g)].map(([, place = ""]) => place),
    };
  });

describe("what broke others", () => {
  for (const { trap, places } of rows) {
    test(`${trap}: is tried`, () => {
      expect(places.length).toBeGreaterThan(0);
      for (const place of places) {
        const [path = "", title] = place.split(/: (.*)/);
        if (title === undefined) expect(cases.map(({ name }) => name)).toContain(path);
        else {
          const file = [`${path}.test.ts`, `${path}.ts`].map((name) => join(TESTS, name)).find(existsSync);
          expect(readFileSync(file ?? "", "utf8")).toContain(title);
        }
      }
    });
  }

  test("each number that a case names is one of the table, and the table leads to the case", () => {
    const told = cases.flatMap(({ name, traps = [] }) => traps.map((number) => `${number} ${name}`));
    const known = rows.flatMap(({ numbers, places }) =>
      numbers.flatMap((number) => places.map((place) => `${number} ${place}`)),
    );
    expect(told.filter((pair) => !known.includes(pair))).toEqual([]);
  });
});
