import type { Actor } from "../fakes/telegram.ts";
import { change, oneOf, said, type TrafficKind } from "./traffic.ts";
import { CHANGES } from "./traffic-changes.ts";

const changes = (...names: string[]) => CHANGES.filter(({ name }) => names.includes(name));

/** What people do in a group where the bot hears only commands and replies to what it said. */
export function groupTraffic(stranger: Actor): readonly TrafficKind[] {
  return [
    {
      name: "words to be saved",
      weight: 25,
      act({ actor, memos }, mark) {
        memos.push(said(actor.say(`/save ${mark}`), { words: [mark] }));
      },
    },
    {
      name: "talk that is nothing to the bot",
      weight: 5,
      act({ actor }, mark) {
        actor.say(mark);
      },
    },
    {
      name: "somebody else's message that is saved",
      weight: 15,
      act({ actor, memos }, mark) {
        const theirs = stranger.say(mark);
        const at = new Date(theirs.date * 1000).toISOString().slice(0, 16).replace("T", " ");
        const source = `> [Eve](https://t.me/trip_group/${theirs.message_id}) · Trip · ${at} UTC`;
        memos.push(said(actor.reply(theirs, "/save"), { words: [source, mark] }));
      },
    },
    {
      name: "a comment on what one had saved",
      weight: 12,
      act({ actor, memos }, mark, random) {
        const one = oneOf(
          memos.filter(({ words }) => words.length === 1),
          random,
        );
        if (!one) return;
        one.comments.push({ message: actor.reply(one.message, `/save ${mark}`), content: mark, files: [] });
      },
    },
    {
      name: "an edit of what one had saved",
      weight: 10,
      act({ actor, memos }, mark, random) {
        const one = oneOf(
          memos.filter(({ words }) => words.length === 1),
          random,
        );
        if (!one) return;
        actor.edit(one.message.message_id, { text: `/save ${mark}` });
        change(one, [mark]);
      },
    },
    ...changes("a press", "a command about a memo"),
  ];
}
