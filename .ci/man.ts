// The manual page, of what the command line says about itself: `npm run man` writes dist/memoferry.1.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Argument, Command, Option } from "commander";
import { commandsOf, pathOf } from "../src/cli/command-tree.ts";
import { createProgram } from "../src/cli/commands.ts";
import { EXAMPLES } from "../src/cli/examples.ts";
import { systemTerminal } from "../src/cli/terminal.ts";
import { entries, type Setting } from "../src/config/settings.ts";

const root = join(import.meta.dirname, "..");

const FILES: readonly (readonly [file: string, what: string])[] = [
  ["DATA_DIR/memoferry.db", "The database, with its log in memoferry.db-wal and memoferry.db-shm."],
  [
    "DATA_DIR/secret-key",
    "What the access tokens in the database are encrypted with, unless SECRET_KEY is set.",
  ],
  ["DATA_DIR/admin-token", "The token of the admin API, unless ADMIN_TOKEN is set."],
  ["DATA_DIR/http-address", "Where the API of the running memoferry listens."],
  [".env", "Settings, read from the working directory where no --env-file is given."],
];

const STATUSES: readonly (readonly [status: string, what: string])[] = [
  ["0", "All went well."],
  ["1", "It failed; the reason is on standard error."],
  ["2", "The command line was wrong."],
  ["78", "The settings were wrong, or SECRET_KEY is not that of the database."],
];

/** In mdoc(7), which man shows everywhere: a sentence a line, nothing in it that is taken for a macro. */
export function manualPage(date: Date): string {
  const { program } = createProgram(systemTerminal);
  const commands = commandsOf(program);
  const day = date.toLocaleDateString("en-US", { timeZone: "UTC", dateStyle: "long" });
  return `${[
    `.Dd ${day}`,
    ".Dt MEMOFERRY 1",
    ".Os",
    ".Sh NAME",
    ".Nm memoferry",
    `.Nd ${escaped(
      program
        .description()
        .replace(/^memoferry /, "")
        .replace(/\.$/, ""),
    )}`,
    ".Sh SYNOPSIS",
    ".Nm",
    ".Op Fl -env-file Ar path",
    ".Op Ar command Op Ar argument ...",
    ".Sh DESCRIPTION",
    ...sentences(
      "Without a command it runs the bot. Settings are environment variables, or lines NAME=value of a file; each can also be given as NAME_FILE, the path of a file that holds the value. Where the environment and the file both have one, the environment counts.",
    ),
    ...tagged(program.options.map((option) => [flagOf(option), option.description])),
    ".Sh COMMANDS",
    ".Bl -tag -width Ds",
    // Those that only hold others are told with them.
    ...commands.flatMap((command) => [
      `.It ${usageOf(command)}`,
      ...paragraphs(command.description() || `${command.summary()}.`),
      ...tagged(command.options.map((option) => [flagOf(option), `${option.description}.`])),
    ]),
    ".El",
    ".Sh ENVIRONMENT",
    ...tagged(entries.map(({ name, setting }) => [`Ev ${name}`, aboutSetting(setting)])),
    ".Sh FILES",
    ...tagged(FILES.map(([file, what]) => [`Pa ${literal(file)}`, what])),
    ".Sh EXIT STATUS",
    ...tagged(STATUSES.map(([status, what]) => [status, what])),
    ".Sh EXAMPLES",
    ...Object.values(EXAMPLES)
      .flatMap((examples) =>
        examples.flatMap(([line, what]) => [
          ".Pp",
          ...sentences(`${what}:`),
          ".Bd -literal -offset indent -compact",
          noMacro(escaped(line)).replaceAll("-", "\\-"),
          ".Ed",
        ]),
      )
      .slice(1),
  ].join("\n")}\n`;
}

function usageOf(command: Command): string {
  const argument = (one: Argument) => {
    const name = `Ar ${literal(one.name())}${one.variadic ? " ..." : ""}`;
    return one.required ? name : `Oo ${name} Oc`;
  };
  return [
    ...pathOf(command).map((name) => `Cm ${name}`),
    ...(command.options.length > 0 ? ["Oo Ar options Oc"] : []),
    ...command.registeredArguments.map(argument),
  ].join(" ");
}

function flagOf({ long, flags }: Option): string {
  const [, value] = /[<[](.*)[\]>]/.exec(flags) ?? [];
  return `Fl ${long?.slice(1)}${value ? ` Ar ${literal(value)}` : ""}`;
}

function aboutSetting({ description, defaultText, fallback, required }: Setting): string {
  const given = defaultText ?? (typeof fallback === "string" ? fallback : "none");
  return `${description}. ${required ? "Required" : `Default: ${given}`}.`;
}

const tagged = (items: readonly (readonly [head: string, text: string])[]): string[] =>
  items.length === 0
    ? []
    : [".Bl -tag -width Ds", ...items.flatMap(([head, text]) => [`.It ${head}`, ...sentences(text)]), ".El"];

const paragraphs = (text: string): string[] =>
  text.split("\n\n").flatMap((each, at) => [...(at > 0 ? [".Pp"] : []), ...sentences(each)]);

const sentences = (text: string): string[] =>
  escaped(text)
    .split(/(?<=[.!?]) +(?=[A-Z])/)
    .flatMap((sentence) => sentence.match(/\S.{0,70}(?=\s|$)|\S+/g) ?? [])
    .map(noMacro);

const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replace(/`([^`]*)`/g, "\\(oq$1\\(cq")
    .replace(
      /[^\x20-\x7e]/gu,
      (sign) => `\\[u${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    );

/** A line that begins so would be taken for one. */
const noMacro = (line: string): string => line.replace(/^[.']/, "\\&$&");

/** Words behind a macro, none of which is one itself. */
const literal = (text: string): string =>
  text
    .split(" ")
    .map((word) => `\\&${escaped(word).replaceAll("-", "\\-").replaceAll('"', "\\(dq")}`)
    .join("\\ ");

/** When what it is made of was committed, so that it is the same whenever it is made. */
function committedAt(): Date {
  const given =
    process.env["SOURCE_DATE_EPOCH"] ??
    execFileSync("git", ["-C", root, "log", "-1", "--format=%ct"], { encoding: "utf8" });
  return new Date(Number(given) * 1000);
}

if (import.meta.main) {
  const file = join(root, "dist", "memoferry.1");
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(file, manualPage(committedAt()));
  console.log(file);
}
