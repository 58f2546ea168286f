import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import type { ApiMemo } from "../domain/incoming.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { accepting } from "./accepting.ts";
import { personOf, scopes } from "./auth.ts";
import { type Bodies, JSON_OR_FORM } from "./bodies.ts";
import { formFiles, idempotencyKey, oneOf, telegramIdInForm } from "./schemas.ts";

const MOST_FILES = 20;

const newMemo = t.Object({
  telegram_id: t.Optional(telegramIdInForm),
  content: t.Optional(t.String({ error: "must be a string, in Markdown" })),
  visibility: t.Optional(oneOf(VISIBILITIES)),
  idempotency_key: idempotencyKey,
  files: formFiles(MOST_FILES),
});

export interface MemoDeps {
  /**
   * Resolves to the id of the memo's update, by which one asks what became of it, once it is on the disk.
   * @throws AppError "unprocessable", "unavailable".
   */
  acceptMemo(memo: ApiMemo): Promise<string>;
}

/**
 * `POST /api/v1/memos`: a memo of somebody who is bound, as JSON or as a form with files. A token of the scope capture
 * says by itself whose. Authentication is the root's.
 */
export function memos({ acceptMemo }: MemoDeps, { jsonOrForm }: Bodies) {
  return new Elysia({ tags: ["memos"] }).onBeforeHandle(accepting("application/json")).post(
    "/api/v1/memos",
    async ({ body: { telegram_id, content: given = "", files = [], ...memo }, request, set, status }) => {
      // As forms and other systems end lines. No server keeps a zero, and some stumble over it.
      const lines = given.replace(/\r\n?/g, "\n").replaceAll("\0", "");
      // As Telegram trims a message, but for the indent of what may be code.
      const content = lines.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
      if (content === "" && files.length === 0)
        throw new AppError("unprocessable", "content is missing: a memo needs words or files.");
      const id = await acceptMemo({ ...memo, telegram_id: personOf(request, telegram_id), content, files });
      set.headers["location"] = `/api/v1/updates/${id}`;
      return status(202, { id });
    },
    {
      parse: jsonOrForm,
      body: newMemo,
      response: { 202: t.Object({ id: t.String() }) },
      detail: { summary: "Makes a memo", requestBody: JSON_OR_FORM, ...scopes("capture") },
    },
  );
}
