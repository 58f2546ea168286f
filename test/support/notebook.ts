import type { World } from "./app.ts";
import { type ChatOptions, chatWorld } from "./chat.ts";
import { talking } from "./conversation.ts";

/** A memo as somebody writes it in the web page. */
interface PageMemo {
  readonly content: string;
  readonly at?: Date;
  /** Default PRIVATE. */
  readonly visibility?: "PROTECTED" | "PUBLIC";
  readonly files?: readonly { filename: string; type: string; bytes: Uint8Array }[];
}

/** Somebody writes memos in the web page; their names. */
export async function writes(
  world: Pick<World, "memos">,
  name: string,
  memos: readonly (string | PageMemo)[],
): Promise<string[]> {
  const token = world.memos.addToken(name);
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${world.memos.url}/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { name: string };
  };
  const names: string[] = [];
  for (const memo of memos) {
    const page: PageMemo = typeof memo === "string" ? { content: memo } : memo;
    const { content, at, visibility = "PRIVATE", files = [] } = page;
    const made = await post("memos", { visibility, content, ...(at && { createTime: at }) });
    for (const { filename, type, bytes } of files) {
      const encoded = Buffer.from(bytes).toString("base64");
      await post("attachments", { filename, type, content: encoded, memo: made.name });
    }
    names.push(made.name);
  }
  return names;
}

/** A person who has memos, one a minute, the last one the newest. */
export async function talkAbout(
  memos: readonly (string | PageMemo)[] = [],
  options: ChatOptions = {},
  language = "en",
) {
  const world = await chatWorld(options);
  const alice = await talking(world, "alice", language);
  const start = world.clock.now() - memos.length * 60_000;
  const dated = memos.map((memo, at) => ({
    at: new Date(start + at * 60_000),
    ...(typeof memo === "string" ? { content: memo } : memo),
  }));
  await writes(world, "alice", dated);
  return { world, alice, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}
