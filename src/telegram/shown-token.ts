import type { TelegramMessage } from "gramio";
import { accessTokensIn } from "../access-token.ts";
import { richPlain } from "./rich-text.ts";
import { written } from "./written.ts";

/** True when there is a token in what was written; one in code was shown on purpose. */
export function showsToken(message: TelegramMessage): boolean {
  const { text, entities } = written(message);
  const bare = entities
    .filter((entity) => entity.type === "code" || entity.type === "pre")
    .reduce(
      (left, { offset, length }) =>
        left.slice(0, offset) + " ".repeat(Math.max(0, length)) + left.slice(offset + length),
      text,
    );
  const rich = richPlain(message.rich_message?.blocks, ["code", "pre"]);
  return accessTokensIn(`${bare}\n${rich}`).length > 0;
}
