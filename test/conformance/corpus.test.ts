/** What becomes of what is sent, on real servers: each case of the corpus gives what it gives on the stand-in. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createProgramWorld, createWorld, type ProgramWorld } from "../support/app.ts";
import { bindAda, type Case, cases, NEWEST, type Played, play, told } from "../support/corpus.ts";
import { type Note, type Notes, notesInFake, notesOnServer } from "../support/notes.ts";
import { newAccount, type RealServer, realServers } from "./servers.ts";

setDefaultTimeout(60_000);

interface Stage {
  readonly world: ProgramWorld;
  readonly notes: Notes;
  readonly ada: Awaited<ReturnType<typeof bindAda>>;
}

const RATE = 20;

async function onFake(version: string): Promise<Stage> {
  const world = await createWorld({ rate: RATE, memos: { version } });
  return {
    world,
    notes: notesInFake(world.memos),
    ada: await bindAda(world, world.memos.addUser("alice").token),
  };
}

async function onReal(server: RealServer): Promise<Stage> {
  const token = (await newAccount(server)).reveal();
  const world = await createProgramWorld(server.url, { rate: RATE });
  return {
    world,
    notes: notesOnServer(server.version, server.url, token),
    ada: await bindAda(world, token),
  };
}

/** From 0.26 on a JPEG is written anew, so its bytes and size are others. */
function comparable(played: Played, version: string) {
  const one = (note: Note) => {
    const { files, ...memo } = told(note);
    const kept = files.map((file, at) => {
      if (file.type === "image/jpeg" && version >= "0.26") return { ...file, size: "any" };
      return {
        ...file,
        given: file.type === "text/vcard" || played.gave(note.files[at]?.bytes ?? new Uint8Array()),
      };
    });
    return { ...memo, content: withoutDay(memo.content), files: kept };
  };
  // What was sent in one second stands in any order, on some of them.
  const sorted = <T extends { content: string }>(memos: readonly T[]) =>
    memos.toSorted((a, b) => (a.content < b.content ? -1 : 1));
  return {
    memos: sorted(played.memos.map((memo) => ({ ...one(memo), comments: sorted(memo.comments.map(one)) }))),
    times: played.memos.map(({ createTime }) => played.times.includes(createTime)),
    answers: played.answers.map(withoutDay),
  };
}

/** The two plays may stand on both sides of a minute. */
const withoutDay = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "{minute}");

for (const server of realServers(process.env["MEMOS_REAL"] ?? "")) {
  describe(`on a real Memos ${server.version}`, () => {
    const stages = new Map<string, Promise<{ fake: Stage; real: Stage }>>();
    const stageOf = ({ name, alone = false }: Case) => {
      const key = alone ? name : "";
      const stage =
        stages.get(key) ??
        Promise.all([onFake(server.version), onReal(server)]).then(([fake, real]) => ({ fake, real }));
      stages.set(key, stage);
      return stage;
    };

    afterAll(async () => {
      for (const stage of stages.values()) {
        const { fake, real } = await stage;
        await fake.world[Symbol.asyncDispose]();
        await real.world[Symbol.asyncDispose]();
      }
    });

    describe("the corpus", () => {
      // A case for another version tells of what only that one does; what commands say names the account.
      const isCommand = ({ name }: Case) => name.startsWith("commands/");
      const isMeant = ({ version = NEWEST }: Case) => version === NEWEST || version === server.version;
      for (const given of cases.filter((one) => isMeant(one) && !isCommand(one))) {
        test(given.name, async () => {
          const { fake, real } = await stageOf(given);
          const before = (await real.notes.strayFiles()).length;
          const [expected, found] = await Promise.all(
            [fake, real].map(({ world, notes, ada }) => play(world, notes, ada, given)),
          );
          if (!expected || !found) throw new Error("not played");
          expect(comparable(found, server.version)).toEqual(comparable(expected, server.version));
          expect(await real.notes.strayFiles()).toHaveLength(before);
        });
      }
    });
  });
}
