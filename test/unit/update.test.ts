import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { TelegramMessage, TelegramUpdate } from "../../src/domain/telegram.ts";
import { kindOf } from "../../src/messages/content.ts";
import { readUpdate } from "../../src/messages/update.ts";
import { mutatedUpdates } from "../support/mutated.ts";
import { runs } from "../support/property.ts";
import { ALICE, BOT, command, must, photo, press, update } from "../support/store.ts";

const SAMPLES = join(import.meta.dir, "../fixtures/telegram/updates");

function samples(name: string): TelegramUpdate[] {
  return [JSON.parse(readFileSync(join(SAMPLES, `${name}.json`), "utf8"))].flat();
}

const sample = (name: string, at = 0) => must(samples(name)[at]);
const read = (sent: unknown) => readUpdate(sent as TelegramUpdate, BOT);

/** `task/content`, `edit of` a message, or `nothing:reason`; with "secrets" where a token is in it. */
function inShort(sent: TelegramUpdate): string {
  const { task, secrets } = read(sent);
  const about = sent.message ? kindOf(sent.message) : "unknown";
  const what = {
    message: `message/${about}`,
    album: `album/${about}`,
    nothing: task.kind === "nothing" ? `nothing:${task.reason}` : "",
    capture: task.kind === "capture" ? `capture of ${task.of}` : "",
    unreadable: "unreadable",
    overheard: "overheard",
    migration: task.kind === "migration" ? `migration to ${task.to}` : "",
    membership: task.kind === "membership" ? `${task.was} to ${task.is}` : "",
    command: "command",
    press: "press",
    inline: "inline",
    leaked_token: "leaked_token",
    reaction: task.kind === "reaction" ? `reaction to ${task.to}` : "",
    edit: task.kind === "edit" ? `edit of ${task.of}${task.live ? ", live" : ""}` : "",
  }[task.kind];
  return secrets.length > 0 ? `${what} secrets` : what;
}

/** What a sample of one update asks for, and which samples do. */
const ALIKE: Record<string, string> = {
  "message/animation": "animation",
  "message/audio": "audio-no-tags audio",
  "nothing:unknown_update_kind":
    "business-message deleted-business-messages future-unknown-kind guest-message",
  inline: "inline-query",
  "reaction to 4101": "message-reaction",
  press: "callback-query-inaccessible callback-query-inline-message callback-query",
  "edit of 361": "channel-post-edited",
  "edit of 4161": "checklist-edited checklist-tasks-added checklist-tasks-done",
  "nothing:service_message": "checklist-service-without-message",
  "message/checklist": "checklist",
  "command secrets": "command-bind-token command-start-payload",
  command: "command-start-bare group-command-to-bot text-auto-entities",
  "message/contact": "contact-minimal contact",
  "message/dice": "dice",
  "message/document":
    "document-20mb-edge document-bare document-image-uncompressed document-pdf document-too-big " +
    "document-unsafe-name",
  "edit of 4191": "edited-album-part",
  "nothing:malformed": "ephemeral-message",
  "message/text":
    "forward-channel-private forward-chat forward-hidden-user forward-user group-text-mention " +
    "message-effect-offline message-private-topic message-protected message-via-bot " +
    "reply-checklist-task reply-deleted-target reply-external-photo reply-external reply-plain " +
    "reply-quote reply-story reply-to-bot text-blockquotes text-custom-emoji-date-time text-entities " +
    "text-link-preview-options text-localhost-links text-markdown-typed text-overlap-split text-plain " +
    "text-pre-code text-quote-nested-styles text-styles-split-by-links text-utf16-traps " +
    "text-whitespace-newlines",
  "message/photo": "forward-channel photo-caption photo-no-caption-spoiler",
  "message/unknown": "future-unknown-content",
  "message/game": "game",
  "message/giveaway": "giveaway",
  "nothing:not_private": "group-command-to-other-bot group-topic-created",
  overheard:
    "channel-post giveaway-winners group-anonymous-admin group-automatic-forward group-sender-channel group-topic-general group-topic-message",
  "message/invoice": "invoice",
  "message/live_photo": "live-photo",
  "message/location": "location",
  "left to member": "my-chat-member-added-to-group",
  "nothing:member": "my-chat-member-blocked my-chat-member-unblocked",
  "message/paid_media": "paid-media",
  "message/poll": "poll-quiz poll-regular",
  "message/rich_message": "rich-message-simple rich-message",
  "message/sticker": "sticker-animated sticker-static sticker-video",
  "message/story": "story-forward",
  "message/venue": "venue",
  "message/video_note": "video-note",
  "message/video": "video-qualities-cover video",
  "message/voice": "voice-caption voice",
};

