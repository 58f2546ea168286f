import { messageOf } from "../../base/errors.ts";
import { albumsOf, type OfChat } from "../../messages/exported/albums.ts";
import type { ExportedChat } from "../../messages/exported/export-format.ts";
import { readExported } from "../../messages/exported/exported-message.ts";
import { UsageError } from "../format.ts";
import type { Export, Exported } from "./read-export.ts";

export interface Wanted {
  /** Ids or names; none: all of an export of one chat. */
  readonly chat: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly isDryRun: boolean;
  readonly botId: number;
}

interface Selected extends OfChat {
  /** By the clock of the computer that exported it. */
  readonly time: string;
  readonly isMissing: boolean;
}

const NOTHING = { messages: 0, memos: 0, missing: 0, notes: 0, unsupported: 0 };
export type Counts = typeof NOTHING;

/** Type and id as the export has them for senders; of a group and the supergroup that it became they are two. */
export function keyOf({ type, id }: ExportedChat): string {
  const kind = type === "private_group" ? "chat" : /supergroup|channel/.test(type) ? "channel" : "user";
  return `${kind}${id}`;
}

export type Selection = ReturnType<typeof createSelection>;

/** What of an export is to be imported, and what there is in each chat. `personOf`: for whom, by whose export it is. */
export function createSelection(source: Export, wanted: Wanted, personOf: (owner: number | null) => number) {
  const found = new Map<string, { readonly chat: ExportedChat; readonly counts: Counts }>();
  let bytes = 0;
  let person: number | null = null;
  let trouble: string | null = null;

  const countsOf = (chat: ExportedChat): Counts => {
    const known = found.get(keyOf(chat)) ?? { chat, counts: { ...NOTHING } };
    found.set(keyOf(chat), known);
    return known.counts;
  };

  async function* messages(): AsyncGenerator<Selected> {
    try {
      for await (const one of source.messages()) {
        bytes = one.bytes;
        const { chat, message } = one;
        const time = typeof message.date === "string" ? message.date : "";
        if (!isChosen(one, wanted)) continue;
        person ??= personOf(one.owner);
        const isNote = message.type === "service";
        const read = readExported(message, { chat, owner: person, files: source.files });
        // One that has neither words nor anything else.
        const isEmpty =
          message.type === "unsupported" || !Number.isSafeInteger(message.id) || read.text === "";
        if (isNote || isEmpty) {
          if (isWithin(time, wanted)) countsOf(chat)[isNote ? "notes" : "unsupported"] += 1;
        } else yield { chat, message: read, time, isMissing: source.isMissing(message) };
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      trouble = `result.json is broken (${messageOf(error)}): what came before that was read. Export it again for the rest.`;
    }
  }

  return {
    /** By key of the chat. */
    found,
    /** Known once there is a message. */
    person: () => person ?? 0,
    /** How much of the file was read so far. */
    bytes: () => bytes,
    /** Why not all of the file could be read. */
    trouble: () => trouble,
    /** What was sent together is told together: it is chosen by the time of the first. */
    async *albums(): AsyncGenerator<readonly Selected[]> {
      for await (const album of albumsOf(messages())) {
        const [first] = album;
        if (!first || !isWithin(first.time, wanted)) continue;
        const counts = countsOf(first.chat);
        counts.memos += 1;
        counts.messages += album.length;
        counts.missing += album.filter(({ isMissing }) => isMissing).length;
        yield album;
      }
    },
  };
}

/** What was sent to this bot was saved then, and has other ids there than the bot saw. */
function isChosen({ chat, isWhole }: Exported, { chat: names, isDryRun, botId }: Wanted): boolean {
  if (names.length > 0) return names.some((name) => name === String(chat.id) || name === titleOf(chat));
  if (isWhole && !isDryRun)
    throw new UsageError(
      "this is the export of a whole account: name with --chat what is to be imported; --dry-run lists its chats",
    );
  return chat.type !== "bot_chat" || chat.id !== botId;
}

export const titleOf = ({ name, type }: ExportedChat) =>
  name ?? (type === "saved_messages" ? "Saved Messages" : type);

/** A day, a month or a year includes all that begins with it. */
const isWithin = (time: string, { from = "", to }: Wanted) =>
  time >= from && (to === undefined || time.slice(0, to.length) <= to);
