import { createPresses } from "./buttons/callback-router.ts";
import { createFailedPresses } from "./buttons/failed-buttons.ts";
import { createMemoPresses } from "./buttons/memo-buttons.ts";
import { createCommandWork } from "./commands/command-work.ts";
import { createCommands } from "./commands/commands.ts";
import { createAnswerInGroup } from "./commands/group-commands.ts";
import { createMemoCommands } from "./commands/memo-commands.ts";
import { createConnect } from "./connect/connect.ts";
import { createGuests } from "./connect/guests.ts";
import { type ChatDeps, createChatContext } from "./context.ts";
import { createFinder } from "./lists/search.ts";
import { createShower } from "./lists/show.ts";
import { createShownLists } from "./lists/shown-lists.ts";
import { createMemoActions } from "./memo-actions.ts";
import { createOwedDeletions } from "./notices/owed-deletions.ts";

/** What works the commands and button presses of the chat. */
export function createChat(deps: ChatDeps) {
  const context = createChatContext(deps);
  const lists = createShownLists(deps.clock);
  const finder = createFinder(context, lists);
  const guests = createGuests(context);
  const actions = createMemoActions(context);
  const memoCommands = createMemoCommands(context, actions);
  const commands = createCommands(context, {
    connect: createConnect(context),
    guests,
    finder,
    memoCommands,
    inGroup: createAnswerInGroup(context, memoCommands),
  });
  const presses = createPresses(context, {
    lists,
    finder,
    shower: createShower(context),
    guests,
    memoPresses: createMemoPresses(context, actions),
    failedPresses: createFailedPresses(context),
  });
  return createCommandWork(context, { commands, presses, deletions: createOwedDeletions(context) });
}
