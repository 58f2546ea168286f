import type { ChatState, Chats } from "./chats.ts";
import { compact, type JsonObject } from "./json.ts";
import type { Actor, Group, GroupOptions, Person } from "./people-types.ts";

/** Who stands for administrators that hide themselves. */
const anonymous = { id: 1087968824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" };

export function createGroups(parts: {
  chats: Chats;
  actor: (chatOf: () => ChatState, sender: () => JsonObject) => Actor;
  memberUpdate: (chat: ChatState, from: unknown, before: JsonObject, after: JsonObject) => void;
}): (options?: GroupOptions) => Group {
  const { chats, actor, memberUpdate } = parts;
  let nextGroup = 4_812_345_678;

  function group(options: GroupOptions = {}): Group {
    const type = options.type ?? "group";
    const id = type === "group" ? -nextGroup++ : -1_000_000_000_000 - (nextGroup++ % 3_000_000_000);
    const title = options.title ?? "Trip";
    const state = chats.ensure(
      type === "group"
        ? {
            id,
            title,
            type,
            all_members_are_administrators: true,
            accepted_gift_types: {
              unlimited_gifts: false,
              limited_gifts: false,
              unique_gifts: false,
              premium_subscription: false,
              gifts_from_channels: false,
            },
          }
        : compact({ id, title, username: options.username, is_forum: options.isForum || undefined, type }),
    );
    state.hasPrivacy = options.privacy ?? true;
    if (options.admin || type === "channel") state.standing = "administrator";
    return groupOf(state, options);
  }

  function groupOf(state: ChatState, options: GroupOptions): Group {
    const inName = actor(
      () => state,
      () => ({ ...(state.kind === "channel" ? {} : { from: anonymous }), sender_chat: state.body }),
    );
    const as = (person: Person) => person.in({ id: state.id });
    return {
      id: state.id,
      chat: state.body,
      as,
      join(people, by) {
        for (const person of people) state.members.set(person.id, "member");
        const first = by ?? people[0];
        if (!first) throw new Error("nobody joins");
        return as(first).send({ new_chat_members: people.map(({ user }) => user) });
      },
      leave(person, by = person) {
        const message = as(by).send({ left_chat_member: person.user });
        state.members.set(person.id, by === person ? "left" : "kicked");
        return message;
      },
      post: (text, sendOptions) => inName.say(text, sendOptions),
      topic(name, by) {
        if (state.body["is_forum"] !== true) throw new Error("the group has no topics");
        const opened = { forum_topic_created: { name, icon_color: 7322096 }, is_topic_message: true };
        return as(by).send(opened).message_id;
      },
      migrate(by) {
        if (state.kind !== "group") throw new Error("only a basic group becomes a supergroup");
        const next = group({ ...options, type: "supergroup" });
        as(by).send({ migrate_to_chat_id: next.id });
        state.migratedTo = next.id;
        const nextState = chats.find(next.id);
        for (const [id, standing] of state.members) nextState?.members.set(id, standing);
        actor(
          () => nextState ?? state,
          () => ({ from: anonymous, sender_chat: next.chat }),
        ).send({ migrate_from_chat_id: state.id });
        return next;
      },
      removeBot(by, how = "kicked") {
        state.standing = how;
        memberUpdate(
          state,
          by.user,
          { status: "member" },
          how === "kicked" ? { status: how, until_date: 0 } : { status: how },
        );
      },
      addBot(by) {
        state.standing = options.admin ? "administrator" : "member";
        memberUpdate(state, by.user, { status: "left" }, { status: "member" });
        if (state.kind !== "channel") as(by).send({ new_chat_members: [chats.bot] });
      },
    };
  }

  return group;
}
