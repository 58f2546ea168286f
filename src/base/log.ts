import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { withoutSecrets } from "./access-token.ts";
import { errorText } from "./errors.ts";
import { writeWhole } from "./output.ts";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

/** One line per outcome: a constant message, and what varies as snake_case fields. */
export type Log = Record<Level, (message: string, fields?: Fields) => void>;

const ROOT = "memoferry";

/** The log of one part, such as `receiver`. Silent until `configureLogging`; follows every later call of it. */
export const logger = (part: string): Log => getLogger([ROOT, part]);

/**
 * Sets level, format and target for all parts; the last call counts. By default a line goes to stdout, and is there when
 * the call returns.
 */
export function configureLogging(
  level: Level,
  format: "text" | "json",
  write = (line: string) => writeWhole(1, `${line}\n`),
): void {
  const print = format === "json" ? jsonLine : textLine;
  configureSync({
    reset: true,
    sinks: { lines: (record: LogRecord) => write(withoutSecrets(print(record))) },
    loggers: [
      { category: ROOT, sinks: ["lines"], lowestLevel: level === "warn" ? "warning" : level },
      // Where LogTape itself complains, such as about a sink that throws.
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
}

/** What both kinds of line say. An error is its text and its causes'. */
function partsOf({ timestamp, level, category, rawMessage, properties }: LogRecord) {
  const plain = (_name: string, value: unknown) => (value instanceof Error ? errorText(value) : value);
  return {
    time: new Date(timestamp),
    level: level === "warning" ? "warn" : level,
    part: category.at(-1),
    message: rawMessage,
    fields: JSON.parse(JSON.stringify(properties, plain)) as Fields,
  };
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
