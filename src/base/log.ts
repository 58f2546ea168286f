import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { withoutSecrets } from "./access-token.ts";
import { errorText } from "./errors.ts";
import { writeWhole } from "./output.ts";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

/** One line per outcome: a constant message, and what varies as snake_case fields. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export interface LoggingOptions {
  readonly level: Level;
  readonly format: "text" | "json";
  /** Takes a line without its end. By default it goes to stdout, and is there when the call returns. */
  readonly write?: (line: string) => void;
}

const ROOT = "memoferry";

/** The log of one part, such as `receiver`. Silent until `configureLogging`; follows every later call of it. */
export function logger(part: string): Log {
  const inner = getLogger([ROOT, part]);
  return {
    debug: (message, fields) => inner.debug(message, fields ?? {}),
    info: (message, fields) => inner.info(message, fields ?? {}),
    warn: (message, fields) => inner.warn(message, fields ?? {}),
    error: (message, fields) => inner.error(message, fields ?? {}),
  };
}

/** Sets level, format and target for all parts. Can be called again; the last call counts. */
export function configureLogging({
  level,
  format,
  write = (line) => writeWhole(1, `${line}\n`),
}: LoggingOptions): void {
  const print = format === "json" ? jsonLine : textLine;
  configureSync({
    reset: true,
    sinks: { lines: (record: LogRecord) => write(withoutSecrets(printed(record, print))) },
    loggers: [
      { category: ROOT, sinks: ["lines"], lowestLevel: level === "warn" ? "warning" : level },
      // Where LogTape itself complains, such as about a sink that throws.
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

function printed(record: LogRecord, print: (record: LogRecord) => string): string {
  try {
    return print(record);
  } catch (error) {
    return print({ ...record, properties: { unprintable: errorText(error) } });
  }
}

function textLine(record: LogRecord): string {
  const fields = fieldsOf(record)
    .map(([name, value]) => `${name}=${bareOrQuoted(plainText(value))}`)
    .join(" ");
  const start = `${localTime(record.timestamp)} ${levelOf(record).toUpperCase().padEnd(5)} ${partOf(record)}`;
  return [start, escapeControls(messageText(record)), ...(fields ? [fields] : [])].join("  ");
}

function jsonLine(record: LogRecord): string {
  const line: Fields = {
    time: new Date(record.timestamp).toISOString(),
    level: levelOf(record),
    part: partOf(record),
    message: messageText(record),
  };
  for (const [name, value] of fieldsOf(record)) line[name in line ? `${name}_` : name] = value;
  return JSON.stringify(line, plain);
}

const levelOf = ({ level }: LogRecord) => (level === "warning" ? "warn" : level);

function partOf({ category }: LogRecord): string {
  return category[0] === ROOT ? category.slice(1).join(".") : category.join(".");
}

/** The message as written: ours is constant, so braces in it are no placeholders. */
function messageText({ category, rawMessage, message }: LogRecord): string {
  if (category[0] === ROOT && typeof rawMessage === "string") return rawMessage;
  return message.map((part) => (part instanceof Error ? errorText(part) : String(part))).join("");
}

function fieldsOf({ category, properties }: LogRecord): [string, unknown][] {
  // LogTape's own records carry the whole record that failed; their message says enough.
  if (category[0] !== ROOT) return [];
  return Object.entries(properties).filter(([, value]) => value !== undefined);
}

/** For `JSON.stringify`: an error is its text. */
function plain(_name: string, value: unknown): unknown {
  if (value instanceof Error) return errorText(value);
  return typeof value === "bigint" ? String(value) : value;
}

function plainText(value: unknown): string {
  const json = JSON.stringify(value, plain);
  return json.startsWith('"') ? JSON.parse(json) : json;
}

function bareOrQuoted(text: string): string {
  return /^[^\s"=\\\p{Cc}]+$/u.test(text) ? text : escapeControls(JSON.stringify(text));
}

/** Keeps one record on one line, and a terminal from obeying what a message brings along. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === "\n") return "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** `2026-11-22 20:41:05` in the time zone of the machine. */
function localTime(timestamp: number): string {
  const at = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}
