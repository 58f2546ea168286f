import type { Callbacks } from "./callbacks.ts";
import { checkNames, type Methods, notImitated } from "./called.ts";
import type { FakeTime } from "./clock.ts";
import { optionalString, readEntities, requiredString } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Params } from "./params.ts";
import { fixMessageText, textContent } from "./sending.ts";

const maxResults = 50;
const maxIdBytes = 64;
const maxCacheSeconds = 24 * 3600;

/** A memo, say, as the app offers it. */
export interface InlineResult {
  id: string;
  title: string;
  description: string;
  /** What is sent when it is chosen. */
  message: JsonObject;
}

/** What the app shows. */
export interface InlineAnswer {
  results: InlineResult[];
  nextOffset: string;
  button?: { text: string; start_parameter: string };
}

export type InlineQueries = ReturnType<typeof createInlineQueries>;

/** Inline queries, and the answers that Telegram keeps for those that ask the same. */
export function createInlineQueries(time: FakeTime, queries: Callbacks<InlineAnswer>) {
  const asked = new Map<string, { from: number; key: string }>();
  const cache = new Map<string, { answer: InlineAnswer; until: number }>();
  const keyOf = (query: string, offset: string) => JSON.stringify([query, offset]);

  function answerInlineQuery(params: Params): true {
    const { id, answer } = readAnswer(params);
    queries.answer(id, answer);
    const query = asked.get(id);
    const seconds = params.integer("cache_time", 300, 0, maxCacheSeconds);
    const whose = params.flag("is_personal") ? query?.from : "everybody";
    cache.set(`${whose} ${query?.key}`, { answer, until: time.now() + seconds * 1000 });
    return true;
  }

  return {
    methods: { answerInlineQuery } satisfies Methods,
    /** An answer to the same question that Telegram may still give, or a new query, of which the bot is to hear. */
    ask(from: number, query: string, offset: string) {
      const key = keyOf(query, offset);
      const kept = [from, "everybody"]
        .map((whose) => cache.get(`${whose} ${key}`))
        .find((known) => known && known.until > time.now());
      const press = queries.open();
      asked.set(press.id, { from, key });
      if (kept) queries.answer(press.id, kept.answer);
      return { press, isKept: kept !== undefined };
    },
  };
}

function readAnswer(params: Params): { id: string; answer: InlineAnswer } {
  const given = params.json("results", "can't parse JSON encoded inline query results") ?? [];
  if (!Array.isArray(given)) throw badRequest("expected an Array of inline query results");
  if (given.length > maxResults) throw badRequest("too many inline query results specified");
  const results = given.map(readResult);
  const button = readButton(params.json("button", "can't parse inline query results button"));
  const nextOffset = params.text("next_offset");
  if (Buffer.byteLength(nextOffset) > maxIdBytes) throw badRequest("NEXT_OFFSET_INVALID");
  const ids = results.map(({ id }) => id);
  if (ids.includes("")) throw badRequest("RESULT_ID_EMPTY");
  if (ids.some((id) => Buffer.byteLength(id) > maxIdBytes)) throw badRequest("RESULT_ID_INVALID");
  if (new Set(ids).size < ids.length) throw badRequest("RESULT_ID_DUPLICATE");
  if (results.some(({ title }) => title === "")) throw badRequest("ARTICLE_TITLE_EMPTY");
  return { id: params.text("inline_query_id"), answer: { results, nextOffset, ...(button && { button }) } };
}

function readResult(result: unknown): InlineResult {
  const fail = (text: string) => badRequest(`can't parse InlineQueryResult: ${text}`);
  if (!isObject(result)) throw fail("inline query result must be an Object");
  if (requiredString(result, "type", fail) !== "article")
    throw notImitated("an inline result but an article");
  checkNames("an article", Object.keys(result), [
    ...["type", "id", "title", "description", "input_message_content"],
  ]);
  const content = result["input_message_content"];
  if (!isObject(content)) throw fail("inline query result must have message content");
  checkNames("input_message_content", Object.keys(content), ["message_text", "entities"]);
  const message_text = requiredString(content, "message_text", fail);
  return {
    id: requiredString(result, "id", fail),
    title: optionalString(result, "title", fail),
    description: optionalString(result, "description", fail),
    message: textContent(fixMessageText(message_text, readEntities(content["entities"]))),
  };
}

function readButton(button: unknown): InlineAnswer["button"] {
  if (button === undefined) return undefined;
  const fail = (text: string) => badRequest(`can't parse InlineQueryResultsButton: ${text}`);
  if (!isObject(button)) throw fail("expected an Object");
  checkNames("the button above inline results", Object.keys(button), ["text", "start_parameter"]);
  const text = requiredString(button, "text", fail);
  const parameter = optionalString(button, "start_parameter", fail);
  if (parameter === "") throw badRequest("can't use empty start_parameter");
  if (parameter.length > 64) throw badRequest("too long start_parameter specified");
  if (!/^[\w-]+$/.test(parameter)) throw badRequest("unallowed characters in start_parameter are used");
  return { text, start_parameter: parameter };
}
