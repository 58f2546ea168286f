import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { withSignature } from "../../.ci/mac-signature.ts";

const PAGE = 4096;
const TEXT_BYTES = 3 * PAGE;
/** Of what is linked, and, behind it, of a signature that does not fit. */
const LINKED_BYTES = 100;
const OLD_BYTES = 64;
const LIMIT = TEXT_BYTES + LINKED_BYTES;

const segmentAt = 32;
const linkEditAt = segmentAt + 72;
const signatureAt = linkEditAt + 72;

/** The least that is an executable for macOS: two segments, and where the signature is. */
function executable(): Buffer {
  const file = Buffer.alloc(LIMIT + OLD_BYTES, "x");
  file.fill(0, 0, signatureAt + 16);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(3, 16);
  for (const [at, name, offset, size] of [
    [segmentAt, "__TEXT", 0, TEXT_BYTES],
    [linkEditAt, "__LINKEDIT", TEXT_BYTES, LINKED_BYTES + OLD_BYTES],
  ] as const) {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72, at + 4);
    file.write(name, at + 8, "latin1");
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(size), at + 48);
  }
  for (const [at, number] of [0x1d, 16, LIMIT, OLD_BYTES].entries())
    file.writeUInt32LE(number, signatureAt + 4 * at);
  return file;
}

test("an executable for macOS gets a signature of each of its pages, in the place of the one it had", () => {
  const signed = withSignature(executable());
  const directory = LIMIT + 20;
  const number = (at: number) => signed.readUInt32BE(directory + at);
  expect(signed.readUInt32BE(LIMIT).toString(16)).toBe("fade0cc0");
  expect([number(0).toString(16), number(28), number(32)]).toEqual(["fade0c02", 4, LIMIT]);
  const hashesAt = directory + number(16);
  const hashes = Array.from({ length: 4 }, (_, page) => {
    const bytes = signed.subarray(page * PAGE, Math.min((page + 1) * PAGE, LIMIT));
    return createHash("sha256").update(bytes).digest("hex");
  });
  expect(signed.toString("hex", hashesAt)).toBe(hashes.join(""));
  expect(String(signed.subarray(directory + number(20), hashesAt))).toBe("memoferry\0");
  // The file ends with it, and so does its last segment.
  expect(signed.readUInt32LE(signatureAt + 12)).toBe(signed.length - LIMIT);
  expect(signed.readBigUInt64LE(linkEditAt + 48)).toBe(BigInt(signed.length - TEXT_BYTES));
});
