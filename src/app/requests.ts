import { AppError } from "../base/errors.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import { notificationMessages } from "../chat/notify.ts";
import type { MemoDeps } from "../http/memos.ts";
import type { MessageDeps } from "../http/messages.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Context } from "./context.ts";

/** In memory while they come in, as those of a form. */
const FETCHED_BYTES = 32 * 1024 * 1024;
const FETCHED_AT_ONCE = 2;

/** Takes memos and notifications of the API in, with their files. */
export function createRequests(
  { config, store, writingRules }: Context,
  { refusal }: Pick<Maintenance, "refusal">,
): MemoDeps & MessageDeps {
  const fetching = createKeyedMutex(FETCHED_AT_ONCE);

  async function fetchFiles(urls: readonly string[]): Promise<File[]> {
    const files: File[] = [];
    // Loaded by who needs it: nothing else uses node:http.
    const { fetchFile } = await import("../base/fetch-file.ts");
    let limitBytes = FETCHED_BYTES;
    for (const url of urls) {
      const file = await fetchFile(url, { limitBytes, allowPrivate: config.allowPrivateUrls === "yes" });
      if (file.size === 0) throw new AppError("unprocessable", "Telegram takes no empty files.");
      limitBytes -= file.size;
      files.push(file);
    }
    requireRoom(files);
    return files;
  }

  /** @throws AppError "unavailable" where nothing more is stored. */
  function requireRoom(files: readonly Blob[]): void {
    const why = refusal(files.reduce((sum, { size }) => sum + size, 0));
    if (why !== null) throw new AppError("unavailable", why);
  }

  return {
    async acceptMemo(memo) {
      requireRoom(memo.files);
      return store.apiMemos.accept(memo, writingRules());
    },
    async notify(outgoing) {
      const { files, file_urls } = outgoing;
      requireRoom(files);
      const messages = await notificationMessages(outgoing);
      const fetch = () => fetching("", () => fetchFiles(file_urls));
      const fetched = file_urls.length > 0 && { fetch };
      return store.notifications.accept({ ...outgoing, messages, ...fetched });
    },
  };
}
