import { expect } from "bun:test";
import { expectMemos, plain } from "./expected.ts";
import { type Conversation, contentOf, expectedOf, type Said } from "./traffic.ts";
import type { CrashWorld } from "./world.ts";

/** A person's conversation in one chat, and where it is kept. */
export interface Kept extends Conversation {
  readonly account: { readonly name: string };
}

/** Notes, from now on, each message that is confirmed while there is no memo of it. */
export function watchConfirmations(world: CrashWorld, talks: readonly Kept[]): readonly string[] {
  const early: string[] = [];
  world.telegram.onRequest = ({ method, params }, phase) => {
    if (method !== "sendMessage" || phase !== "before") return;
    const { message_id: target } = JSON.parse(params["reply_parameters"] ?? "{}") as { message_id?: number };
    const told = talks
      .filter(({ actor }) => actor.chatId === Number(params["chat_id"]))
      .flatMap(({ memos }) => memos)
      .find(({ message }) => message.message_id === target);
    if (told && !isThere(world, told)) early.push(contentOf(told));
  };
  return early;
}

/** As it is now, or was once; a long one may still lack what goes on in comments, and what was joined. */
function isThere({ memos }: CrashWorld, one: Said): boolean {
  const texts = [...one.earlier, contentOf(one)];
  return memos
    .memos()
    .some(({ content, attachments }) =>
      content === ""
        ? attachments.some(({ filename }) => filename.includes(`-${one.message.message_id}.`))
        : texts.some((text) => text === plain(content) || text.startsWith(`${plain(content)}\n`)),
    );
}

export async function check(world: CrashWorld, talks: readonly Kept[]): Promise<void> {
  for (const { actor, account, memos } of talks) {
    expectMemos(world, account.name, memos.map(expectedOf));
    const times = world.memos
      .memos()
      .filter(({ creator }) => creator === account.name)
      .map(({ createTime }) => createTime);
    expect(times).toEqual(times.toSorted());
    const saved = new Set(
      memos
        .flatMap(({ message, comments }) => [message, ...comments.map((one) => one.message)])
        .map(({ message_id }) => message_id),
    );
    // What stands for many answers no single message, and what answers a command may be said twice.
    const answered = world.telegram.sent
      .filter(({ chatId }) => chatId === actor.chatId)
      .flatMap(
        ({ message }) =>
          (message["reply_to_message"] as { message_id: number } | undefined)?.message_id ?? [],
      )
      .filter((id) => saved.has(id));
    expect(new Set(answered).size, "no memo is confirmed twice").toBe(answered.length);
  }
  const { jobs } = await world.api("/api/v1/status");
  expect(jobs).toMatchObject({ waiting: 0, working: 0, dead: 0 });
  await world.program.stop();
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}
