/** How it is told that a message was saved. */
export const CONFIRMATIONS = ["reply", "reaction", "off"] as const;
export type Confirmation = (typeof CONFIRMATIONS)[number];

/** Where others read along. */
export const CHAT_TYPES = ["group", "supergroup", "channel"] as const;
export type ChatType = (typeof CHAT_TYPES)[number];

/** What becomes a memo in a group: what is said to the bot, or every message. In a channel it is every post. */
export const CHAT_MODES = ["addressed", "all"] as const;
export type ChatMode = (typeof CHAT_MODES)[number];

/** Which tag the memos of a group have from the topic that they were said in: none, its name, or that below the group's. */
export const TOPIC_TAGS = ["off", "topic", "title"] as const;
export type TopicTags = (typeof TOPIC_TAGS)[number];

/** Which notifications of Memos somebody is told in the chat. */
export const NEWS = ["off", "comments", "mentions", "all"] as const;
export type News = (typeof NEWS)[number];

/** How often somebody gets a digest of their memos. */
export type Digest = "off" | "daily" | "weekly";

/** What the bot asks for in a message whose replies are the answer. */
export const ASKED_FOR = ["tags", "time_zone", "rule"] as const;
export type AskedFor = (typeof ASKED_FOR)[number];

/**
 * What somebody is asked about a post: whether it is in the channel, whether it is to go since fewer see its memo, or
 * whether to publish anew what cannot be changed in its place, or what was refused.
 */
export type PostQuestion = "sent" | "removed" | "changed";

/** When a memo may come back, by a button. */
export const OFFERED_TIMES = ["hour", "evening", "tomorrow"] as const;
export type OfferedTime = (typeof OFFERED_TIMES)[number];
