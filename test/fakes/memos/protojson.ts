/** Requests as protojson takes them: known fields must have their type, unknown ones and unknown enum words pass. */
import { invalid } from "./answers.ts";
import { type JsonDocument, type JsonNode, readJson } from "./go-json.ts";

export type FieldType =
  | "string"
  | "bytes"
  | "bool"
  | "double"
  | "int32"
  | "int64"
  | "timestamp"
  | { enum: readonly string[] }
  | { message: MessageType }
  | { repeated: FieldType };

export interface MessageType {
  name: string;
  /** By JSON name. */
  fields: Record<string, FieldType>;
}

/** Field values by JSON name; an absent field is absent. Enums are their words, timestamps seconds, bytes Uint8Array. */
export type Message = { [field: string]: Value };
export type Value = string | number | boolean | Uint8Array | Message | Value[];

export interface Request {
  message: Message;
  /** Mask paths that the gateway derives from a PATCH body. */
  paths: string[];
}

/** Reads a whole body. With `strictFields` (PATCH) an unknown field is refused, and the paths of the rest are told. */
export function readMessage(body: Uint8Array, type: MessageType, strictFields = false): Request {
  const document = readJson(body);
  if (!document) return { message: {}, paths: [] };
  const message = readObject(document, document.root, type);
  return { message, paths: strictFields ? maskPaths(document, document.root, type, "") : [] };
}

export const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const text = (message: Message, field: string): string => {
  const value = message[field];
  return typeof value === "string" ? value : "";
};

export const messages = (message: Message, field: string): Message[] => {
  const value = message[field];
  return Array.isArray(value) ? value.filter(isMessage) : [];
};

export const child = (message: Message, field: string): Message | undefined => {
  const value = message[field];
  return isMessage(value) ? value : undefined;
};

function isMessage(value: Value | undefined): value is Message {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function readObject(document: JsonDocument, node: JsonNode, type: MessageType): Message {
  if (node.kind !== "object") throw unexpectedToken(document, node);
  const message: Message = {};
  const seen = new Set<string>();
  for (const { key, value } of node.members) {
    const given = document.text(key);
    const field = fieldOf(type, given);
    if (!field) continue;
    if (seen.has(field.name)) {
      throw invalid(`proto: (${document.place(key.at)}): duplicate field ${JSON.stringify(given)}`);
    }
    seen.add(field.name);
    const read = value.kind === "null" ? undefined : readValue(document, value, field.type, given);
    if (read !== undefined) message[field.name] = read;
  }
  return message;
}

function fieldOf(type: MessageType, given: string): { name: string; type: FieldType } | undefined {
  const direct = Object.hasOwn(type.fields, given) ? type.fields[given] : undefined;
  if (direct) return { name: given, type: direct };
  const entry = Object.entries(type.fields).find(([name]) => snakeCase(name) === given);
  return entry && { name: entry[0], type: entry[1] };
}

function readValue(
  document: JsonDocument,
  node: JsonNode,
  type: FieldType,
  field: string,
): Value | undefined {
  if (typeof type === "object") {
    if ("message" in type) return readObject(document, node, type.message);
    if ("enum" in type) return readEnum(document, node, type.enum, field);
    if (node.kind !== "array") throw unexpectedToken(document, node);
    return node.items.flatMap((item) => readValue(document, item, type.repeated, field) ?? []);
  }
  const bad = () =>
    invalid(
      `proto: (${document.place(node.at)}): invalid value for ${type} field ${field}: ${shown(document, node)}`,
    );
  switch (type) {
    case "string":
      if (node.kind !== "string") throw bad();
      return document.text(node);
    case "bytes": {
      const bytes = node.kind === "string" ? base64(document.text(node)) : undefined;
      if (!bytes) throw bad();
      return bytes;
    }
    case "bool":
      if (node.kind !== "bool") throw bad();
      return node.value;
    case "timestamp":
      return readTimestamp(document, node);
    default: {
      const written = node.kind === "string" ? document.text(node) : document.raw(node).toString("latin1");
      const numeric =
        node.kind === "number" || (node.kind === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(written));
      const number = Number(written);
      if (!numeric || !Number.isFinite(number)) throw bad();
      if (type !== "double" && !Number.isInteger(number)) throw bad();
      if (type === "int32" && Math.abs(number) > 0x7fffffff) throw bad();
      return number;
    }
  }
}

/** Words that the enum does not have are passed over, as unspecified; numbers count. */
function readEnum(
  document: JsonDocument,
  node: JsonNode,
  words: readonly string[],
  field: string,
): Value | undefined {
  if (node.kind === "string") {
    const word = document.text(node);
    return words.includes(word) ? word : undefined;
  }
  const number = node.kind === "number" ? Number(document.raw(node).toString("latin1")) : Number.NaN;
  if (Number.isInteger(number)) return words[number] ?? words[0];
  throw invalid(
    `proto: (${document.place(node.at)}): invalid value for enum field ${field}: ${shown(document, node)}`,
  );
}

function readTimestamp(document: JsonDocument, node: JsonNode): number {
  if (node.kind !== "string") throw unexpectedToken(document, node);
  const written = document.text(node);
  const parts = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.exec(written);
  const time = parts ? Date.parse(written) : Number.NaN;
  // JavaScript rolls the 30th of February over, Go refuses it.
  const day = parts
    ? new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])))
    : undefined;
  if (Number.isNaN(time) || day?.getUTCDate() !== Number(parts?.[3])) {
    throw invalid(
      `proto: (${document.place(node.at)}): invalid google.protobuf.Timestamp value ${JSON.stringify(written)}`,
    );
  }
  if (written.startsWith("0000")) {
    throw invalid(
      `proto: (${document.place(node.at)}): google.protobuf.Timestamp value out of range: ${JSON.stringify(written)}`,
    );
  }
  return Math.floor(time / 1000);
}

