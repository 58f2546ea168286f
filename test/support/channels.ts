import { type ChatOptions, type ChatWorld, chatWorld } from "./chat.ts";
import { type Conversation, talking } from "./conversation.ts";

/** A channel of which somebody and the bot are administrators who may post. */
export function channelOf(
  world: Pick<ChatWorld, "telegram">,
  { person }: Pick<Conversation, "person">,
  username = "kitchen",
) {
  const channel = world.telegram.channel({ title: "Kitchen Notes", username });
  world.telegram.setStanding(channel, person, "administrator");
  return channel;
}

/** Changes a memo as the web page of Memos does it. */
export async function patch(
  { memos }: Pick<ChatWorld, "memos">,
  token: string,
  name: string,
  fields: object,
): Promise<void> {
  const updateMask = [...Object.keys(fields), "update_time"].join(",");
  const answer = await fetch(`${memos.url}/api/v1/${name}?updateMask=${updateMask}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Alice, bound, and her channel. */
export async function withChannel(options: ChatOptions = {}) {
  const world = await chatWorld(options);
  const alice = await talking(world);
  const channel = channelOf(world, alice);
  const account = () => world.store.bindings.get(alice.person.id)?.account_key ?? 0;
  const changed = (name: string) => world.rings({ account: account(), what: "memo", name });
  return {
    world,
    alice,
    channel,
    account,
    changed,
    /** What stands in the channel: texts, or files with their captions. */
    posts: () =>
      world.telegram.chat(channel.id).messages.map((message) => {
        const kinds = ["photo", "document", "video", "audio", "animation"] as const;
        const file = kinds.find((kind) => message[kind] !== undefined);
        return [file, message.text ?? message.caption].filter(Boolean).join(" ");
      }),
    /** Says something, which becomes a memo; the id of the message. */
    async saves(text: string): Promise<number> {
      const sent = alice.says(text);
      await alice.hears("Saved as");
      return sent;
    },
    /** Changes a memo as the web page of Memos does it, which is heard. */
    async patches(name: string, fields: object): Promise<void> {
      await patch(world, alice.token, name, fields);
      await changed(name);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
