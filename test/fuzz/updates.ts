// Random updates: those that Telegram sends, and what becomes of them when anything in them is anything else.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { SAMPLE_USER } from "../support/app.ts";

export type Json = Record<string, unknown>;

/** Updates of one kind as they follow each other, such as the parts of an album. */
type Base = readonly Json[];

/** What is done to one place of an update, found by a number. */
interface Mutation {
  readonly place: number;
  readonly how: "remove" | "replace" | "wrap" | "repeat" | "add";
  readonly name: string;
  readonly value: unknown;
}

/** One step of a run, by numbers: bases and people are chosen from it. */
export interface Step {
  readonly base: number;
  readonly person: number;
  /** Which of the base's updates is changed. */
  readonly which: number;
  readonly mutations: readonly Mutation[];
  readonly next: Next;
  /** Where something else comes in: another base, what is done to it, and which of those there are is meant. */
  readonly other: { readonly base: number; readonly mutations: readonly Mutation[]; readonly which: number };
}

/**
 * What comes of it: an edit of it, to something else that its sender wrote; its redelivery; what goes on with it, of the
 * next id and the same second; an answer to something that is saved; a press on a button that the bot has shown.
 */
type Next = "nothing" | "edit" | "again" | "follow" | "reply" | "press";

/** A message that can be answered. */
export interface Target {
  readonly chat_id: number;
  readonly message_id: number;
  readonly isBots: boolean;
}

/** A button in somebody's private chat. */
export interface ShownButton extends Target {
  readonly data: string;
}

/** What has come of the steps so far. */
export interface SoFar {
  saved(): readonly Target[];
  buttons(): readonly ShownButton[];
}

const TEST = join(import.meta.dir, "..");
/** Of a size that only takes time. */
const TOO_LARGE = /20mb/;

/** All samples, and the messages of the corpus. */
export function bases(): Base[] {
  const samples = join(TEST, "fixtures/telegram/updates");
  const files = readdirSync(samples).filter((name) => name.endsWith(".json") && !TOO_LARGE.test(name));
  const [plain] = read(join(samples, "text-plain.json")) as { message: Json }[];
  const { from, chat, date } = plain?.message ?? {};
  const corpus = readdirSync(join(TEST, "corpus"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .flatMap((name) => (read(join(TEST, "corpus", name))[0] as { messages?: Json[] }).messages ?? [])
    .map((message, at) => [{ message: { message_id: 1000 + at, from, chat, date, ...message } }]);
  return [...files.toSorted().map((name) => read(join(samples, name)) as Base), ...corpus].map(smaller);
}

function read(path: string): unknown[] {
  return [JSON.parse(readFileSync(path, "utf8"))].flat();
}

/** With small files: their bytes are no matter here. */
function smaller<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, inner) =>
      key === "file_size" && typeof inner === "number" && inner < 20_000_000 ? Math.min(inner, 900) : inner,
    ),
  );
}

const rare = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

const ODD_CHARACTERS = [
  "",
  " ",
  "\n\n",
  ..."\u0000 \ud83d \udc4d\ud83d \u202eabc\u2066 \u200f \u2028".split(" "),
];
const ODD_WORDS = (
  "../../etc/passwd CON a/b\\c javascript:alert(1) tg://user?id=1 https://[::1 __proto__ /start /bind /delete " +
  "/settings /failed / {{ %s%n memos_pat_abc <details> ```"
).split(" ");
const ODD_TEXTS = ["/bind \u0000", "/search %_'\"", "/tag #a,b", "'; DROP TABLE jobs; --", "|".repeat(200)];
const FIELDS = (
  "text entities caption photo document location reply_to_message forward_origin media_group_id rich_message poll " +
  "quote migrate_to_chat_id pinned_message future_field edit_date date from chat via_bot video checklist __proto__ " +
  "contact venue sender_chat author_signature is_automatic_forward message_thread_id is_topic_message"
).split(" ");

const text = fc.oneof(
  rare(6, fc.string({ unit: "binary", maxLength: 40 })),
  rare(4, fc.string({ unit: "grapheme", maxLength: 40 })),
  rare(3, fc.constantFrom(...ODD_CHARACTERS)),
  rare(3, fc.constantFrom(...ODD_WORDS, ...ODD_TEXTS)),
  rare(
    1,
    fc
      .tuple(
        fc.constantFrom("x", "家", "> ", "*a ", "[", "```\n", "- ", "👩‍👩‍👧", "\u0301", "#t "),
        fc.nat(30_000),
      )
      .map(([piece, count]) => piece.repeat(Math.ceil(count / piece.length))),
  ),
  rare(1, fc.constant("n".repeat(100_000))),
);

