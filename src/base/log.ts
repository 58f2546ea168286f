import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { withoutSecrets } from "./access-token.ts";
import { errorText, messageOf } from "./errors.ts";
import { createLineWriter, isJournal } from "./output.ts";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

/** One line per outcome: a constant message, and what varies as snake_case fields. */
export type Log = Record<Level, (message: string, fields?: Fields) => void>;

const ROOT = "memoferry";
/** Of syslog(3). */
const PRIORITIES: Readonly<Record<LogRecord["level"], number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** The log of one part, such as `receiver`. Silent until `configureLogging`; follows every later call of it. */
export const logger = (part: string): Log => getLogger([ROOT, part]);

/**
 * Sets level, format and target for all parts; the last call counts. `write` returns false for a line that it
 * dropped. By default a line goes to stdout, and is there when the call returns; no reader is waited for. Where that is
 * systemd's journal, each begins with its priority, which the journal takes off. sd-daemon(3)
 */
export function configureLogging(
  level: Level,
  format: "text" | "json",
  write: (line: string) => unknown = createLineWriter(1),
): void {
  const hasPriorities = isJournal(1);
  const inFormat = format === "json" ? jsonLine : textLine;
  const print = (record: LogRecord) =>
    `${hasPriorities ? `<${PRIORITIES[record.level]}>` : ""}${inFormat(record)}`;
  let dropped = 0;

  function put(record: LogRecord): void {
    // How many were dropped stands where they would.
    if (dropped > 0 && write(print(droppedRecord(record, dropped))) !== false) dropped = 0;
    if (dropped > 0 || write(withoutSecrets(print(record))) === false) dropped += 1;
  }

  configureSync({
    reset: true,
    sinks: { lines: put },
    loggers: [
      { category: ROOT, sinks: ["lines"], lowestLevel: level === "warn" ? "warning" : level },
      // Where LogTape itself complains, such as about a sink that throws.
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

const droppedRecord = ({ timestamp }: LogRecord, lines: number): LogRecord => ({
  category: [ROOT, "log"],
  level: "warning",
  message: [],
  rawMessage: "lines were dropped, since nobody read the output",
  timestamp,
  properties: { lines },
});

/** What both kinds of line say. An error is its text and its causes'. */
function partsOf({ timestamp, level, category, rawMessage, properties }: LogRecord) {
  const fields = Object.entries(properties).map(([name, value]) => [name, plain(value)]);
  const shown = fields.filter(([, value]) => value !== undefined);
  return {
    time: new Date(timestamp),
    level: level === "warning" ? "warn" : level,
    part: category.at(-1),
    message: rawMessage,
    fields: Object.fromEntries(shown) as Fields,
  };
}

/** As JSON has it. What JSON has no word for costs no line: a big integer is its digits, a circle is named. */
function plain(value: unknown): unknown {
  // Most are these already.
  if (typeof value === "string" || typeof value === "number" || value === undefined) return value;
  const textual = (_name: string, inner: unknown) => {
    if (inner instanceof Error) return errorText(inner);
    return typeof inner === "bigint" ? String(inner) : inner;
  };
  try {
    const json = JSON.stringify(value, textual);
    return json === undefined ? undefined : JSON.parse(json);
  } catch (error) {
    return `(cannot be shown: ${messageOf(error)})`;
  }
}

function jsonLine(record: LogRecord): string {
  const { fields, ...start } = partsOf(record);
  return JSON.stringify({ ...start, ...fields });
}

function textLine(record: LogRecord): string {
  const { time, level, part, message, fields } = partsOf(record);
  const start = `${time.toLocaleString("sv")} ${level.toUpperCase().padEnd(5)} ${part}  ${message}`;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const line = pairs.length > 0 ? `${start}  ${pairs.join(" ")}` : start;
  // It stays one line, and a terminal does not obey what a message brings along.
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, encodeURIComponent);
}
