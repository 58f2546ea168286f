import type { Command } from "commander";
import { forgetLostKey } from "../store/db/keys.ts";
import type { Context } from "./context.ts";

export function forgetTokens(program: Command, context: Context): void {
  program
    .command("forget-tokens")
    .summary("goes on after the encryption key (SECRET_KEY) was lost")
    .description(
      "Only when the database was written with another key: forgets the access tokens, which nothing opens any more. Everybody has to bind anew; messages that wait stay and are saved after that. memoferry must not be running. If the old key can be found, bring it back instead: as SECRET_KEY, or as the file DATA_DIR/secret-key.",
    )
    .action(() => {
      const forgotten = forgetLostKey(context.config());
      context.terminal.print(
        forgotten === 0
          ? "The database goes on with today's key. Nobody was bound."
          : `The database goes on with today's key. ${forgotten === 1 ? "1 person has" : `${forgotten} people have`} ` +
              "to bind anew: by /bind in the chat, or `memoferry bind`. Messages that wait are saved after that.",
      );
    });
}
