/** The whole program against real servers: `MEMOS_REAL=0.30.0=http://127.0.0.1:5230#alice:secret`. */
import { describe, setDefaultTimeout } from "bun:test";
import { bindPerson, createProgramWorld } from "../support/app.ts";
import { coreSet } from "../support/core-set.ts";
import { killSet } from "../support/kill-set.ts";
import { notesOnServer } from "../support/notes.ts";
import { newAccount, realServers } from "./servers.ts";

setDefaultTimeout(120_000);

for (const { version, ...server } of realServers(process.env["MEMOS_REAL"] ?? "")) {
  describe(`on a real Memos ${version}`, () => {
    describe("the whole program", () => {
      coreSet(async () => {
        const token = (await newAccount({ version, ...server })).reveal();
        // The older engine takes seconds for a long text, and the program waits 30 of its seconds at most.
        const world = await createProgramWorld(server.url, {
          rate: version < "0.25.3" ? 4 : 20,
          telegram: { inline: true },
        });
        return {
          world,
          person: await bindPerson(world, "alice", token),
          notes: notesOnServer(version, server.url, token),
          [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
        };
      });
    });

    describe("the executable", () => {
      killSet(async () => {
        const token = (await newAccount({ version, ...server })).reveal();
        const notes = notesOnServer(version, server.url, token);
        return { url: server.url, token, notes, close: async () => undefined };
      });
    });
  });
}
