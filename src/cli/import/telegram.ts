import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Config } from "../../config/config.ts";
import type { Binding } from "../../http/bindings.ts";
import type { ImportBatch, ImportProgress } from "../../http/imports.ts";
import { listFromApi, withApi } from "../api.ts";
import { alignColumns, messages, oneLine, readTelegramId, UsageError } from "../format.ts";
import type { CommandLine, Terminal } from "../terminal.ts";
import { type Export, openExport } from "./read-export.ts";
import { createSelection, keyOf, type Selection, titleOf } from "./selection.ts";

/** The most of one request: far less than the API takes. */
const BATCH = { messages: 200, bytes: 256 * 1024 };
/** How many messages may wait to be saved, so that the database stays small. */
const AHEAD = 500;
const LOOK_MS = 500;

interface Options {
  readonly chat?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly for?: number;
  readonly dryRun?: boolean;
}

export function telegram(program: Command, commandLine: CommandLine): void {
  program
    .command("telegram")
    .summary("saves what Telegram Desktop has exported")
    .description(
      "Reads an export in the format JSON, with the files in its folder: of a chat, a channel or Saved Messages, or of a whole account, of which --chat names what to import. Each message becomes a memo of its time, as if it had been sent to the bot, or forwarded to it where somebody else wrote it; nothing is said in the chat. A running memoferry saves the messages; without one they are stored, and saved once it runs. Break it off and run it again whenever you like: what was stored goes on, and nothing is saved twice.",
    )
    .argument(
      "<folder>",
      "the folder with result.json, or that file; a running memoferry reads the files from there",
    )
    .option("--chat <id or name>", "only this chat; can be given several times", added)
    .option("--from <date>", "what is not older, such as 2024, 2024-03 or 2024-03-31", readDate)
    .option("--to <date>", "what is not newer: that day, month or year is included", readDate)
    .option("--for <telegram id>", "the person whose memos these become", readTelegramId)
    .option("--dry-run", "only counts what there is, chat by chat")
    .action(async (folder: string, { dryRun: isDryRun = false, chat = [], ...options }: Options) => {
      const settings = commandLine.onDatabase();
      const { terminal } = commandLine;
      const source = openExport(folder);
      const people = isDryRun ? [] : await listFromApi<Binding>(settings, "/api/v1/bindings");
      const personOf = (owner: number | null) =>
        options.for ?? (isDryRun ? (owner ?? 0) : personIn(people, owner));
      const selection = createSelection(
        source,
        { ...options, chat, isDryRun, botId: settings.botId },
        personOf,
      );
      let dead = 0;
      if (isDryRun) {
        for await (const _ of selection.albums());
        terminal.print(table(selection));
      } else {
        const { stored, isRunning, ...last } = await send(settings, terminal, { source, selection });
        dead = last.dead;
        const then = isRunning || stored === 0 ? "" : " They are saved once memoferry runs.";
        terminal.print(`${table(selection)}\n\n${messages(stored)} of these were new.${then}`);
      }
      if (dead > 0)
        terminal.complain(
          `${messages(dead)} of imports could not be saved: \`memoferry updates --state dead\` says why, \`memoferry retry\` tries again`,
        );
      const trouble = selection.trouble();
      if (trouble !== null) terminal.complain(trouble);
      if (trouble !== null || dead > 0) commandLine.exitCode = 1;
    });
}

const added = (one: string, all: readonly string[] = []) => [...all, one];

function readDate(text: string): string {
  if (/^\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?)?)?)?$/.test(text)) return text;
  throw new UsageError("a date is written like 2024, 2024-03, 2024-03-31 or 2024-03-31T18:00");
}

/** Whose memos they become where nobody says so: whoever exported them, else the only one there is. */
function personIn(people: readonly Binding[], owner: number | null): number {
  const ids = people.map(({ telegram_id }) => telegram_id);
  const [only, ...others] = ids;
  if (owner !== null && ids.includes(owner)) return owner;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    only === undefined
      ? "nobody is bound yet: bind the person first, by `memoferry bind`"
      : `name with --for whose memos these become: ${ids.join(", ")}`,
  );
}

/** Gives the messages to memoferry, and waits until a running one has saved them. */
async function send(
  settings: Config,
  terminal: Terminal,
  { source, selection }: { readonly source: Export; readonly selection: Selection },
) {
  return withApi(settings, async ({ call, isRunning }) => {
    let stored = 0;
    let last: ImportProgress = { waiting: 0, dead: 0 };
    let batch: ImportBatch | null = null;
    let bytes = 0;

    /** Waits until no more than so many are still to be saved. */
    async function post(one: ImportBatch, most: number): Promise<void> {
      stored += (await call<{ stored: number }>("POST", "/api/v1/imports", one)).stored;
      const read = Math.floor((100 * selection.bytes()) / Math.max(1, source.size));
      do {
        if (last.waiting > most) await sleep(LOOK_MS);
        if (isRunning) last = await call("GET", `/api/v1/imports/${one.telegram_id}`);
        terminal.progress(`${read} % read, ${stored} new messages, ${last.waiting} still to be saved`);
      } while (last.waiting > most);
    }

    for await (const album of selection.albums()) {
      const [first] = album;
      if (!first) continue;
      const chat = keyOf(first.chat);
      const size = Buffer.byteLength(JSON.stringify(album));
      const isFull = bytes + size > BATCH.bytes || (batch?.messages.length ?? 0) >= BATCH.messages;
      if (batch && (batch.chat !== chat || isFull)) {
        await post(batch, AHEAD);
        [batch, bytes] = [null, 0];
      }
      batch ??= { telegram_id: selection.person(), chat, folder: source.folder, messages: [] };
      batch.messages.push(...album.map(({ message }) => message));
      bytes += size;
    }
    if (batch) await post(batch, 0);
    terminal.progress(null);
    return { stored, isRunning, dead: last.dead };
  });
}

function table({ found }: Selection): string {
  if (found.size === 0) return "There is nothing to import.";
  const head = [
    "CHAT",
    "NAME",
    "MEMOS",
    "MESSAGES",
    "FILES MISSING",
    "NOTES OF TELEGRAM",
    "NOT IN THE EXPORT",
  ];
  const rows = [...found.values()].map(({ chat, counts }) => {
    const { memos, messages, missing, notes, unsupported } = counts;
    return [
      String(chat.id),
      oneLine(titleOf(chat)),
      ...[memos, messages, missing, notes, unsupported].map(String),
    ];
  });
  return alignColumns([head, ...rows]);
}
