import { notImitated } from "./called.ts";
import { detectEntities } from "./detect.ts";
import { badRequest } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import { checkLink } from "./links.ts";

/** A formatted range; offset and length in UTF-16 units. */
export interface Entity {
  offset: number;
  length: number;
  type: string;
  language?: string;
  url?: string;
  user?: unknown;
  custom_emoji_id?: string;
  unix_time?: number;
  date_time_format?: string;
}

export interface FormattedText {
  text: string;
  entities: Entity[];
}

const styles = ["bold", "italic", "underline", "strikethrough", "spoiler"];
const quotes = ["blockquote", "expandable_blockquote"];
const detected = [
  "mention",
  "hashtag",
  "cashtag",
  "bot_command",
  "url",
  "email",
  "phone_number",
  "bank_card_number",
];
const maxEntities = 100;
const removable = /[\r\u2028-\u202e]|\u0333|\u033f|\u030a/g;

const isStyle = (entity: Entity) => styles.includes(entity.type);
const isQuote = (entity: Entity) => quotes.includes(entity.type);
const isPre = (entity: Entity) => entity.type === "pre" || entity.type === "code";
const endOf = (entity: Entity) => entity.offset + entity.length;

function priority(type: string): number {
  const order = [quotes, ["pre"], ["code"], ["text_link", "text_mention"], detected];
  const group = order.findIndex((types) => types.includes(type));
  if (group >= 0) return group;
  return styles.includes(type) ? order.length + styles.indexOf(type) : order.length + styles.length;
}

/** Orders by offset, then the longer first, then the server's priority of types. */
function sortEntities(entities: Entity[]): Entity[] {
  return entities.sort(
    (a, b) => a.offset - b.offset || b.length - a.length || priority(a.type) - priority(b.type),
  );
}

/**
 * What becomes of a text and its entities in Telegram: control characters replaced, both ends trimmed, styles cut
 * where others begin, entities detected. Throws a 400 for entities outside the text, and for a text of nothing but
 * space unless `allowEmpty`.
 */
export function fixText(input: FormattedText, options: { allowEmpty?: boolean } = {}): FormattedText {
  const given = input.entities.filter((entity) => entity.length > 0).map((entity) => ({ ...entity }));
  const cleaned = clean(input.text, untangle(given));
  let entities = untangle(shrink(cleaned.text, cleaned.entities));

  const end = cleaned.text.replace(/[\n ]+$/, "").length;
  if (end === 0 || isInvisible(cleaned.text)) {
    if (options.allowEmpty) return { text: "", entities: [] };
    throw badRequest("text must be non-empty");
  }
  let text = cleaned.text.slice(0, end);
  entities = entities.filter((entity) => entity.offset < end);
  for (const entity of entities) entity.length = Math.min(entity.length, end - entity.offset);
  sortEntities(entities);

  // The start is trimmed only up to the first entity.
  const lead = Math.min(/^[\n ]*/.exec(text)?.[0].length ?? 0, entities[0]?.offset ?? text.length);
  text = text.slice(lead);
  for (const entity of entities) entity.offset -= lead;

  entities = shrink(text, addDetected(entities, detectEntities(text)));
  return { text, entities: sortEntities(entities).slice(0, maxEntities) };
}

const invisible = /^(?:\s|\p{Cf}|\p{Default_Ignorable_Code_Point}|\u2800)*$/u;

function isInvisible(text: string): boolean {
  return invisible.test(text);
}

function clean(text: string, entities: Entity[]): FormattedText {
  for (const entity of entities) {
    if (entity.offset > text.length) {
      throw badRequest(`entity begins after the end of the text at UTF-16 offset ${entity.offset}`);
    }
    if (splitsPair(text, entity.offset)) {
      throw badRequest(
        `entity begins in a middle of a UTF-16 symbol at byte offset ${bytesBefore(text, entity.offset + 1)}`,
      );
    }
    const end = endOf(entity);
    if (end > text.length) {
      throw badRequest(
        `entity beginning at UTF-16 offset ${entity.offset} ends after the end of the text at UTF-16 offset ${end}`,
      );
    }
    if (splitsPair(text, end)) {
      throw badRequest(
        `entity beginning at UTF-16 offset ${entity.offset} ends in a middle of a UTF-16 symbol at byte offset ${bytesBefore(text, end + 1)}`,
      );
    }
  }
  const removed = [...text.matchAll(removable)].map((match) => match.index);
  const moved = (at: number) => at - removed.filter((index) => index < at).length;
  return {
    text: text.replace(removable, "").replace(/\p{Cc}/gu, (c) => (c < " " && c !== "\n" ? " " : c)),
    entities: entities.map((entity) => ({
      ...entity,
      offset: moved(entity.offset),
      length: moved(endOf(entity)) - moved(entity.offset),
    })),
  };
}

function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at));
}

/** The number of UTF-8 bytes before a UTF-16 offset: parse errors are told in bytes. */
function bytesBefore(text: string, at: number): number {
  return Buffer.byteLength(text.slice(0, at));
}

/** Moves entities past leading space and drops those of space only. */
function shrink(text: string, entities: Entity[]): Entity[] {
  const kept: Entity[] = [];
  for (const entity of entities) {
    const inside = text.slice(entity.offset, endOf(entity));
    if (inside.trim() === "" && /^[\n ]*$/.test(inside)) continue;
    const lead = /^[\n ]*/.exec(inside)?.[0].length ?? 0;
    kept.push({ ...entity, offset: entity.offset + lead, length: entity.length - lead });
  }
  return kept;
}

