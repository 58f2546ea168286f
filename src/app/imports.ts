import { AppError } from "../base/errors.ts";
import type { ImportDeps } from "../http/imports.ts";
import type { ImportedMessage } from "../messages/exported/exported-message.ts";
import { exportedUpdate } from "../messages/exported/exported-update.ts";
import { isExportFolder, RESULT } from "../telegram/exported-files.ts";
import type { Context } from "./context.ts";

/** Stores messages of an export as if they were sent to the bot; the lanes save them as they save all others. */
export function createImports(
  { store, identity, writingRules }: Context,
  refusal: () => string | null,
): ImportDeps["imports"] {
  return {
    progressOf: store.jobs.importedOf,
    accept({ telegram_id, chat, folder, messages }) {
      const unprocessable = (why: string) => new AppError("unprocessable", why);
      if (!store.bindings.get(telegram_id))
        throw unprocessable(`The Telegram user ${telegram_id} is not bound: bind them first.`);
      if (!store.admission.isAllowed(telegram_id))
        throw unprocessable(`The Telegram user ${telegram_id} is not among ALLOWED_USERS.`);
      if (!isExportFolder(folder))
        throw unprocessable(
          `The running memoferry does not find ${RESULT} in ${folder}, and reads the files from there: put the export where it may read it: for a service of systemd not into a home folder or /tmp, in a container into a folder that is mounted at the same path.`,
        );
      const why = refusal();
      if (why !== null) throw new AppError("unavailable", why);
      const bot = identity.name();
      const batch = messages.map((message) =>
        exportedUpdate(message as unknown as ImportedMessage, { telegram_id, chat, bot }),
      );
      return store.inbox.acceptExported(batch, writingRules());
    },
  };
}
