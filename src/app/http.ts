import { AppError, messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { boundNotices } from "../chat/connect/bound.ts";
import type { ApiDeps } from "../http/api.ts";
import { timeText } from "../http/schemas.ts";
import { createHttpServer } from "../http/server.ts";
import type { Webhook } from "../http/telegram-webhook.ts";
import type { Receiver } from "../intake/receiver.ts";
import { generatedSecret } from "../store/db/data-dir.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Context } from "./context.ts";
import type { MemosWatch } from "./saving.ts";
import { createStatus } from "./status.ts";

/** The HTTP server: the API, health, and where Telegram delivers to. */
export function createHttp(
  context: Context,
  parts: {
    readonly memosWatch: MemosWatch;
    readonly receiver: Receiver;
    readonly webhook: Webhook;
    readonly maintenance: Maintenance;
  },
) {
  const { config, clock } = context;
  const { receiver, webhook } = parts;
  return createHttpServer({
    host: config.httpHost,
    port: config.httpPort,
    adminToken: config.adminToken ?? generatedSecret(config.dataDir, "admin-token"),
    clock,
    ...apiDeps(context),
    ...createStatus(context, parts),
    async switchTo(to) {
      try {
        await receiver.switchTo(to);
      } catch (error) {
        throw new AppError("conflict", `cannot change to ${to}: ${messageOf(error)}`);
      }
      const { mode, since, reason } = receiver.receive();
      return { mode, since: timeText(since), reason };
    },
    webhook,
  });
}

/** What the API reads and changes in the store, also where no program runs. */
export function apiDeps({ store, accounts, identity, memos, textsFor }: Context): ApiDeps {
  const { bindings, invitations, updates, outbox } = store;
  return {
    bindings,
    invitations,
    updates,
    server: memos.server,
    bot: identity.get,
    unbind: accounts.unbind,
    /** Tells the person in their chat too. */
    async bind(request) {
      const bound = await accounts.bind(request);
      outbox.owe(boundNotices({ ...store, textsFor }, bound));
      return bound.binding;
    },
    log: logger("http"),
  };
}
