/** SIGKILL on the stand-in of each family of versions; test/conformance does the same on real servers. */
import { beforeAll, describe } from "bun:test";
import { startFakeMemos } from "../fakes/memos.ts";
import { binaryPath } from "../support/binary.ts";
import { killSet } from "../support/kill-set.ts";
import { notesInFake } from "../support/notes.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

for (const version of ["0.22.5", "0.23.1", "0.24.4", "0.25.0", "0.25.3", "0.30.0"]) {
  describe(`on Memos ${version}`, () => {
    killSet(async () => {
      const memos = await startFakeMemos({ version });
      const { token } = memos.addUser("alice");
      return { url: memos.url, token, notes: notesInFake(memos), close: () => memos.stop() };
    });
  });
}
