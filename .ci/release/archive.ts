// Archives of which every byte follows from what is in them: no user, no folder and no time of this machine.
import { xz } from "@napi-rs/lzma";
import { zipSync } from "fflate";

export interface Entry {
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly isExecutable?: boolean;
}

/** Seconds since 1970, that all entries have. */
type Time = number;

const BLOCK = 512;

export const bytesOf = (content: Uint8Array | string) => Buffer.from(content as string);
const padding = (size: number, unit: number, fill = "\0") =>
  Buffer.alloc((unit - (size % unit)) % unit, fill);

/** A POSIX tar (ustar) of root's files, with the folders above them. */
export function tar(entries: readonly Entry[], time: Time): Buffer {
  const made = new Set<string>();
  const parts = entries.flatMap(({ path, content, isExecutable }) => {
    const folders = path
      .split("/")
      .map((_, at, names) => `${names.slice(0, at).join("/")}/`)
      .slice(1);
    const isNew = (folder: string) => !made.has(folder) && made.add(folder);
    const body = bytesOf(content);
    return [
      ...folders
        .filter(isNew)
        .map((folder) => header({ path: folder, mode: 0o755, size: 0, type: "5" }, time)),
      header({ path, mode: isExecutable ? 0o755 : 0o644, size: body.length, type: "0" }, time),
      body,
      padding(body.length, BLOCK),
    ];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(
  { path, mode, size, type }: { path: string; mode: number; size: number; type: "0" | "5" },
  time: Time,
): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (block.write(path) !== Buffer.byteLength(path) || path.length > 100)
    throw new Error(`${path}: too long for tar`);
  const octal = (value: number, at: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, "0"), at);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  block.write(type, 156);
  block.write("ustar\u000000root", 257);
  block.write("root", 297);
  // The sum of all bytes, its own eight taken for spaces.
  block.write("        ", 148);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  block[154] = 0;
  return block;
}

/** The archive format of a .deb, with its files in their order. */
export function ar(files: readonly { name: string; content: Uint8Array | string }[], time: Time): Buffer {
  const parts = files.flatMap(({ name, content }) => {
    const body = bytesOf(content);
    const fields = [
      name.padEnd(16),
      String(time).padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
    ];
    return [
      Buffer.from(`${fields.join("")}${String(body.length).padEnd(10)}\`\n`),
      body,
      padding(body.length, 2, "\n"),
    ];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

/** For Windows, which opens it by itself. */
export function zip(entries: readonly Entry[], time: Time, isFast: boolean): Buffer {
  // A zip has the time of day without its zone: that of UTC, wherever it is made.
  const mtime = new Date(new Date(time * 1000).toISOString().slice(0, -1));
  const files = Object.fromEntries(entries.map(({ path, content }) => [path, bytesOf(content)]));
  return Buffer.from(zipSync(files, { mtime, level: isFast ? 0 : 9 }));
}

/** A file `name`.xz, or, in a hurry, plainly `name`: dpkg and tar read both. By a library: each `xz` makes other bytes. */
export const packed = async (name: string, content: Buffer, isFast: boolean) =>
  isFast ? { name, content } : { name: `${name}.xz`, content: await xz.compress(content) };
