// The signature of an executable for macOS, made anew. Bun 1.4.5 signs what it compiles for arm64; of x64 it leaves the
// signature that Bun itself was signed with, which does not fit any more: macOS may end such a program at its start.
import { createHash } from "node:crypto";

const SEGMENT_64 = 0x19;
const CODE_SIGNATURE = 0x1d;
const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
const HASH_BYTES = 32;
const IDENTIFIER = "memoferry\0";
/** Bytes of a code directory before its identifier. */
const HEAD = 88;
const SUPER_HEAD = 20;
/** No identity, as made by a linker. */
const AD_HOC = 0x20002;
const MAIN_BINARY = 1n;

/** Where load commands stand, by their kind and, for segments, their name. */
function commandsOf(file: Buffer) {
  const found = new Map<string, number>();
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    const kind = file.readUInt32LE(at);
    if (kind === CODE_SIGNATURE) found.set("signature", at);
    if (kind === SEGMENT_64) found.set(file.toString("latin1", at + 8, at + 24).replace(/\0+$/, ""), at);
    at += file.readUInt32LE(at + 4);
  }
  return (name: string) => {
    const command = found.get(name);
    if (command === undefined) throw new Error(`the executable has no ${name}`);
    return command;
  };
}

/** The executable with an ad-hoc signature in the place of the one it has. */
export function withSignature(executable: Buffer): Buffer {
  const command = commandsOf(executable);
  const limit = executable.readUInt32LE(command("signature") + 8);
  const file = Buffer.from(executable.subarray(0, limit));
  const pages = Math.ceil(limit / PAGE);
  const length = HEAD + IDENTIFIER.length + pages * HASH_BYTES;

  file.writeUInt32LE(SUPER_HEAD + length, command("signature") + 12);
  const linkEdit = command("__LINKEDIT");
  const linkEditBytes = BigInt(limit + SUPER_HEAD + length) - file.readBigUInt64LE(linkEdit + 40);
  file.writeBigUInt64LE(linkEditBytes, linkEdit + 48);
  file.writeBigUInt64LE((linkEditBytes + 0x3fffn) & ~0x3fffn, linkEdit + 32);

  const head = Buffer.alloc(SUPER_HEAD + HEAD);
  const numbers = [
    [0xfade0cc0, SUPER_HEAD + length, 1, 0, SUPER_HEAD],
    [0xfade0c02, length, 0x20400, AD_HOC, HEAD + IDENTIFIER.length, HEAD, 0, pages, limit],
  ].flat();
  for (const [at, number] of numbers.entries()) head.writeUInt32BE(number, 4 * at);
  head.set([HASH_BYTES, 2, 0, PAGE_BITS], 4 * numbers.length);
  head.writeBigUInt64BE(file.readBigUInt64LE(command("__TEXT") + 40), SUPER_HEAD + 64);
  head.writeBigUInt64BE(file.readBigUInt64LE(command("__TEXT") + 48), SUPER_HEAD + 72);
  head.writeBigUInt64BE(MAIN_BINARY, SUPER_HEAD + 80);
  const hashes = Array.from({ length: pages }, (_, page) =>
    createHash("sha256")
      .update(file.subarray(page * PAGE, (page + 1) * PAGE))
      .digest(),
  );
  return Buffer.concat([file, head, Buffer.from(IDENTIFIER), ...hashes]);
}
