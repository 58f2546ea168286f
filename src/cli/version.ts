import { COMMIT, VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const version: Command = {
  name: "version",
  usage: "",
  summary: "prints the version",
  details: "Prints the version, and the commit it was built from.",
  options: {},
  positionals: { min: 0, max: 0 },
  async run({ terminal }) {
    terminal.print(`memoferry ${VERSION}${COMMIT === null ? "" : ` (${COMMIT})`}`);
    return 0;
  },
};
