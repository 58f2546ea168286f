import type { FakeUser } from "../fakes/memos.ts";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { photo } from "./expected.ts";
import { change, oneOf, type Said, said, type Talk, type TrafficKind } from "./traffic.ts";
import { CHANGES } from "./traffic-changes.ts";
import { MESSAGES } from "./traffic-messages.ts";
import type { CrashWorld } from "./world.ts";

/** A group made as a notebook, in which two people speak who are not bound, and a channel. The program is there. */
export async function given(
  world: CrashWorld,
  [keeper, publisher]: readonly { readonly person: Person; readonly account: FakeUser }[],
): Promise<Talk[]> {
  const { telegram } = world;
  if (!keeper || !publisher) throw new Error("nobody");
  const notebook = telegram.group({ type: "supergroup", title: "Notes", privacy: false });
  const channel = telegram.channel({ title: TITLE });
  telegram.setBot(notebook, keeper.person, "administrator");
  telegram.setBot(channel, publisher.person, "administrator");
  await until("the chats to be known", () => telegram.pendingUpdates.length === 0);
  await give(world, notebook, keeper.person);
  await give(world, channel, publisher.person);
  const memos: Said[] = [];
  const speaker = (first_name: string, traffic: readonly TrafficKind[]): Talk => {
    const actor = notebook.as(telegram.user({ first_name }));
    return { actor, traffic, account: keeper.account, telegram, memos };
  };
  const actor = channel.as(publisher.person);
  const posted = { actor, traffic: posts(channel), account: publisher.account, telegram, memos: [] };
  return [speaker("Lena", NOTES), speaker("Mo", WORDS), posted];
}

/** All that is said in a chat becomes memos of somebody from now on. */
const give = (world: CrashWorld, chat: { id: number }, { id: telegram_id }: Person) =>
  setChat(world, chat, { telegram_id });

/** Of a chat that the program knows. */
export async function setChat({ call }: CrashWorld, chat: { id: number }, changes: object): Promise<void> {
  const answer = await call("PATCH", `/api/v1/chats/${chat.id}`, changes);
  if (!answer.ok) throw new Error(`PATCH /api/v1/chats: ${answer.status} ${await answer.text()}`);
}

const TITLE = "Kitchen";

/** What asks for an answer, or is about the memo of who says it. */
const ASKS = /press|command/;

/** What is said in a group made as a notebook: all of it becomes memos of whose it is, and nothing is asked there. */
const NOTES: readonly TrafficKind[] = [...MESSAGES, ...CHANGES.filter(({ name }) => !ASKS.test(name))];

/** The words of another one there, which nobody else can edit. */
const WORDS: readonly TrafficKind[] = [
  {
    name: "words of another one",
    weight: 1,
    act({ actor, memos }, mark) {
      memos.push(said(actor.say(mark), { words: [mark] }));
    },
  },
];

/** The posts of a channel, each below a line that leads to it. */
function posts(channel: { readonly id: number }): readonly TrafficKind[] {
  const lineTo = ({ message_id }: { message_id: number }) =>
    `> [${TITLE}](https://t.me/c/${String(channel.id).slice(4)}/${message_id})`;
  return [
    {
      name: "a post",
      weight: 5,
      act({ actor, memos }, mark) {
        const message = actor.say(mark);
        memos.push(said(message, { words: [lineTo(message), mark], edited: "text" }));
      },
    },
    {
      name: "a post of photos",
      weight: 3,
      act({ actor, memos }, mark, random) {
        const files = [photo(`${mark} a`), photo(`${mark} b`)];
        const items = files.map(({ bytes }, at) => ({
          type: "photo" as const,
          bytes,
          ...(at === 0 && { caption: mark }),
        }));
        const [message] = actor.sendAlbum(items, random() < 0.5 ? { split: 1 } : {});
        if (message)
          memos.push(
            said(message, { words: [lineTo(message), mark], files, edited: "caption", isAlbum: true }),
          );
      },
    },
    {
      name: "an edit of a post",
      weight: 3,
      act({ actor, memos }, mark, random) {
        const one = oneOf(memos, random);
        if (!one) return;
        const [line = ""] = one.words;
        actor.edit(one.message.message_id, one.edited === "text" ? { text: mark } : { caption: mark });
        change(one, [line, mark]);
      },
    },
  ];
}
