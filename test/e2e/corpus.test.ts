import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredMemo } from "../fakes/memos/types.ts";
import { boundPerson, createWorld, SAMPLE_USER, sample, settled, until, type World } from "../support/app.ts";

setDefaultTimeout(30_000);

/** A file of test/corpus; its README tells what the fields mean. */
interface Case {
  readonly title: string;
  readonly sample?: string;
  readonly messages?: readonly Record<string, unknown>[];
  readonly version?: string;
  readonly alone?: boolean;
  readonly memos: readonly {
    readonly content: string | readonly string[];
    readonly files?: readonly { name: string; type: string; size: number }[];
    readonly location?: { placeholder: string; latitude: number; longitude: number };
  }[];
  readonly answers?: readonly string[];
}

const FOLDER = join(import.meta.dir, "../corpus");
const NEWEST = "0.30.0";

const cases = readdirSync(FOLDER, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".json"))
  .toSorted()
  .map((name) => ({
    name: name.replaceAll("\\", "/").replace(/\.json$/, ""),
    ...(JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Case),
  }));

/** Samples about commands, presses and members, edits and joining: what they do is no matter of content. */
const ELSEWHERE =
  /^(command-|callback-|my-chat-member-|service-messages|ephemeral-message|edited-|checklist-edited|forward-with-comment|text-long-split|text-auto-entities)/;

/** One for each version: each case is a few messages more in the same chat. */
const worlds = new Map<string, Promise<World>>();

function worldOf({ name, version = NEWEST, alone = false }: { name: string } & Case): Promise<World> {
  const key = alone ? name : version;
  const world = worlds.get(key) ?? open(version);
  worlds.set(key, world);
  return world;
}

async function open(version: string): Promise<World> {
  const world = await createWorld({ rate: 20, memos: { version } });
  const { person } = await boundPerson(world);
  expect(person.id).toBe(SAMPLE_USER);
  await until("a poll", () => world.telegram.isPollWaiting);
  return world;
}

afterAll(async () => {
  for (const world of worlds.values()) await (await world)[Symbol.asyncDispose]();
});

const [ADA] = sample("text-plain").map((update) => update["message"] as Record<string, unknown>);
let lastId = 50_000;

function updatesOf({ sample: name, messages = [] }: Case): Record<string, unknown>[] {
  if (name !== undefined) return sample(name);
  return messages.map((message) => {
    lastId += 1;
    const { from, chat, date } = ADA ?? {};
    return { update_id: lastId, message: { message_id: lastId, from, chat, date, ...message } };
  });
}

function fileOf(
  files: Record<string, string>,
  { filename, type, size, bytes }: StoredMemo["attachments"][number],
) {
  files[filename] = Bun.hash(bytes).toString(36);
  return { name: filename, type, size };
}

test("every sample of contents is a case", () => {
  const samples = readdirSync(join(import.meta.dir, "../fixtures/telegram/updates"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/\.json$/, ""))
    .filter((name) => !ELSEWHERE.test(name));
  expect(cases.flatMap(({ sample: name }) => name ?? []).toSorted()).toEqual(samples.toSorted());
});

test("no case is like another", () => {
  const titles = cases.map(({ name, title }) => `${name.split("/")[0]}: ${title}`);
  const twice = titles.filter((title, at) => titles.indexOf(title) !== at);
  expect(new Set(twice.map((title) => title.split(":")[0]))).toEqual(new Set(["nothing"]));
});

describe("the corpus", () => {
  for (const given of cases) {
    test(`${given.name}: ${given.title}`, async () => {
      const world = await worldOf(given);
      const before = {
        memos: new Set(world.memos.memos().map(({ name }) => name)),
        sent: world.telegram.sent.length,
      };
      const updates = updatesOf(given);
      world.telegram.deliver(updates);
      await settled(world);

      const chat =
        (updates[0]?.["message"] as { chat?: { id: number } } | undefined)?.chat?.id ?? SAMPLE_USER;
      const first =
        updates.map((update) => (update["message"] as { message_id?: number })?.message_id)[0] ?? 0;
      const message = world.telegram.chat(chat).messages.find(({ message_id }) => message_id === first);
      const time = new Date((message?.date ?? 0) * 1000).toISOString().replace(".000", "");
      const fill = (text: string) =>
        text
          .replaceAll("{day}", time.slice(0, 10))
          .replaceAll("{id}", `${first}`)
          .replaceAll("{id+1}", `${first + 1}`);
      const hashes: Record<string, string> = {};
      const made = world.memos.memos().filter(({ name }) => !before.memos.has(name));
      expect(
        made.map((memo) => ({
          content: memo.content,
          files: memo.attachments.map((file) => fileOf(hashes, file)),
          location: memo.location,
        })),
      ).toEqual(
        given.memos.map(({ content, files = [], location }) => ({
          content: fill([content].flat().join("\n")),
          files: files.map((file) => ({ ...file, name: fill(file.name) })),
          location,
        })),
      );
      expect(made.map(({ createTime }) => createTime)).toEqual(made.map(() => time));
      const texts = world.telegram.sent
        .slice(before.sent)
        .filter(({ message: sent }) => (sent["chat"] as { id: number }).id === chat)
        .map(({ message: sent }) => sent["text"]);
      expect(texts).toEqual((given.answers ?? given.memos.map(() => "Saved as PRIVATE · open")).map(fill));
    });
  }
});