/** Makes entities nest: drops what crosses or may not be inside another, and cuts styles. */
function untangle(entities: Entity[]): Entity[] {
  const sorted = sortEntities([...entities]);
  const quoted = withoutCrossing(sorted.filter(isQuote));
  const solid = withoutCrossing(sorted.filter((entity) => !isStyle(entity) && !isQuote(entity))).filter(
    (entity) => !quoted.some((quote) => crossesQuote(entity, quote)),
  );
  return cutStyles(sorted.filter(isStyle), sortEntities([...solid, ...quoted]));
}

function withoutCrossing(entities: Entity[]): Entity[] {
  const kept: Entity[] = [];
  for (const entity of entities) {
    const last = kept.at(-1);
    if (!last || endOf(last) <= entity.offset) kept.push(entity);
  }
  return kept;
}

function crossesQuote(entity: Entity, quote: Entity): boolean {
  const apart = endOf(entity) <= quote.offset || endOf(quote) <= entity.offset;
  const inside = entity.offset >= quote.offset && endOf(entity) <= endOf(quote);
  return !apart && !inside;
}

function addDetected(entities: Entity[], found: Entity[]): Entity[] {
  if (found.length === 0) return entities;
  const others = entities.filter((entity) => !isStyle(entity));
  const solid = others.filter((entity) => !isQuote(entity));
  const added = found.filter(
    (entity) =>
      !solid.some((other) => endOf(entity) > other.offset && endOf(other) > entity.offset) &&
      !others.some((other) => isQuote(other) && crossesQuote(entity, other)),
  );
  return cutStyles(entities.filter(isStyle), sortEntities([...others, ...added]));
}

/** Joins runs of one style, then cuts them where another style begins and at both ends of every other entity. */
function cutStyles(found: Entity[], others: Entity[]): Entity[] {
  const pieces: Entity[] = [];
  const open = new Map<string, { begin: number; end: number }>();
  const runs = sortEntities([...found]);
  let next = 0;

  const flush = (at: number) => {
    for (const type of styles) {
      const run = open.get(type);
      if (!run || run.begin >= at) continue;
      if (run.end <= at) {
        pieces.push({ offset: run.begin, length: run.end - run.begin, type });
        open.delete(type);
      } else {
        pieces.push({ offset: run.begin, length: at - run.begin, type });
        run.begin = at;
      }
    }
  };
  const upTo = (at: number) => {
    for (let run = runs[next]; run && run.offset < at; run = runs[++next]) {
      const same = open.get(run.type);
      if (same && run.offset <= same.end) {
        same.end = Math.max(same.end, endOf(run));
        continue;
      }
      flush(run.offset);
      open.set(run.type, { begin: run.offset, end: endOf(run) });
    }
    flush(at);
  };

  const stack: Entity[] = [];
  const moveTo = (at: number) => {
    for (let top = stack.at(-1); top && at >= endOf(top); top = stack.at(-1)) {
      const before = pieces.length;
      upTo(endOf(top));
      // Nothing is styled inside code.
      if (isPre(top)) pieces.length = before;
      stack.pop();
    }
    upTo(at);
  };
  for (const other of others) {
    moveTo(other.offset);
    stack.push(other);
  }
  moveTo(Number.POSITIVE_INFINITY);
  return sortEntities([...others, ...pieces]);
}

/** Reads the `entities` of a call. Detected types are left out: they are found anew. Not an array: ignored. */
export function readEntities(value: unknown): Entity[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const entity = readEntity(item);
    return entity ? [entity] : [];
  });
}

function readEntity(item: unknown): Entity | undefined {
  const fail = (text: string) => badRequest(`can't parse MessageEntity: ${text}`);
  if (!isObject(item)) throw fail("expected an Object");
  const number = (name: string): number => {
    if (item[name] === undefined) throw fail(`Can't find field "${name}"`);
    const value = Number(item[name]);
    if (!Number.isInteger(value)) throw fail(`Field "${name}" must be a valid Number`);
    return value;
  };
  const text = (name: string): string => requiredString(item, name, fail);
  const offset = number("offset");
  const length = number("length");
  const type = text("type");
  if (detected.includes(type)) return undefined;
  if (styles.includes(type) || quotes.includes(type) || type === "code") return { offset, length, type };
  switch (type) {
    case "pre": {
      const language = typeof item["language"] === "string" ? item["language"] : "";
      return language === "" ? { offset, length, type } : { offset, length, type, language };
    }
    case "text_link": {
      const url = text("url");
      const checked = checkLink(url);
      if ("error" in checked) throw badRequest(`entity URL '${url}' is invalid: ${checked.error}`);
      return { offset, length, type, url: checked.url };
    }
    case "text_mention":
    case "custom_emoji":
    case "date_time":
      throw notImitated(`an entity of type ${type}`);
    default:
      throw fail("Unsupported type specified");
  }
}

/** A string field that must be there; a number counts as its text, `null` and the rest are refused. */
export function requiredString(object: JsonObject, name: string, fail: (text: string) => Error): string {
  if (!Object.hasOwn(object, name)) throw fail(`Can't find field "${name}"`);
  return optionalString(object, name, fail);
}

export function optionalString(object: JsonObject, name: string, fail: (text: string) => Error): string {
  const value = object[name];
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw fail(`Field "${name}" must be of type String`);
}
