// What an executable is made of beside the source of memoferry: npm packages, and Bun with the libraries in it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readLock } from "../runtime.ts";

export interface Component {
  readonly name: string;
  readonly version: string;
  /** By its SPDX id. */
  readonly license: string;
  /** The text of its licence, as the package holds it. */
  readonly text: string | null;
  /** What npm knows its archive by: `sha512-…`. */
  readonly integrity: string;
  readonly folder: string;
  /** Of these, folders of others. */
  readonly uses: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const LICENSE_FILE = /^(licen[cs]e|copying)(\.(md|txt))?$/i;
const MODULES = "/node_modules/";

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The packages that the files of a build come from, sorted by name. */
export function componentsOf(inputs: readonly string[]): Component[] {
  const folders = new Set(inputs.flatMap((input) => packageFolder(resolve(input)) ?? []));
  const integrities = new Map(
    Object.values(readLock().packages).map(([id, , , integrity]) => [id, integrity] as const),
  );
  return [...folders]
    .map((folder) => {
      const { name, version, license, dependencies, peerDependencies } = manifestOf(folder);
      const integrity = integrities.get(`${name}@${version}`);
      if (!integrity || !license)
        throw new Error(`${name}@${version}: no checksum in bun.lock, or no licence`);
      const file = readdirSync(folder).find((entry) => LICENSE_FILE.test(entry));
      return {
        name,
        version,
        license,
        text: file === undefined ? null : readFileSync(join(folder, file), "utf8").trim(),
        integrity,
        folder,
        uses: Object.keys({ ...dependencies, ...peerDependencies })
          .flatMap((dependency) => resolvedFrom(folder, dependency) ?? [])
          .filter((used) => folders.has(used)),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folder of the package that a file is of; null for a file of ours. */
function packageFolder(file: string): string | null {
  const at = file.replaceAll("\\", "/").lastIndexOf(MODULES);
  if (at < 0) return null;
  const [scope = "", name = ""] = file.slice(at + MODULES.length).split(/[\\/]/);
  return join(file.slice(0, at), MODULES, scope.startsWith("@") ? join(scope, name) : scope);
}

/** Where the package of a folder finds a dependency: beside it, or in a folder above. */
function resolvedFrom(folder: string, dependency: string): string | null {
  const found = join(folder, "node_modules", dependency);
  if (existsSync(found)) return found;
  return dirname(folder) === folder ? null : resolvedFrom(dirname(folder), dependency);
}

/** What Bun says of its own licence and of those of the libraries in it. */
export function bunLicense(): string {
  const page = join(import.meta.dirname, "../../node_modules/bun-types/docs/project/license.mdx");
  return readFileSync(page, "utf8")
    .replace(/^---[\s\S]*?---\s*/, "")
    .trim();
}

/** Libraries in Bun of which it tells the version. */
const IN_BUN = [
  "webkit",
  "boringssl",
  "sqlite",
  "zlib",
  "zstd",
  "libarchive",
  "ares",
  "lolhtml",
  "icu",
  "mimalloc",
];

export const librariesInBun = () =>
  IN_BUN.flatMap((name) => {
    const version = process.versions[name];
    return version === undefined ? [] : [{ name, version }];
  });
