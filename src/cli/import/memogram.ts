import type { Command } from "commander";
import { AppError } from "../../base/errors.ts";
import { textOfFile } from "../../config/settings.ts";
import type { Binding } from "../../http/bindings.ts";
import { listFromApi, withApi } from "../api.ts";
import { accountText, oneLine } from "../format.ts";
import type { CommandLine } from "../terminal.ts";

export function memogram(program: Command, commandLine: CommandLine): void {
  program
    .command("memogram")
    .summary("binds everybody that a Memogram knows")
    .description(
      "Reads Memogram's data.txt, a line `telegram id:access token` for each person. Each access token is checked with Memos at MEMOS_URL. Whoever is bound already is left as they are, so it can be run again where it stopped. Works beside a running memoferry; Memogram itself must not run with the same bot.",
    )
    .argument("<data.txt>", "the file that Memogram keeps its access tokens in")
    .option("--overwrite", "binds those anew who are bound already")
    .action(async (file: string, { overwrite = false }: { overwrite?: boolean }) => {
      const settings = commandLine.onDatabase();
      const { terminal } = commandLine;
      const { tokens, unread } = readMemogram(textOfFile(file));
      const bound = new Set((await listFromApi<Binding>(settings, "/api/v1/bindings")).map(idOf));
      for (const line of unread) terminal.complain(`line ${line} is not \`telegram id:access token\``);
      const failed = await withApi(settings, async ({ call }) => {
        let refused = unread.length;
        for (const [telegram_id, access_token] of tokens) {
          if (bound.has(telegram_id) && !overwrite) {
            terminal.print(`${telegram_id}: was bound before, and is left so (--overwrite binds anew)`);
            continue;
          }
          try {
            const body = { telegram_id, access_token };
            const { account, display_name } = await call<Binding>("POST", "/api/v1/bindings", body);
            terminal.print(`${telegram_id}: bound to ${accountText(oneLine(account), display_name)}`);
          } catch (error) {
            // Not of this token: the others would fail alike.
            if (!(error instanceof AppError) || error.code !== "unprocessable") throw error;
            terminal.print(`${telegram_id}: not bound: ${oneLine(error.message)}`);
            refused += 1;
          }
        }
        return refused;
      });
      if (failed > 0) commandLine.exitCode = 1;
    });
}

const idOf = ({ telegram_id }: Binding) => telegram_id;

/** As Memogram reads it: the last line of a person counts, and a token may hold colons. `unread`: numbers of lines. */
function readMemogram(text: string) {
  const tokens = new Map<number, string>();
  const unread: number[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const said = line.trim();
    if (said === "" || said.startsWith("#")) continue;
    const [, id = "", token = ""] = /^(\d{1,15}):(.+)$/.exec(said) ?? [];
    if (Number(id) > 0) tokens.set(Number(id), token);
    else unread.push(at + 1);
  }
  return { tokens, unread };
}
