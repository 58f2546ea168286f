import { runCli } from "./cli/cli.ts";

// The one place that ends the process.
process.exit(await runCli(process.argv.slice(2)));
