import { expect, test } from "bun:test";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import denoConfig from "../../deno.json" with { type: "json" };
import packageJson from "../../package.json" with { type: "json" };

const root = join(import.meta.dirname, "../..");
const imports = Object.entries<string>(denoConfig.imports);
const ofBun = globSync("src/**/*-bun.ts", { cwd: root }).toSorted();

test("what only Bun gives is in files with its name, and deno.json puts Deno's in the place of each", () => {
  const usesBun = globSync("src/**/*.ts", { cwd: root }).filter((file) =>
    /\bBun\.|^import (?!type ).*"bun(:\w+)?"|type: "file"/m.test(readFileSync(join(root, file), "utf8")),
  );
  expect(usesBun.filter((file) => !ofBun.includes(file))).toEqual([]);
  const replaced = imports.filter(([name]) => name.startsWith("./src/"));
  expect(replaced).toEqual(ofBun.map((file) => [`./${file}`, `./${file.replace("-bun", "-deno")}`]));
  for (const [, file] of replaced) expect(existsSync(join(root, file))).toBe(true);
});

test("deno.json has the dependencies of package.json, and `npx deno@2.9.6 task lock` brings deno.lock up to date", () => {
  const packages = imports.filter(([name, from]) => from.startsWith("npm:") && name !== "expect");
  expect(packages).toEqual(
    Object.entries(packageJson.dependencies).map(([name, version]) => [name, `npm:${name}@${version}`]),
  );
});
