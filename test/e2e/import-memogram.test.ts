import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boundPerson, createWorld } from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

test("import memogram binds those whose token Memos takes, and leaves who is bound", async () => {
  await using world = await createWorld();
  const { person } = await boundPerson(world);
  const [bob, carol] = [world.memos.addUser("bob"), world.memos.addUser("carol")];
  const file = join(world.dataDir, "data.txt");
  writeFileSync(
    file,
    `# of Memogram\n${person.id}:${bob.token}\n\n2002:memos_pat_gone\nnonsense\n2003:${carol.token}\r\n`,
  );
  const ran = await run(world.env, ["import", "memogram", file]);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("line 5 is not");
  const [kept, refused, bound] = ran.out.split("\n");
  expect(kept).toBe(`${person.id}: was bound before, and is left so (--overwrite binds anew)`);
  expect(refused).toStartWith("2002: not bound: ");
  expect(bound).toBe("2003: bound to users/carol");
  expect(ran.out).not.toContain(carol.token);
  const anew = await run(world.env, ["import", "memogram", file, "--overwrite"]);
  expect(anew.out).toContain(`${person.id}: bound to users/bob`);
  // It holds tokens, as Memogram's own does.
  rmSync(file);
});
