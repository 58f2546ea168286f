import { askName, isOwn } from "../accounts/account-name.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { Clock } from "../base/clock.ts";
import { type Log, logger } from "../base/log.ts";
import { createPresses } from "../chat/buttons/callback-router.ts";
import { createCommandTimeout } from "../chat/buttons/command-timeout.ts";
import { createFailedPresses } from "../chat/buttons/failed-buttons.ts";
import { createMemoPresses } from "../chat/buttons/memo-buttons.ts";
import { createCommandWork } from "../chat/commands/command-work.ts";
import { type CommandsDeps, createCommands } from "../chat/commands/commands.ts";
import { createAnswerInGroup } from "../chat/commands/group-commands.ts";
import { createMemoCommands } from "../chat/commands/memo-commands.ts";
import { type AccountNames, createAskerOf } from "../chat/connect/account-lookup.ts";
import { createConnect } from "../chat/connect/connect.ts";
import { createGuests } from "../chat/connect/guests.ts";
import { createFinder } from "../chat/lists/search.ts";
import { createShower } from "../chat/lists/show.ts";
import { createFileSending } from "../chat/lists/show-files.ts";
import { createShownLists } from "../chat/lists/shown-lists.ts";
import { createMemoActions } from "../chat/memo-actions.ts";
import { createTrouble } from "../chat/notices/trouble.ts";
import type { Pace } from "../delivery/pace.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import type { Store } from "../store/store.ts";
import type { TelegramApi, TelegramUploads } from "../telegram/api.ts";
import type { Identity } from "../telegram/identity.ts";

/** What works the commands and button presses of the chat, and what goes on behind them. */
export interface Chat {
  work(leased: LeasedJob, signal: AbortSignal): Promise<void>;
  readonly fileSending: ReturnType<typeof createFileSending>;
}

export interface ChatDeps {
  readonly botId: number;
  readonly store: Store;
  readonly memos: MemosClient;
  readonly api: TelegramApi & TelegramUploads;
  readonly identity: Identity;
  readonly accounts: Accounts;
  readonly health: CommandsDeps["health"];
  /** The largest file that the Bot API takes. */
  readonly uploadLimitBytes: number;
  readonly memoMutex: Parameters<typeof createMemoCommands>[0]["mutex"];
  readonly memoUrl: (name: string) => string | null;
  readonly tokenPlace: (texts: Texts) => string;
  readonly suspectToken: (telegramId: number) => void;
  readonly textsFor: TextsFor;
  /** Kept by all that is sent. */
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Joins the parts of the chat: a piece of the composition root. */
export function createChat(deps: ChatDeps): Chat {
  const { botId, store, memos, api, identity, accounts, health, uploadLimitBytes } = deps;
  const { memoUrl, tokenPlace, suspectToken, textsFor, pace, clock, random, log } = deps;
  const { bindings, jobs, admission, waitingTokens } = store;
  const { deadLetters } = store;
  const accountNames: AccountNames = {
    askName: (binding, token, signal) => askName({ memos, bindings }, binding, token, signal),
    isOwn: (of, signal) => isOwn({ memos, bindings }, of, signal),
  };
  const lists = createShownLists(clock);
  const finder = createFinder({ memos, accountNames, lists, memoUrl, clock, random });
  const fileSending = createFileSending({
    memos,
    upload: api.upload,
    bindings,
    answered: store.answered,
    owe: store.outbox.owe,
    pace,
    textsFor,
    clock,
    log: logger("files"),
  });
  const shower = createShower({
    memos,
    accountNames,
    sendFiles: fileSending.send,
    limitBytes: uploadLimitBytes,
    memoUrl,
    clock,
  });
  const askerOf = createAskerOf({ bindings, server: memos.server });
  const actions = createMemoActions({
    memos,
    links: store.memoLinks,
    messagesIn: store.messageJobs.joinedIn,
    memoUrl,
  });
  const memoCommands = createMemoCommands({
    botId,
    memos,
    actions,
    mutex: deps.memoMutex,
    jobs,
    links: store.memoLinks,
    messageJobs: store.messageJobs,
  });
  const trouble = createTrouble({ suspectToken });

  const guests = createGuests({
    accounts,
    bindings,
    tries: admission,
    tokenPlace,
    textsFor,
    now: clock.now,
  });
  const connect = createConnect({
    accounts,
    bindings,
    waitingTokens,
    tries: admission,
    tokenPlace,
    now: clock.now,
  });

  const work = createCommandWork({
    commands: createCommands({
      bindings,
      askerOf,
      waitingTokens,
      connect,
      jobs,
      deadLetters,
      finder,
      memoCommands,
      trouble,
      inGroup: createAnswerInGroup({
        memoCommands,
        groups: store.groups,
        bot: identity.name,
        now: clock.now,
      }),
      health,
      isAllowed: admission.isAllowed,
      guests,
      botUsername: () => identity.known()?.username ?? null,
      tokenPlace,
      textsFor,
    }),
    presses: createPresses({
      bindings,
      askerOf,
      lists,
      finder,
      shower,
      accounts,
      guests,
      memoPresses: createMemoPresses({
        askerOf,
        isBound: (from) => bindings.get(from) !== undefined,
        jobs,
        memos,
        actions,
        withTimeout: createCommandTimeout(clock),
        trouble,
      }),
      failedPresses: createFailedPresses({
        bindings,
        jobs,
        deadLetters,
        askerOf,
      }),
      trouble,
      isAllowed: admission.isAllowed,
      answer: async (callback_query_id, text, signal) => {
        const shown = text === null ? {} : { text, show_alert: true };
        await api.call("answerCallbackQuery", { callback_query_id, ...shown }, signal).catch((error) => {
          // Too old to be answered, or no connection: what was pressed is done all the same.
          log.debug("a press could not be answered", { error });
        });
      },
      textsFor,
    }),
    jobs,
    textsFor,
    log: logger("commands"),
  });

  return { work, fileSending };
}
