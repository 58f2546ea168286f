/** One thing that a process did to the files of a folder, as the kernel took it. */
export type FileCall =
  | { readonly call: "create" | "truncate to nothing" | "unlink" | "mkdir" | "rmdir"; readonly path: string }
  | { readonly call: "write"; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly call: "resize"; readonly path: string; readonly size: number }
  | { readonly call: "rename"; readonly path: string; readonly to: string }
  | { readonly call: "sync"; readonly path: string };

/** Every call that changes a file or a folder, or that would, if the program used it. */
const CALLS = [
  ..."open openat creat write pwrite64 fsync fdatasync ftruncate rename renameat renameat2".split(" "),
  ..."unlink unlinkat mkdir mkdirat rmdir".split(" "),
  // None of these is known to the replay below: one of them in the folder is an error.
  ..."truncate writev pwritev pwritev2 copy_file_range sendfile splice fallocate link linkat symlink symlinkat".split(
    " ",
  ),
];

/** More than one write of SQLite or of a secret has. */
const LONGEST_WRITE = 1 << 20;

export const findStrace = (): string | null => Bun.which("strace");

/**
 * What runs a program under strace, which writes the calls to `file`, each before the program goes on. The program
 * is the child itself, as if strace were not there (-D).
 */
export const underStrace = (strace: string, file: string): readonly string[] => [
  ...[strace, "-D", "-f", "-y", "-xx", "-s", String(LONGEST_WRITE), "--seccomp-bpf"],
  ...["-e", "signal=none", "-e", `trace=${CALLS.join(",")}`, "-A", "-o", file],
];

/** Reads what strace wrote, a piece at a time, and keeps what is below `folder`. */
export function createTraceReader(folder: string): { read(text: string): FileCall[] } {
  const unfinished = new Map<string, string>();
  /** Where a plain write goes on in each open file. */
  const positions = new Map<string, number>();
  let rest = "";

  function finished(line: string): string | undefined {
    const [, thread = "", words = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(words);
    if (begun) unfinished.set(thread, begun[1] ?? "");
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(words);
    if (resumed) return `${unfinished.get(thread) ?? ""}${resumed[1]}`;
    return begun ? undefined : words;
  }

  function understood(line: string): FileCall[] {
    const [, call = "", args = "", result = ""] = /^(\w+)\((.*)\)\s+= (\d+.*)$/.exec(line) ?? [];
    if (call === "") return [];
    const fd = decoded(/^\d+<([^>]*)>/.exec(args)?.[1] ?? "");
    // Nobody finds it by a name any more.
    if (args.includes("(deleted)")) return [];
    const [first = "", second = ""] = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => hex);
    const named = decoded(first);
    const inside = [fd, named].some((path) => path === folder || path.startsWith(`${folder}/`));
    if (!inside) return [];
    const handle = /^\d+/.exec(args)?.[0] ?? "";
    switch (call) {
      case "open":
      case "openat": {
        positions.set(/^\d+/.exec(result)?.[0] ?? "", 0);
        const created = args.includes("O_CREAT") ? [{ call: "create" as const, path: named }] : [];
        return args.includes("O_TRUNC")
          ? [...created, { call: "truncate to nothing", path: named }]
          : created;
      }
      case "write": {
        const at = positions.get(handle) ?? 0;
        positions.set(handle, at + Number(result));
        return [{ call, path: fd, at, bytes: bytesOf(first).subarray(0, Number(result)) }];
      }
      case "pwrite64": {
        const at = Number(args.slice(args.lastIndexOf(",") + 1));
        return [{ call: "write", path: fd, at, bytes: bytesOf(first).subarray(0, Number(result)) }];
      }
      case "ftruncate":
        return [{ call: "resize", path: fd, size: Number(args.slice(args.lastIndexOf(",") + 1)) }];
      case "fsync":
      case "fdatasync":
        return [{ call: "sync", path: fd }];
      case "rename":
      case "renameat":
      case "renameat2":
        return [{ call: "rename", path: named, to: decoded(second) }];
      case "unlink":
      case "unlinkat":
        return [{ call: "unlink", path: named }];
      case "mkdir":
      case "mkdirat":
      case "rmdir":
        return [{ call: call === "rmdir" ? "rmdir" : "mkdir", path: named }];
      default:
        throw new Error(`the disk does not know what ${call} does: ${line.slice(0, 300)}`);
    }
  }

  return {
    read(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      return lines.flatMap((line) => {
        const whole = finished(line);
        return whole === undefined ? [] : understood(whole);
      });
    },
  };
}

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll("\\x", ""), "hex");
const decoded = (hex: string) => bytesOf(hex).toString();