const number = fc.oneof(
  fc.constantFrom(0, -1, 1, 0.5, -0.0001, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 63, 1e308, -1e308, 1e21),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(SAMPLE_USER),
);

const deep = (depth: number, isList: boolean) => {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level += 1) {
    if (isList) value = [value];
    else value = level % 2 === 0 ? { type: "bold", text: value } : { type: "blockquote", blocks: [value] };
  }
  return value;
};

const anything = fc.oneof(
  rare(6, text),
  rare(5, number),
  rare(3, fc.constantFrom(null, true, false, [], {}, [null], [[]], [1, "a", null], { type: "text" })),
  rare(1, fc.jsonValue({ maxDepth: 3 })),
  rare(1, fc.constant({ __deep: 12 })),
);

const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(100_000),
  how: fc.constantFrom("remove", "replace", "replace", "replace", "wrap", "repeat", "add"),
  name: fc.constantFrom(...FIELDS),
  value: anything,
});

const mutations = fc.oneof(
  rare(3, fc.constant([])),
  rare(7, fc.array(mutation, { minLength: 1, maxLength: 4 })),
);

/** Each as likely: by itself fast-check prefers small numbers. */
const anyOf = fc.noBias(fc.nat(100_000));

export const steps: fc.Arbitrary<Step> = fc.record({
  base: anyOf,
  person: fc.nat(100_000),
  which: fc.nat(100),
  mutations,
  next: fc.oneof(
    rare(8, fc.constant<Next>("nothing")),
    rare(3, fc.constant<Next>("edit")),
    rare(1, fc.constant<Next>("again")),
    rare(2, fc.constant<Next>("follow")),
    rare(2, fc.constant<Next>("reply")),
    rare(2, fc.constant<Next>("press")),
  ),
  other: fc.record({ base: anyOf, mutations, which: fc.nat(100_000) }),
});

/** Telegram's are shorter by far. */
const MAX_LENGTH = 300_000;

/** Makes updates of steps: for some people, with ids of their own, from now on. */
export function createMaker(
  all: readonly Base[],
  people: readonly number[],
  nextId: () => number,
  soFar: SoFar,
): (step: Step) => Json[] {
  let round = 0;

  return (step) => {
    round += 1;
    const base = all[step.base % all.length] ?? [];
    const person = people[step.person % people.length] ?? SAMPLE_USER;
    const start = 1_000_000 + round * 200;
    const at = step.which % base.length;
    const made = moved(base, person, start, `${round}`).map((own, index) =>
      index === at ? within(mutated(own, step.mutations), own) : own,
    );
    const changed = made[at];
    const next = changed === undefined ? [] : after(step, changed, made, { person, start });
    return [...made, ...next].map((update) => ({ ...update, update_id: nextId() }));
  };

  function after(
    { next, other }: Step,
    changed: Json,
    made: readonly Json[],
    { person, start }: { person: number; start: number },
  ): Json[] {
    const message = objectOf(changed["message"]);
    const base = all[other.base % all.length] ?? [];
    const own = moved(base, person, start + 100, `${round}-other`)[other.which % base.length] ?? {};
    const content = objectOf(within(mutated(own, other.mutations), own)["message"]) ?? {};
    switch (next) {
      case "again":
        return [{ ...changed }];
      case "edit": {
        const kind = message === undefined ? "channel_post" : "message";
        const sent = message ?? objectOf(changed["channel_post"]);
        if (sent === undefined) return [];
        const { message_id, chat, from, date, media_group_id } = sent;
        const same = { message_id, chat, from, date, edit_date: now() + 1, media_group_id };
        // Telegram lets only what is of another kind be exchanged in some cases; who knows of which.
        return [{ [`edited_${kind}`]: { ...(other.which % 3 === 0 ? sent : content), ...same } }];
      }
      case "follow":
        return message === undefined ? [] : followers(message, content, made, other.which);
      case "reply":
        return chosen(soFar.saved(), other.which).map((target) => ({
          message: { ...content, ...replyTo(target, start) },
        }));
      case "press":
        return chosen(soFar.buttons(), other.which).map((button) => ({
          callback_query: {
            id: `press-${round}`,
            from: { id: button.chat_id, is_bot: false, first_name: "Ada" },
            message: messageOf(button),
            chat_instance: "1",
            data: button.data,
          },
        }));
      case "nothing":
        return [];
      default:
        next satisfies never;
        return [];
    }
  }
}

