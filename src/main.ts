import { runCli, tellUncaught } from "./cli/cli.ts";

tellUncaught();
// The one place that ends the process.
process.exit(await runCli(process.argv.slice(2)));
