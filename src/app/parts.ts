import { logger } from "../base/log.ts";
import { createChat } from "../chat/chat.ts";
import { createMaintenance } from "../store/db/maintenance.ts";
import { LOCAL_UPLOAD_LIMIT_BYTES, UPLOAD_LIMIT_BYTES } from "../telegram/api.ts";
import type { Context } from "./context.ts";
import { createHttp } from "./http.ts";
import { createIntake } from "./intake.ts";
import { createJobLanes } from "./job-lanes.ts";
import { createMemosWatch, createSaving } from "./saving.ts";
import { createSending } from "./sending.ts";

/** Four creates at once are what a Memos on SQLite saves fastest. */
const MESSAGES_AT_ONCE = 4;
const COMMANDS_AT_ONCE = 8;

/** Every part, made before the parts that are given it. */
export function createParts(context: Context) {
  const { config, store, isLocalTelegram, clock } = context;

  const sending = createSending(context);

  const memosWatch = createMemosWatch(context);
  const { breaker, isBack } = memosWatch;
  const saving = createSaving(context, { breaker, reserve: sending.sender.reserve });
  const messages = createJobLanes(context, "messages", {
    concurrency: MESSAGES_AT_ONCE,
    ready: () => breaker.closed,
    work: saving.work,
  });
  isBack.listen(messages.ringAll);

  const maintenance = createMaintenance({ ...store, ...config, ...context, log: logger("store") });

  const { receiver, webhook } = createIntake(context, {
    sending,
    mayAccept: maintenance.mayAccept,
    onCaughtUp() {
      if (store.jobs.letAlbumsClose()) messages.ringAll();
    },
  });

  const chat = createChat({
    ...context,
    health: () => ({
      mode: receiver.receive().mode,
      receiving: receiver.intake().works,
      memos: memosWatch.health(),
      absence: store.bots.lastAbsence(),
      now: clock.now(),
    }),
    suspectToken: saving.suspectToken,
    uploadLimitBytes: isLocalTelegram ? LOCAL_UPLOAD_LIMIT_BYTES : UPLOAD_LIMIT_BYTES,
  });
  const commands = createJobLanes(context, "commands", {
    concurrency: COMMANDS_AT_ONCE,
    ready: () => true,
    work: chat,
  });

  const http = createHttp(context, { memosWatch, receiver, webhook, maintenance });
  return { sender: sending.sender, memosWatch, messages, commands, maintenance, receiver, http };
}
