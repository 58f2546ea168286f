import { createLanes } from "../base/lanes.ts";
import { logger } from "../base/log.ts";
import { createChat } from "../chat/chat.ts";
import { createSendFile } from "../delivery/send-file.ts";
import { createSender } from "../delivery/sender.ts";
import type { JobQueue } from "../domain/job.ts";
import type { OwedMessage } from "../domain/outgoing.ts";
import { idKey } from "../memos/names.ts";
import { callParams, closedGroupWords } from "../replies/messages.ts";
import { createConcurrency } from "../saving/concurrency.ts";
import { createMaintenance } from "../store/db/maintenance.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { LOCAL_UPLOAD_LIMIT_BYTES, UPLOAD_LIMIT_BYTES } from "../telegram/api.ts";
import type { Context } from "./context.ts";
import { createHttp } from "./http.ts";
import { createIntake } from "./intake.ts";
import { createReminders } from "./reminders.ts";
import { createMemosWatch, createSaving } from "./saving.ts";
import { createAccountWatch } from "./watch.ts";

const COMMANDS_AT_ONCE = 8;
/** Whoever changes a memo changes it again at once: files come after words. Then its posts follow. */
const SETTLED_MS = 1_000;
/** A stop takes 10 s at most: this long for work to end by itself, the rest for it to be broken off. */
const GRACE_MS = 6_000;

/** Every part, made before the parts that are given it. */
export function createParts(context: Context) {
  const { config, store, api, identity, pace, textsFor, isLocalTelegram, clock } = context;
  const { jobs, outbox, turnBell } = store;
  const bot = store.bots.ensure(() => Buffer.from(idKey(config.botToken)).toString("hex"));

  const closedWords = closedGroupWords(textsFor);
  const owed = {
    ...outbox,
    take: (chatId: number, answersOnly: boolean) => outbox.take(chatId, { answersOnly }),
    refused: (message: OwedMessage, why: string) => outbox.refused(message, closedWords, why),
  };
  const sendFile = createSendFile(api, store.uploads.pathOf);
  const sender = createSender({
    api,
    owed,
    callParams: callParams(context),
    sendFile,
    pace,
    clock,
    log: logger("sender"),
  });
  store.owedBell.listen(sender.ring);

  // Called when Memos is back, once all is made.
  const memosWatch = createMemosWatch(context, () => {
    messages.ringAll();
    accountWatch.back();
  });
  const { breaker } = memosWatch;
  const concurrency = createConcurrency(clock.monotonic);
  const { work, tokenWatch, takeUp } = createSaving(
    { ...context, bot },
    { breaker, reserve: sender.reserve, concurrency },
  );
  const accountWatch = createAccountWatch(context, { ...memosWatch, suspectToken: tokenWatch.suspect });
  const messages = jobLanes("messages", concurrency.limit, work, () => breaker.closed);
  store.undoneBell.listen(messages.ringAll);
  turnBell.listen(({ isAsked }) => isAsked && breaker.askNow());

  const maintenance = createMaintenance({ ...store, ...config, ...context, log: logger("store") });

  const missing = new Set(["telegram", "memos"]);
  /** Once both have answered, the log of a first start ends with what to do next. */
  function met(whom: "telegram" | "memos"): void {
    if (!missing.delete(whom) || missing.size > 0 || !store.bindings.isEmpty()) return;
    const { username } = identity.name();
    if (username !== null) logger("app").info(`now write to https://t.me/${username}`);
  }

  const { receiver, webhook } = createIntake(context, {
    bot,
    // Only a call can carry a file.
    owed: { ...outbox, take: (chatId) => outbox.take(chatId, { wordsAlone: true }) },
    contact() {
      sender.contact();
      reminders.contact();
    },
    active: accountWatch.active,
    receiving: () => met("telegram"),
    refusal: maintenance.refusal,
  });

  const reminders = createReminders(context, { suspectToken: tokenWatch.suspect, graceMs: GRACE_MS });

  const chat = createChat({
    ...context,
    async health(signal) {
      await memosWatch.lookAgain(signal);
      return { receiving: receiver.intake().works, memos: memosWatch.health() };
    },
    suspectToken: tokenWatch.suspect,
    suspectMemos: memosWatch.suspect,
    takeUp,
    uploadLimitBytes: isLocalTelegram ? LOCAL_UPLOAD_LIMIT_BYTES : UPLOAD_LIMIT_BYTES,
  });
  const commands = jobLanes(
    "commands",
    () => COMMANDS_AT_ONCE,
    chat.work,
    () => true,
  );
  const settled = (then: (signal: AbortSignal) => Promise<void>) =>
    context.background.run("looking what is to be published", async (signal) => {
      await clock.sleep(SETTLED_MS, signal);
      if (!signal.aborted) await then(signal);
    });
  accountWatch.changedBell.listen((change) => settled((signal) => chat.follow.changed(change, signal)));
  context.memos.wroteBell.listen((name) => {
    if (chat.follow.isNeeded()) settled((signal) => chat.follow.wrote(name, signal));
  });

  const http = createHttp(context, { bot, memosWatch, accountWatch, receiver, webhook, maintenance });
  const askMemos = (signal: AbortSignal) => memosWatch.look(signal).then(() => met("memos"));
  const loops = { sender, messages, commands, reminders, receiver };
  return { ...loops, askMemos, tokenWatch, accountWatch, maintenance, http };

  /** Works the jobs of a queue: those of a lane one after another, several lanes side by side. */
  function jobLanes(
    queue: JobQueue,
    concurrency: () => number,
    work: (leased: LeasedJob, signal: AbortSignal) => Promise<void>,
    ready: () => boolean,
  ) {
    const lanes = createLanes({
      name: queue,
      lanes: () => jobs.lanes(queue),
      next(lane) {
        const found = jobs.next(queue, lane);
        return found && "item" in found ? { item: jobs.lease(found.item) } : found;
      },
      work,
      concurrency,
      ready,
      graceMs: GRACE_MS,
      clock,
      log: logger("lanes"),
    });
    turnBell.listen((turn) => {
      if (turn.queue === queue) lanes.ring(turn.lane);
    });
    return lanes;
  }
}
