import { createPresses } from "./buttons.ts";
import { createCommands } from "./commands.ts";
import { createConnect } from "./connect.ts";
import { type ChatDeps, createChatContext } from "./context.ts";
import { createDeletions } from "./deletions.ts";
import { createFailed } from "./failed.ts";
import { createLists } from "./lists/lists.ts";
import { createMemoRequests } from "./memo-requests.ts";
import { createSettings } from "./settings.ts";
import { createStatus } from "./status.ts";
import { createWork } from "./work.ts";

/** What works the commands and button presses of the chat. */
export function createChat(deps: ChatDeps) {
  const context = createChatContext(deps);
  const connect = createConnect(context);
  const failed = createFailed(context);
  const settings = createSettings(context);
  const lists = createLists(context);
  const memoRequests = createMemoRequests(context);
  const commands = createCommands(context, {
    answers: {
      ...connect.commands,
      ...failed.commands,
      ...settings.commands,
      ...lists.commands,
      ...memoRequests.commands,
      ...createStatus(context),
    },
    connect,
    memoRequests,
    answerTags: settings.answerTags,
  });
  const presses = createPresses(context, {
    ...connect.buttons,
    ...failed.buttons,
    ...settings.buttons,
    ...lists.buttons,
    ...memoRequests.buttons,
  });
  const deletions = createDeletions(context);
  return createWork(context, (leased, signal) => {
    if (leased.job.kind === "deletion") return deletions(leased, signal);
    // Not by the kind of the job: a stranger's may come of either.
    const work = leased.updates[0]?.update.callback_query ? presses : commands;
    return work(leased, signal);
  });
}
