import { askName, isOwn } from "../accounts/account-name.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/queue/transitions.ts";
import type { Store } from "../store/store.ts";
import type { TelegramApi } from "../telegram/api.ts";
import type { Identity } from "../telegram/identity.ts";
import { type Asking, createAskMemos } from "./ask-memos.ts";
import type { createMemoUrls } from "./memo-urls.ts";
import type { Health } from "./notices/status.ts";

/** What the chat is given. */
export interface ChatDeps {
  readonly botId: number;
  readonly store: Store;
  readonly memos: MemosClient;
  readonly api: TelegramApi;
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
export interface Said extends Asking {
  readonly message: TelegramMessage;
  readonly job: Pick<Job, "id" | "reason" | "created_at">;
}

export type ChatContext = ReturnType<typeof createChatContext>;

/** What all parts of the chat work with. */
export function createChatContext(deps: ChatDeps) {
  const { store, memos, suspectToken, clock } = deps;
  const { bindings } = store;
  return {
    ...deps,
    ...createAskMemos({ bindings, server: memos.server, suspectToken, clock }),
    /** What the server calls an account by now: an upgrade of Memos may name it anew. */
    accountNames: {
      /** Asks Memos. The binding under that name; undefined when the person was bound anew meanwhile. */
      askName: (binding: Binding, token: Secret, signal: AbortSignal) =>
        askName({ memos, bindings }, binding, token, signal),
      /** Whether a memo is of the account; Memos is asked only where it seems not. */
      isOwn: (of: { binding: Binding; token: Secret; memo: Memo }, signal: AbortSignal) =>
        isOwn({ memos, bindings }, of, signal),
    },
  };
}
