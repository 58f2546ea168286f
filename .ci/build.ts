// `npm run build`: the executable for this machine; `npm run build -- linux-arm64 …`: for others.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { compile, root } from "./compile.ts";
import { executableName, targetsOf } from "./targets.ts";

const wanted = targetsOf(process.argv.slice(2));
mkdirSync(join(root, "dist"), { recursive: true });
for (const target of wanted.length > 0 ? wanted : [null]) {
  const name = executableName(target ?? (process.platform === "win32" ? "windows" : "linux"));
  const outfile = join(
    root,
    "dist",
    target === null ? name : name.replace("memoferry", `memoferry-${target}`),
  );
  await compile(target, outfile);
  console.log(outfile);
}