/** What each update of the others asks for. */
const EXPECTED: Record<string, string[]> = {
  "album-audio-interleaved": ["album/audio", "message/text", "album/audio"],
  "album-documents-captions": ["album/document", "album/document"],
  "album-photo-video": ["album/photo", "album/video"],
  "album-photos": ["album/photo", "album/photo", "album/photo"],
  "edited-caption": ["message/photo", "edit of 4188"],
  "edited-media": ["message/photo", "edit of 4189"],
  "edited-no-visible-change": ["message/text", "edit of 4190"],
  "edited-text": ["message/text", "edit of 4187"],
  "forward-album": ["album/photo", "album/photo"],
  "forward-with-comment": ["message/text", "message/text", "message/text"],
  "group-migrate": ["migration to -1002233445566", "migration to -1002233445566"],
  "location-live": ["message/location", "edit of 4150, live", "edit of 4150"],
  "service-messages": [
    ...Array(6).fill("nothing:not_private"),
    "nothing:service_message",
    "nothing:not_private",
    "nothing:service_message",
  ],
  "text-long-split": ["message/text", "message/text"],
};
for (const [what, names] of Object.entries(ALIKE))
  for (const name of names.split(" ")) EXPECTED[name] = [what];

describe("the sample updates", () => {
  test("are all in the table", () => {
    const names = readdirSync(SAMPLES).filter((name) => name.endsWith(".json"));
    expect(Object.keys(EXPECTED).toSorted()).toEqual(
      names.map((name) => name.replace(".json", "")).toSorted(),
    );
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    test(`${name} asks for ${[...new Set(expected)].join(", ")}`, () => {
      expect(samples(name).map(inShort)).toEqual(expected);
    });
  }

  test("are kept as they came, with the key that names their kind", () => {
    for (const name of Object.keys(EXPECTED)) {
      for (const sent of samples(name)) {
        const incoming = read(sent);
        expect(incoming.json).toBe(JSON.stringify(sent));
        expect(incoming.update_id).toBe(sent.update_id);
        expect(Object.keys(sent)).toContain(incoming.kind);
      }
    }
  });

  test("have a fingerprint each that no other has", () => {
    const prints = Object.keys(EXPECTED).flatMap((name) =>
      samples(name).map((sent) => read(sent).fingerprint),
    );
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe("what is read of an update", () => {
  test("is its chat, its message and its sender", () => {
    expect(read(sample("text-plain"))).toMatchObject({
      update_id: 728431901,
      kind: "message",
      chat_id: ALICE,
      message_id: 4100,
      sender: { id: ALICE, username: "ada_lq", language: "en" },
      secrets: [],
    });
  });

  test("of a press is who pressed, not who wrote the message", () => {
    expect(read(press("p:1:1", { sender: 42 }))).toMatchObject({
      kind: "callback_query",
      chat_id: 42,
      message_id: 5,
      sender: { id: 42, username: null, language: null },
    });
    expect(read(sample("callback-query-inline-message"))).toMatchObject({ chat_id: null, message_id: null });
  });
});

describe("the fingerprint", () => {
  const of = (sent: unknown) => read(sent).fingerprint;
  const base = { update_id: 1, message_id: 7, date: 1000 };

  test("differs by kind, chat, message and date, and by the date of an edit", () => {
    const { message } = update(base);
    const others = [
      update(base),
      update({ ...base, message_id: 8 }),
      update({ ...base, date: 1001 }),
      update({ ...base, sender: 99 }),
      { update_id: 1, edited_message: message },
      { update_id: 1, edited_message: { ...message, edit_date: 1005 } },
      { update_id: 1, edited_message: { ...message, edit_date: 1006 } },
      { update_id: 1, channel_post: message },
      press("p:1:1", { id: "a", update_id: 1 }),
      press("p:1:1", { id: "b", update_id: 1 }),
    ];
    expect(new Set(others.map(of)).size).toBe(others.length);
  });

  test("does not depend on the update id: that is what it is compared under", () => {
    expect(of(update({ ...base, update_id: 2 }))).toBe(of(update(base)));
  });
});

const PAT = "memos_pat_0123456789";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";

describe("tokens", () => {
  test("in what was written make the message one to be deleted, not saved", () => {
    for (const sent of [
      update({ text: `my token is ${PAT}!` }),
      update({ text: JWT }),
      photo(null, { caption: PAT }),
      photo("G", { caption: PAT }),
      update({ text: PAT, entities: [{ type: "code", offset: 0, length: PAT.length }] }),
    ]) {
      expect(read(sent).task).toEqual({ kind: "leaked_token" });
      expect(read(sent).secrets).toHaveLength(1);
    }
  });

  test("in code were shown on purpose: the message is saved, and yet sealed", () => {
    for (const type of ["code", "pre"] as const) {
      const incoming = read(
        update({ text: `a ${PAT}`, entities: [{ type, offset: 2, length: PAT.length } as never] }),
      );
      expect(incoming.task).toEqual({ kind: "message" });
      expect(incoming.secrets).toEqual([PAT]);
    }
  });

  test("are found wherever they are in the update", () => {
    const reply_to_message = { message_id: 1, date: 1, chat: { id: 1 }, text: `${PAT} ${JWT}` };
    expect(read(update({ reply_to_message: reply_to_message as never })).secrets.toSorted()).toEqual(
      [JWT, PAT].toSorted(),
    );
  });

  test("behind links, in polls, checklists, contacts and places make the message one to be deleted, too", () => {
    const { text: _, ...bare } = must(update().message) as TelegramMessage;
    const link = { type: "text_link", offset: 0, length: 5, url: `https://x.example/?t=${PAT}` };
    for (const content of [
      { text: "click here", entities: [link] },
      { poll: { question: `what is ${PAT}`, options: [{ text: "a" }] } },
      { poll: { question: "what is it?", options: [{ text: "a" }, { text: PAT }] } },
      { checklist: { title: PAT, tasks: [] } },
      { checklist: { title: "todo", tasks: [{ id: 1, text: `try ${JWT}` }] } },
      { contact: { phone_number: "1", first_name: "Token", last_name: PAT } },
      { venue: { title: PAT, address: "x", location: { latitude: 1, longitude: 1 } } },
      { rich_message: { blocks: [{ type: "paragraph", text: { type: "url", text: "a", url: PAT } }] } },
      { text: "a post", reply_markup: { inline_keyboard: [[{ text: "a", copy_text: { text: PAT } }]] } },
    ]) {
      const incoming = read({ update_id: 1, message: { ...bare, ...content } });
      expect(incoming.task).toEqual({ kind: "leaked_token" });
      expect(incoming.secrets).toHaveLength(1);
    }
  });

  test("behind other commands than /bind and /start are shown by mistake", () => {
    for (const name of ["search", "tag", "status", "unbind", "help", "frobnicate", "save", "id"]) {
      expect(read(command(`/${name} ${PAT}`)).task).toEqual({ kind: "leaked_token" });
    }
    expect(read(command(`/bind ${PAT}`)).task).toEqual({ kind: "command" });
    expect(read(command(`/start ${PAT}`)).task).toEqual({ kind: "command" });
  });

  test("behind /bind are secret whatever they look like, as JSON writes them; behind /start by their looks", () => {
    expect(read(command('/bind my"token\\here')).secrets).toEqual(['my\\"token\\\\here']);
    expect(read(command("/start 0123456789")).secrets).toEqual([]);
    expect(read(command(`/start ${PAT}`)).secrets).toEqual([PAT]);
    expect(read(command("/bind short")).secrets).toEqual([]);
    expect(read(command("/help 0123456789")).secrets).toEqual([]);
    expect(read(command("/start inv_0123456789")).secrets).toEqual(["inv_0123456789"]);
  });

  test("in a group are to be removed from there, also behind /bind, and so are invitations", () => {
    const chat = { id: -100, type: "supergroup", title: "All" } as never;
    expect(read(command("/bind anything-at-all", { chat })).task).toEqual({ kind: "leaked_token" });
    expect(read(update({ text: PAT, chat })).task).toEqual({ kind: "leaked_token" });
    expect(read(command("/start inv_0123456789", { chat })).task).toEqual({ kind: "leaked_token" });
    expect(read(command("/start hello", { chat })).task).toEqual({ kind: "command" });
    expect(read(command("/bind@other_bot anything-at-all", { chat })).task).toMatchObject({
      reason: "not_private",
    });
  });
});

describe("an edit", () => {
  const edited = (sent: Parameters<typeof update>[0] = {}) => {
    const { update_id, message } = update(sent);
    return read({ update_id, edited_message: { ...message, edit_date: 1_795_340_060 } });
  };

  test("is of the message that it changes, and says which album that belongs to", () => {
    expect(edited({ message_id: 7 }).task).toEqual({
      kind: "edit",
      of: 7,
      live: false,
      media_group_id: null,
    });
    expect(read({ update_id: 1, edited_message: photo("G", { message_id: 8 }).message }).task).toMatchObject({
      of: 8,
      media_group_id: "G",
    });
  });

  test("runs no command, offers no token and answers no question", () => {
    for (const text of ["/help", "/bind some-long-token", "/unbind"]) {
      const { update_id, message } = command(text, { message_id: 7 });
      const incoming = read({ update_id, edited_message: message });
      expect(incoming.task).toMatchObject({ kind: "edit", of: 7 });
    }
  });

  test("that shows a token asks for that to be deleted", () => {
    expect(edited({ text: `oh: ${PAT}` }).task).toEqual({ kind: "leaked_token" });
    expect(edited({ text: `oh: ${PAT}` }).secrets).toEqual([PAT]);
  });

  test("of another bot in a group is nothing; of who hides behind it, it may be of a note", () => {
    const chat = { id: -100, type: "supergroup", title: "All" } as never;
    expect(edited({ chat }).task).toMatchObject({ kind: "edit" });
    expect(edited({ chat, sender_chat: chat }).task).toMatchObject({ kind: "edit" });
    const from = { id: 9, is_bot: true, first_name: "Robot" };
    const channel = { id: -100, type: "channel" } as never;
    for (const nothing of [{ chat, from }, { chat: channel }]) {
      expect(edited(nothing).task).toMatchObject({ kind: "nothing", reason: "not_private" });
    }
  });
});

describe("a channel's post", () => {
  const chat = { id: -1001893344556, title: "Kitchen Notes", type: "channel" } as const;
  const read = (kind: "channel_post" | "edited_channel_post", more: object) =>
    readUpdate({ update_id: 1, [kind]: { message_id: 7, date: 1, chat, sender_chat: chat, ...more } }, BOT);
  const bold = [{ type: "bot_command", offset: 0, length: 5 }];

  test("is nobody's and never meant for the bot, also where it looks like a command", () => {
    for (const text of ["Sourdough", "/bind"]) {
      const post = read("channel_post", { text, entities: bold });
      expect(post).toMatchObject({ chat_id: chat.id, message_id: 7, sender: null });
      expect(post.task).toEqual({ kind: "overheard", media_group_id: null });
    }
    const part = read("channel_post", { photo: [], caption: "x", media_group_id: "9" });
    expect(part.task).toEqual({ kind: "overheard", media_group_id: "9" });
  });

  test("that was edited is an edit of it; a note of Telegram's is nothing", () => {
    const edit = read("edited_channel_post", { text: "Sourdough!", edit_date: 5 });
    expect(edit.task).toEqual({ kind: "edit", of: 7, live: false, media_group_id: null });
    const note = read("channel_post", { pinned_message: { message_id: 1, date: 0, chat } });
    expect(note.task).toEqual({ kind: "nothing", reason: "service_message", keep: false });
  });

  test("with an access token in it asks for that not to be kept", () => {
    for (const kind of ["channel_post", "edited_channel_post"] as const) {
      const post = read(kind, { text: `ours: ${PAT}` });
      expect([post.task.kind, post.secrets]).toEqual(["leaked_token", [PAT]]);
    }
  });
});

describe("an update of any shape", () => {
  test("is read without an error as long as it has an integer update_id", () => {
    fc.assert(
      fc.property(mutatedUpdates(), (sent) => {
        const incoming = read(sent);
        expect(incoming.update_id).toBe(sent.update_id);
        expect(incoming.fingerprint).toBeString();
        expect(JSON.parse(incoming.json)).toEqual(sent);
        expect(incoming.chat_id === null || Number.isSafeInteger(incoming.chat_id)).toBe(true);
        expect(incoming.message_id === null || Number.isSafeInteger(incoming.message_id)).toBe(true);
        if (incoming.task.kind === "message" || incoming.task.kind === "album") {
          expect([incoming.chat_id, incoming.message_id]).not.toContain(null);
        }
        for (const secret of incoming.secrets) expect(secret).toBeString();
      }),
      runs,
    );
  });

  test("has a fingerprint though its ids cannot be made texts", () => {
    const id = { toString: null };
    expect(read({ update_id: 1, callback_query: { id } }).fingerprint).toBe("callback_query");
    expect(read({ update_id: 1, message: { message_id: id } }).fingerprint).toBe("message");
  });

  test("without an integer update_id is refused by a TypeError", () => {
    for (const update_id of [undefined, null, "1", 1.5, Number.NaN, 2 ** 60, {}, []]) {
      expect(() => read({ update_id, message: update().message })).toThrow(TypeError);
    }
  });
});

test("an update that cannot be read is kept, and stops no other", () => {
  const message = { message_id: 1, date: 1, chat: { id: 2, type: "private" }, from: { id: 2 } };
  Object.defineProperty(message, "text", {
    get() {
      throw new Error("of a shape that nobody thought of");
    },
  });
  const kept = read({ update_id: 7, message });
  expect(kept.task).toEqual({ kind: "unreadable" });
  expect(kept).toMatchObject({ update_id: 7, chat_id: 2, message_id: 1 });
});

test("what has no ids that are numbers or words, or what no number or word can be made of, is kept as unreadable", () => {
  const { message } = update();
  const odd = { toString: 1 };
  for (const sent of [
    { message: { ...message, chat: { ...message?.chat, id: odd } } },
    { message: { ...message, message_id: "5" } },
    { callback_query: { id: odd, from: message?.from } },
    { callback_query: { id: "5", from: { id: 2 ** 53 } } },
    // What needs a number or a text there would throw.
    { message: { ...message, date: odd } },
    {
      message: { ...message, forward_origin: { type: "user", date: 1, sender_user: { id: { valueOf: 1 } } } },
    },
  ]) {
    expect(read({ update_id: 7, ...sent }).task).toEqual({ kind: "unreadable" });
  }
});

test("what is nested too deep to be followed is kept as it came, and by its id where not even that can be", () => {
  const nested = (depth: number) => `{"update_id":7,"message":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  for (const [depth, json] of [
    [300, nested(300)],
    [1_000_000, '{"update_id":7}'],
  ] as const) {
    const kept = read(JSON.parse(nested(depth)));
    expect(kept.task).toEqual({ kind: "unreadable" });
    expect(kept.json === json).toBe(true);
  }
});
