import { askName, isOwn } from "../accounts/account-name.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import type { Message } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/queue/transitions.ts";
import type { Store } from "../store/store.ts";
import type { TelegramApi, TelegramUploads } from "../telegram/api.ts";
import type { Identity } from "../telegram/identity.ts";
import { createCommandTimeout } from "./buttons/command-timeout.ts";
import { type Asker, createAskerOf } from "./connect/account-lookup.ts";
import type { createMemoUrls } from "./memo-urls.ts";
import type { Health } from "./notices/status.ts";
import { createTrouble } from "./notices/trouble.ts";

/** What the chat is given. */
export interface ChatDeps {
  readonly botId: number;
  readonly store: Store;
  readonly memos: MemosClient;
  readonly api: TelegramApi & TelegramUploads;
  readonly identity: Identity;
  readonly accounts: Accounts;
  readonly urls: ReturnType<typeof createMemoUrls>;
  readonly textsFor: TextsFor;
  readonly health: () => Health;
  /** A token may have died. */
  readonly suspectToken: (telegramId: number) => void;
  /** One change at a time for each memo, also by an edit of its message. */
  readonly memoMutex: <T>(memoName: string, work: () => Promise<T>) => Promise<T>;
  /** Kept by all that is sent. */
  readonly pace: {
    /** How long nothing may be sent to a chat, in ms. */
    restsMs(chatId: number): number;
    called(chatId: number): void;
    pause(ms: number): void;
  };
  /** The largest file that the Bot API takes. */
  readonly uploadLimitBytes: number;
  readonly background: Background;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A message in hand. */
export interface Said {
  readonly message: TelegramMessage;
  readonly job: Pick<Job, "id" | "reason" | "created_at">;
  readonly from: number;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

export type ChatContext = ReturnType<typeof createChatContext>;

/** What all parts of the chat work with. */
export function createChatContext(deps: ChatDeps) {
  const { store, memos, suspectToken, clock } = deps;
  const { bindings } = store;
  const askerOf = createAskerOf({ bindings, server: memos.server });
  const trouble = createTrouble({ suspectToken });
  return {
    ...deps,
    /** Looks up who asks. */
    askerOf,
    /** What the server calls an account by now: an upgrade of Memos may name it anew. */
    accountNames: {
      /** Asks Memos. The binding under that name; undefined when the person was bound anew meanwhile. */
      askName: (binding: Binding, token: Secret, signal: AbortSignal) =>
        askName({ memos, bindings }, binding, token, signal),
      /** Whether a memo is of the account; Memos is asked only where it seems not. */
      isOwn: (of: { binding: Binding; token: Secret; memo: Memo }, signal: AbortSignal) =>
        isOwn({ memos, bindings }, of, signal),
    },
    /** Tells in words what went wrong at Memos. */
    trouble,
    /** Runs what needs Memos; trouble with it is told in words. */
    async withMemos(
      asked: Pick<Said, "from" | "texts" | "signal">,
      work: (asker: Asker) => Promise<Message>,
    ): Promise<Message> {
      const { from, texts } = asked;
      const asker = askerOf(from);
      if (!asker) return { text: texts.notBound };
      try {
        return await work({ ...asker, texts });
      } catch (error) {
        return { text: trouble(asked, error) };
      }
    },
    /** Ends a call to Memos that takes longer than people wait. */
    withTimeout: createCommandTimeout(clock),
  };
}
