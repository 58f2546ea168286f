import { forgetLostKey } from "../store/lost-key.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";

export const forgetTokens: Command = {
  name: "forget-tokens",
  usage: "",
  summary: "goes on after the encryption key (SECRET_KEY) was lost",
  details: [
    "Only when the database was written with another key: forgets the access tokens, which nothing opens any more.",
    "Everybody has to bind anew; messages that wait stay and are saved after that. memoferry must not be running.",
    "If the old key can be found, bring it back instead: as SECRET_KEY, or as the file DATA_DIR/secret-key.",
  ].join("\n"),
  options: {},
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const forgotten = forgetLostKey(commandSettings(invocation));
    invocation.terminal.print(
      forgotten === 0
        ? "The database goes on with today's key. Nobody was bound."
        : `The database goes on with today's key. ${forgotten === 1 ? "1 person has" : `${forgotten} people have`} ` +
            "to bind anew: by /bind in the chat, or `memoferry bind`. Messages that wait are saved after that.",
    );
    return 0;
  },
};