/** What Telegram's apps send right behind a message: forwards, or the rest of a long text. */
function followers(message: Json, content: Json, made: readonly Json[], which: number): Json[] {
  const { chat, from, date } = message;
  const message_id = Math.max(...messageIds(made)) + 1 + (which % 2);
  const same = { message_id, chat, from, date };
  if (which % 3 === 0) {
    const text = "word ".repeat(900).trim();
    return [
      { message: { ...same, text } },
      { message: { ...same, message_id: message_id + 1, text: "and the end" } },
    ];
  }
  const hidden = { type: "hidden_user", sender_user_name: "Grete", date: now() };
  return [
    { message: { ...same, text: "look" } },
    { message: { forward_origin: hidden, ...content, ...same, message_id: message_id + 1 } },
  ];
}

function replyTo(target: Target, message_id: number): Json {
  const from = { id: target.chat_id, is_bot: false, first_name: "Ada" };
  return {
    message_id: message_id + 150,
    date: now(),
    from,
    chat: { id: target.chat_id, type: "private", first_name: "Ada" },
    reply_to_message: messageOf(target),
    media_group_id: undefined,
  };
}

function messageOf({ chat_id, message_id, isBots }: Target): Json {
  const from = isBots ? { id: 6_912_873_450, is_bot: true } : { id: chat_id, is_bot: false };
  return {
    message_id,
    date: now(),
    from: { ...from, first_name: "F" },
    chat: { id: chat_id, type: "private", first_name: "Ada" },
    text: "what was said",
  };
}

/** Undefined where a change made something else of it. */
const objectOf = (value: unknown): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

const chosen = <T>(from: readonly T[], which: number): T[] =>
  from.slice(which % Math.max(1, from.length)).slice(0, 1);

/** A base for another person, with ids from `start` on. */
function moved(base: Base, person: number, start: number, group: string): Json[] {
  const first = Math.min(...messageIds(base), Number.MAX_SAFE_INTEGER);
  return base.map((update, index) => placed(update, { person, move: start - first, group, index }) as Json);
}

/** What became too long is left as it was. */
const within = (update: Json, before: Json) => (JSON.stringify(update).length > MAX_LENGTH ? before : update);

const now = () => Math.floor(Date.now() / 1000);

function messageIds(value: unknown): number[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "message_id" && typeof inner === "number" && inner > 0 ? [inner] : messageIds(inner),
  );
}

/** The same for another person, with other ids. */
function placed(value: unknown, to: { person: number; move: number; group: string; index: number }): unknown {
  if (Array.isArray(value)) return value.map((inner) => placed(inner, to));
  if (value === SAMPLE_USER) return to.person;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === "message_id" && typeof inner === "number" && inner > 0) return [key, inner + to.move];
      if (key === "media_group_id") return [key, `${inner}-${to.group}`];
      if (key === "id" && typeof inner === "string") return [key, `${inner}-${to.group}-${to.index}`];
      if (key === "date" && typeof inner === "number" && inner > 1e9) return [key, now()];
      return [key, placed(inner, to)];
    }),
  );
}

function mutated(update: Json, mutations: readonly Mutation[]): Json {
  const copy = structuredClone(update);
  for (const { place, how, name, value } of mutations) {
    const places = placesIn(copy).filter(({ key, holder }) => holder !== copy || key !== "update_id");
    const found = places[place % places.length];
    if (found === undefined) continue;
    const { holder, key } = found;
    const inner = holder[key];
    // A later change must not reach what the step itself holds.
    const other = isDeep(value) ? deep(400, place % 2 === 0) : structuredClone(value);
    if (how === "remove") delete holder[key];
    if (how === "replace") holder[key] = other;
    if (how === "wrap") holder[key] = place % 2 === 0 ? [inner] : { [name]: inner };
    if (how === "repeat") holder[key] = repeated(inner, place % 120);
    if (how === "add" && typeof inner === "object" && inner !== null && !Array.isArray(inner))
      Object.defineProperty(inner, name, {
        value: other,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return copy;
}

/** As a list, as often as keeps it from growing without bounds. */
function repeated(value: unknown, times: number): unknown[] {
  const length = JSON.stringify(value)?.length ?? 1;
  return Array.from({ length: Math.min(times, Math.floor(100_000 / length)) }, () => structuredClone(value));
}

const isDeep = (value: unknown) => typeof value === "object" && value !== null && "__deep" in value;

interface PlaceIn {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every field and item, at most some thousands. */
function placesIn(value: unknown, places: PlaceIn[] = [], depth = 0): PlaceIn[] {
  if (typeof value !== "object" || value === null || places.length > 3000 || depth > 12) return places;
  for (const key of Object.keys(value)) {
    places.push({ holder: value as Record<string, unknown>, key });
    placesIn((value as Record<string, unknown>)[key], places, depth + 1);
  }
  return places;
}
