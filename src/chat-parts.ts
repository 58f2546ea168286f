import type { Accounts } from "./accounts.ts";
import { createCommandWork } from "./chat/command-work.ts";
import { type CommandsDeps, createCommands } from "./chat/commands.ts";
import { createConnect } from "./chat/connecting.ts";
import { createFailedPresses } from "./chat/failed-presses.ts";
import { createAnswerInGroup } from "./chat/group-commands.ts";
import { createGuests } from "./chat/guests.ts";
import { createMemoCommands } from "./chat/memo-commands.ts";
import { createMemoPresses } from "./chat/memo-presses.ts";
import { createPatience } from "./chat/patience.ts";
import { createPresses } from "./chat/presses.ts";
import { createFinder } from "./chat/search.ts";
import { createShower } from "./chat/show.ts";
import { createFileSending } from "./chat/show-files.ts";
import { createShownLists } from "./chat/shown-lists.ts";
import type { TextsFor, TokenPlace } from "./chat/texts.ts";
import { createTrouble } from "./chat/trouble.ts";
import { createPatchMemo } from "./chat/visibility.ts";
import type { AccountNames } from "./chat/whose.ts";
import type { Clock } from "./clock.ts";
import { askName, isOwn } from "./forwarder/account-name.ts";
import { type Log, logger } from "./log.ts";
import type { MemosClient } from "./memos/client.ts";
import type { LeasedJob } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";
import type { TelegramApi, TelegramUploads } from "./telegram/api.ts";
import type { Identity } from "./telegram/identity.ts";
import type { Pace } from "./telegram/pace.ts";

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
  readonly memoTurns: Parameters<typeof createMemoCommands>[0]["turns"];
  readonly memoUrl: (name: string) => string | null;
  readonly tokenPlace: () => TokenPlace;
  readonly suspectToken: (telegramId: number) => void;
  readonly textsFor: TextsFor;
  readonly wakeSender: () => void;
  /** Kept by all that is sent. */
  readonly pace: Pace;
  readonly wakeMessages: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Joins the parts of the chat: a piece of the composition root. */
export function createChat(deps: ChatDeps): Chat {
  const { botId, store, memos, api, identity, accounts, health, uploadLimitBytes } = deps;
  const { memoUrl, tokenPlace, suspectToken, textsFor, pace, wakeSender, wakeMessages, clock, random, log } =
    deps;
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
    wakeSender,
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
  const patchMemo = createPatchMemo({ memos, links: store.memoLinks });
  const memoCommands = createMemoCommands({
    botId,
    memos,
    patchMemo,
    turns: deps.memoTurns,
    jobs,
    links: store.memoLinks,
    captureOf: store.messageJobs.captureOf,
    messagesIn: store.messageJobs.joinedIn,
    messageJobOf: store.messageJobs.of,
    memoUrl,
  });

  const trouble = createTrouble({ suspectToken });
  const memoPresses = createMemoPresses({
    bindings,
    jobs,
    memos,
    patchMemo,
    messagesIn: store.messageJobs.joinedIn,
    memoUrl,
    wake: wakeMessages,
    patiently: createPatience(clock),
    trouble,
  });

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
      server: memos.server,
      isAllowed: admission.isAllowed,
      guests,
      botUsername: () => identity.known()?.username ?? null,
      tokenPlace,
      textsFor,
    }),
    presses: createPresses({
      bindings,
      lists,
      finder,
      shower,
      server: memos.server,
      accounts,
      guests,
      memoPresses,
      failedPresses: createFailedPresses({
        bindings,
        jobs,
        deadLetters,
        isOwner: (job, from) => memoPresses.ownerToken(job, from) !== undefined,
        wake: wakeMessages,
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
    wakeSender,
    textsFor,
    clock,
    log: logger("commands"),
  });

  return { work, fileSending };
}
