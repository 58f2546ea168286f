/** The core set on the stand-in of each version; test/conformance plays it on real servers. */
import { describe } from "bun:test";
import { boundPerson } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { coreSet } from "../support/core-set.ts";
import { notesInFake } from "../support/notes.ts";

const SERVERS = [
  ...["0.22.5", "0.23.1", "0.24.4", "0.25.0", "0.25.3", "0.26.2", "0.27.1", "0.28.0", "0.29.1", "0.30.0"].map(
    (version) => ({ version, privateInstance: false }),
  ),
  { version: "0.30.0", privateInstance: true },
];

for (const { version, privateInstance } of SERVERS) {
  describe(`on Memos ${version}${privateInstance ? ", private" : ""}`, () => {
    coreSet(async () => {
      const world = await chatWorld({ telegram: { inline: true }, memos: { version, privateInstance } });
      const { person } = await boundPerson(world);
      return {
        world,
        person,
        notes: notesInFake(world.memos),
        [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
      };
    });
  });
}