/** Go's rule: the URL alphabet if one of its letters is there, no padding if the length says so, line breaks pass. */
function base64(written: string): Uint8Array | undefined {
  const letters = /[-_]/.test(written) ? "A-Za-z0-9_-" : "A-Za-z0-9+/";
  const padded = written.length % 4 === 0;
  const packed = /[\r\n]/.test(written) ? written.replace(/[\r\n]/g, "") : written;
  const body = packed.replace(/={0,2}$/, "");
  if (!new RegExp(`^[${letters}]*$`).test(body) || body.length % 4 === 1) return undefined;
  if (padded ? packed.length % 4 !== 0 : packed.length !== body.length) return undefined;
  return new Uint8Array(Buffer.from(body, letters.includes("+") ? "base64" : "base64url"));
}

/** Only objects are looked into: what stands in a list is not checked, as in the real gateway. */
function maskPaths(document: JsonDocument, node: JsonNode, type: MessageType, prefix: string): string[] {
  if (node.kind !== "object") return [];
  return node.members.flatMap(({ key, value }) => {
    const given = document.text(key);
    const field = fieldOf(type, given);
    if (!field)
      throw invalid(`could not find field ${JSON.stringify(given)} in ${JSON.stringify(type.name)}`);
    const path = prefix + snakeCase(field.name);
    const nested = typeof field.type === "object" && "message" in field.type ? field.type.message : undefined;
    if (nested && value.kind === "object") return maskPaths(document, value, nested, `${path}.`);
    return [path];
  });
}

function unexpectedToken(document: JsonDocument, node: JsonNode): Error {
  return invalid(
    `proto: syntax error (${document.place(node.at)}): unexpected token ${shown(document, node)}`,
  );
}

function shown(document: JsonDocument, node: JsonNode): string {
  if (node.kind === "object") return "{";
  if (node.kind === "array") return "[";
  return document.raw(node).toString("utf8");
}
