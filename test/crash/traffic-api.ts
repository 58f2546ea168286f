import { expect } from "bun:test";
import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { expectMemos, png, type SentFile } from "./expected.ts";
import type { CrashWorld } from "./world.ts";

interface Request {
  readonly path: "/api/v1/memos" | "/api/v1/messages";
  readonly mark: string;
  readonly file?: SentFile;
  /** Once it was answered. */
  id?: string;
}

export type Script = ReturnType<typeof createScript>;

/**
 * A script that saves memos and sends notifications for one person by the API, one after another: each with a key of its
 * own, and again until it is answered.
 */
export function createScript(world: CrashWorld, { person, account }: { person: Person; account: FakeUser }) {
  const asked: Request[] = [];

  async function send(request: Request): Promise<void> {
    const { path, mark, file } = request;
    const body = new FormData();
    body.set("telegram_id", String(person.id));
    body.set(path === "/api/v1/memos" ? "content" : "text", mark);
    body.set("idempotency_key", mark);
    if (file) body.set("file", new File([Buffer.from(file.bytes)], file.name ?? "", { type: file.type }));
    const answer = await world.call("POST", path, body);
    if (answer.status !== 202) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    request.id = ((await answer.json()) as { id: string }).id;
  }

  const work = async () => {
    for (const request of asked) if (request.id === undefined) await send(request);
  };

  return {
    ask(mark: string, random: () => number): void {
      const path = random() < 0.5 ? "/api/v1/memos" : "/api/v1/messages";
      const name = mark.replace(" ", "-");
      asked.push({ path, mark, ...(random() < 0.4 && { file: png(name, 20_000 + mark.length) }) });
    },

    /** Sends what was not answered yet, while the program is there. */
    work,

    /** Each memo is there once and in order, and each notification was sent: at least once, as is promised. */
    async check(): Promise<void> {
      const of = (path: Request["path"]) => asked.filter((request) => request.path === path);
      expectMemos(
        world,
        account.name,
        of("/api/v1/memos").map(({ mark, file }) => ({ content: mark, files: file ? [file] : [] })),
      );
      const said = new Set(world.telegram.botMessages(person.id).map(({ text }) => text));
      expect(
        of("/api/v1/messages")
          .map(({ mark }) => mark)
          .filter((mark) => !said.has(mark)),
      ).toEqual([]);
      for (const { id } of of("/api/v1/messages")) {
        const fate = await (await world.call("GET", `/api/v1/messages/${id}`)).json();
        expect(fate).toMatchObject({ id, state: "done" });
      }
    },
  };
}
