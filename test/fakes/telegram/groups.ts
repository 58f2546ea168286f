import type { Actors } from "./actor.ts";
import type { ChatState, Chats } from "./chats.ts";
import { compact } from "./json.ts";
import type { Channel, ChannelOptions, Group, GroupOptions, Person } from "./people-types.ts";

/** Who stands for administrators that hide themselves. */
const anonymous = { id: 1087968824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" };

/** Makes groups and channels that the bot is in. Their making sends no update. */
export function createGroups({ chats, actor }: { chats: Chats; actor: Actors }) {
  let nextGroup = 4_812_345_678;

  function group(options: GroupOptions = {}): Group {
    const type = options.type ?? "group";
    const id = type === "group" ? -nextGroup++ : -1_000_000_000_000 - (nextGroup++ % 3_000_000_000);
    const title = options.title ?? "Trip";
    const state = chats.ensure(
      type === "group"
        ? { id, title, type, all_members_are_administrators: true }
        : compact({ id, title, username: options.username, is_forum: options.isForum || undefined, type }),
    );
    state.hasPrivacy = options.privacy ?? true;
    state.mayWrite = options.mayWrite ?? true;
    state.slowSeconds = options.slowSeconds ?? 0;
    state.reactions = options.reactions;
    if (options.admin) state.standing = "administrator";
    return groupOf(state, options);
  }

  const inName = (state: ChatState) =>
    actor(
      () => state,
      () => ({ from: anonymous, sender_chat: state.body }),
    );

  function groupOf(state: ChatState, options: GroupOptions): Group {
    const as = (person: Person) => person.in({ id: state.id });
    return {
      id: state.id,
      chat: state.body,
      as,
      post: (text, sendOptions) => inName(state).say(text, sendOptions),
      get inItsName() {
        return inName(state);
      },
      topic(name, by) {
        if (state.body["is_forum"] !== true) throw new Error("the group has no topics");
        const opened = { forum_topic_created: { name, icon_color: 7322096 }, is_topic_message: true };
        return as(by).send(opened).message_id;
      },
      closeTopic: (thread) => void state.closedTopics.add(thread),
      deleteTopic(thread) {
        for (const [id, { body }] of state.messages) {
          if (body["message_thread_id"] === thread) state.messages.delete(id);
        }
      },
      letWrite(mayWrite) {
        state.mayWrite = mayWrite;
      },
      migrate(by) {
        if (state.kind !== "group") throw new Error("only a basic group becomes a supergroup");
        const next = group({ ...options, type: "supergroup" });
        as(by).send({ migrate_to_chat_id: next.id });
        state.migratedTo = next.id;
        inName(chats.find(next.id) ?? state).send({ migrate_from_chat_id: state.id });
        return next;
      },
    };
  }

  function channel(options: ChannelOptions = {}): Channel {
    const { title = "Kitchen Notes", username, reactions, signs = false, bot = "administrator" } = options;
    const id = -1_000_000_000_000 - (nextGroup++ % 3_000_000_000);
    const state = chats.ensure(compact({ id, title, username, type: "channel" }));
    state.standing = bot;
    state.reactions = reactions;
    return {
      id,
      chat: state.body,
      as(person) {
        const { first_name, last_name } = person.user;
        const author_signature = signs ? [first_name, last_name].filter(Boolean).join(" ") : undefined;
        const sender = () => compact({ author_signature, sender_chat: state.body });
        return actor(() => state, sender);
      },
      originOf: ({ message_id, date, author_signature }) => ({
        type: "channel",
        chat: state.body,
        message_id,
        date,
        ...(author_signature !== undefined && { author_signature }),
      }),
    };
  }

  return { group, channel };
}
